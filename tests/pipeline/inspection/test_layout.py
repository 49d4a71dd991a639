"""Nothing overlaps in a layout."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.inspection.layout import lay_out
from structclip_schemas.graph import Relation, SceneGraph, SceneObject


def apart(one, other):
    return abs(one.centre - other.centre) >= (one.width + other.width) / 2


@given(st.data())
def test_columns_stand_side_by_side_within_the_width(captions_with_graphs, data):
    """Boxes and attributes of two objects never meet, and none stands outside."""
    _, graph = data.draw(captions_with_graphs)
    layout = lay_out(graph)
    assert len(layout.columns) == len(graph.objects)
    labels = [(i, label) for i, c in enumerate(layout.columns) for label in (c.box, *c.attributes)]
    assert all(apart(a, b) for (i, a), (j, b) in combinations(labels, 2) if i != j)
    assert all(label.width / 2 - 1e-6 <= label.centre <= layout.width - label.width / 2 + 1e-6 for _, label in labels)


@given(st.data())
def test_arcs_of_one_level_are_apart_and_hold_their_labels(captions_with_graphs, data):
    """A label lies on its own arc; two arcs that share a stretch have two levels."""
    _, graph = data.draw(captions_with_graphs)
    arcs = lay_out(graph).arcs
    for arc in arcs:
        assert arc.left < arc.label.centre - arc.label.width / 2
        assert arc.label.centre + arc.label.width / 2 < arc.right
    for a, b in combinations(arcs, 2):
        assert a.level != b.level or a.right < b.left or b.right < a.left


@given(st.data())
def test_every_arc_has_its_own_place_on_the_boxes_it_joins(captions_with_graphs, data):
    """Arcs start on the head's box and end on the tail's, no two at one place."""
    _, graph = data.draw(captions_with_graphs)
    layout = lay_out(graph)
    for relation, arc in zip(graph.relations, layout.arcs, strict=True):
        for x, index in ((arc.start, relation.head), (arc.end, relation.tail)):
            box = layout.columns[index].box
            assert abs(x - box.centre) < box.width / 2
    places = [x for arc in layout.arcs for x in (arc.start, arc.end)]
    assert all(abs(a - b) > 8 for a, b in combinations(places, 2))


def test_an_arc_lies_over_the_arcs_it_contains(scene):
    """The longer relation goes round the shorter one."""
    near, far, wordless = lay_out(scene[1]).arcs
    assert far.level > near.level
    assert far.level > wordless.level


def test_relations_both_ways_between_two_objects_nest():
    """Of any two arcs between the same objects one goes round the other, so that their lines do not cross."""
    objects = (SceneObject(0, 3, "cup", "cup", 0, 3), SceneObject(7, 11, "soup", "soup", 7, 11))
    relations = tuple(Relation(head, 1 - head, "of", "of", 4, 6) for head in (0, 1, 0))
    for a, b in combinations(lay_out(SceneGraph(objects, (), relations)).arcs, 2):
        inner, outer = sorted((a, b), key=lambda arc: arc.level)
        assert outer.left < inner.left < inner.right < outer.right
