"""Exchanges that know words or word classes: what may change places, and that edits say so."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.tagging import shipped_tagger
from structclip_pipeline.negatives.word_swaps import PAIRS, class_spans, swap_random_words, swap_word_classes
from structclip_schemas.edits import apply_edits, folded_words, undo_edits
from structclip_schemas.graph import SceneGraph

Scene = Callable[..., SceneGraph]
EMPTY = SceneGraph()
CAPTION = "A small brown dog quickly chases two red balls near three old men"
GRAPH = (CAPTION, ["A small brown *dog*", "two red *balls*", "three old *men*"], [("dog", "small"), ("dog", "brown")])
captions = st.lists(
    st.sampled_from(["A", "a", "an", "Dog", "dog", "red", "TV", "runs,", "on", "dog's", "close-up", ".", "Élan", "3"]),
    max_size=30,
).map(" ".join)


def _swap(caption: str, graph: SceneGraph = EMPTY, caption_id: str = "1", seed: int = 0) -> list[str]:
    return [v.caption for v in swap_word_classes(shipped_tagger(), caption, graph, caption_id, seed)]


@given(captions, st.integers(0, 3))
def test_edits_rebuild_and_undo(caption, seed):
    """Every variant is its edits applied, and its edits undone are the caption; no two are the same words."""
    made = swap_random_words(caption, EMPTY, "1", seed) + swap_word_classes(shipped_tagger(), caption, EMPTY, "1", seed)
    for variant in made:
        assert apply_edits(caption, variant.edits) == variant.caption
        assert undo_edits(variant.caption, variant.edits) == caption
        assert all(a.end < b.start for a, b in pairwise(variant.edits))
        assert variant.left is None and variant.right is None
        assert folded_words(variant.caption) != folded_words(caption)
    random = [folded_words(v.caption) for v in made if v.kind == "random_swap"]
    assert len(set(random)) == len(random)


@given(captions)
def test_an_exchange_keeps_the_words(caption):
    """The words of a variant are the caption's, in another order."""
    for variant in swap_random_words(caption, EMPTY, "1", 0):
        assert Counter(re.findall(r"\w+", variant.caption.lower())) == Counter(re.findall(r"\w+", caption.lower()))


def test_of_many_pairs_a_bounded_number_is_drawn():
    """A caption of three thousand words has as many candidates as are drawn; another seed draws others."""
    caption = " ".join(f"word{i}" for i in range(3000))
    first, again, other = (swap_random_words(caption, EMPTY, "1", seed) for seed in (0, 0, 1))
    assert len(first) == PAIRS
    assert first == again
    assert not {v.caption for v in first} & {v.caption for v in other}


def test_every_pair_of_words_is_about_as_likely():
    """Over many captions' ids, the words of a pair drawn are spread evenly."""
    caption = " ".join(chr(97 + i) * 2 for i in range(12))
    met: Counter[str] = Counter()
    for number in range(300):
        met.update(e.before for v in swap_random_words(caption, EMPTY, str(number), 0) for e in v.edits)
    assert max(met.values()) < 1.15 * min(met.values())


def test_the_opening_capital_stays_where_it_is():
    """The word that comes to the front takes the capital, the one that leaves it loses it, but not "TV"."""
    assert "Horse rides a man" in [v.caption for v in swap_random_words("Man rides a horse", EMPTY, "1", 0)]
    assert "Horse rides a TV" in [v.caption for v in swap_random_words("TV rides a horse", EMPTY, "1", 0)]


def test_spans_of_a_class(scene: Scene):
    """Singular and plural nouns apart, adjectives, adverbs, verbs, and noun phrases of more than two words."""
    spans = class_spans(CAPTION, scene(*GRAPH), shipped_tagger())
    assert {name: [CAPTION[a:b] for a, b in own] for name, own in spans.items()} == {
        "noun phrase": ["A small brown dog", "two red balls", "three old men"],
        "verb phrase": ["quickly chases"],
        "NOUN": ["dog"],
        "NOUNS": ["balls", "men"],
        "ADV": ["quickly"],
        "ADJ": ["small", "brown", "red", "old"],
    }


def test_words_of_one_class_change_places(scene: Scene):
    """Plural nouns, phrases and adjectives do, a noun and an adjective do not."""
    made = _swap(CAPTION, scene(*GRAPH))
    assert "A small brown dog quickly chases two red men near three old balls" in made
    assert "Two red balls quickly chases a small brown dog near three old men" in made
    assert "A small red dog quickly chases two brown balls near three old men" in made
    assert "A dog brown small quickly chases two red balls near three old men" not in made
    assert len(made) == 10
