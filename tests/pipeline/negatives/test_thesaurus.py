"""The thesaurus: what may be called by another word, categories, opposites, and that the table comes from WordNet."""

from pathlib import Path

import pytest

from structclip_pipeline.negatives.deriving_thesaurus import read_index, read_synsets, words_of
from structclip_pipeline.negatives.oppositions import ACTIONS, POSTURES_OF
from structclip_pipeline.negatives.thesaurus import (
    TABLE,
    adjectives_overlap,
    categories,
    nouns_overlap,
    opposites,
    shipped_thesaurus,
    verbs_overlap,
)
from structclip_schemas.errors import InputError


@pytest.mark.parametrize(
    ("first", "second"),
    [("puppy", "dog"), ("dogs", "puppy"), ("man", "person"), ("couch", "sofa"), ("car", "cars"), ("cat", "kitten"),
     ("bike", "bicycle"), ("airplane", "jet"), ("food", "pizza"), ("child", "baby"), ("woman", "girl"), ("hat", "cap")],
)  # fmt: skip
def test_synonyms_and_kinds_overlap(first: str, second: str) -> None:
    """What one noun names may be called by the other, either way round."""
    assert nouns_overlap(first, second)
    assert nouns_overlap(second, first)


@pytest.mark.parametrize(
    ("first", "second"), [("dog", "cat"), ("man", "woman"), ("bus", "train"), ("pizza", "sandwich")]
)
def test_other_things_do_not_overlap(first: str, second: str) -> None:
    """Siblings in WordNet are different things."""
    assert not nouns_overlap(first, second)


@pytest.mark.parametrize(
    ("noun", "category"),
    [("dogs", "animal"), ("sandwich", "food"), ("bus", "vehicle"), ("couch", "furniture"), ("hat", "clothing"),
     ("woman", "person"), ("kitchen", "room"), ("tree", "plant"), ("bowl", "container")],
)  # fmt: skip
def test_first_category(noun: str, category: str) -> None:
    """The commonest sense of a noun has the category that one expects."""
    assert categories(noun)[0] == category


def test_unknown_words_have_no_category() -> None:
    """A word that is no word belongs nowhere."""
    assert categories("xqzzt") == ()


def test_opposites() -> None:
    """WordNet's antonyms are at hand, and no antonym is a synonym."""
    assert opposites("large") == ("small",)
    assert "closed" in opposites("open")
    assert not [(a, b) for a in shipped_thesaurus().opposites for b in opposites(a) if adjectives_overlap(a, b)]


@pytest.mark.parametrize("table", [ACTIONS, POSTURES_OF])
def test_actions_that_exclude_each_other_are_no_synonyms(table: tuple[tuple[str, str], ...]) -> None:
    """Our table of actions, held against WordNet: no verb is listed as excluding a synonym or a way of doing it."""
    assert not [(v, o) for verbs, others in table for v in verbs.split() for o in others.split() if verbs_overlap(v, o)]


def test_the_table_is_small_and_has_its_licence() -> None:
    """At most a megabyte, with WordNet's licence beside it."""
    assert TABLE.stat().st_size < 1_000_000
    assert "Princeton University" in (TABLE.parent / "LICENSE").read_text()


def test_data_lines_are_read() -> None:
    """Words, parents and antonyms of WordNet's data lines, licence lines aside."""
    lines = [
        "  1 This software and database is being provided to you",
        "02084071 05 n 02 dog 0 domestic_dog 0 002 @ 02083346 n 0000 @ 01317541 n 0000 | a member of the genus Canis",
        "01382086 00 a 02 large 0 big(a) 0 002 ! 01391351 a 0101 & 01382710 a 0000 | above average in size",
    ]
    dog, large = (synset for _, synset in read_synsets(lines))
    assert dog.words == ("dog", "domestic_dog")
    assert dog.parents == ("02083346", "01317541")
    assert large.words == ("large", "big")
    assert large.antonyms == (("large", "01391351", 0),)


def test_index_lines_are_read() -> None:
    """A word, the offsets of its senses and how many of them WordNet's texts show."""
    line = "dog n 7 5 @ ~ #m #p %p 7 1 02084071 10133978 10042764 09905672 07692347 03907626 02712903  "
    assert list(read_index([line])) == [("dog", line.split()[-7:], 1)]


def test_other_files_are_refused() -> None:
    """A line that is none of WordNet's is an input error that shows it."""
    with pytest.raises(InputError, match="no line of a WordNet data file"):
        list(read_synsets(["a caption"]))


def test_words_of_captions_in_base_forms() -> None:
    """Pairs of words are compounds as WordNet writes them; forms give their bases."""
    assert {"fire_hydrant", "dog", "ride"} <= words_of(["dogs riding past a fire hydrant"])


def test_the_file_beside_the_module() -> None:
    """The table lies inside the package."""
    assert Path(TABLE).parts[-3:] == ("negatives", "word_meanings", "table.json")
