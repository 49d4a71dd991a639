"""The picture of a graph: XML whatever the caption, and everything of the graph in it."""

import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.inspection.characters import visible
from structclip_pipeline.inspection.drawing import draw_graph
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(root, role):
    return ["".join(g.find(f"{SVG}text").itertext()) for g in root.iter(f"{SVG}g") if g.get("class") == role]


@given(st.data())
def test_any_caption_and_graph_give_well_formed_xml(captions_with_graphs, data):
    """The file parses, encodes, holds the caption, and a box, pill or label for each element."""
    caption, graph = data.draw(captions_with_graphs)
    text = draw_graph(caption, graph)
    root = ElementTree.fromstring(text.encode())
    assert root.find(f"{SVG}title").text == (visible(caption) or None)
    found = [len(texts_of(root, role)) for role in ("object", "attribute", "relation")]
    assert found == [len(graph.objects), len(graph.attributes), len(graph.relations)]
    assert draw_graph(caption, graph) == text


@given(st.data())
def test_the_caption_is_drawn_in_full(captions_with_graphs, data):
    """Its lines put together are the caption."""
    caption, graph = data.draw(captions_with_graphs)
    root = ElementTree.fromstring(draw_graph(caption, graph).encode())
    space = "{http://www.w3.org/XML/1998/namespace}space"
    lines = [text for text in root.iter(f"{SVG}text") if text.get(space) == "preserve"]
    assert "".join("".join(line.itertext()) for line in lines) == visible(caption)


def test_lemmas_are_drawn_and_words_told(scene):
    """Boxes, pills and labels hold lemmas; a relation's title says which words stand for it, or that none does."""
    root = ElementTree.fromstring(draw_graph(*scene))
    assert texts_of(root, "object") == ["man", "ball", "dog", "friend"]
    assert texts_of(root, "attribute") == ["red"]
    assert texts_of(root, "relation") == ["throw", "throw to", "have"]
    titles = [g.find(f"{SVG}title").text for g in root.iter(f"{SVG}g") if g.get("class") == "relation"]
    assert titles == ["said by: throws", "said by: throws a red ball to", "no word says it"]


def test_the_file_needs_no_other():
    """No address but the XML namespace's, no script, nothing to load."""
    caption = "<svg onload=alert(1)> & <b>"
    text = draw_graph(caption, SceneGraph((SceneObject(0, 4, "<svg", "<svg", 0, 4),)))
    assert "<svg onload" not in text
    assert not {e.tag for e in ElementTree.fromstring(text).iter()} & {f"{SVG}image", f"{SVG}script", f"{SVG}style"}
    assert text.count("http") == 1


def test_a_very_long_caption_is_drawn_in_time():
    """2,000 objects, each related to the next: far from a minute, which the test's limit would be."""
    words = "cup on " * 2000
    objects = tuple(SceneObject(7 * i, 7 * i + 3, "cup", "cup", 7 * i, 7 * i + 3) for i in range(2000))
    relations = tuple(Relation(i, i + 1, "on", "on", 7 * i + 4, 7 * i + 6) for i in range(1999))
    assert len(draw_graph(words, SceneGraph(objects, (), relations))) > 100_000
