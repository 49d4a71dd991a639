"""The page that a person marks a sheet on, in a real browser."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.page import pieces, render_page
from structclip_pipeline.audit.sheet import Line, lines_of, sheet_text
from structclip_schemas.edits import Edit, apply_edits, inverse

RED = Line("c1", "negative", 0, "swap_attribute", "swap-attribute/2", "a red cup on a table", "a cup on a red table")
MOVED = (Edit(2, 6, "red ", ""), Edit(15, 15, "", "red "))
ODD = Line("c,2", "positive", 1, "reorder_objects", "r/1", ' "</script><b>x</b>",\r\n', "<!-- é 🐈\u2028 {{ 7 }}")
PLAIN = Line("c3", "negative", 2, "swap_object", "r/1", "a dog bites a man", "a man bites a dog")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The page of three variants: one with edits, one of hostile text, one plain."""
    path = tmp_path / "page.html"
    path.write_text(render_page([(RED, MOVED), (ODD, ()), (PLAIN, ())], "Audit <1>"))
    return path


def test_the_page_needs_nothing_else(page):
    """No address, no other file, and a policy that forbids loading any."""
    text = page.read_text()
    assert not re.search(r"https?://|src=|<link|@import|url\(", text)
    assert "default-src 'none'" in text


def test_a_variant_is_shown_with_its_edits(page, browse):
    """Marks stand where the edits are, on both sides; an insertion leaves an empty mark in the caption."""
    script = """
      const marks = (id) => [...document.querySelectorAll(`#${id} mark`)].map((mark) => mark.textContent);
      return [document.title, read("caption"), marks("caption"), read("variant"), marks("variant"), read("list")];
    """
    shown = ["Audit <1>", RED.caption, ["red ", ""], RED.variant, ["", "red "], "Hard negative"]
    assert browse(page, script) == shown


def test_texts_are_never_markup(page, browse):
    """Tags, script ends and odd characters of a caption are shown as they are, and the question is the positive's."""
    script = """
      press("ArrowRight");
      const odd = document.querySelectorAll("#caption b, #variant b").length;
      return [read("caption"), read("variant"), odd, read("list"), read("meaning")];
    """
    question = "Is the meaning kept, so that it says the same?"
    assert browse(page, script) == [ODD.caption, ODD.variant, 0, "Hard positive", question]


def test_an_unmarked_download_is_the_sheet(page, browse):
    """Byte for byte what audit sample writes."""
    name, text = browse(page, 'press("d"); return downloaded();')
    assert (name, text) == ("sheet-marked.csv", sheet_text([RED, ODD, PLAIN]))


def test_keys_mark_and_move_on(page, browse):
    """Two answers bring the next variant; the download holds them in the sheet's format."""
    script = """
      const places = [read("place")];
      for (const key of ["y", "n", "N", "y"]) { press(key); places.push(read("place")); }
      press("d");
      return [places, read("progress"), document.getElementById("bar").value, (await downloaded())[1]];
    """
    places, progress, bar, text = browse(page, script)
    assert places == ["1 of 3", "1 of 3", "2 of 3", "2 of 3", "3 of 3"]
    assert progress == "2 of 3 answered"
    assert bar == pytest.approx(2 / 3)
    answers = [(line.grammatical, line.meaning) for line in lines_of(text, "")]
    assert answers == [(True, False), (False, True), (None, None)]


def test_the_other_question_can_be_answered_first(page, browse):
    """Arrows choose the question; the page goes back to the one that is open."""
    script = """
      press("ArrowDown", "n");
      const current = document.querySelector(".question.current").dataset.question;
      press("d");
      return [current, (await downloaded())[1]];
    """
    current, text = browse(page, script)
    line = lines_of(text, "")[0]
    assert (current, line.grammatical, line.meaning) == ("grammatical", None, False)


def test_a_half_answered_variant_goes_on_where_it_was_left(page, browse):
    """Coming back to it, the open question is the current one."""
    script = """
      press("y", "ArrowRight", "ArrowLeft");
      return [read("place"), document.querySelector(".question.current").dataset.question];
    """
    assert browse(page, script) == ["1 of 3", "meaning"]


def test_buttons_do_what_keys_do(page, browse):
    """A mouse is enough: answers, moves, a dot of the strip, download."""
    script = """
      const click = (selector) => document.querySelector(selector).dispatchEvent(new MouseEvent("click"));
      click('[data-question="meaning"] [data-answer="yes"]');
      const pressed = document.querySelectorAll('[aria-pressed="true"]').length;
      click("#strip :nth-child(3)");
      const at = read("place");
      click("#back");
      click("#unanswered");
      click("#download");
      return [pressed, at, read("place"), (await downloaded())[1].includes(",,yes\\n")];
    """
    assert browse(page, script) == [1, "3 of 3", "3 of 3", True]


def test_answers_are_taken_back(page, browse):
    """Backspace takes the last answers back, over the border of a variant, and leaves the others."""
    script = """
      press("y", "y", "n");
      press("Backspace", "Backspace");
      press("d");
      return [read("place"), read("progress"), (await downloaded())[1]];
    """
    place, progress, text = browse(page, script)
    assert (place, progress) == ("1 of 3", "0 of 3 answered")
    assert [(x.grammatical, x.meaning) for x in lines_of(text, "")] == [(True, None), (None, None), (None, None)]


def test_space_finds_what_is_unanswered(page, browse):
    """It goes on behind the end at the beginning, and stays when all is answered."""
    script = """
      press("ArrowRight", "y", "y", " ");
      const round = [read("place")];
      press(" ");
      round.push(read("place"));
      press("y", "y", "Home", "y", "y", " ");
      return [...round, read("place"), read("progress")];
    """
    assert browse(page, script) == ["1 of 3", "3 of 3", "2 of 3", "all 3 answered: download the CSV"]


def test_marks_outlive_the_page(page, browse):
    """Opened again it goes on at the first unanswered variant; another sheet's marks are others."""
    browse(page, 'press("y", "n"); await new Promise((done) => setTimeout(done, 6000));')
    script = 'press("d"); return [read("place"), read("progress"), (await downloaded())[1]];'
    place, progress, text = browse(page, script)
    assert (place, progress) == ("2 of 3", "1 of 3 answered")
    assert lines_of(text, "")[0].meaning is False
    page.write_text(render_page([(PLAIN, ())], "Another"))
    assert browse(page, script)[:2] == ["1 of 1", "0 of 1 answered"]


def test_all_marks_can_be_taken_back(page, browse):
    """After a question, and not without one."""
    script = """
      press("y", "y");
      window.confirm = () => false;
      document.getElementById("clear").click();
      const before = read("progress");
      window.confirm = () => true;
      document.getElementById("clear").click();
      return [before, read("progress"), read("place")];
    """
    assert browse(page, script) == ["1 of 3 answered", "0 of 3 answered", "1 of 3"]


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4)), max_size=5))
def test_pieces_are_the_text(parts):
    """Put together they give caption and variant, and what is marked is what the edits say."""
    caption, edits = "", []
    for same, before, after in parts:
        caption += same
        edits.append(Edit(len(caption), len(caption) + len(before), before, after))
        caption += before
    variant = apply_edits(caption, tuple(edits))
    assert "".join(text for text, _ in pieces(caption, edits)) == caption
    assert "".join(text for text, _ in pieces(variant, inverse(tuple(edits)))) == variant
    assert [text for text, changed in pieces(caption, edits) if changed] == [before for _, before, _ in parts]
