"""The sheet: one line a variant with the answers of the person who read it, as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from structclip_pipeline.audit.variants import COLUMN_OF
from structclip_schemas.errors import InputError

COLUMNS = ("caption_id", "list", "number", "kind", "rule", "caption", "variant", "grammatical", "meaning")
ANSWERS = {"": None, "yes": True, "y": True, "1": True, "no": False, "n": False, "0": False}
"""What may stand in the two columns of answers; the page writes the empty text, yes and no."""

_TO_QUOTE = re.compile(r'[",\r\n]')
_WORDS = {None: "", True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Line:
    """
    A variant and what a person says of it; None where there is no answer.

    ``meaning`` is True where it is as it should be: a negative changes it, a positive keeps it. ``number`` is the
    variant's place in the caption's list, from zero.
    """

    caption_id: str
    list_name: str
    number: int
    kind: str
    rule: str
    caption: str
    variant: str
    grammatical: bool | None = None
    meaning: bool | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What names the variant in its dataset."""
        return self.caption_id, self.list_name, self.number


def fields_of(line: Line) -> list[str]:
    """A line's fields in the order of COLUMNS."""
    fixed = [line.caption_id, line.list_name, str(line.number), line.kind, line.rule, line.caption, line.variant]
    return [*fixed, _WORDS[line.grammatical], _WORDS[line.meaning]]


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV with a header, as the page writes it: lines end with a line feed, quotes only where needed."""
    return "".join(",".join(map(_quoted, row)) + "\n" for row in (columns, *rows))


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if _TO_QUOTE.search(field) else field


def sheet_text(lines: Iterable[Line]) -> str:
    """The CSV text of a sheet."""
    return csv_text(COLUMNS, map(fields_of, lines))


def lines_of(text: str, where: str) -> tuple[Line, ...]:
    """
    The lines of a sheet's text (a byte order mark, as spreadsheets write it, may come first).

    Raises InputError that names the line for columns that are missing, answers that are neither yes nor no, and
    variants that occur twice.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines: dict[tuple[str, str, int], Line] = {}
    try:
        places = _places(next(reader, []), where)
        for values in reader:
            if not any(values):
                continue
            line = _line(values, places, f"{where}, line {reader.line_num}")
            if line.key in lines:
                raise InputError(f"{where}, line {reader.line_num}: variant {line.key} for the second time. Remove it.")
            lines[line.key] = line
    except csv.Error as error:
        raise InputError(f"{where}, line {reader.line_num}: no CSV ({error}). Save the sheet as CSV again.") from error
    if not lines:
        raise InputError(f"{where}: no variants in it. Wanted a sheet as audit sample writes it.")
    return tuple(lines.values())


def _places(header: list[str], where: str) -> dict[str, int]:
    places = {name.strip(): place for place, name in enumerate(header)}
    missing = [name for name in COLUMNS if name not in places]
    if missing:
        raise InputError(
            f"{where}: no column {', '.join(missing)}; found {', '.join(header) or 'nothing'}. Wanted a sheet as audit "
            "sample writes it, with commas between the fields."
        )
    return places


def _line(values: list[str], places: dict[str, int], where: str) -> Line:
    if len(values) <= max(places[name] for name in COLUMNS):
        raise InputError(f"{where}: {len(values)} fields, the header has {len(places)}. Mend the line.")
    found = {name: values[places[name]] for name in COLUMNS}
    if found["list"] not in COLUMN_OF:
        raise InputError(f"{where}: list {found['list']!r}, wanted {' or '.join(COLUMN_OF)}. Mend the line.")
    if not (found["number"].isascii() and found["number"].isdigit()):
        raise InputError(f"{where}: number {found['number']!r}, wanted a whole number from 0. Mend the line.")
    return Line(
        found["caption_id"],
        found["list"],
        int(found["number"]),
        found["kind"],
        found["rule"],
        found["caption"],
        found["variant"],
        *_answers(found, where),
    )


def _answers(found: dict[str, str], where: str) -> Iterator[bool | None]:
    for name in ("grammatical", "meaning"):
        word = found[name].strip().lower()
        if word not in ANSWERS:
            raise InputError(f"{where}: {name} is {found[name]!r}, wanted yes, no or nothing. Mend the line.")
        yield ANSWERS[word]
