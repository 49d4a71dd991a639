"""Images in webdataset tars: members by name and by key."""

import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from structclip_pipeline.pack.place import Labelled, Place
from structclip_schemas.errors import InputError

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".avif", ".jp2", ".img"}


def index_tar(file: BinaryIO, url: str, number: int) -> Iterator[Labelled]:
    """
    Images of an uncompressed tar, each by its member's name and its key: the path up to the first dot of its last part.

    Only headers are read. Raises InputError when the file is no such tar or ends within a member.
    """
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                if member.isreg() and PurePosixPath(name).suffix.lower() in _SUFFIXES:
                    yield (name, key_of(name)), Place(number, member.offset_data, member.size)
    except tarfile.TarError as error:
        raise InputError(
            f"{url}: no readable tar ({error}). Wanted an uncompressed one, written to the end; copy it again."
        ) from error


def key_of(name: str) -> str:
    """
    The key that webdataset gives a member.

    >>> key_of("part/0001.left.jpg")
    'part/0001'
    """
    folder, _, last = name.rpartition("/")
    key = last.split(".", 1)[0]
    return f"{folder}/{key}" if folder else key
