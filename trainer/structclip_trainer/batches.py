"""Batches as tensors: captions and what was drawn for them in one block of text, one block of triples."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from structclip_trainer.drawn_texts import DrawnTexts, Text, collect_assertions, collect_texts
from structclip_trainer.model.triples import PLAIN, PhrasePieces, Reading, TripleBatch, tokenize_triples
from structclip_trainer.pairing import Pairing, identify, identify_captions
from structclip_trainer.samples import Sample
from structclip_trainer.text import Known, pad_tokens, tokenize_captions
from structclip_trainer.text_lines import TextLines, set_in_lines


@dataclass(frozen=True)
class Batch:
    """
    B captions with their images, the N negatives that exist, P positives, U units and F foils; T texts in this order.

    ``pixels`` (B, 3, H, W) uint8; ``input_ids`` (T, L); ``triples`` of the same T, None without KEE; ``pairing`` which
    text belongs to which image; ``keeps_knowledge`` (T,) who keeps the KEE term this time; ``lines`` the same texts set
    in lines where the text tower reads those.
    """

    caption_ids: list[str]
    pixels: Tensor
    input_ids: Tensor
    triples: TripleBatch | None
    pairing: Pairing
    keeps_knowledge: Tensor
    lines: TextLines | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        return self.map(partial(Tensor.to, device=device, non_blocking=True))

    def pinned_for(self, device: torch.device) -> "Batch":
        """
        The same batch in page-locked memory, which a CUDA device copies from while the caller goes on; as it is for
        other devices.

        Any thread may ask: a thread begins with the first CUDA device, so that the batch's own is chosen here.
        """
        if device.type != "cuda":
            return self
        with torch.cuda.device(device):
            return self.map(Tensor.pin_memory)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        """The same batch with every tensor changed."""
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        moved: dict[str, Any] = {name: change(value) for name, value in tensors.items()}
        triples = None if self.triples is None else self.triples.map(change)
        lines = None if self.lines is None else self.lines.map(change)
        return replace(self, **moved, triples=triples, pairing=self.pairing.map(change), lines=lines)


def add_counts(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """
    The sum of each count; what is not counted somewhere counts as none there.

    >>> add_counts([{"captions": 2}, {"captions": 3, "units": 1}])
    {'captions': 5, 'units': 1}
    """
    total: dict[str, int] = {}
    for part in counts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total


@dataclass(frozen=True)
class Collator:
    """
    Puts samples together; ``negative_triples`` False gives negatives no triples, ``kee_triples`` 0 nobody.

    ``padded``: the length of every text, None for the longest of the batch. Phrases are spelled by
    ``phrase_tokenizer``, None: by the captions' tokenizer. ``known``: token ids that need no making. ``in_lines``: the
    model reads texts in lines.
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
    in_lines: bool = False

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
            pairing=_pair(samples, texts),
            keeps_knowledge=torch.tensor([keeps[owner] for owner in texts.owners]),
            lines=self._set_in_lines(texts.tokens),
            counts={
                "captions": len(samples),
                **texts.counts,
                "captions_truncated": sum(len(ids) == self.longest for ids in captions),
                "triples_truncated": 0 if triples is None else triples.truncated,
            },
        )

    def _set_in_lines(self, tokens: list[list[int]]) -> TextLines | None:
        return set_in_lines(tokens, self.tokenizer.pad_token_id, self.longest) if self.in_lines else None

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        return tokenize_captions(texts, self.tokenizer, self.longest, self.known)

    def _triples(self, triples: list[list[dict[str, str]]]) -> TripleBatch | None:
        if self.kee_triples == 0:
            return None
        tokenizer = self.phrase_tokenizer or self.tokenizer
        return tokenize_triples(triples, tokenizer, self.kee_triples, self.memory, self.reading)


def _pair(samples: list[Sample], texts: DrawnTexts) -> Pairing:
    assertions = collect_assertions(samples)
    return Pairing(
        identities=identify_captions((sample.row.image_key, sample.row.caption) for sample in samples),
        negative_of=_numbers(texts.negatives),
        positive_of=_numbers(texts.positives),
        unit_of=_numbers(texts.units),
        foil_of=_numbers(texts.foils),
        unit_texts=torch.tensor([identify(unit.text.lower()) for unit in texts.units], dtype=torch.long),
        assertions=torch.tensor([[of, identify(text)] for of, text in assertions], dtype=torch.long).view(-1, 2),
    )


def _numbers(texts: list[Text]) -> Tensor:
    return torch.tensor([text.of for text in texts], dtype=torch.long)
