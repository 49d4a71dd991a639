"""NegCLIP's files: tab-separated, one caption a row, its negatives as a Python list of texts."""

import ast
import csv
import io

from structclip_pipeline.foreign.records import ForeignNegative, ForeignRow, image_id_of, read_bytes, wrong_file

NAME = "a NegCLIP TSV file (columns title, filepath, neg_caption)"
KIND = "pos_swap"

_COLUMNS = ("title", "filepath", "neg_caption")
_LONGEST_FIELD = 1 << 30


def read_negclip(url: str) -> list[ForeignRow]:
    """Rows of a NegCLIP file in order. Raises InputError when it is not of this format."""
    csv.field_size_limit(_LONGEST_FIELD)
    text = read_bytes(url, NAME).decode("utf-8-sig", "surrogateescape")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        found = ", ".join(map(repr, reader.fieldnames or ())) or "none"
        raise wrong_file(url, NAME, f"no column {', '.join(missing)}; found {found}")
    try:
        return [_row(values) for values in reader]
    except csv.Error as error:
        raise wrong_file(url, NAME, f"line {reader.line_num}: {error}") from error


def _row(values: dict[str, str | None]) -> ForeignRow:
    image, literal = values["filepath"] or None, values["neg_caption"]
    negatives = _texts(literal)
    return ForeignRow(
        caption_id=None,
        image_id=image_id_of(image),
        image=image,
        caption=values["title"],
        negatives=tuple(ForeignNegative(text, KIND) for text in negatives or ()),
        not_made=not negatives,
        unreadable=f"neg_caption is no list of texts: {(literal or '')[:80]!r}" if negatives is None else None,
    )


def _texts(literal: str | None) -> list[str] | None:
    """The texts of a list literal, which is read as data and never run; None when it is none."""
    try:
        value = ast.literal_eval(literal or "")
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(text, str) for text in value) else None
