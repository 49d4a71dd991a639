"""What is wrong with a unit: its text must be slices of its caption, its foil another text with other triples."""

from structclip_schemas.edits import folded_words
from structclip_schemas.graph import lemma_set
from structclip_schemas.variant import ROLES, Part, Unit

KINDS = ("object", "relation")


def unit_fault(caption: str, unit: Unit) -> str | None:
    """The first thing that is wrong with a unit of a caption; None when it keeps the contract."""
    if unit.kind not in KINDS:
        return f"kind {unit.kind!r}, wanted one of {', '.join(KINDS)}"
    for part in unit.parts:
        if not 0 <= part.start < part.end <= len(caption):
            return f"part {part.start}:{part.end} lies outside the caption"
    joined = spell_parts(caption, unit.parts)
    if folded_words(unit.text) != folded_words(joined):
        return f"its parts make {joined!r}, not {unit.text!r}"
    return _foil_fault(unit)


def spell_parts(caption: str, parts: tuple[Part, ...]) -> str:
    """The slices of a caption one space apart, as a unit's text has them but for a repaired a or an."""
    return " ".join(caption[part.start : part.end] for part in parts)


def _foil_fault(unit: Unit) -> str | None:
    if unit.foil is None:
        return "a foil's kind or triples without a foil" if unit.foil_kind or unit.foil_triples else None
    if unit.foil_kind is None or unit.foil_kind.rpartition("_")[2] not in ROLES:
        return f"a foil of kind {unit.foil_kind!r}"
    if folded_words(unit.foil) == folded_words(unit.text):
        return f"its foil {unit.foil!r} has its own words"
    if len(unit.foil_triples) != len(unit.triples) or lemma_set(unit.foil_triples) == lemma_set(unit.triples):
        return f"the triples of its foil {unit.foil!r} are not its own after an edit"
    return None
