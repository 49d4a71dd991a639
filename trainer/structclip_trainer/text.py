"""Captions as token ids, trimmed to the longest of the batch where that is exact (a causal text tower)."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from structclip_schemas.tokens import cut_tokens

Known = Callable[[str], list[int] | None]
"""Token ids of a text with start and end tokens, not cut, where somebody has them already."""


def tokenize_captions(
    captions: Sequence[str], tokenizer: Any, longest: int, known: Known | None = None
) -> list[list[int]]:
    """Token ids of captions with start and end tokens, cut to ``longest`` with the end token kept."""
    found = [known(text) if known is not None else None for text in captions]
    new = [text for text, ids in zip(captions, found, strict=True) if ids is None]
    made = iter(tokenizer(new, truncation=True, max_length=longest)["input_ids"] if new else ())
    return [next(made) if ids is None else cut_tokens(ids, longest) for ids in found]


def pad_tokens(tokens: Sequence[Sequence[int]], pad: int, length: int | None = None) -> Tensor:
    """(N, length) int64; ``length`` None trims to the longest of the batch."""
    width = length or max(map(len, tokens))
    return torch.tensor([[*ids, *[pad] * (width - len(ids))] for ids in tokens], dtype=torch.long)


def longest_text(clip_config: Any) -> int:
    """How many tokens the text tower reads."""
    return int(clip_config.text_config.max_position_embeddings)
