"""Captions drawn for a report: those with the least hash of (seed, caption_id), whatever their order."""

import heapq
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from structclip_pipeline.audit.page import Piece, pieces
from structclip_schemas.edits import Edit, inverse
from structclip_schemas.manifest import canonical_json


@dataclass(frozen=True, slots=True)
class ExampleVariant:
    """A variant as it is shown: the caption and the variant cut at the edits."""

    list_name: str
    kind: str
    rule: str
    before: list[Piece]
    after: list[Piece]
    round_trip: bool | None
    plausibility: float | None


@dataclass(frozen=True, slots=True)
class Example:
    """A caption with its triples and its variants."""

    caption_id: str
    image: str | None
    caption: str
    triples: list[tuple[str, str, str]]
    variants: list[ExampleVariant]


@dataclass
class Drawing:
    """Keeps the ``count`` rows with the least hash; rows with a variant come before rows without."""

    count: int
    seed: int
    _heap: list[tuple[bool, int, str, dict[str, Any]]] = field(default_factory=list)

    def offer(self, row: dict[str, Any]) -> None:
        """Consider one caption's row."""
        key = canonical_json([self.seed, row["caption_id"]]).encode()
        rank = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
        entry = (bool(row.get("negatives") or row.get("positives")), -rank, row["caption_id"], row)
        if len(self._heap) < self.count:
            heapq.heappush(self._heap, entry)
        elif self.count:
            heapq.heappushpop(self._heap, entry)

    def examples(self) -> list[Example]:
        """The rows drawn, by rising hash."""
        return [_example(row) for *_, row in sorted(self._heap, key=lambda entry: -entry[1])]


def _example(row: dict[str, Any]) -> Example:
    lemma = [thing["lemma"] for thing in row["objects"]]
    triples = [(lemma[r["head"]], r["lemma"], lemma[r["tail"]]) for r in row["relations"]]
    triples += [(lemma[a["object"]], "is", a["lemma"]) for a in row["attributes"]]
    variants = [
        _variant(row["caption"], name, variant)
        for name, column in (("negative", "negatives"), ("positive", "positives"))
        for variant in row.get(column, ())
    ]
    return Example(row["caption_id"], row.get("image") or row["image_id"], row["caption"], triples, variants)


def _variant(caption: str, list_name: str, variant: dict[str, Any]) -> ExampleVariant:
    edits = tuple(Edit(**edit) for edit in variant["edits"])
    return ExampleVariant(
        list_name,
        variant["kind"],
        variant["rule"],
        pieces(caption, edits),
        pieces(variant["caption"], inverse(edits)) if edits else [(variant["caption"], False)],
        variant["round_trip"],
        variant["plausibility"],
    )
