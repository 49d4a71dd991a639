"""The hard positives of one shard: made, compared with the negatives, scored, read back, and put into the rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from structclip_pipeline.negatives.candidates import Candidates
from structclip_pipeline.negatives.making import Made, with_plausibility
from structclip_pipeline.negatives.positives import examine_positives, order_positives
from structclip_pipeline.negatives.round_trip import Parse, choose
from structclip_pipeline.negatives.statistics import NgramCounts
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import graph_from_row
from structclip_schemas.variant import Variant


def add_positives(made: Made, seed: int, verify: str, statistics: NgramCounts | None, parse: Parse | None) -> Made:
    """
    Rows with all their hard positives in hash order.

    A positive in the words of one of its row's negatives is left out. With ``flag`` each carries its plausibility and
    round trip, with ``drop`` those that read back otherwise are left out. ``counts`` gains positive_candidates,
    positive_as_negative, positives and captions_with_positive.
    """
    found = [examine_positives(row["caption"], graph_from_row(row)) for row in made.rows]
    new = [_unlike_negatives(row, candidates) for row, candidates in zip(made.rows, found, strict=True)]
    if statistics is not None:
        new = with_plausibility(made.rows, new, statistics)
    orders = [order_positives(variants, row["caption_id"], seed) for row, variants in zip(made.rows, new, strict=True)]
    kept = choose(orders, max(map(len, orders), default=0), verify, parse)
    rows = [{**row, "positives": [asdict(v) for v in variants]} for row, variants in zip(made.rows, kept, strict=True)]
    return Made(rows, made.without_negative, Counter({**made.counts, **_count(found, new, kept)}))


def _unlike_negatives(row: dict[str, Any], candidates: Candidates) -> list[Variant]:
    taken = {folded_words(negative["caption"]) for negative in row["negatives"]}
    return [v for v in candidates.variants if folded_words(v.caption) not in taken]


def _count(found: Sequence[Candidates], new: Sequence[list[Variant]], kept: Sequence[list[Variant]]) -> Counter[str]:
    made, unlike = sum(len(c.variants) for c in found), sum(map(len, new))
    return Counter(
        positive_candidates=made,
        positive_as_negative=made - unlike,
        positives=sum(map(len, kept)),
        captions_with_positive=sum(map(bool, kept)),
    )
