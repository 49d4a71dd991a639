"""Families of dual encoders: what CLIP and SigLIP do differently, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, SiglipConfig, SiglipModel, SiglipProcessor

from structclip_schemas.errors import InputError

Parts = Callable[[Any], tuple[nn.Module, ...]]


@dataclass(frozen=True)
class Family:
    """
    One family of dual encoders, named by its ``model_type``.

    ``causal``: the text tower looks back only and pools at the end token, so padding may be trimmed away; otherwise
    it sees its padding and must get texts of full length. ``contrastive`` is the loss it was made for,
    ``max_logit_scale`` the bound it was trained under. ``vision`` and ``text`` give a tower with its projection.
    """

    name: str
    config: type[Any]
    model: type[Any]
    processor: type[Any]
    causal: bool
    contrastive: str
    max_logit_scale: float
    embedding_size: Callable[[Any], int]
    vision: Parts
    text: Parts


CLIP = Family(
    name="clip",
    config=CLIPConfig,
    model=CLIPModel,
    processor=CLIPProcessor,
    causal=True,
    contrastive="infonce",
    max_logit_scale=100.0,
    embedding_size=lambda config: int(config.projection_dim),
    vision=lambda model: (model.vision_model, model.visual_projection),
    text=lambda model: (model.text_model, model.text_projection),
)
SIGLIP = Family(
    name="siglip",
    config=SiglipConfig,
    model=SiglipModel,
    processor=SiglipProcessor,
    causal=False,
    contrastive="sigmoid",
    # released SigLIP models stand above 100; nothing bounded them
    max_logit_scale=1000.0,
    embedding_size=lambda config: int(config.text_config.projection_size),
    vision=lambda model: (model.vision_model,),
    text=lambda model: (model.text_model,),
)
FAMILIES = {family.name: family for family in (CLIP, SIGLIP)}


def family_of(config: Any) -> Family:
    """The family of a dual encoder's configuration; raises InputError for any other model type."""
    name = getattr(config, "model_type", None)
    if name not in FAMILIES:
        raise InputError(f"a dual encoder of type {name!r}: wanted one of {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def read_config(content: dict[str, Any]) -> Any:
    """The configuration object of a dual encoder's config.json content; without a ``model_type`` it is CLIP's."""
    kind = content.get("model_type", CLIP.name)
    if kind not in FAMILIES:
        raise InputError(f"a dual encoder of type {kind!r}: wanted one of {', '.join(FAMILIES)}.")
    return FAMILIES[kind].config(**content)


def padded_length(config: Any) -> int | None:
    """The length that every text is padded to, or None where the padding is trimmed to the batch's longest text."""
    return None if family_of(config).causal else int(config.text_config.max_position_embeddings)
