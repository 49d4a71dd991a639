"""Verbs in the form of another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.negatives.number import third_person
from structclip_pipeline.negatives.oppositions import ACTIONS, POSTURES_OF
from structclip_pipeline.negatives.verb_forms import gerund, inflect_like
from structclip_pipeline.parser.inflection import verb_bases

VERBS = sorted({verb for table in (ACTIONS, POSTURES_OF) for pair in table for side in pair for verb in side.split()})


@pytest.mark.parametrize(
    ("verb", "form", "wanted"),
    [("carry", "riding", "carrying"), ("push", "rides", "pushes"), ("stand", "sit", "stand"),
     ("lie", "sitting", "lying"), ("ski", "Walking", "skiing"), ("push", "parked", None),
     ("open", "closing", "opening"), ("throw", "swings", "throws"), ("run", "walking", "running")],
)  # fmt: skip
def test_forms(verb: str, form: str, wanted: str | None) -> None:
    """A verb takes -ing or -s where the other has it; past forms are not told from participles."""
    assert inflect_like(verb, form) == wanted


@settings(deadline=None)
@given(st.sampled_from(VERBS), st.sampled_from(VERBS))
def test_every_listed_verb_comes_back_from_its_forms(verb: str, other: str) -> None:
    """The parser's own rules read our forms back as the verb they were made from."""
    assert verb in verb_bases(gerund(verb))
    assert inflect_like(verb, gerund(other)) == gerund(verb)
    assert inflect_like(verb, third_person(other)) == third_person(verb)
