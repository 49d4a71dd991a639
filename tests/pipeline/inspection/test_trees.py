"""What the terminal shows of a record."""

import io
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from structclip_pipeline.inspection.trees import graph_tree, heading, marked_caption, variant_trees
from structclip_schemas.edits import Edit
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import CaptionRecord, Element, Part, Unit, Variant


def printed(*things, width=100, colour=False):
    console = Console(
        file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False, force_terminal=colour or None
    )
    for thing in things:
        console.print(thing)
    return console.file.getvalue()


@pytest.fixture
def record(scene):
    return CaptionRecord("c7", "7", "park.jpg", "train", *scene, "structclip-en 1.0 " + "0" * 64)


def test_letters_stand_under_the_spans(scene):
    """Without colours the caption reads as it is, and the line below says what each word is."""
    lines = printed(marked_caption(*scene, 100)).splitlines()
    assert lines[0] == scene[0]
    assert lines[1] == "  ooo rrrrrrrrraaaroooorrr     ooo   oooooo"
    assert lines[2] == "o object   a attribute   r relation"


def test_a_terminal_gets_colours_and_a_pipe_none(scene):
    """Escapes appear on a terminal only."""
    assert "\x1b[" in printed(marked_caption(*scene, 100), colour=True)
    assert "\x1b[" not in printed(marked_caption(*scene, 100))


def test_the_tree_names_lemmas_words_spans_and_phrases(scene):
    """Attributes and relations stand under their objects."""
    assert printed(graph_tree(*scene)).splitlines() == [
        "scene graph: 4 objects, 1 attribute, 3 relations",
        '├── 0 man 2:5, phrase "A man" 0:5',
        '│   ├── throw "throws" 6:12 → 1 ball',
        '│   └── throw to "throws a red ball to" 6:26 → 3 friend',
        '├── 1 ball 19:23, phrase "a red ball" 13:23',
        "│   └── is red 15:18",
        '├── 2 dog 31:34, phrase "the dog" 27:34',
        "│   └── have (no word, at 34) → 3 friend",
        '└── 3 friend 37:43, phrase "the dog\'s friend" 27:43',
    ]


def test_the_heading_says_which_row_this_is(record):
    """Id, number, shard without its folder, image, split, parser without its hash."""
    text = printed(heading(record, 1234, "s3://bucket/negatives/negatives-00000-of-00001.parquet"))
    assert text.splitlines() == [
        "c7  row 1,234, in negatives-00000-of-00001.parquet",
        "image park.jpg, split train, graph by structclip-en 1.0",
    ]


def test_a_negative_shows_its_kind_rule_checks_elements_and_edits(record):
    """All of the provenance, element by element."""
    edits = (Edit(2, 5, "man", "ball"), Edit(19, 23, "ball", "man"))
    caption = "A ball throws a red man to the dog's friend"
    pair = (Element("object", 0), Element("object", 1))
    negative = Variant(caption, "swap_object", (), edits, *pair, "swap-object-noun/1", True, -0.5)
    assert printed(*variant_trees(replace(record, negatives=(negative,)))).splitlines() == [
        "negatives: 1",
        f"└── {caption}",
        "    ├── swap_object, rule swap-object-noun/1",
        "    ├── round trip holds, plausibility -0.50",
        '    ├── changes object 0 "man" and object 1 "ball"',
        '    ├── 2:5 "man" → "ball"',
        '    └── 19:23 "ball" → "man"',
    ]


def test_positives_and_units_have_trees_of_their_own(record):
    """What was not checked or exchanged is not mentioned."""
    positive = Variant("B", "move_attribute", (), (), None, None, "move-attribute/1")
    unit = Unit("object", (Part(13, 23),), "a red ball", (), "a red dog", "swap_object", ())
    assert printed(*variant_trees(replace(record, positives=(positive,), units=(unit,)))).splitlines() == [
        "positives: 1",
        "└── B",
        "    └── move_attribute, rule move-attribute/1",
        "units: 1",
        "└── object: a red ball 13:23",
        "    └── foil swap_object: a red dog",
        '        └── 6:10 "ball" → "dog"',
    ]


def test_a_foreign_index_that_leads_nowhere_is_shown_as_a_number(record):
    """No crash on another program's file."""
    odd = Variant("B", "replace_object", (), (), Element("object", 99), None, "r/1")
    assert "changes object 99\n" in printed(*variant_trees(replace(record, negatives=(odd,))))


def test_markup_is_shown_literally(record):
    """Neither Rich's markup, nor emoji codes, nor HTML, nor a terminal's escapes are obeyed."""
    caption = "[bold]a[/bold] :smile: <svg> \x1b[31mred"
    text = printed(
        marked_caption(caption, SceneGraph(), 100),
        *variant_trees(replace(record, negatives=(Variant(caption, "k", (), (), None, None, "r"),))),
    )
    assert text.count("[bold]a[/bold] :smile: <svg> ␛[31mred") == 2


@given(st.data(), st.integers(10, 200))
def test_any_record_prints_and_commands_no_terminal(captions_with_graphs, data, width):
    """Control characters never reach the output."""
    caption, graph = data.draw(captions_with_graphs)
    record = CaptionRecord(caption, None, caption, None, caption, graph, caption)
    text = printed(
        heading(record, 0, caption), marked_caption(caption, graph, width), graph_tree(caption, graph), width=width
    )
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
