"""Every path is an fsspec URL: opening, listing, and publishing whole files and folders atomically."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

import fsspec

from structclip_schemas.errors import InputError


def is_local(location: str) -> bool:
    """Whether a location is a plain path or a file: URL."""
    return "://" not in location or location.startswith("file://")


def local_path(location: str) -> Path:
    """The path of a local location."""
    return Path(location.removeprefix("file://"))


def open_file(location: str) -> BinaryIO:
    """Open a file for reading; FileNotFoundError when it is not there (the opener of ``open_dataset``)."""
    if is_local(location):
        return local_path(location).open("rb")
    try:
        return cast(BinaryIO, fsspec.open(location, "rb").open())
    except (ImportError, ValueError) as error:
        raise InputError(
            f"{location}: cannot open this kind of URL ({error}). Install the package it names."
        ) from error


def read_text(location: str) -> str | None:
    """A small text file, or None when it is not there."""
    try:
        with open_file(location) as file:
            return file.read().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def list_folder(location: str) -> list[str]:
    """The names in a folder, sorted; empty when there is no such folder."""
    if is_local(location):
        path = local_path(location)
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
    files, root = fsspec.core.url_to_fs(location)
    if not files.isdir(root):
        return []
    return sorted(str(name).rstrip("/").rsplit("/", 1)[-1] for name in files.ls(root, detail=False))


def write_bytes(location: str, content: bytes) -> None:
    """Write a whole file: readers see the old content or the new, never a part of it."""
    if not is_local(location):
        with fsspec.open(location, "wb") as file:
            file.write(content)
        return
    path = local_path(location)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
    sync_folder(path.parent)


def publish_folder(folder: Path, location: str) -> None:
    """Move a finished local folder to its place in one step (uploaded file by file where the place is remote)."""
    if not is_local(location):
        files, root = fsspec.core.url_to_fs(location)
        files.put(f"{folder}/", f"{root}/", recursive=True)
        shutil.rmtree(folder)
        return
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    target = local_path(location)
    if target.exists():
        shutil.rmtree(target)
    folder.replace(target)
    sync_folder(target.parent)


def remove_folder(location: str) -> None:
    """Remove a folder and all in it, if it is there."""
    if is_local(location):
        shutil.rmtree(local_path(location), ignore_errors=True)
        return
    files, root = fsspec.core.url_to_fs(location)
    if files.exists(root):
        files.rm(root, recursive=True)


def fetch_folder(location: str) -> str:
    """A local folder with the content of a location: itself when local, else a copy in a temporary folder."""
    if is_local(location):
        return str(local_path(location))
    files, root = fsspec.core.url_to_fs(location)
    target = tempfile.mkdtemp(prefix="structclip-")
    files.get(f"{root}/", f"{target}/", recursive=True)
    return target


def sync_folder(folder: Path) -> None:
    """Make renames in a local folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
