"""Make training batches: tensors of examples and the labels their gold graphs give."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from structclip_pipeline.parser.features import UNKNOWN, hash_ngrams
from structclip_pipeline.parser.forward import Floats
from structclip_pipeline.parser.pairing import list_owners, list_pairs
from structclip_pipeline.parser.presence import TemplateWords
from structclip_pipeline.parser.shapes import TAGS
from structclip_pipeline.parser.training.augmentation import Example
from structclip_pipeline.parser.training.scorer import Batch
from structclip_pipeline.parser.training.targets import list_attribute_spans, read_targets, stack_rows


@dataclass(frozen=True)
class Labels:
    """Probabilities: ``tags`` (B, L, 5), ``templates`` (p, T + 1), ``pointers`` (p, L), ``owners`` (q,); else zeros."""

    tags: Tensor
    templates: Tensor
    pointers: Tensor
    owners: Tensor

    def to(self, device: torch.device) -> "Labels":
        """The same labels on a device."""
        moved = (t.to(device, non_blocking=True) for t in (self.tags, self.templates, self.pointers, self.owners))
        return Labels(*moved)


@dataclass(frozen=True)
class Encoding:
    """
    Numbers of words and templates, and how often each word was seen.

    The first ``learned`` words have embeddings that are trained; of the others only the meaning is known.
    """

    words: Mapping[str, int]
    learned: int
    templates: Mapping[str, int]
    counts: Mapping[str, int]
    words_of_templates: TemplateWords

    def number_learned(self, word: str) -> int:
        """The number of a word's trained embedding."""
        number = self.words.get(word, UNKNOWN)
        return number if number < self.learned else UNKNOWN


def iterate_batches(examples: Sequence[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Batches of examples of similar length in random order."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].words) + 2 * rng.random())
    starts = list(range(0, len(order), size))
    rng.shuffle(starts)
    for start in starts:
        yield [examples[i] for i in order[start : start + size]]


def make_batch(
    examples: Sequence[Example], encoding: Encoding, rng: random.Random, *, forget: float
) -> tuple[Batch, Labels]:
    """Tensors of a batch; a word seen n times is read as unknown with probability forget / (forget + n)."""
    length = max(len(e.words) for e in examples)
    spans = _Spans(encoding, length)
    for row, example in enumerate(examples):
        spans.add(row, example)
    objects, pairs = _table(spans.objects, 3), _table(spans.pairs, 4)
    sentences = [e.words for e in examples]
    words, places = _place_words(sentences, encoding, rng, forget)
    grams = [hash_ngrams(word) for word, _ in words]
    sizes = torch.tensor([0] + [len(g) for g in grams])
    batch = Batch(
        sentences=sentences,
        words=torch.tensor([encoding.number_learned(w) if known else UNKNOWN for w, known in words]),
        meanings=torch.tensor([encoding.words.get(w, UNKNOWN) for w, _ in words]),
        grams=torch.tensor([g for group in grams for g in group]),
        offsets=torch.cumsum(sizes, 0)[:-1],
        places=places,
        lengths=torch.tensor([len(words) for words in sentences]),
        objects=objects,
        attributes=_table(spans.attributes, 3),
        pairs=pairs,
        owners=_table(spans.owners, 4),
        present=torch.from_numpy(encoding.words_of_templates.mark(sentences, objects.numpy(), pairs.numpy())),
    )
    return batch, spans.label()


def _place_words(
    sentences: Sequence[Sequence[str]], encoding: Encoding, rng: random.Random, forget: float
) -> tuple[list[tuple[str, bool]], Tensor]:
    """The distinct (word, whether it is known) of a batch, and which of them stands where (B, L)."""
    words: dict[tuple[str, bool], int] = {}
    places = torch.zeros(len(sentences), max(len(s) for s in sentences), dtype=torch.long)
    for row, sentence in enumerate(sentences):
        for column, word in enumerate(sentence):
            known = rng.random() >= forget / (forget + encoding.counts.get(word, 0) + 1e-9)
            places[row, column] = words.setdefault((word, known), len(words))
    return list(words), places


def _table(rows: list[tuple[int, ...]], width: int) -> Tensor:
    return torch.tensor(rows, dtype=torch.long).reshape(-1, width)


class _Spans:
    """Spans, pairs and targets of a batch, flat."""

    def __init__(self, encoding: Encoding, length: int) -> None:
        self.encoding = encoding
        self.length = length
        self.objects: list[tuple[int, ...]] = []
        self.attributes: list[tuple[int, ...]] = []
        self.pairs: list[tuple[int, ...]] = []
        self.owners: list[tuple[int, ...]] = []
        self.tags: list[Floats] = []
        self.templates: list[Floats] = []
        self.pointers: list[Floats] = []
        self.owned: list[float] = []

    def add(self, row: int, example: Example) -> None:
        """Add one caption; a pair or owner that its targets do not know (of two joined captions) is none."""
        graph, spans = example.graph, list_attribute_spans(example.graph)
        targets = example.targets or read_targets(graph, len(example.words), self.encoding.templates)
        first_object, first_attribute = len(self.objects), len(self.attributes)
        self.objects += [(row, s, e - 1) for s, e in graph.objects]
        self.attributes += [(row, s, e - 1) for s, e in spans]
        self.tags.append(targets.tags)
        none = np.zeros(len(self.encoding.templates) + 1, np.float32)
        none[-1] = 1
        nowhere = np.zeros(0, np.float32)
        for i, j, distance, rank in list_pairs(graph.objects):
            self.pairs.append((i + first_object, j + first_object, distance, rank))
            self.templates.append(targets.templates.get((i, j), none))
            self.pointers.append(targets.pointers.get((i, j), nowhere))
        for i, j, distance, rank in list_owners(spans, graph.objects):
            self.owners.append((i + first_attribute, j + first_object, distance, rank))
            self.owned.append(targets.owners.get((spans[i], j), 0.0))

    def label(self) -> Labels:
        """The targets as tensors."""
        tags = np.zeros((len(self.tags), self.length, len(TAGS)), np.float32)
        for row, own in enumerate(self.tags):
            tags[row, : len(own)] = own
        templates = stack_rows(self.templates, len(self.encoding.templates) + 1)
        pointers = stack_rows(self.pointers, self.length)
        owned = np.array(self.owned, np.float32)
        return Labels(*(torch.from_numpy(array) for array in (tags, templates, pointers, owned)))
