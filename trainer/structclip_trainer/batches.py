"""Batches as tensors: captions and negatives in one block of text, their triples in one block of triples."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from structclip_trainer.corpus import Negative
from structclip_trainer.model.triples import PhrasePieces, TripleBatch, tokenize_triples
from structclip_trainer.samples import Sample
from structclip_trainer.text import pad_tokens, tokenize_captions


@dataclass(frozen=True)
class Batch:
    """
    B captions with their images and the N negatives that exist.

    ``pixels`` (B, 3, H, W) uint8; ``input_ids`` (B + N, L) captions first, then negatives; ``triples`` of the same
    B + N, None without KEE; ``negative_of`` (N,) whose negative; ``same`` (B, B) other captions that are not wrong
    for the image (equal image, equal text); ``keeps_knowledge`` (B + N,) who keeps the KEE term this time.
    """

    caption_ids: list[str]
    pixels: Tensor
    input_ids: Tensor
    triples: TripleBatch | None
    negative_of: Tensor
    same: Tensor
    keeps_knowledge: Tensor
    counts: dict[str, int] = field(default_factory=dict)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        names = ("pixels", "input_ids", "negative_of", "same", "keeps_knowledge")
        moved = {name: getattr(self, name).to(device, non_blocking=True) for name in names}
        return replace(self, **moved, triples=None if self.triples is None else self.triples.to(device))


@dataclass(frozen=True)
class Collator:
    """
    Puts samples together; ``negative_triples`` False gives negatives no triples, ``kee_triples`` 0 nobody.

    ``padded``: the length of every text, None for the longest of the batch.
    """

    tokenizer: Any
    longest: int
    kee_triples: int
    with_negatives: bool = True
    negative_triples: bool = True
    memory: PhrasePieces = field(default_factory=dict)
    padded: int | None = None

    def collate(self, samples: list[Sample]) -> Batch:
        """The batch of some samples. A negative that equals its caption after truncation is not used, and counted."""
        negatives, tokens, same_after_cut = self._texts(samples)
        of = [owner for owner, _ in negatives]
        triples = [sample.row.triples for sample in samples]
        triples += [negative.triples if self.negative_triples else [] for _, negative in negatives]
        keeps = [sample.keeps_knowledge for sample in samples]
        batch = self._triples(triples)
        return Batch(
            caption_ids=[sample.row.caption_id for sample in samples],
            pixels=torch.stack([torch.from_numpy(sample.pixels) for sample in samples]),
            input_ids=pad_tokens(tokens, self.tokenizer.pad_token_id, self.padded),
            triples=batch,
            negative_of=torch.tensor(of, dtype=torch.long),
            same=same_captions(samples),
            keeps_knowledge=torch.tensor(keeps + [keeps[owner] for owner in of]),
            counts={
                "captions": len(samples),
                "negatives": len(of),
                "negatives_equal_after_truncation": same_after_cut,
                "captions_truncated": sum(len(ids) == self.longest for ids in tokens[: len(samples)]),
                "triples_truncated": 0 if batch is None else batch.truncated,
            },
        )

    def _texts(self, samples: list[Sample]) -> tuple[list[tuple[int, Negative]], list[list[int]], int]:
        drawn = [(i, s.negative) for i, s in enumerate(samples) if s.negative is not None and self.with_negatives]
        texts = [sample.row.caption for sample in samples] + [negative.caption for _, negative in drawn]
        tokens = tokenize_captions(texts, self.tokenizer, self.longest)
        captions, others = tokens[: len(samples)], tokens[len(samples) :]
        used = [at for at, (owner, _) in enumerate(drawn) if others[at] != captions[owner]]
        return [drawn[at] for at in used], captions + [others[at] for at in used], len(drawn) - len(used)

    def _triples(self, triples: list[list[dict[str, str]]]) -> TripleBatch | None:
        if self.kee_triples == 0:
            return None
        return tokenize_triples(triples, self.tokenizer, self.kee_triples, self.memory)


def same_captions(samples: list[Sample]) -> Tensor:
    """(B, B) bool, False on the diagonal: pairs of equal image or equal text, no negatives for each other."""
    images, texts = _groups([s.row.image_key for s in samples]), _groups([s.row.caption for s in samples])
    same = (images[:, None] == images[None, :]) | (texts[:, None] == texts[None, :])
    return same.fill_diagonal_(False)


def _groups(keys: list[str]) -> Tensor:
    index: dict[str, int] = {}
    return torch.tensor([index.setdefault(key, len(index)) for key in keys])
