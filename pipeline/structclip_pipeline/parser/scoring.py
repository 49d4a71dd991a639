"""Score graphs against gold triples: SPICE F1 over tuples, and the share of graphs that match as sets."""

from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.inflection import singular
from structclip_schemas.graph import SceneGraph

Triples = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """Percentages from 0 to 100, means over captions."""

    spice: float
    set_match: float


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
