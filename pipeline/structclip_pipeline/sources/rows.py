"""Rows as the readers give them, and the faults for which a row is left out before any parser sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

LONGEST_CAPTION = 10_000
"""Characters; the longest captions people write for images have about 3,000."""

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that csv, tsv, jsonl and parquet are read from; None means: as the format's defaults say."""

    caption: str = "caption"
    image: str | None = None
    caption_id: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """
    One caption as the source has it; ``caption_id`` None when the source gives no id.

    Text may hold lone surrogates: bytes that are no UTF-8 arrive as such. ``unreadable`` says why the row has no
    caption that could be read at all.
    """

    caption: str | None
    caption_id: str | None = None
    image_id: str | None = None
    image: str | None = None
    split: str | None = None
    unreadable: str | None = None


Reader = Callable[[str, Columns], Iterator[SourceRow]]
"""Reads a file by URL in reading order; raises InputError when the file is not of the reader's format."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is left out."""

    reason: str
    detail: str


def fault_of(row: SourceRow) -> Fault | None:
    """
    The first reason to leave a row out, None for a sound row.

    >>> fault_of(SourceRow("  ")).reason, fault_of(SourceRow("a cup"))
    ('empty-caption', None)
    """
    if row.unreadable is not None:
        return Fault("unreadable-row", row.unreadable)
    if row.caption is None:
        return Fault("row-without-caption", "")
    if not row.caption.strip():
        return Fault("empty-caption", repr(row.caption[:_SHOWN]))
    if len(row.caption) > LONGEST_CAPTION:
        return Fault("caption-too-long", f"{len(row.caption)} characters, at most {LONGEST_CAPTION} are read")
    for name in ("caption", "caption_id", "image_id", "image", "split"):
        text = getattr(row, name)
        if text is not None and not is_unicode(text):
            return Fault("invalid-unicode", f"{name}: {text[:_SHOWN]}")
    return None


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8 (it holds no lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def row_of(values: dict[str, Any], columns: Columns) -> SourceRow:
    """
    A row from a dict of column values, for the formats whose columns the user names.

    Without ``--image-column`` a text column ``image`` is read, without ``--id-column`` a column ``caption_id``;
    ``image_id`` and ``split`` where they exist.
    """
    caption = values.get(columns.caption)
    if caption is not None and not isinstance(caption, str):
        return _without_text(values, columns, f"{columns.caption} is of type {type(caption).__name__}, wanted text")
    return SourceRow(caption, **_identity(values, columns))


def rows_of_captions(captions: list[Any], values: dict[str, Any], columns: Columns) -> Iterator[SourceRow]:
    """A row for each of several captions of one entry; ids are the entry's with -0, -1 … where it has one."""
    name = columns.caption_id or "caption_id"
    own = as_text(values.get(name))
    for number, caption in enumerate(captions):
        yield row_of(
            {**values, columns.caption: caption, name: None if own is None else f"{own}-{number}"},
            columns,
        )


def _without_text(values: dict[str, Any], columns: Columns, why: str) -> SourceRow:
    return SourceRow(None, **_identity(values, columns), unreadable=why)


def _identity(values: dict[str, Any], columns: Columns) -> dict[str, str | None]:
    return {
        "caption_id": as_text(values.get(columns.caption_id or "caption_id")),
        "image_id": as_text(values.get("image_id")),
        "image": as_text(values.get(columns.image or "image")),
        "split": as_text(values.get("split")),
    }


def as_text(value: Any) -> str | None:
    """
    A text or number as text; None for anything else and for an empty text.

    >>> as_text(42), as_text(""), as_text(["a"])
    ('42', None, None)
    """
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def named_columns(columns: Columns) -> list[str]:
    """The columns the user named, which must exist."""
    return [name for name in (columns.caption, columns.image, columns.caption_id) if name is not None]
