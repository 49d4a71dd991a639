"""Rules of inflection."""

import pytest

from structclip_pipeline.parser.inflection import choose_base, singular
from structclip_pipeline.parser.words import load_words


@pytest.mark.parametrize(("form", "base"), [
    ("sitting", "sit"), ("riding", "ride"), ("standing", "stand"), ("carries", "carry"), ("parked", "park"),
    ("covered", "cover"), ("surrounded", "surround"), ("hitting", "hit"), ("lounging", "lounge"),
    ("grazing", "graze"),
    ("flying", "fly"), ("wearing", "wear"), ("making", "make"), ("held", "hold"), ("watches", "watch"),
    ("paddling", "paddle"),

    ("rolling", "roll"), ("leaping", "leap"), ("skateboarding", "skateboard"), ("tied", "tie"),
    ("decorated", "decorate"),
])  # fmt: skip
def test_verbs_lose_their_endings(form, base):
    """A verb form is led back to its base without a dictionary."""
    assert choose_base(form, frozenset()) == base


def test_a_known_verb_wins():
    """Where the rules allow several bases, the known one is taken."""
    assert choose_base("planing", frozenset({"plan", "plane"})) == "plane"


@pytest.mark.parametrize(("form", "base"), [("kayaking", "kayak"), ("created", "create"), ("providing", "provide")])
def test_a_base_that_is_a_word_is_preferred_to_one_that_is_none(form, base):
    """Where no training graph has the verb."""
    assert choose_base(form, frozenset(), load_words()) == base


@pytest.mark.parametrize(("plural", "noun"), [
    ("dogs", "dog"), ("benches", "bench"), ("buses", "bus"), ("people", "person"), ("women", "woman"),
    ("glass", "glass"),
])  # fmt: skip
def test_nouns_lose_their_plural(plural, noun):
    """A plural is led back to a singular by rules alone."""
    assert singular(plural) == noun
