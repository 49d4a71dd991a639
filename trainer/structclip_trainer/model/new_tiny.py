"""A small CLIP from scratch, with a tokenizer trained on the captions it will read."""

from collections.abc import Iterable
from typing import Any

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from structclip_trainer.settings import TinySettings

POSITION_SCALE = 0.5
_START, _END, _WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"


def make_tiny_clip(tiny: TinySettings, tokenizer: CLIPTokenizer, seed: int) -> CLIPModel:
    """
    A CLIPModel of the given sizes, the same weights for the same seed, with Hugging Face's own initialisation but one.

    Its patch positions start at a standard deviation of 0.02, forty times below the patches' own embeddings, so that a
    short training hardly learns where things are; ours start at the scale of the patches.
    """
    tower = {"hidden_size": tiny.width, "intermediate_size": 4 * tiny.width, "num_attention_heads": tiny.heads}
    text = {
        **tower,
        "num_hidden_layers": tiny.text_layers,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": tiny.text_length,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "projection_dim": tiny.projection,
    }
    vision = {
        **tower,
        "num_hidden_layers": tiny.vision_layers,
        "image_size": tiny.image_size,
        "patch_size": tiny.patch_size,
        "projection_dim": tiny.projection,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clip = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=tiny.projection))
        torch.nn.init.normal_(clip.vision_model.embeddings.position_embedding.weight, std=POSITION_SCALE)
        return clip


def train_tokenizer(captions: Iterable[str], tiny: TinySettings) -> CLIPTokenizer:
    """
    CLIP's tokenizer (lower-cased byte-level BPE with word ends) with merges learned from captions.

    Every byte is in its vocabulary, so no text ever becomes unknown; start and end are its last two entries.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    blank = CLIPTokenizer().backend_tokenizer
    learner = Tokenizer(models.BPE(end_of_word_suffix=_WORD_END))
    learner.normalizer, learner.pre_tokenizer = blank.normalizer, blank.pre_tokenizer
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    ends = [letter + _WORD_END for letter in letters]  # named here, since the trainer numbers them at random otherwise
    trainer = trainers.BpeTrainer(
        vocab_size=tiny.vocabulary - 2,
        special_tokens=ends,
        initial_alphabet=letters,
        end_of_word_suffix=_WORD_END,
        show_progress=False,
    )
    learner.train_from_iterator(captions, trainer)
    vocabulary, merges = _learned(learner)
    for entry in (_START, _END):
        vocabulary[entry] = len(vocabulary)
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=tiny.text_length)


def make_image_processor(tiny: TinySettings) -> Any:
    """CLIP's image processor at the small model's image size."""
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    size = tiny.image_size
    return CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size})


def _learned(learner: Any) -> tuple[dict[str, int], list[tuple[str, str]]]:
    import json

    model = json.loads(learner.to_str())["model"]
    return dict(model["vocab"]), [(left, right) for left, right in model["merges"]]
