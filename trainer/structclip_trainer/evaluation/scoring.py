"""Outcomes of comparisons and retrieval from embeddings: the plain, fused and blind rows of one model."""

from collections.abc import Iterable, Mapping, Sequence

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
RETRIEVAL_COLUMNS = tuple(f"{way}_r{k}" for k in RECALLS for way in ("i2t", "t2i"))
Vectors = Mapping[Picture, Floats]


def mean_vector(vectors: Vectors, pictures: Iterable[Picture]) -> Floats:
    """The mean (D,) of distinct pictures' embeddings, in whatever order they come: what a blind row looks at."""
    ordered = sorted(set(pictures), key=lambda p: (p.path, p.crop or ()))
    mean: Floats = np.mean([vectors[p].astype(np.float64) for p in ordered], axis=0)
    return mean


def comparison_outcomes(comparisons: Sequence[Comparison], images: Floats, texts: Floats) -> Booleans:
    """
    Which comparisons are won, strictly against every negative.

    ``images`` (N, D) one for each comparison; ``texts`` (sum of 1 + negatives, D): each comparison's true caption
    followed by its negatives, in order.
    """
    sizes = np.array([1 + len(c.false) for c in comparisons])
    owner = np.repeat(np.arange(len(comparisons)), sizes)
    scores = paired_similarities(images[owner], texts)
    is_true = np.zeros(len(scores), bool)
    is_true[np.cumsum(sizes) - sizes] = True
    return won(scores[is_true], scores[~is_true], owner[~is_true])


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
