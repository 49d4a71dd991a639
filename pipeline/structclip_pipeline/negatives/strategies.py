"""Negatives by a strategy that knows no graph: candidates in order, parsed until enough keep the contract."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from structclip_pipeline.negatives.making import Demand, Made, Row, negatives_row, with_plausibility
from structclip_pipeline.negatives.readings import NOTHING_ADDED, SAME_GRAPH, TRUE_OF_IMAGE, reading_fault
from structclip_pipeline.negatives.round_trip import Parse
from structclip_pipeline.negatives.selection import deal
from structclip_pipeline.negatives.statistics import NgramCounts
from structclip_pipeline.negatives.tagging import shipped_tagger
from structclip_pipeline.negatives.true_of_image import Assertions, assertions_of_others
from structclip_pipeline.negatives.word_swaps import WordSwaps, swap_random_words, swap_word_classes
from structclip_schemas.graph import SceneGraph, graph_from_row
from structclip_schemas.variant import Variant


@dataclass(slots=True)
class Search:
    """One caption on its way to its negatives: what it says, candidates in order, those kept, refusals by reason."""

    graph: SceneGraph
    others: Assertions
    order: list[Variant]
    kept: list[Variant] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def following(self) -> int:
        """Place of the next candidate to read."""
        return len(self.kept) + self.refusals.total()


def make_word_swaps(rows: Sequence[Row], demand: Demand, statistics: NgramCounts | None, parse: Parse) -> Made:
    """
    Make the negatives of one shard by the strategy ``random`` or ``pos``.

    The parser's reading of a variant is its triples; a variant that reads as the caption does, or as another caption of
    the image, gives way to the next in order. No graph is intended, so there is no round trip to check.
    ``counts``: candidates; same_graph, nothing_added and true_of_image of them that were read and refused; cut;
    negatives.
    """
    graphs = [graph_from_row(dict(row)) for row in rows]
    swaps = _swaps_of(demand.strategy)
    found = [
        swaps(row["caption"], graph, row["caption_id"], demand.seed) for row, graph in zip(rows, graphs, strict=True)
    ]
    scored = found if statistics is None else with_plausibility(rows, found, statistics)
    said = [(row["image_id"], row["caption"], graph) for row, graph in zip(rows, graphs, strict=True)]
    others = assertions_of_others(said, [bool(variants) for variants in found])
    searches = [
        Search(graph, other, deal(variants, demand.kinds, row["caption_id"], demand.seed))
        for row, graph, other, variants in zip(rows, graphs, others, scored, strict=True)
    ]
    _read_until_enough(searches, demand.per_caption, parse)
    reasons = Counter(_reason(search) for search in searches if not search.kept)
    made = [negatives_row(row, search.kept) for row, search in zip(rows, searches, strict=True)]
    return Made(made, reasons, _count(searches))


def _swaps_of(strategy: str) -> WordSwaps:
    return swap_random_words if strategy == "random" else partial(swap_word_classes, shipped_tagger())


def _read_until_enough(searches: Sequence[Search], per_caption: int, parse: Parse) -> None:
    """Parse the next candidates of all captions in common batches; the result does not depend on the batches."""
    while True:
        batch = [
            (search, variant)
            for search in searches
            for variant in search.order[search.following : search.following + per_caption - len(search.kept)]
        ]
        if not batch:
            return
        for (search, variant), graph in zip(batch, parse([v.caption for _, v in batch]), strict=True):
            _take(search, replace(variant, triples=graph.triples()))


def _take(search: Search, variant: Variant) -> None:
    fault = reading_fault(variant, search.graph, search.others)
    if fault is None:
        search.kept.append(variant)
    else:
        search.refusals[fault] += 1


def _reason(search: Search) -> str:
    """Why a caption has no negative: what refused most of its candidates."""
    if not search.order:
        return "no-pair"
    return min(search.refusals, key=lambda reason: (-search.refusals[reason], reason))


def _count(searches: Sequence[Search]) -> Counter[str]:
    refused = sum((search.refusals for search in searches), Counter[str]())
    candidates, kept = sum(len(s.order) for s in searches), sum(len(s.kept) for s in searches)
    return Counter(
        candidates=candidates,
        same_graph=refused[SAME_GRAPH],
        nothing_added=refused[NOTHING_ADDED],
        true_of_image=refused[TRUE_OF_IMAGE],
        cut=candidates - refused.total() - kept,
        negatives=kept,
    )
