"""Handwritten graphs for captions."""

import re
from collections.abc import Callable

import pytest

from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.spans import graph_faults

Scene = Callable[..., SceneGraph]


def build_scene(
    caption: str,
    phrases: list[str],
    attributes: list[tuple[str, ...]] = (),
    relations: list[tuple[str, ...]] = (),
) -> SceneGraph:
    """
    A graph from words of its caption, found in order; a phrase that is not found behind the last lies within it.

    phrases: noun phrases with the head noun between asterisks ("a small *cube*").
    attributes: (head noun, word[, lemma]); relations: (head noun, words, tail noun[, lemma]).
    """
    objects, position = [], 0
    for marked in phrases:
        before, noun, _ = marked.split("*")
        words = marked.replace("*", "")
        start = caption.find(words, position)
        start = start if start >= 0 else caption.index(words)
        position = start + len(words)
        head = start + len(before)
        objects.append(SceneObject(head, head + len(noun), noun, noun, start, position))
    index = {o.text: i for i, o in reversed(list(enumerate(objects)))}
    found = []
    for noun, word, *lemma in attributes:
        owner = index[noun]
        start = _find(caption, word, objects[owner].phrase_start)
        found.append(Attribute(owner, word, (lemma or [word])[0], start, start + len(word)))
    joined = []
    for head, words, tail, *lemma in relations:
        start = _find(caption, words, objects[index[head]].end)
        joined.append(Relation(index[head], index[tail], words, (lemma or [words])[0], start, start + len(words)))
    graph = SceneGraph.ordered(objects, found, joined)
    assert graph_faults(caption, graph) == []
    return graph


def _find(caption: str, words: str, position: int) -> int:
    """Offset of whole words behind a position, else of the first ones."""
    offsets = [m.start() for m in re.finditer(rf"\b{re.escape(words)}\b", caption)]
    return next((o for o in offsets if o >= position), offsets[0])


@pytest.fixture
def scene() -> Scene:
    """The builder of handwritten graphs (see :func:`build_scene`)."""
    return build_scene
