"""A small SigLIP from scratch, with a tokenizer trained on the captions it will read."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel

from structclip_trainer.model.new_tiny import POSITION_SCALE
from structclip_trainer.settings import TinySettings

TEXT_LENGTH = 64
_START_SCALE, _START_BIAS = 10.0, -10.0
_END = "</s>"


def make_tiny_siglip(tiny: TinySettings, tokenizer: PreTrainedTokenizerFast, seed: int) -> SiglipModel:
    """
    A SiglipModel of the given sizes (the projection is the width, as in SigLIP), the same weights for the same seed.

    Scale and bias start at 10 and -10 (arXiv 2303.15343, section 3.1), patch positions as in ``make_tiny_clip``.
    """
    tower = {"hidden_size": tiny.width, "intermediate_size": 4 * tiny.width, "num_attention_heads": tiny.heads}
    text = {
        **tower,
        "num_hidden_layers": tiny.text_layers,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": text_length(tiny),
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "projection_size": tiny.width,
    }
    vision = {
        **tower,
        "num_hidden_layers": tiny.vision_layers,
        "image_size": tiny.image_size,
        "patch_size": tiny.patch_size,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        siglip = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
        torch.nn.init.normal_(siglip.vision_model.embeddings.position_embedding.weight, std=POSITION_SCALE)
        torch.nn.init.constant_(siglip.logit_scale, math.log(_START_SCALE))
        torch.nn.init.constant_(siglip.logit_bias, _START_BIAS)
        return siglip


def text_length(tiny: TinySettings) -> int:
    """How many tokens the small text tower reads: SigLIP's 64, or fewer where the settings say so."""
    return min(TEXT_LENGTH, tiny.text_length)


def train_siglip_tokenizer(captions: Iterable[str], tiny: TinySettings) -> PreTrainedTokenizerFast:
    """
    A lower-casing byte-level BPE with merges learned from captions; like SigLIP's, it adds an end token and no start.

    Every byte is in its vocabulary, so no text ever becomes unknown. The end token pads too, as in SigLIP.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    learner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tiny.vocabulary,
        special_tokens=[_END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learner.train_from_iterator(captions, trainer)
    end = learner.token_to_id(_END)
    learner.post_processor = processors.TemplateProcessing(single=f"$A {_END}", special_tokens=[(_END, end)])
    return PreTrainedTokenizerFast(
        tokenizer_object=learner, eos_token=_END, pad_token=_END, model_max_length=text_length(tiny)
    )


def make_siglip_image_processor(tiny: TinySettings) -> Any:
    """SigLIP's image processor, which stretches an image to a square, at the small model's image size."""
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    size = tiny.image_size
    return SiglipImageProcessorPil(size={"height": size, "width": size})
