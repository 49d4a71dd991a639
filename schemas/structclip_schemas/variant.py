"""Variants of a caption (hard negatives and hard positives) and units, with their swap provenance."""

from dataclasses import dataclass, field
from typing import Any

from structclip_schemas.edits import Edit
from structclip_schemas.graph import SceneGraph, Triple, graph_from_row

NEGATIVE_KINDS = (
    "swap_attribute",
    "swap_object",
    "swap_relation",
    "replace_attribute",
    "replace_object",
    "replace_relation",
    "random_swap",
    "pos_swap",
)
DEFAULT_KINDS = NEGATIVE_KINDS[:3]
POSITIVE_KINDS = ("reorder_attributes", "reorder_objects", "reverse_relation", "move_attribute")
ROLES = ("object", "attribute", "relation")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the original graph: ``role`` is object, attribute or relation."""

    role: str
    index: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A changed caption, the graph after the same change, and why it was made."""

    caption: str
    kind: str
    triples: tuple[Triple, ...]
    edits: tuple[Edit, ...]
    left: Element | None
    right: Element | None
    rule: str
    round_trip: bool | None = None
    plausibility: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A slice ``caption[start:end]`` that a unit is put together from."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A short true caption (one object or one relation) with one minimally edited foil."""

    kind: str
    parts: tuple[Part, ...]
    text: str
    triples: tuple[Triple, ...]
    foil: str | None
    foil_kind: str | None
    foil_triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class CaptionRecord:
    """One row of graphs or negatives: a caption, where it comes from, its graph and its variants."""

    caption_id: str
    image_id: str | None
    image: str | None
    split: str | None
    caption: str
    graph: SceneGraph
    graph_source: str
    negatives: tuple[Variant, ...] = ()
    positives: tuple[Variant, ...] = ()
    units: tuple[Unit, ...] = field(default=())


def variant_from_row(row: dict[str, Any]) -> Variant:
    """Read a variant struct as ``to_pylist`` gives it."""
    return Variant(
        caption=row["caption"],
        kind=row["kind"],
        triples=tuple(Triple(**t) for t in row["triples"]),
        edits=tuple(Edit(**e) for e in row["edits"]),
        left=Element(**row["left"]) if row["left"] else None,
        right=Element(**row["right"]) if row["right"] else None,
        rule=row["rule"],
        round_trip=row["round_trip"],
        plausibility=row["plausibility"],
    )


def unit_from_row(row: dict[str, Any]) -> Unit:
    """Read a unit struct as ``to_pylist`` gives it."""
    return Unit(
        kind=row["kind"],
        parts=tuple(Part(**p) for p in row["parts"]),
        text=row["text"],
        triples=tuple(Triple(**t) for t in row["triples"]),
        foil=row["foil"],
        foil_kind=row["foil_kind"],
        foil_triples=tuple(Triple(**t) for t in row["foil_triples"]),
    )


def record_from_row(row: dict[str, Any]) -> CaptionRecord:
    """Read a row of graphs or negatives; the variant columns may be absent."""
    return CaptionRecord(
        caption_id=row["caption_id"],
        image_id=row["image_id"],
        image=row["image"],
        split=row["split"],
        caption=row["caption"],
        graph=graph_from_row(row),
        graph_source=row["graph_source"],
        negatives=tuple(variant_from_row(v) for v in row.get("negatives", ())),
        positives=tuple(variant_from_row(v) for v in row.get("positives", ())),
        units=tuple(unit_from_row(u) for u in row.get("units", ())),
    )
