"""Scores of sheets and their comparison."""

from dataclasses import replace

import pytest

from structclip_pipeline.audit.report import comparison_lines, scores_lines
from structclip_pipeline.audit.scoring import TOGETHER, compare, scores_of
from structclip_schemas.errors import InputError


def _lines(line_of, answers):
    """Lines of two kinds in turn: (grammatical, meaning) each, y, n or - for none."""
    words = {"y": True, "n": False, "-": None}
    return [
        replace(line_of(number, ("swap_object", "swap_relation")[number % 2]), grammatical=words[a], meaning=words[b])
        for number, (a, b) in enumerate(answers)
    ]


@pytest.fixture
def line_of():
    """A line by number and kind."""
    from structclip_pipeline.audit.sheet import Line

    return lambda number, kind, of="negative": Line(f"c{number}", of, 0, kind, "r/1", "a cup", f"a cup {number}")


def test_shares_are_counted_by_kind_and_together(line_of):
    """Each question among its answers; both among those with two answers; the others are counted as unanswered."""
    scores = scores_of(_lines(line_of, ["yy", "yn", "ny", "y-", "yy", "--"]))
    assert list(scores) == [("negative", "swap_object"), ("negative", "swap_relation"), ("negative", TOGETHER)]
    together = scores["negative", TOGETHER]
    counts = [(s.yes, s.answered) for s in (together.grammatical, together.meaning, together.both)]
    assert counts == [(4, 5), (3, 4), (2, 4)]
    assert (together.variants, together.unanswered) == (6, 2)
    objects = scores["negative", "swap_object"]
    counts = [(s.yes, s.answered) for s in (objects.grammatical, objects.meaning, objects.both)]
    assert counts == [(2, 3), (3, 3), (2, 3)]
    assert any("2 of 6 variants lack an answer" in line for line in scores_lines(scores))


def test_negatives_and_positives_are_also_scored_together(line_of):
    """One group more where a sheet has both lists."""
    lines = [*_lines(line_of, ["yy"]), replace(line_of(7, "reorder_objects", "positive"), grammatical=True)]
    scores = scores_of(lines)
    assert list(scores)[-1] == (TOGETHER, TOGETHER)
    assert scores[TOGETHER, TOGETHER].variants == 2
    assert "all together" in "\n".join(scores_lines(scores))


def test_two_sheets_are_compared_line_by_line(line_of):
    """Whatever their order; what one of them lacks is counted."""
    first = _lines(line_of, ["yy", "yn", "ny", "y-"])
    second = _lines(line_of, ["yy", "yy", "yy", "yy", "yy"])[::-1]
    found = compare(first, second)
    grammatical = found.agreements["negative", TOGETHER]["grammatical"]
    assert (grammatical.both_yes, grammatical.second_only, grammatical.answered) == (3, 1, 4)
    assert found.agreements["negative", TOGETHER]["both"].answered == 3
    assert (found.first_only, found.second_only) == (0, 1)
    assert "1 variants are in one" in "\n".join(comparison_lines(found))


def test_sheets_of_other_variants_are_refused(line_of):
    """No variant in common, or one that reads differently."""
    first = _lines(line_of, ["yy"])
    with pytest.raises(InputError, match="share no variant"):
        compare(first, [line_of(8, "swap_object")])
    with pytest.raises(InputError, match="'a cup 0' in the first sheet and 'a mug'"):
        compare(first, [replace(first[0], variant="a mug")])
