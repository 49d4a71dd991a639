"""Batches as tensors: captions and what was drawn for them in one block of text, one block of triples."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from structclip_trainer.drawn_texts import Text, asserted_units, collect_texts
from structclip_trainer.model.triples import PLAIN, PhrasePieces, Reading, TripleBatch, tokenize_triples
from structclip_trainer.samples import Sample
from structclip_trainer.text import Known, pad_tokens, tokenize_captions


def _none() -> Tensor:
    return torch.zeros(0, dtype=torch.long)


class Parts(NamedTuple):
    """Rows of a batch's texts by what they are."""

    captions: Tensor
    negatives: Tensor
    positives: Tensor
    units: Tensor
    foils: Tensor


@dataclass(frozen=True)
class Batch:
    """
    B captions with their images, the N negatives that exist, P positives, U units and F foils; T texts in this order.

    ``pixels`` (B, 3, H, W) uint8; ``input_ids`` (T, L); ``triples`` of the same T, None without KEE; ``negative_of``
    (N,), ``positive_of`` (P,) and ``unit_of`` (U,) whose they are, ``foil_of`` (F,) of which unit; ``same`` (B, B)
    other captions that are not wrong for the image (equal image, equal text), ``asserted`` (U, B) captions whose
    image a unit is not wrong for, its own aside; ``keeps_knowledge`` (T,) who keeps the KEE term this time.
    """

    caption_ids: list[str]
    pixels: Tensor
    input_ids: Tensor
    triples: TripleBatch | None
    negative_of: Tensor
    same: Tensor
    keeps_knowledge: Tensor
    counts: dict[str, int] = field(default_factory=dict)
    positive_of: Tensor = field(default_factory=_none)
    unit_of: Tensor = field(default_factory=_none)
    foil_of: Tensor = field(default_factory=_none)
    asserted: Tensor = field(default_factory=_none)

    def parts(self, texts: Tensor) -> Parts:
        """Split rows (T, ...) of text into captions, negatives, positives, units and foils."""
        whose = (self.negative_of, self.positive_of, self.unit_of, self.foil_of)
        return Parts(*torch.split(texts, [len(self.caption_ids), *map(len, whose)]))

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        moved: dict[str, Any] = {name: value.to(device, non_blocking=True) for name, value in tensors.items()}
        return replace(self, **moved, triples=None if self.triples is None else self.triples.to(device))


@dataclass(frozen=True)
class Collator:
    """
    Puts samples together; ``negative_triples`` False gives negatives no triples, ``kee_triples`` 0 nobody.

    ``padded``: the length of every text, None for the longest of the batch. Phrases are spelled by
    ``phrase_tokenizer``, None: by the captions' tokenizer. ``known``: token ids that need no making.
    """

    tokenizer: Any
    longest: int
    kee_triples: int
    with_negatives: bool = True
    negative_triples: bool = True
    memory: PhrasePieces = field(default_factory=dict)
    padded: int | None = None
    phrase_tokenizer: Any = None
    reading: Reading = PLAIN
    known: Known | None = None

    def collate(self, samples: list[Sample]) -> Batch:
        """The batch of some samples. A negative that equals its caption after truncation is not used, and counted."""
        texts = collect_texts(samples, self._tokenize, self.with_negatives, self.negative_triples)
        keeps = [sample.keeps_knowledge for sample in samples]
        triples = self._triples([text.triples for text in texts.all])
        captions = texts.tokens[: len(samples)]
        return Batch(
            caption_ids=[sample.row.caption_id for sample in samples],
            pixels=torch.stack([torch.from_numpy(sample.pixels) for sample in samples]),
            input_ids=pad_tokens(texts.tokens, self.tokenizer.pad_token_id, self.padded),
            triples=triples,
            negative_of=_numbers(texts.negatives),
            same=same_captions(samples),
            keeps_knowledge=torch.tensor([keeps[owner] for owner in texts.owners]),
            counts={
                "captions": len(samples),
                **texts.counts,
                "captions_truncated": sum(len(ids) == self.longest for ids in captions),
                "triples_truncated": 0 if triples is None else triples.truncated,
            },
            positive_of=_numbers(texts.positives),
            unit_of=_numbers(texts.units),
            foil_of=_numbers(texts.foils),
            asserted=asserted_units(samples, texts.units),
        )

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        return tokenize_captions(texts, self.tokenizer, self.longest, self.known)

    def _triples(self, triples: list[list[dict[str, str]]]) -> TripleBatch | None:
        if self.kee_triples == 0:
            return None
        tokenizer = self.phrase_tokenizer or self.tokenizer
        return tokenize_triples(triples, tokenizer, self.kee_triples, self.memory, self.reading)


def _numbers(texts: list[Text]) -> Tensor:
    return torch.tensor([text.of for text in texts], dtype=torch.long)


def same_captions(samples: list[Sample]) -> Tensor:
    """(B, B) bool, False on the diagonal: pairs of equal image or equal text, no negatives for each other."""
    images, texts = _groups([s.row.image_key for s in samples]), _groups([s.row.caption for s in samples])
    same = (images[:, None] == images[None, :]) | (texts[:, None] == texts[None, :])
    return same.fill_diagonal_(False)


def _groups(keys: list[str]) -> Tensor:
    index: dict[str, int] = {}
    return torch.tensor([index.setdefault(key, len(index)) for key in keys])
