"""Roles of characters and lines of a caption."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.inspection.marks import line_ranges, roles_of, runs


def test_an_object_inside_a_relation_shows_as_an_object(scene):
    """Objects before attributes before relations, where spans overlap."""
    caption, graph = scene
    letters = "".join((role or " ")[0] for role in roles_of(caption, graph))
    assert letters == "  ooo rrrrrrrrraaaroooorrr     ooo   oooooo"


@given(st.data())
def test_runs_are_the_roles(captions_with_graphs, data):
    """Runs put together are the caption's roles, and no two neighbours are alike."""
    caption, graph = data.draw(captions_with_graphs)
    roles = roles_of(caption, graph)
    pieces = list(runs(roles, 0, len(caption)))
    assert [role for start, end, role in pieces for _ in range(start, end)] == roles
    assert all(a[2] != b[2] for a, b in pairwise(pieces))


@given(st.text(), st.integers(1, 60))
def test_lines_cover_the_text_and_keep_to_the_width(text, width):
    """Every line but an unbreakable one fits, without its last space."""
    ranges = line_ranges(text, width, len)
    assert "".join(text[start:end] for start, end in ranges) == text
    for start, end in ranges:
        line = text[start:end].rstrip()
        assert len(line) <= max(width, 24)


def test_lines_break_between_words():
    """Words stay whole."""
    text = "a red cup on a blue table"
    assert [text[a:b] for a, b in line_ranges(text, 10, len)] == ["a red cup ", "on a blue ", "table"]
