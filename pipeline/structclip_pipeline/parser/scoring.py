"""Score graphs against gold triples: SPICE F1 over tuples, the share that match as sets, and micro F1 by kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.inflection import singular
from structclip_schemas.graph import SceneGraph

Triples = Sequence[tuple[str, ...]]
KINDS = {1: "objects", 2: "attributes", 3: "relations"}
"""What a SPICE tuple of one, two or three parts states."""


@dataclass(frozen=True, slots=True)
class Score:
    """Percentages from 0 to 100, means over captions."""

    spice: float
    set_match: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tuples of one kind were predicted, are in the gold graphs, and are in both."""

    predicted: int
    gold: int
    shared: int

    @property
    def f1(self) -> float:
        """Micro F1 in percent; 100 where there is nothing to find and nothing was found."""
        total = self.predicted + self.gold
        return 100 * 2 * self.shared / total if total else 100.0


def list_triples(graph: SceneGraph) -> list[tuple[str, ...]]:
    """Lemma triples of a graph; an object that no triple names stands alone as ``(object,)``."""
    triples = graph.triples()
    used = {i for t in triples for i in (t.head_object, t.tail_object) if i is not None}
    return [t.lemmas for t in triples] + [(o.lemma,) for i, o in enumerate(graph.objects) if i not in used]


def score_graphs(predicted: Sequence[Triples], gold: Sequence[Triples]) -> Score:
    """Mean SPICE F1 and set match of predicted against gold triples, nouns reduced to singulars by rules."""
    spice = [f1(split_tuples(p), split_tuples(g)) for p, g in zip(predicted, gold, strict=True)]
    match = [_normal_set(p) == _normal_set(g) for p, g in zip(predicted, gold, strict=True)]
    count = max(len(spice), 1)
    return Score(100 * sum(spice) / count, 100 * sum(match) / count)


def count_tuples(predicted: Sequence[Triples], gold: Sequence[Triples]) -> dict[str, Counts]:
    """Counts of objects, attributes and relations over all captions; a tuple repeated in a caption counts once."""
    pairs = [(split_tuples(p), split_tuples(g)) for p, g in zip(predicted, gold, strict=True)]
    return {
        kind: Counts(
            predicted=sum(_count_size(p, size) for p, _ in pairs),
            gold=sum(_count_size(g, size) for _, g in pairs),
            shared=sum(_count_size(p & g, size) for p, g in pairs),
        )
        for size, kind in KINDS.items()
    }


def _count_size(tuples: frozenset[tuple[str, ...]], size: int) -> int:
    return sum(len(entry) == size for entry in tuples)


def split_tuples(triples: Triples) -> frozenset[tuple[str, ...]]:
    """SPICE's tuples: (object), (object, attribute) and (head, relation, tail)."""
    found: set[tuple[str, ...]] = set()
    for triple in _normal_set(triples):
        found.add(triple[:1])
        if len(triple) == 3 and triple[1] == "is":
            found.add((triple[0], triple[2]))
        elif len(triple) == 3:
            found |= {triple[2:], triple}
    return frozenset(found)


def f1(predicted: frozenset[tuple[str, ...]], gold: frozenset[tuple[str, ...]]) -> float:
    """Harmonic mean of precision and recall; of two empty sets 1."""
    if not predicted or not gold:
        return float(predicted == gold)
    return 2 * len(predicted & gold) / (len(predicted) + len(gold))


def _normal_set(triples: Triples) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(_normalise(phrase) for phrase in triple) for triple in triples)


def _normalise(phrase: str) -> str:
    return " ".join(singular(word) for word in phrase.lower().split())
