"""Captions as token ids, trimmed to the longest of the batch where that is exact (a causal text tower)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def tokenize_captions(captions: Sequence[str], tokenizer: Any, longest: int) -> list[list[int]]:
    """Token ids of captions with start and end tokens, cut to ``longest`` with the end token kept."""
    return tokenizer(list(captions), truncation=True, max_length=longest)["input_ids"]  # type: ignore[no-any-return]


def pad_tokens(tokens: Sequence[Sequence[int]], pad: int, length: int | None = None) -> Tensor:
    """(N, length) int64; ``length`` None trims to the longest of the batch."""
    width = length or max(map(len, tokens))
    return torch.tensor([[*ids, *[pad] * (width - len(ids))] for ids in tokens], dtype=torch.long)


def longest_text(clip_config: Any) -> int:
    """How many tokens the text tower reads."""
    return int(clip_config.text_config.max_position_embeddings)
