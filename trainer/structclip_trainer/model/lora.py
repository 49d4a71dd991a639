"""LoRA (arXiv 2106.09685) on the dual encoder's towers, by peft: added for training, merged for export."""

from collections.abc import Collection
from typing import Any

import torch
from torch import nn

from structclip_trainer.extras import require_package
from structclip_trainer.model.family import family_of

ALWAYS_LEARNED = ("logit_scale", "logit_bias")
TOWERS = ("vision", "text")


def add_lora(clip: Any, rank: int, alpha: float, towers: Collection[str], seed: int | None = None) -> None:
    """
    Put a low-rank update (alpha / rank) B A beside every linear map of the named towers and projections, in place.

    B starts at 0, so that nothing changes at first; A is drawn from ``seed``. All else keeps its weights but the logit
    scale and bias. Raises InputError when peft is not installed.
    """
    require_package("peft", "lora", "lora_rank > 0")
    from peft import LoraConfig, inject_adapter_in_model

    targets = _linear_maps(clip, towers)
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets), clip)
    learn_lora_only(clip)


def learn_lora_only(clip: Any) -> None:
    """Let only the low-rank updates learn, and the logit scale and bias."""
    for name, weight in clip.named_parameters():
        weight.requires_grad_(".lora_" in name or name in ALWAYS_LEARNED)


def merge_lora(clip: Any) -> None:
    """Add every low-rank update to its weight and put the plain linear map back, in place: a plain dual encoder."""
    require_package("peft", "lora", "a model with LoRA")
    from peft.tuners.lora import LoraLayer

    wrapped = {name: module for name, module in clip.named_modules() if isinstance(module, LoraLayer)}
    for name, module in wrapped.items():
        module.merge()
        clip.set_submodule(name, module.get_base_layer())
    clip.requires_grad_(True)


def _linear_maps(clip: Any, towers: Collection[str]) -> list[str]:
    """Names of the linear maps; not those inside torch's own attention, which reads their weights past any wrapper."""
    family = family_of(clip.config)
    parts = [part for tower in towers for part in {"vision": family.vision, "text": family.text}[tower](clip)]
    inside = {id(module) for part in parts for module in part.modules()}
    return [name for name, module in clip.named_modules() if id(module) in inside and type(module) is nn.Linear]
