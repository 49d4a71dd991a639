"""A CLIP in open_clip's words: the names of its weights, its open_clip_config.json."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from structclip_schemas.errors import InputError

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"
_OUTER = {
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "logit_scale": "logit_scale",
}
_TRANSPOSED = {"visual_projection.weight": "visual.proj", "text_projection.weight": "text_projection"}
_IN_LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_TOWERS = {"vision_model": "visual.transformer", "text_model": "transformer"}
_GELU = {"gelu": False, "quick_gelu": True}
_INTERPOLATIONS = {0: "nearest", 2: "bilinear", 3: "bicubic"}
_EPSILON = 1e-5
_OPENAI_VOCABULARY = 49408


def open_clip_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a CLIPModel under open_clip's names: query, key and value in one, projections transposed."""
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if name in _OUTER:
            found[_OUTER[name]] = weight
        elif name in _TRANSPOSED:
            found[_TRANSPOSED[name]] = weight.T
        elif ".self_attn." in name and "out_proj" not in name:
            if ".q_proj." in name:
                joined = torch.cat([weights[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")])
                found[_layer_name(name.replace("self_attn.q_proj.", "attn.in_proj_"))] = joined
        elif not name.endswith("position_ids"):
            found[_layer_name(name)] = weight
    return {name: weight.contiguous().clone() for name, weight in found.items()}


def _layer_name(name: str) -> str:
    """``vision_model.encoder.layers.3.mlp.fc1.bias`` as ``visual.transformer.resblocks.3.mlp.c_fc.bias``."""
    tower, rest = name.split(".encoder.layers.")
    number, inner = rest.split(".", 1)
    for theirs, ours in _IN_LAYER.items():
        inner = inner.replace(theirs, ours)
    return f"{_TOWERS[tower]}.resblocks.{number}.{inner}"


def open_clip_config(config: Any, image_processor: Any) -> dict[str, Any]:
    """
    The content of open_clip_config.json for a CLIPConfig and its image processor.

    A vocabulary of openai's size is openai's, which open_clip has built in; for another it reads the folder's own
    tokenizer files. Raises InputError for a CLIP that open_clip has no words for.
    """
    text, vision = config.text_config, config.vision_config
    _check(config)
    return {
        "model_cfg": {
            "embed_dim": config.projection_dim,
            "quick_gelu": _GELU[text.hidden_act],
            "vision_cfg": {
                "image_size": vision.image_size,
                "layers": vision.num_hidden_layers,
                "width": vision.hidden_size,
                "head_width": vision.hidden_size // vision.num_attention_heads,
                "mlp_ratio": vision.intermediate_size / vision.hidden_size,
                "patch_size": vision.patch_size,
            },
            "text_cfg": {
                "context_length": text.max_position_embeddings,
                "vocab_size": text.vocab_size,
                "width": text.hidden_size,
                "heads": text.num_attention_heads,
                "layers": text.num_hidden_layers,
                "mlp_ratio": text.intermediate_size / text.hidden_size,
                **({} if text.vocab_size == _OPENAI_VOCABULARY else {"hf_tokenizer_name": "local"}),
            },
        },
        "preprocess_cfg": {
            "mean": list(image_processor.image_mean),
            "std": list(image_processor.image_std),
            "interpolation": _INTERPOLATIONS.get(int(image_processor.resample), "bicubic"),
            "resize_mode": "shortest",
        },
    }


def _check(config: Any) -> None:
    """Raise InputError for what open_clip's CLIP cannot be."""
    text, vision = config.text_config, config.vision_config
    faults = []
    if getattr(config, "model_type", "") != "clip":
        faults.append(f"a model of type {config.model_type!r}")
    elif text.hidden_act != vision.hidden_act or text.hidden_act not in _GELU:
        faults.append(f"activations {text.hidden_act} and {vision.hidden_act}")
    elif {text.layer_norm_eps, vision.layer_norm_eps} != {_EPSILON}:
        faults.append(f"layer norms with epsilon {text.layer_norm_eps} and {vision.layer_norm_eps}")
    elif text.eos_token_id not in (2, text.vocab_size - 1):
        faults.append(f"the end token {text.eos_token_id}, which is not the vocabulary's last")
    if faults:
        raise InputError(
            f"no open_clip model can be {faults[0]}: --format open_clip wants a CLIP as openai released it. "
            "Use --format clip, which plain transformers loads."
        )
