"""The page on which a person marks a sheet: one HTML file that needs nothing else."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from structclip_pipeline.audit.sheet import COLUMNS, Line, fields_of, sheet_text
from structclip_pipeline.page_style import build_environment
from structclip_schemas.edits import Edit, inverse

Piece = tuple[str, bool]
"""A stretch of text, and whether an edit changes it."""


def pieces(text: str, edits: Iterable[Edit]) -> list[Piece]:
    """
    A text cut at its edits; an edit that inserts here leaves an empty changed piece.

    >>> pieces("a red cup", [Edit(2, 5, "red", "blue")])
    [('a ', False), ('red', True), (' cup', False)]
    """
    found: list[Piece] = []
    position = 0
    for edit in edits:
        found += [(text[position : edit.start], False), (text[edit.start : edit.end], True)]
        position = edit.end
    found.append((text[position:], False))
    return [piece for piece in found if piece[0] or piece[1]]


def render_page(lines: Iterable[tuple[Line, tuple[Edit, ...]]], title: str) -> str:
    """
    The HTML of a sheet's page; the edits are those of each line's variant.

    The marks are kept in the browser under the hash of the sheet, so that two sheets never mix.
    """
    both = list(lines)
    content = {
        "columns": COLUMNS,
        "sheet": sha256(sheet_text(line for line, _ in both).encode()).hexdigest()[:16],
        "lines": [_entry(line, edits) for line, edits in both],
    }
    environment = build_environment("structclip_pipeline.audit")
    return str(environment.get_template("page.html").render(title=title, content=content))


def _entry(line: Line, edits: tuple[Edit, ...]) -> dict[str, Any]:
    return {
        "fields": fields_of(line)[:-2],
        "list": line.list_name,
        "kind": line.kind,
        "caption": pieces(line.caption, edits),
        "variant": pieces(line.variant, inverse(edits)),
    }
