"""The sheet as CSV text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.sheet import COLUMNS, Line, lines_of, sheet_text
from structclip_schemas.errors import InputError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
ANSWER = st.sampled_from([None, True, False])
LINE = st.builds(
    Line, TEXT, st.sampled_from(["negative", "positive"]), st.integers(0, 99), TEXT, TEXT, TEXT, TEXT, ANSWER, ANSWER
)
GOOD = Line("1", "negative", 0, "swap_object", "r/1", "a dog bites a man", "a man bites a dog", True, False)


@given(st.lists(LINE, min_size=1, max_size=4, unique_by=lambda line: line.key))
def test_a_sheet_comes_back(lines):
    """Whatever the texts hold, ours and Python's reader give the lines back."""
    text = sheet_text(lines)
    assert lines_of(text, "here") == tuple(lines)
    assert [row[5] for row in csv.reader(io.StringIO(text, newline=""))][1:] == [line.caption for line in lines]


def test_what_a_spreadsheet_makes_of_it_is_read():
    """A byte order mark, other line ends, more columns, another order, other words for yes and no, blank lines."""
    header = ["note", *reversed(COLUMNS)]
    fields = ["odd", " Y ", "NO", *reversed(sheet_text([GOOD]).splitlines()[1].split(",")[:-2])]
    text = "\ufeff" + "\r\n".join([",".join(header), ",".join(fields), "," * 9, ""])
    line = lines_of(text, "here")[0]
    assert (line.key, line.grammatical, line.meaning) == (GOOD.key, False, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("grammatical,", ""), "no column grammatical"),
        ((",", ";"), "with commas"),
        ((",yes,", ",maybe,"), "line 2: grammatical is 'maybe', wanted yes, no or nothing"),
        ((",negative,", ",both,"), "list 'both'"),
        ((",0,", ",x,"), "number 'x'"),
        ((",yes,no", ""), "7 fields"),
        (("1,neg", '"1"x,neg'), "no CSV"),
    ],
)
def test_what_is_wrong_is_named(change, message):
    """The error says the file, the line and what was wanted."""
    with pytest.raises(InputError, match=message) as error:
        lines_of(sheet_text([GOOD]).replace(*change), "sheet.csv")
    assert str(error.value).startswith("sheet.csv")


def test_a_variant_must_not_come_twice():
    """Two lines of one variant cannot both be right."""
    with pytest.raises(InputError, match="second time"):
        lines_of(sheet_text([GOOD, GOOD]), "sheet.csv")


@pytest.mark.parametrize("text", ["", sheet_text([])])
def test_an_empty_sheet_is_none(text):
    """Neither an empty file nor a header alone can be scored."""
    with pytest.raises(InputError, match=r"no column|no variants"):
        lines_of(text, "sheet.csv")
