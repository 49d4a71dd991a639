"""Make training batches: tensors of examples and the labels their gold graphs give."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from structclip_pipeline.parser.augmentation import Example
from structclip_pipeline.parser.features import UNKNOWN, hash_ngrams
from structclip_pipeline.parser.network import Batch
from structclip_pipeline.parser.pairing import list_owners, list_pairs
from structclip_pipeline.parser.presence import TemplateWords
from structclip_pipeline.parser.shapes import BEGIN_ATTRIBUTE, BEGIN_OBJECT, IN_ATTRIBUTE, IN_OBJECT, OUTSIDE
from structclip_pipeline.parser.token_graph import TokenGraph

IGNORED = -100


@dataclass(frozen=True)
class Labels:
    """``tags`` (B, L), ``templates`` (p,), ``verbs`` (p,) token or IGNORED, ``owners`` (q,) 0.0 or 1.0."""

    tags: Tensor
    templates: Tensor
    verbs: Tensor
    owners: Tensor


@dataclass(frozen=True)
class Encoding:
    """Numbers of words and templates, and how often each word was seen."""

    words: Mapping[str, int]
    templates: Mapping[str, int]
    counts: Mapping[str, int]
    words_of_templates: TemplateWords


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
    words: dict[tuple[str, bool], int] = {}
    length = max(len(e.words) for e in examples)
    places = torch.zeros(len(examples), length, dtype=torch.long)
    tags = torch.full((len(examples), length), IGNORED)
    for row, example in enumerate(examples):
        for column, word in enumerate(example.words):
            known = rng.random() >= forget / (forget + encoding.counts.get(word, 0) + 1e-9)
            places[row, column] = words.setdefault((word, known), len(words))
        tags[row, : len(example.words)] = torch.tensor(tag_tokens(example))
    batch_spans = _Spans(encoding)
    for row, example in enumerate(examples):
        batch_spans.add(row, example.graph)
    sentences = [e.words for e in examples]
    objects, pairs = _table(batch_spans.objects, 3).numpy(), _table(batch_spans.pairs, 4).numpy()
    grams = [hash_ngrams(word) for word, _ in words]
    sizes = torch.tensor([0] + [len(g) for g in grams])
    batch = Batch(
        words=torch.tensor([encoding.words.get(w, UNKNOWN) if known else UNKNOWN for w, known in words]),
        grams=torch.tensor([g for group in grams for g in group]),
        offsets=torch.cumsum(sizes, 0)[:-1],
        places=places,
        lengths=torch.tensor([len(e.words) for e in examples]),
        objects=_table(batch_spans.objects, 3),
        attributes=_table(batch_spans.attributes, 3),
        pairs=_table(batch_spans.pairs, 4),
        owners=_table(batch_spans.owners, 4),
        present=torch.from_numpy(encoding.words_of_templates.mark(sentences, objects, pairs)),
    )
    return batch, Labels(
        tags,
        torch.tensor(batch_spans.templates, dtype=torch.long),
        torch.tensor(batch_spans.verbs, dtype=torch.long),
        torch.tensor(batch_spans.owned, dtype=torch.float32),
    )


def tag_tokens(example: Example) -> list[int]:
    """The tag of each token; objects win over attributes that overlap them."""
    tags = [OUTSIDE] * len(example.words)
    for attribute in example.graph.attributes:
        _mark(tags, (attribute.start, attribute.end), BEGIN_ATTRIBUTE, IN_ATTRIBUTE)
    for span in example.graph.objects:
        _mark(tags, span, BEGIN_OBJECT, IN_OBJECT)
    return tags


def _mark(tags: list[int], span: tuple[int, int], begin: int, inside: int) -> None:
    tags[span[0] : span[1]] = [begin] + [inside] * (span[1] - span[0] - 1)


def _table(rows: list[tuple[int, ...]], width: int) -> Tensor:
    return torch.tensor(rows, dtype=torch.long).reshape(-1, width)


class _Spans:
    """Spans, pairs and labels of a batch, flat."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.objects: list[tuple[int, ...]] = []
        self.attributes: list[tuple[int, ...]] = []
        self.pairs: list[tuple[int, ...]] = []
        self.owners: list[tuple[int, ...]] = []
        self.templates: list[int] = []
        self.verbs: list[int] = []
        self.owned: list[float] = []

    def add(self, row: int, graph: TokenGraph) -> None:
        """Add one caption's graph."""
        first_object, first_attribute = len(self.objects), len(self.attributes)
        spans = sorted({(a.start, a.end) for a in graph.attributes})
        self.objects += [(row, s, e - 1) for s, e in graph.objects]
        self.attributes += [(row, s, e - 1) for s, e in spans]
        relations = {(r.head, r.tail): r for r in graph.relations}
        none = len(self.encoding.templates)
        for i, j, distance, rank in list_pairs(graph.objects):
            self.pairs.append((i + first_object, j + first_object, distance, rank))
            relation = relations.get((i, j))
            number = self.encoding.templates.get(relation.template, none) if relation else none
            self.templates.append(number)
            self.verbs.append(relation.verb if relation and relation.verb >= 0 and number != none else IGNORED)
        owned = {(a.start, a.end, a.object) for a in graph.attributes}
        for i, j, distance, rank in list_owners(spans, graph.objects):
            self.owners.append((i + first_attribute, j + first_object, distance, rank))
            self.owned.append(float((*spans[i], j) in owned))
