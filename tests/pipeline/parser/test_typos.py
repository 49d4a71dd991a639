"""Typos are mended, words and names are not."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.parser import load_parser
from structclip_pipeline.parser.tokens import read_tokens
from structclip_pipeline.parser.typos import Mender, edit_word
from structclip_pipeline.parser.words import is_word

_NLP = spacy.blank("en")
MENDER = Mender(["plate", "black", "young", "sidewalk", "sitting", "shoes", "boat", "tree"])


@pytest.mark.parametrize(("typo", "word"), [
    ("palte", "plate"), ("vblack", "black"), ("younge", "young"), ("sidewlak", "sidewalk"), ("siting", "siting"),
    ("boats", "boats"), ("bloat", "bloat"), ("trees", "trees"), ("tre", "tre"), ("plate", "plate"),
    ("\u00e9cran", "\u00e9cran"), ("cars", "cars"),
])  # fmt: skip
def test_one_edit_from_no_word_to_a_common_word(typo, word):
    """What is no English word becomes the common word one edit away; words, short and foreign ones stay."""
    assert MENDER.mend_word(typo) == word


def test_a_name_is_no_typo():
    """A capital where no sentence starts tells a name."""
    caption = "Younge men wear Shoees"
    assert [t.text for t in MENDER.mend(caption, read_tokens(_NLP(caption)))] == ["young", "men", "wear", "shoees"]


def test_spans_stay_the_captions():
    """A mended word has the lemma of the word and the text and span of the caption."""
    caption = "a cat on the sidewlak"
    item = load_parser("default").parse([caption])[0].objects[-1]
    assert (item.lemma, item.text, caption[item.start : item.end]) == ("sidewalk", "sidewlak", "sidewlak")


@given(st.text(alphabet="abcdefgh", min_size=1, max_size=7))
def test_an_edit_is_undone_by_an_edit(word):
    """Each string is one edit away from what is one edit away from it."""
    assert all(word in edit_word(other) | {other} for other in sorted(edit_word(word))[:20])


@pytest.mark.parametrize("word", ["zebras", "skiing", "shaven", "cooker", "taller", "wispy", "geese", "slatted"])
def test_forms_of_words_are_words(word):
    """Plurals, verb forms, comparatives and irregular forms are known."""
    assert is_word(word)
