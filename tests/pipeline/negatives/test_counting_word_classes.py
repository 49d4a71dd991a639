"""The table of word classes is what the treebank says, and as good as the documents say."""

import json
from pathlib import Path

import pytest

from structclip_pipeline.negatives.counting_word_classes import count_table, measure, read_treebank
from structclip_pipeline.negatives.tagging import TABLE, Tagger, table_from_json
from structclip_schemas.errors import InputError

TEXT = """# a comment
1\tDogs\tdog\tNOUN\tNNS\t_\t0\troot\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t1\taux\t_\t_
3\trun\trun\tVERB\tVB\t_\t1\tx\t_\t_

1\tdogs\tdog\tNOUN\tNNS\t_\t0\troot\t_\t_
"""


def test_sentences_are_read_with_plurals_apart():
    """Forms as they are, plural nouns with a tag of their own, ranges of contractions left aside."""
    assert list(read_treebank(TEXT)) == [[("Dogs", "NOUNS"), ("do", "AUX"), ("run", "VERB")], [("dogs", "NOUNS")]]


def test_a_file_that_is_no_treebank_is_refused():
    """A line without columns names its number."""
    with pytest.raises(InputError, match="line 1"):
        list(read_treebank("dogs run\n"))


def test_forms_met_once_are_known_by_their_endings_alone():
    """The table holds what was met twice; pairs of tags are counted with the ends of the sentence."""
    table = json.loads(count_table(read_treebank(TEXT)))
    assert table["forms"] == {"dogs": {"NOUNS": 2}}
    assert table["transitions"]["NOUNS"] == {"AUX": 1, "$": 1}


def test_the_shipped_table_is_the_treebanks(shared_data: Path):
    """Counting the training file again gives the shipped bytes."""
    train = (shared_data / "ud_english_ewt" / "train.conllu").read_text(encoding="utf-8")
    assert count_table(read_treebank(train)) == TABLE.read_text(encoding="utf-8")


def test_the_tagger_is_as_good_as_stated(shared_data: Path):
    """Of the development file's nouns, adjectives, adverbs and verbs 89.9 % are read right."""
    table = table_from_json(TABLE.read_text(encoding="utf-8"))
    dev = read_treebank((shared_data / "ud_english_ewt" / "dev.conllu").read_text(encoding="utf-8"))
    found = measure(Tagger(table), dev, table.forms)
    assert found.words == 10_013
    assert (round(found.accuracy, 3), round(found.precision, 3)) == (0.899, 0.859)
