"""Captions of any characters with any graph the contract allows, and a man who gives a dog a red ball."""

import pytest
from hypothesis import strategies as st

from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject

_TEXT = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from(" <>&\"'[]\n\t\x1b\x00\u2028\ufffea")), max_size=40
)


@st.composite
def _captions_with_graphs(draw):
    caption = draw(_TEXT)
    spans = st.tuples(*[st.integers(0, len(caption))] * 2).map(sorted)
    objects = [SceneObject(s, e, caption[s:e], draw(_TEXT), s, e) for s, e in draw(st.lists(spans, max_size=5))]
    number = st.integers(0, len(objects) - 1)
    some = 6 if objects else 0
    attributes = [
        Attribute(draw(number), caption[s:e], draw(_TEXT), s, e) for s, e in draw(st.lists(spans, max_size=some))
    ]
    relations = [
        Relation(draw(number), draw(number), caption[s:e], draw(_TEXT), s, e)
        for s, e in draw(st.lists(spans, max_size=2 * some))
    ]
    return caption, SceneGraph.ordered(objects, attributes, relations)


@pytest.fixture(scope="session")
def captions_with_graphs():
    """A hypothesis strategy of (caption, graph): loops, cycles, empty and overlapping spans, odd characters."""
    return _captions_with_graphs()


@pytest.fixture(scope="session")
def scene():
    """A caption and its graph, with a relation of several words over an object and one that no word says."""
    caption = "A man throws a red ball to the dog's friend"
    objects = [
        SceneObject(2, 5, "man", "man", 0, 5),
        SceneObject(19, 23, "ball", "ball", 13, 23),
        SceneObject(31, 34, "dog", "dog", 27, 34),
        SceneObject(37, 43, "friend", "friend", 27, 43),
    ]
    relations = [
        Relation(0, 1, "throws", "throw", 6, 12),
        Relation(0, 3, "throws a red ball to", "throw to", 6, 26),
        Relation(2, 3, "", "have", 34, 34),
    ]
    return caption, SceneGraph.ordered(objects, [Attribute(1, "red", "red", 15, 18)], relations)
