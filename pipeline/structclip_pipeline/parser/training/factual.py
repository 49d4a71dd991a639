"""Read FACTUAL's CSV files: captions with human-made scene graphs as text."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from structclip_schemas.errors import InputError

_GROUP = re.compile(r"\(\s*(.*?)\s*\)(?=\s*(?:,|$))")
_COLUMNS = ("caption", "scene_graph")

Triples = tuple[tuple[str, ...], ...]
"""Gold triples of a caption; a triple of one element is an object that stands alone."""


@dataclass(frozen=True, slots=True)
class FactualRow:
    """A caption and its gold triples."""

    caption: str
    triples: Triples


def read_graph_text(text: str) -> Triples:
    """
    Read FACTUAL's text form of a graph.

    >>> read_graph_text("( man , sit on , bench ) , ( bench , is , red )")
    (('man', 'sit on', 'bench'), ('bench', 'is', 'red'))
    """
    groups = (tuple(part.strip() for part in group.split(" , ")) for group in _GROUP.findall(text))
    return tuple(group for group in groups if len(group) in (1, 3) and all(group))


def read_rows(path: Path) -> list[FactualRow]:
    """Read a FACTUAL CSV file; :class:`InputError` when it is missing or lacks a column."""
    if not path.is_file():
        raise InputError(f"no FACTUAL file at {path}; wanted a CSV file with the columns {', '.join(_COLUMNS)}")
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return _read_stream(stream, path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8: {error}") from error


def _read_stream(stream: TextIO, path: Path) -> list[FactualRow]:
    reader = csv.DictReader(stream)
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path} has the columns {reader.fieldnames}, but not {', '.join(missing)}")
    return [FactualRow(row["caption"] or "", read_graph_text(row["scene_graph"] or "")) for row in reader]
