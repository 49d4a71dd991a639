"""Composed and rewritten training captions."""

import random
from itertools import pairwise

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.training.augmentation import Example, join
from structclip_pipeline.parser.training.synthesis import Composer, coordinate, make_shape_phrase, say_couple

DOGS = Example(
    ("two", "dogs", "is", "on", "a", "red", "sofa", "."),
    TokenGraph(((1, 2), (6, 7)), (TokenAttribute(0, 0, 1), TokenAttribute(1, 5, 6)), (TokenRelation(0, 1, "on", -1),)),
)


def _say(example):
    nouns = [" ".join(example.words[s:e]) for s, e in example.graph.objects]
    attributes = {(nouns[a.object], " ".join(example.words[a.start : a.end])) for a in example.graph.attributes}
    relations = {(nouns[r.head], r.template, nouns[r.tail]) for r in example.graph.relations}
    return nouns, attributes, relations


def test_joined_captions_keep_both_graphs():
    """Two captions with a joiner between them have the spans and relations of both."""
    nouns, attributes, relations = _say(join(DOGS, DOGS, ("and",)))
    assert nouns == ["dogs", "sofa", "dogs", "sofa"]
    assert attributes == {("dogs", "two"), ("sofa", "red")}
    assert relations == {("dogs", "on", "sofa")}


def test_a_couple_stands_for_two():
    """The attribute "two" becomes "couple of", and every other span moves along."""
    changed = say_couple(DOGS)
    assert " ".join(changed.words).startswith("a couple of dogs")
    assert _say(changed)[1] == {("dogs", "couple of"), ("sofa", "red")}


def test_a_second_subject_takes_part():
    """A thing put beside the subject takes part in its relations, and the verb agrees."""
    phrase = make_shape_phrase(random.Random(3))
    changed = coordinate(DOGS, 0, phrase)
    noun = " ".join(phrase.words[phrase.noun[0] : phrase.noun[1]])
    assert "are" in changed.words
    assert _say(changed)[2] == {("dogs", "on", "sofa"), (noun, "on", "sofa")}


def test_every_composed_caption_is_consistent():
    """Composed and rewritten captions have their spans in range, objects in order and never overlapping."""
    composer, rng = Composer([DOGS]), random.Random(0)
    for made in [composer.compose(rng) for _ in range(200)] + [composer.rewrite(DOGS, rng) for _ in range(200)]:
        objects = made.graph.objects
        assert list(objects) == sorted(objects)
        assert all(a[1] <= b[0] for a, b in pairwise(objects))
        assert all(0 <= s < e <= len(made.words) for s, e in objects)
        assert all(r.head < len(objects) and r.tail < len(objects) for r in made.graph.relations)
