"""verify of units: slices of the caption, a foil that differs."""

from dataclasses import replace

import pytest

from structclip_pipeline.unit_faults import unit_fault
from structclip_schemas.graph import Triple
from structclip_schemas.variant import Part, Unit

CAPTION = "a orange cup on a blue table"
UNIT = Unit(
    "object",
    (Part(0, 12),),
    "an orange cup",
    (Triple("cup", "is", "orange", 0, None),),
    "a blue cup",
    "swap_attribute",
    (Triple("cup", "is", "blue", 0, None),),
)


def test_a_sound_unit_has_no_fault():
    """An article may be repaired; a foil may be missing."""
    assert unit_fault(CAPTION, UNIT) is None
    assert unit_fault(CAPTION, replace(UNIT, foil=None, foil_kind=None, foil_triples=())) is None


@pytest.mark.parametrize(
    "broken",
    [
        replace(UNIT, kind="attribute"),
        replace(UNIT, parts=(Part(0, 99),)),
        replace(UNIT, parts=(Part(4, 4),)),
        replace(UNIT, text="an orange mug"),
        replace(UNIT, foil="a orange cup"),
        replace(UNIT, foil=None),
        replace(UNIT, foil_kind=None),
        replace(UNIT, foil_kind="improvement"),
        replace(UNIT, foil_triples=UNIT.triples),
        replace(UNIT, foil_triples=()),
    ],
)
def test_any_break_of_the_contract_is_a_fault(broken):
    """Another kind, parts outside or empty, another text, a foil that says the same or is half there."""
    assert unit_fault(CAPTION, broken) is not None
