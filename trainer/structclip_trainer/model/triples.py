"""Triples of a batch as tensors: phrases deduplicated, word pieces flat, one row a caption that has triples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor


class PhraseTokenizer(Protocol):
    """What is asked of a tokenizer: word-piece ids of a phrase without special tokens."""

    def __call__(self, text: list[str], *, add_special_tokens: bool) -> Mapping[str, list[list[int]]]:
        """Word pieces of several phrases under the key ``input_ids``."""
        ...


@dataclass(frozen=True)
class Reading:
    """
    How phrases and captions are read: at most ``pieces`` word pieces of a phrase (None: all).

    ``padding``: start, end and the padding up to ``pieces`` + 2 count in the phrase's mean (the released code's).
    ``empty``: a caption without triples is read as one triple of empty phrases, instead of not at all.
    """

    pieces: int | None = None
    padding: bool = False
    empty: bool = False

    @classmethod
    def of(cls, config: Any) -> "Reading":
        """What a :class:`StructCLIPConfig` says."""
        return cls(config.phrase_pieces, config.phrase_padding, config.empty_triples)

    def slots(self, phrase: list[int], tokenizer: Any) -> list[int]:
        """The word pieces that are read of a phrase's word pieces."""
        kept = phrase[: self.pieces]
        if not self.padding or self.pieces is None:
            return kept
        pad = tokenizer.pad_token_id
        start = next((i for i in (tokenizer.cls_token_id, tokenizer.bos_token_id) if i is not None), pad)
        end = next((i for i in (tokenizer.sep_token_id, tokenizer.eos_token_id) if i is not None), pad)
        return [start, *kept, end, *[pad] * (self.pieces - len(kept))]


PLAIN = Reading()
EMPTY = {"head": "", "relation": "", "tail": ""}


@dataclass(frozen=True)
class TripleBatch:
    """
    The triples of B captions, R of which have any; P distinct phrases.

    ``pieces`` (all word pieces of the phrases, flat), ``offsets`` (P, start of each phrase), ``weights`` (1/n for each
    piece of a phrase of n pieces), ``triples`` (R, K, 3: phrases of head, relation, tail), ``mask`` (R, K: a triple
    stands there), ``rows`` (R: which captions), ``size`` B, ``truncated`` triples left out beyond ``max_triples``.
    """

    pieces: Tensor
    offsets: Tensor
    weights: Tensor
    triples: Tensor
    mask: Tensor
    rows: Tensor
    size: int
    truncated: int = 0

    @property
    def has_triples(self) -> Tensor:
        """(B,) bool: captions with at least one triple."""
        nobody = torch.zeros(self.size, dtype=torch.bool, device=self.rows.device)
        return nobody.index_fill(0, self.rows, True)

    def to(self, device: torch.device | str) -> "TripleBatch":
        """The same batch on another device."""
        return self.map(partial(Tensor.to, device=device, non_blocking=True))

    def map(self, change: Callable[[Tensor], Tensor]) -> "TripleBatch":
        """The same batch with every tensor changed."""
        names = ("pieces", "offsets", "weights", "triples", "mask", "rows")
        changed: dict[str, Any] = {name: change(getattr(self, name)) for name in names}
        return replace(self, **changed)


PhrasePieces = dict[str, list[int]]
"""A memory of phrases already tokenized; triples repeat few phrases, so it saves most of the work."""


def tokenize_triples(
    triples: Sequence[Sequence[Mapping[str, Any]]],
    tokenizer: PhraseTokenizer,
    max_triples: int,
    memory: PhrasePieces | None = None,
    reading: Reading = PLAIN,
) -> TripleBatch:
    """
    Turn the triples of each caption (mappings with head, relation, tail) into one :class:`TripleBatch`.

    The first ``max_triples`` of each caption are kept, relations before attributes as the tables order them; the rest
    are counted in ``truncated``.
    """
    kept = [list(of_caption[:max_triples]) for of_caption in triples]
    left = sum(map(len, triples)) - sum(map(len, kept))
    if reading.empty:
        kept = [of_caption or [EMPTY] for of_caption in kept]
    rows = [row for row, of_caption in enumerate(kept) if of_caption]
    index = _phrase_index(kept)
    sizes = torch.tensor([len(kept[row]) for row in rows], dtype=torch.long)
    mask = torch.arange(max(map(len, kept), default=0) or 1) < sizes[:, None]
    table = torch.zeros(*mask.shape, 3, dtype=torch.long)
    spelled = [_spell(triple, index) for row in rows for triple in kept[row]]
    table[mask] = torch.tensor(spelled, dtype=torch.long).view(-1, 3)
    whole = _phrase_pieces(list(index), tokenizer, memory if memory is not None else {})
    pieces = [reading.slots(phrase, tokenizer) for phrase in whole]
    counts = torch.tensor([len(p) for p in pieces], dtype=torch.long)
    return TripleBatch(
        pieces=torch.tensor([piece for phrase in pieces for piece in phrase], dtype=torch.long),
        offsets=torch.cumsum(counts, 0) - counts,
        weights=torch.repeat_interleave(1.0 / counts.clamp(min=1), counts),
        triples=table,
        mask=mask,
        rows=torch.tensor(rows, dtype=torch.long),
        size=len(kept),
        truncated=left,
    )


def _phrase_index(kept: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    index: dict[str, int] = {}
    for of_caption in kept:
        for triple in of_caption:
            for part in ("head", "relation", "tail"):
                index.setdefault(triple[part], len(index))
    return index


def _spell(triple: Mapping[str, Any], index: Mapping[str, int]) -> list[int]:
    return [index[triple["head"]], index[triple["relation"]], index[triple["tail"]]]


def _phrase_pieces(phrases: list[str], tokenizer: PhraseTokenizer, memory: PhrasePieces) -> list[list[int]]:
    new = [phrase for phrase in phrases if phrase not in memory]
    if new:
        memory.update(zip(new, tokenizer(new, add_special_tokens=False)["input_ids"], strict=True))
    return [memory[phrase] for phrase in phrases]
