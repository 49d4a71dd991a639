"""Whether an item's picture can be used: inside the image root, there, of a sane size, readable to the end."""

import warnings
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from structclip_pipeline.sources.rows import Fault
from structclip_pipeline.storage import is_folder, join, open_read
from structclip_schemas.errors import InputError

LARGEST = 25_000_000
"""Pixels; more is taken for a decompression bomb."""


def require_root(root: str) -> None:
    """Raise InputError when the image root is no folder."""
    if not is_folder(root):
        raise InputError(f"{root}: no such folder of images. Check --images.")


def picture_fault(root: str, name: str | None) -> Fault | None:
    """Why the picture ``name`` under ``root`` cannot be used; None when it can. The picture is decoded in full."""
    if not name:
        return Fault("missing-image", "the item names no image")
    if leaves_root(root, name):
        return Fault("path-outside-root", name)
    return _decoding_fault(join(root, name), name)


def leaves_root(root: str, name: str) -> bool:
    """
    Whether a path is absolute, climbs with "..", is a URL, or leads out of the root through a symbolic link.

    >>> leaves_root("images", "a/../b.png"), leaves_root("images", "a/b.png")
    (True, False)
    """
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.is_absolute() or path.drive or ".." in path.parts:
            return True
    if "://" in name or "\0" in name:
        return True
    folder = _local_folder(root)
    return folder is not None and not (folder / name).resolve().is_relative_to(folder)


@lru_cache(maxsize=8)
def _local_folder(root: str) -> Path | None:
    """The real path of a local root, found once and not for every picture; None for another store's."""
    filesystem, base = fsspec.core.url_to_fs(root)
    return Path(base).resolve() if isinstance(filesystem, LocalFileSystem) else None


def _decoding_fault(url: str, name: str) -> Fault | None:
    from PIL import Image

    try:
        with open_read(url) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                if picture.width * picture.height > LARGEST:
                    return Fault("unreadable-image", f"{name}: {picture.width} x {picture.height} pixels are too many")
                picture.load()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return Fault("missing-image", name)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Fault("unreadable-image", f"{name}: {type(error).__name__}")
    return None
