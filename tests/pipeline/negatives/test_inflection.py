"""Nouns in the other number."""

import sys

import pytest
import typeguard

from structclip_pipeline.negatives.inflection import inflect_noun


@pytest.mark.parametrize(
    ("noun", "number", "wanted"),
    [
        ("dog", "plural", "dogs"),
        ("Women", "singular", "Woman"),
        ("scissors", "singular", None),
        ("TV", "plural", "TVs"),
    ],
)
def test_nouns_turn(noun: str, number: str, wanted: str | None) -> None:
    """Where there is another form."""
    assert inflect_noun(noun, number) == wanted


def test_checks_of_types_are_left_to_others() -> None:
    """Typeguard is itself again after inflect was imported without it."""
    inflect_noun("dog", "plural")
    assert "inflect" in sys.modules
    assert typeguard.typechecked.__module__.startswith("typeguard")
