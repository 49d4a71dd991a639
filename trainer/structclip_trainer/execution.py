"""How the model is executed: what learns, what is computed twice to save memory, what is compiled."""

from collections.abc import Callable
from typing import Any

import torch

from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.lora import learn_lora_only
from structclip_trainer.model.patches import use_patch_product
from structclip_trainer.optimizer import freeze_towers
from structclip_trainer.settings import Settings

_COMPILATIONS = 64


def prepare_execution(model: StructCLIPModel, settings: Settings) -> None:
    """
    Freeze, checkpoint gradients and compile as the settings say; on a GPU make patches by a matrix product.

    In place, on the device that the model is on; the names of the weights stay.
    """
    if model.config.lora_rank:
        learn_lora_only(model.clip)
    freeze_towers(model, settings.freeze)
    if settings.gradient_checkpointing:
        # older releases of transformers know only the second name, newer ones warn of it
        enable = getattr(model.clip, "activation_checkpointing_enable", model.clip.gradient_checkpointing_enable)
        enable({"use_reentrant": False})
    if settings.compile:
        compile_parts(model)
    if model.device.type == "cuda":
        use_patch_product(model.clip.vision_model.embeddings)


def compile_parts(model: StructCLIPModel, backend: str | Callable[..., Any] = "inductor") -> None:
    """
    Compile the layers of towers and KEE; texts and triples vary in number and length, theirs are compiled for any.

    Layers that differ in their weights only share a compilation. Both towers, with and without gradient, mask or
    autocast, are compilations of one function of transformers', more than torch allows a function by default; the
    calling thread, which trains, is allowed more.
    """
    torch._dynamo.config.recompile_limit = max(_COMPILATIONS, torch._dynamo.config.recompile_limit)
    for layer in model.clip.vision_model.encoder.layers:
        layer.compile(backend=backend)
    for layer in model.clip.text_model.encoder.layers:
        layer.compile(backend=backend, dynamic=True)
    for layer in () if model.kee is None else model.kee.stack:
        layer.compile(backend=backend, dynamic=True)
