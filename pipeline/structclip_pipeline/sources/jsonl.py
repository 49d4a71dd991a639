"""JSON lines: one object a line; blank lines are no rows."""

import json
from collections.abc import Iterator
from typing import Any

from structclip_pipeline.sources.faults import require_columns, wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, row_of
from structclip_pipeline.storage import open_read

NAME = "JSON lines"


def read_jsonl(url: str, columns: Columns) -> Iterator[SourceRow]:
    """Rows of a JSON-lines file; the first must be an object with the named keys, a later broken one is left out."""
    first = True
    with open_read(url) as file:
        for number, line in enumerate(file, 1):
            text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip()
            if not text:
                continue
            value = _parse(text)
            if first and not isinstance(value, dict):
                raise wrong_format(url, NAME, f"line {number}: {value}")
            if first:
                require_columns(url, columns, list(value))
            first = False
            yield row_of(value, columns) if isinstance(value, dict) else SourceRow(None, unreadable=value)


def _parse(text: str) -> dict[str, Any] | str:
    """The object, or what is wrong with the line."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        return f"not JSON: {error}"
    return value if isinstance(value, dict) else f"a JSON {type(value).__name__}, wanted an object"
