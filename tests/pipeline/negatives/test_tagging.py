"""The bigram tagger over the treebank's table, and how the scene graph corrects it."""

import itertools
import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.tagging import Tagger, TagTable, read_words, shipped_tagger
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]

TABLE = TagTable(
    forms={"the": {"DET": 5}, "park": {"NOUN": 3, "VERB": 2}, "dogs": {"NOUNS": 4, "VERB": 1}, "red": {"ADJ": 3}},
    suffixes={"": {"NOUN": 3, "ADJ": 1}, "ing": {"VERB": 4, "NOUN": 1}},
    transitions={
        "^": {"DET": 5, "NOUN": 2, "NOUNS": 1},
        "DET": {"NOUN": 4, "ADJ": 3, "NOUNS": 1},
        "NOUN": {"VERB": 3, "$": 4},
        "NOUNS": {"VERB": 4, "$": 1},
        "VERB": {"DET": 3, "$": 2, "NOUN": 1},
        "ADJ": {"NOUN": 3, "NOUNS": 2},
    },
)
COUNTS = {**TABLE.forms, "running": TABLE.suffixes["ing"], "cup": TABLE.suffixes[""]}


def _log_probability(words: tuple[str, ...], tags: tuple[str, ...]) -> float:
    """The score of one sequence of tags by the definition: P(tag | before) P(tag | word) / P(tag)."""
    totals = {t: sum(row.get(t, 0) for row in TABLE.transitions.values()) for t in TABLE.transitions}
    score = 0.0
    for before, tag in itertools.pairwise(("^", *tags, "$")):
        row = TABLE.transitions[before]
        score += math.log((row.get(tag, 0) + 0.1) / (sum(row.values()) + 0.1 * (len(totals) + 1)))
    for word, tag in zip(words, tags, strict=True):
        counts = COUNTS[word]
        score += math.log(counts[tag] / sum(counts.values())) - math.log(max(totals[tag], 1))
    return score


@given(st.lists(st.sampled_from(sorted(COUNTS)), max_size=5).map(tuple))
def test_no_sequence_of_tags_is_more_probable(words):
    """Of all sequences, enumerated, none has a higher score than the one found."""
    found = Tagger(TABLE).tag(words)
    best = max(_log_probability(words, tags) for tags in itertools.product(*(COUNTS[w] for w in words)))
    assert math.isclose(_log_probability(words, found), best)


def test_unknown_words_are_known_by_their_endings():
    """A word that the table does not hold is read by its longest known ending, a number and a mark by their looks."""
    assert Tagger(TABLE).tag(["dogs", "zorbing"]) == ("NOUNS", "VERB")
    assert shipped_tagger().tag(["the", "quuxness", ",", "33"]) == ("DET", "NOUN", "PUNCT", "NUM")


def test_the_shipped_table_reads_a_plain_caption():
    """Nouns, plurals, adjectives, verbs and prepositions of an ordinary caption."""
    tags = shipped_tagger().tag(["A", "small", "dog", "holds", "two", "red", "balls", "on", "the", "grass"])
    assert tags == ("DET", "ADJ", "NOUN", "VERB", "NUM", "ADJ", "NOUNS", "ADP", "DET", "NOUN")


def test_the_graphs_reading_wins(scene: Scene):
    """Heads are nouns and attributes adjectives whatever the table says; counts and prepositions stay what they are."""
    caption = "two parked smiles in a sitting"
    graph = scene(caption, ["two parked *smiles*", "a *sitting*"], [("smiles", "two", "2"), ("smiles", "parked")])
    words = {w.text: w.tag for w in read_words(caption, graph, shipped_tagger())}
    assert words == {"two": "NUM", "parked": "ADJ", "smiles": "NOUNS", "in": "ADP", "a": "DET", "sitting": "NOUN"}
