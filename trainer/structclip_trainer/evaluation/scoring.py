"""Outcomes of comparisons and retrieval from embeddings: the plain, fused and blind rows of one model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from structclip_trainer.evaluation.comparisons import COMPLEXITIES, Comparison, Picture
from structclip_trainer.evaluation.metrics import (
    Booleans,
    Floats,
    Integers,
    Measure,
    mean_of,
    measure,
    paired_similarities,
    retrieval_ranks,
    share_of,
    won,
)

ROWS = ("plain", "fused", "blind")
RECALLS = (1, 5)
PAIR_COLUMNS = ("pair_text", "pair_image", "pair_group")
RETRIEVAL_COLUMNS = tuple(f"{way}_r{k}" for k in RECALLS for way in ("i2t", "t2i"))
Vectors = Mapping[Picture, Floats]


def mean_vector(vectors: Vectors, pictures: Iterable[Picture]) -> Floats:
    """The mean (D,) of distinct pictures' embeddings, in whatever order they come: what a blind row looks at."""
    ordered = sorted(set(pictures), key=lambda p: (p.path, p.crop or ()))
    mean: Floats = np.mean([vectors[p].astype(np.float64) for p in ordered], axis=0)
    return mean


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of N comparisons: the least true caption (N,), all negatives (P,), and whose negatives they are (P,)."""

    true: Floats
    false: Floats
    owner: Integers

    def won(self) -> Booleans:
        """Which comparisons are won: every true caption strictly above every negative."""
        return won(self.true, self.false, self.owner)


def score(comparisons: Sequence[Comparison], images: Floats, texts: Floats) -> Scores:
    """
    The scores of comparisons.

    ``images`` (N, D) one for each comparison; ``texts`` (sum of statements, D): each comparison's statements in order.
    """
    sizes = np.array([len(c.statements) for c in comparisons])
    owner = np.repeat(np.arange(len(comparisons)), sizes)
    scores = paired_similarities(images[owner], texts)
    starts = np.cumsum(sizes) - sizes
    trues = np.array([1 + len(c.also_true) for c in comparisons])
    is_true = np.arange(len(scores)) - starts[owner] < trues[owner]
    least = np.minimum.reduceat(scores[is_true], np.cumsum(trues) - trues)
    return Scores(least, scores[~is_true], owner[~is_true])


def pair_measures(comparisons: Sequence[Comparison], scores: Scores) -> dict[str, Measure]:
    """
    Winoground's three scores over the pairs of comparisons that share a ``pair_id``; empty where there is none.

    ``pair_text``: each image has its own caption above the other's; ``pair_image``: each caption has its own image
    above the other; ``pair_group``: both. Strictly; a pair of which one image is gone is not counted.
    """
    text: list[bool] = []
    image: list[bool] = []
    for left, right in _pairs(comparisons):
        own, other = scores.true[[left, right]], [_only_negative(scores, left), _only_negative(scores, right)]
        text.append(bool(own[0] > other[0] and own[1] > other[1]))
        image.append(bool(own[0] > other[1] and own[1] > other[0]))
    if not text:
        return {}
    both = [t and i for t, i in zip(text, image, strict=True)]
    return dict(zip(PAIR_COLUMNS, (share_of(text), share_of(image), share_of(both)), strict=True))


def _pairs(comparisons: Sequence[Comparison]) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = {}
    for place, comparison in enumerate(comparisons):
        if comparison.pair_id is not None and len(comparison.false) == 1:
            places.setdefault(comparison.pair_id, []).append(place)
    return [(found[0], found[1]) for found in places.values() if len(found) == 2]


def _only_negative(scores: Scores, comparison: int) -> float:
    return float(scores.false[np.searchsorted(scores.owner, comparison)])


def group_measures(comparisons: Sequence[Comparison], outcomes: Booleans) -> dict[str, Measure]:
    """Every group's share in order of appearance, then ``mean`` (over groups) and ``micro`` (over comparisons)."""
    groups: dict[str, list[bool]] = {}
    for comparison, outcome in zip(comparisons, outcomes, strict=True):
        groups.setdefault(comparison.group, []).append(bool(outcome))
    measures = {group: share_of(values) for group, values in groups.items()}
    return {**measures, "mean": mean_of(list(measures.values())), "micro": share_of(outcomes)}


def complexity_measures(comparisons: Sequence[Comparison], outcomes: Booleans) -> dict[str, Measure]:
    """The share for captions of 0, 1, 2, 3 and 4 or more triples; complexities that do not occur are absent."""
    values: dict[str, list[bool]] = {c: [] for c in COMPLEXITIES}
    for comparison, outcome in zip(comparisons, outcomes, strict=True):
        values[comparison.complexity].append(bool(outcome))
    return {complexity: share_of(v) for complexity, v in values.items() if v}


def retrieval_measures(images: Floats, texts: Floats, owner: Integers) -> dict[str, Measure]:
    """Recall at 1 and 5 both ways, ties against the model: ``i2t`` wants any own caption of the image."""
    image_ranks, text_ranks = retrieval_ranks(images, texts, owner)
    ranks = {"i2t": image_ranks, "t2i": text_ranks}
    return {
        f"{way}_r{k}": measure(int((ranks[way] < k).sum()), len(ranks[way])) for k in RECALLS for way in ("i2t", "t2i")
    }
