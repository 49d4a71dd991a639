"""Errors about a whole source, worded once."""

from structclip_pipeline.sources.rows import Columns, named_columns
from structclip_schemas.errors import InputError

_SHOWN = 20
_LONGEST = 40


def wrong_format(url: str, name: str, found: str) -> InputError:
    """The file is not of the format it was read as."""
    return InputError(f"{url}: not {name} ({found}). Check the file, or give its format with --format.")


def empty_source(url: str) -> InputError:
    """The file holds no row."""
    return InputError(f"{url}: holds no captions. Check that it was written to the end, or leave it out.")


def _legible(name: str) -> str:
    """A column's name as a terminal can show it: the header of a file that is no text may hold anything."""
    shown = name if name.isprintable() else repr(name)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def require_columns(url: str, columns: Columns, found: list[str]) -> None:
    """Raise InputError that names the columns found when one the user named is missing."""
    missing = [name for name in named_columns(columns) if name not in found]
    if missing:
        shown = ", ".join(map(_legible, found[:_SHOWN])) + (", …" if len(found) > _SHOWN else "")
        raise InputError(
            f"{url}: no column {', '.join(map(repr, missing))}; found {shown or 'none'}. "
            "Name the columns with --caption-column, --image-column and --id-column."
        )
