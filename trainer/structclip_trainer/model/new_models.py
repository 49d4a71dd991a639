"""Models that training makes from scratch: ``--model new:…``."""

from collections.abc import Iterable
from typing import Any

from structclip_schemas.errors import InputError
from structclip_trainer.model.model import StructCLIPModel
from structclip_trainer.model.new_tiny import make_image_processor, make_tiny_clip, train_tokenizer
from structclip_trainer.model.new_tiny_siglip import (
    make_siglip_image_processor,
    make_tiny_siglip,
    train_siglip_tokenizer,
)
from structclip_trainer.settings import Settings

NEW_TINY = "new:tiny"
NEW_TINY_SIGLIP = "new:tiny-siglip"
NEW_MODELS: dict[str, tuple[Any, Any, Any]] = {
    NEW_TINY: (train_tokenizer, make_tiny_clip, make_image_processor),
    NEW_TINY_SIGLIP: (train_siglip_tokenizer, make_tiny_siglip, make_siglip_image_processor),
}
"""Name -> how its tokenizer, its dual encoder and its image processor are made."""


def make_new_model(name: str, captions: Iterable[str], settings: Settings) -> tuple[StructCLIPModel, Any, Any]:
    """
    A new dual encoder without KEE, its tokenizer learned from the captions, and its image processor.

    Raises InputError when the sizes do not divide.
    """
    tiny = settings.tiny
    if tiny.width % tiny.heads or tiny.image_size % tiny.patch_size:
        raise InputError(
            f"tiny.width {tiny.width} must be a multiple of tiny.heads {tiny.heads}, tiny.image_size "
            f"{tiny.image_size} of tiny.patch_size {tiny.patch_size}. Change them with --set."
        )
    learn_tokenizer, make_encoder, make_image_processing = NEW_MODELS[name]
    tokenizer = learn_tokenizer(captions, tiny)
    encoder = make_encoder(tiny, tokenizer, settings.seed)
    return StructCLIPModel.from_clip(encoder, has_kee=False), tokenizer, make_image_processing(tiny)
