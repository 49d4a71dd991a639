"""The units of one shard: read from the captions' graphs, each with its foil, put into the rows, counted."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from structclip_pipeline.negatives.image_words import words_of_images
from structclip_pipeline.negatives.making import Made
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.replacing import Lookup
from structclip_pipeline.negatives.unit_foils import Foil, Source, choose_foil
from structclip_pipeline.negatives.unit_truth import said_of_images
from structclip_pipeline.negatives.units import UnitText, read_units
from structclip_schemas.graph import SceneGraph, graph_from_row
from structclip_schemas.variant import Unit

RULES = ("unit-object/1", "unit-relation/1", "unit-foil/1")


def add_units(made: Made, seed: int, neighbours: Neighbours) -> Made:
    """
    Rows with their units; negatives and positives stay as they are.

    ``counts`` gains units_object, units_relation, captions_with_unit, unit_without_foil, unit_foil_KIND for each kind
    of foil, and unit_refused_REASON for each object and relation that makes no unit.
    """
    graphs = [graph_from_row(row) for row in made.rows]
    said = [(row["image_id"], row["caption"], graph) for row, graph in zip(made.rows, graphs, strict=True)]
    counts: Counter[str] = Counter(units_object=0, units_relation=0, captions_with_unit=0, unit_without_foil=0)
    rows: list[dict[str, Any]] = []
    for row, graph, words, truth in zip(made.rows, graphs, words_of_images(said), said_of_images(said), strict=True):
        found, refused = read_units(row["caption"], graph)
        source, key = Source(row["caption"], graph, Lookup(neighbours, words)), (seed, row["caption_id"])
        units = [write_unit(graph, unit, choose_foil(source, unit, truth, key)) for unit in found]
        rows.append({**row, "units": [asdict(unit) for unit in units]})
        counts.update(_count(units))
        counts.update({f"unit_refused_{reason}": number for reason, number in refused.items()})
    return Made(rows, made.without_negative, Counter({**made.counts, **counts}))


def write_unit(graph: SceneGraph, unit: UnitText, foil: Foil | None) -> Unit:
    """A unit with its foil as the table has it."""
    triples = unit.triples(graph.triples())
    if foil is None:
        return Unit(unit.kind, unit.parts, unit.text, triples, None, None, ())
    return Unit(unit.kind, unit.parts, unit.text, triples, foil.text, foil.kind, foil.triples)


def _count(units: list[Unit]) -> Counter[str]:
    counts = Counter(f"units_{unit.kind}" for unit in units)
    counts.update(f"unit_foil_{unit.foil_kind}" if unit.foil_kind else "unit_without_foil" for unit in units)
    counts["captions_with_unit"] += bool(units)
    return counts
