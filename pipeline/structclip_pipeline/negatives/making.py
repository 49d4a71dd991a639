"""The negatives of one shard: candidates, what the image asserts, plausibility, choice, and the count of each step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from structclip_pipeline.negatives.candidates import SWAPS, Candidates, Swaps, examine, examine_widely
from structclip_pipeline.negatives.language_model import mean_log_probabilities
from structclip_pipeline.negatives.likelihood import Ranks, rank_candidates, weigh
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.replacement import replacements_of
from structclip_pipeline.negatives.round_trip import Parse, choose
from structclip_pipeline.negatives.selection import deal
from structclip_pipeline.negatives.statistics import NgramCounts, fold_of
from structclip_pipeline.negatives.true_of_image import Assertions, assertions_of_others, is_asserted
from structclip_schemas.graph import SceneGraph, graph_from_row
from structclip_schemas.variant import Variant

Row = Mapping[str, Any]

MOST_LIMITED = 8
"""Whoever asks for more negatives a caption gets the implausible and the doubtful ones too, behind all others."""


@dataclass(frozen=True, slots=True)
class Demand:
    """
    What is asked for: kinds in table order, negatives a caption, the seed, off, flag or drop, the strategy, and whether
    hard positives and units are wanted too.
    """

    kinds: tuple[str, ...]
    per_caption: int
    seed: int
    verify: str
    strategy: str = "graph"
    positives: bool = False
    units: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of the negatives table in the order of their input, and the counts of what was and was not made."""

    rows: list[dict[str, Any]]
    without_negative: Counter[str]
    counts: Counter[str]


def make_negatives(
    rows: Sequence[Row],
    demand: Demand,
    statistics: NgramCounts | None,
    parse: Parse | None,
    neighbours: Neighbours | None = None,
) -> Made:
    """
    Make the negatives of the graphs rows of one shard; captions of an image see each other here and nowhere else.

    ``neighbours`` are what replacements choose their words from; kinds that replace need them.
    ``counts``: candidates made; true_of_image, implausible, cut and round_trip_failed of them that were not kept
    (round_trip_failed are kept with ``flag``); negatives kept. Beyond ``MOST_LIMITED`` a caption none is implausible.
    """
    graphs = [graph_from_row(dict(row)) for row in rows]
    look = examine_widely if demand.per_caption > MOST_LIMITED else examine
    found = [
        look(row["caption"], graph, demand.kinds, swaps)
        for row, graph, swaps in zip(rows, graphs, _swaps(rows, graphs, neighbours), strict=True)
    ]
    allowed = _without_asserted(rows, graphs, found)
    if statistics is not None:
        allowed = with_plausibility(rows, allowed, statistics)
    orders = _order_all(rows, graphs, found, allowed, demand)
    chosen = choose(orders, demand.per_caption, demand.verify, parse)
    reasons = Counter(
        _reason(graph, candidates, bool(unasserted), bool(order))
        for graph, candidates, unasserted, order, kept in zip(graphs, found, allowed, orders, chosen, strict=True)
        if not kept
    )
    return Made(
        [negatives_row(row, kept) for row, kept in zip(rows, chosen, strict=True)],
        reasons,
        _count(found, allowed, orders, chosen),
    )


def _swaps(rows: Sequence[Row], graphs: Sequence[SceneGraph], neighbours: Neighbours | None) -> Sequence[Swaps]:
    """What makes each row's candidates: replacements as well where there are neighbours."""
    if neighbours is None:
        return [SWAPS] * len(rows)
    said = [(row["image_id"], row["caption"], graph) for row, graph in zip(rows, graphs, strict=True)]
    return [{**SWAPS, **replacements} for replacements in replacements_of(neighbours, said)]


def _without_asserted(
    rows: Sequence[Row], graphs: Sequence[SceneGraph], found: Sequence[Candidates]
) -> list[list[Variant]]:
    said = [(row["image_id"], row["caption"], graph) for row, graph in zip(rows, graphs, strict=True)]
    others = assertions_of_others(said, [bool(candidates.variants) for candidates in found])
    return [
        _unasserted(candidates, graph, other) for candidates, graph, other in zip(found, graphs, others, strict=True)
    ]


def _unasserted(candidates: Candidates, graph: SceneGraph, others: Assertions) -> list[Variant]:
    original = graph.triples()
    return [v for v in candidates.variants if not is_asserted(v, original, others)]


def with_plausibility(rows: Sequence[Row], groups: list[list[Variant]], statistics: NgramCounts) -> list[list[Variant]]:
    """Each caption's variants with their plausibility by the counts of the other folds of images."""
    texts, folds = [], []
    for row, variants in zip(rows, groups, strict=True):
        if variants:
            texts += [row["caption"], *(v.caption for v in variants)]
            folds += [fold_of(row["image_id"], row["caption_id"])] * (len(variants) + 1)
    scores = iter(mean_log_probabilities(statistics, texts, folds).tolist())
    return [
        _scored(variants, next(scores), [next(scores) for _ in variants]) if variants else [] for variants in groups
    ]


def _scored(variants: list[Variant], caption: float, scores: list[float]) -> list[Variant]:
    return [replace(v, plausibility=_as_stored(score - caption)) for v, score in zip(variants, scores, strict=True)]


def _as_stored(value: float) -> float:
    """The value as the table's float32 column will hold it."""
    import numpy as np

    return float(np.float32(value))


def _order_all(
    rows: Sequence[Row],
    graphs: Sequence[SceneGraph],
    found: Sequence[Candidates],
    allowed: Sequence[list[Variant]],
    demand: Demand,
) -> list[list[Variant]]:
    """Each caption's candidates to choose from, in the order of their choice."""
    return [
        order_candidates(row["caption_id"], rank_candidates(weigh(graph, variants, candidates.doubtful)), demand)
        for row, graph, candidates, variants in zip(rows, graphs, found, allowed, strict=True)
    ]


def order_candidates(caption_id: str, ranks: Ranks, demand: Demand) -> list[Variant]:
    """The candidates of one rank behind those of another; implausible ones only beyond ``MOST_LIMITED`` a caption."""
    chosen_from = ranks if demand.per_caption > MOST_LIMITED else ranks[:2]
    return [v for rank in chosen_from for v in deal(rank, demand.kinds, caption_id, demand.seed)]


def _reason(graph: SceneGraph, candidates: Candidates, unasserted: bool, ordered: bool) -> str:
    """Why a caption has no negative: the last step that took all, else the rule that refused most exchanges."""
    if ordered:
        return "round-trip"
    if unasserted:
        return "implausible"
    if candidates.variants:
        return "true-of-image"
    if not graph.objects:
        return "no-object"
    refusals = candidates.refusals
    return min(refusals, key=lambda reason: (-refusals[reason], reason)) if refusals else "no-pair"


def _count(
    found: Sequence[Candidates],
    allowed: Sequence[list[Variant]],
    orders: Sequence[list[Variant]],
    chosen: Sequence[list[Variant]],
) -> Counter[str]:
    made = sum(len(c.variants) for c in found)
    unasserted, ordered = sum(map(len, allowed)), sum(map(len, orders))
    kept = [v for variants in chosen for v in variants]
    return Counter(
        candidates=made,
        true_of_image=made - unasserted,
        implausible=unasserted - ordered,
        cut=ordered - len(kept),
        round_trip_failed=sum(v.round_trip is False for v in kept),
        negatives=len(kept),
    )


def negatives_row(row: Row, kept: list[Variant]) -> dict[str, Any]:
    """A graphs row with its negatives, as the negatives table has it."""
    return {**row, "negatives": [asdict(v) for v in kept], "positives": [], "units": []}
