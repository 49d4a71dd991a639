"""What every importer reads from its file: captions with the negatives that came with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from structclip_pipeline.storage import is_folder, open_read
from structclip_schemas.errors import InputError


@dataclass(frozen=True, slots=True)
class ForeignNegative:
    """A negative as its file has it, and the contract's kind for it."""

    caption: str
    kind: str


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """
    One row of a foreign file; ``not_made`` counts the places where the file says that it has no negative.

    ``triples_unchanged``: the file gives the negative the triples of its caption. ``unreadable``: why the row has no
    caption that could be read.
    """

    caption_id: str | None
    image_id: str | None
    image: str | None
    caption: str | None
    negatives: tuple[ForeignNegative, ...] = ()
    not_made: int = 0
    triples_unchanged: bool = False
    unreadable: str | None = None


Reader = Callable[[str], list[ForeignRow]]
"""Reads a file by URL; raises InputError when it is missing, empty, or of another format."""


def image_id_of(image: str | None) -> str | None:
    """
    An image's id from its file name: COCO's number where the name has its form, else the stem.

    >>> image_id_of("coco/val2014/COCO_val2014_000000184613.jpg"), image_id_of("flickr/36979.jpg")
    ('184613', '36979')
    """
    stem = PurePosixPath(image or "").stem
    number = stem.rpartition("_")[2]
    return str(int(number)) if len(number) == 12 and number.isascii() and number.isdigit() else stem or None


def read_bytes(url: str, name: str) -> bytes:
    """The bytes of a file; InputError when it is missing, a folder or empty."""
    if is_folder(url):
        raise InputError(f"{url}: is a folder, wanted {name}. Give the file itself.")
    try:
        with open_read(url) as file:
            data = file.read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{url}: no such file. Check the path or URL.") from error
    except OSError as error:
        raise InputError(f"{url}: cannot be read ({error}). Check the path and its permissions.") from error
    if not data.strip():
        raise InputError(f"{url}: is empty, wanted {name}. Check that it was written to the end.")
    return data


def wrong_file(url: str, name: str, found: str) -> InputError:
    """The file is not what the command was told it is."""
    return InputError(f"{url}: not {name} ({found}). Check the file and NAME.")
