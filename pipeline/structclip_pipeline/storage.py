"""Files by URL: reading, atomic publishing, listing and removing, the same for local paths and object stores."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from structclip_schemas.errors import InputError

_CHUNK = 1 << 20
_BRACES = re.compile(r"\{(?:(?P<first>\d+)\.\.(?P<last>\d+)|(?P<names>[^{}]*,[^{}]*))\}")
_PART = re.compile(r"\..+\.part")


@dataclass(frozen=True, slots=True)
class Written:
    """What was published: its size in bytes and its sha256."""

    bytes: int
    sha256: str


def _locate(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a URL and the path in it; InputError when there is no driver for it."""
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InputError(f"{url}: {error}. Check the URL, or install the package that reads it.") from error
    return filesystem, path


def open_read(url: str) -> BinaryIO:
    """Open a file for reading bytes, FileNotFoundError when it is not there: the opener for ``open_dataset``."""
    filesystem, path = _locate(url)
    return cast(BinaryIO, filesystem.open(path, "rb"))


def read_text(url: str) -> str:
    """The UTF-8 text of a small file."""
    with open_read(url) as file:
        return file.read().decode("utf-8")


def exists(url: str) -> bool:
    """Whether a file or folder is there."""
    filesystem, path = _locate(url)
    return bool(filesystem.exists(path))


def is_folder(url: str) -> bool:
    """Whether a folder is there."""
    filesystem, path = _locate(url)
    return bool(filesystem.isdir(path))


def expand(pattern: str) -> list[str]:
    """
    The URLs that a pattern with braces (``{0..12}``, ``{a,b}``) or wildcards stands for; itself when it has none.

    Braces keep their order, wildcards give sorted names. Raises InputError when nothing matches a wildcard.
    """
    if not set(pattern) & set("{*?["):
        return [pattern]
    if "://" not in pattern and exists(pattern):
        return [pattern]
    found: list[str] = []
    for url in expand_braces(pattern):
        found += _matches(url) if set(url) & set("*?[") else [url]
    return found


def expand_braces(pattern: str) -> list[str]:
    """
    A pattern without its braces.

    >>> expand_braces("s3://b/{08..10}-{a,b}.tar")[:3]
    ['s3://b/08-a.tar', 's3://b/08-b.tar', 's3://b/09-a.tar']
    """
    match = _BRACES.search(pattern)
    if match is None:
        return [pattern]
    if match["first"]:
        first, last = int(match["first"]), int(match["last"])
        width = len(match["first"])
        inner = [f"{number:0{width}d}" for number in range(first, last + 1)]
    else:
        inner = match["names"].split(",")
    before, after = pattern[: match.start()], pattern[match.end() :]
    return [before + each + rest for each in inner for rest in expand_braces(after)]


def _matches(pattern: str) -> list[str]:
    filesystem, path = _locate(pattern)
    try:
        found = sorted(map(str, filesystem.glob(path)))
    except OSError as error:
        raise InputError(f"{pattern}: cannot be listed ({error}). Check the URL and the network.") from error
    if not found:
        raise InputError(f"{pattern}: no file matches. Check the pattern; quote it, so that the shell leaves it alone.")
    if isinstance(filesystem, LocalFileSystem):
        return found
    return [str(filesystem.unstrip_protocol(name)) for name in found]


def join(folder: str, name: str) -> str:
    """The URL of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def stem(url: str) -> str:
    """
    The file's name without folders and its last extension.

    >>> stem("s3://bucket/captions_val.json")
    'captions_val'
    """
    return Path(url.rstrip("/").rsplit("/", 1)[-1]).stem


def absolute(url: str) -> str:
    """A local path made absolute, so that workers started elsewhere find it; other URLs as they are."""
    filesystem, path = _locate(url)
    return str(path) if isinstance(filesystem, LocalFileSystem) else url.rstrip("/")


def names_in(folder: str) -> list[str]:
    """Names of the files and folders in a folder, sorted; empty when there is no such folder."""
    filesystem, path = _locate(folder)
    filesystem.invalidate_cache()
    if not filesystem.isdir(path):
        return []
    return sorted(str(entry).rstrip("/").rsplit("/", 1)[-1] for entry in filesystem.ls(path, detail=False))


def reader_in(folder: str) -> Callable[[str], bytes]:
    """A function that reads whole files of a folder by their names in it, the store found once for all of them."""
    filesystem, base = _locate(folder)
    if isinstance(filesystem, LocalFileSystem):
        return lambda name: (Path(base) / name).read_bytes()
    return lambda name: bytes(filesystem.cat_file(f"{base.rstrip('/')}/{name}"))


def sizes_in(folder: str, names: list[str]) -> dict[str, int]:
    """Sizes in bytes of those files that are in a folder, by the names given; a remote folder is listed once."""
    filesystem, base = _locate(folder)
    if isinstance(filesystem, LocalFileSystem):
        return {name: size for name in names if (size := _local_size(Path(base) / name)) is not None}
    start = f"{base.rstrip('/')}/"
    listed = {path.removeprefix(start): int(i["size"]) for path, i in filesystem.find(base, detail=True).items()}
    return {name: listed[name] for name in names if name in listed}


def fingerprint(url: str) -> tuple[int | None, str]:
    """(None, sha256) of a file, or (size, ETag) where the store keeps one and so spares reading it."""
    filesystem, path = _locate(url)
    info = filesystem.info(path)
    etag = info.get("ETag") or info.get("etag")
    return (int(info["size"]), str(etag).strip('"')) if etag else (None, describe(url).sha256)


def remove(url: str) -> None:
    """Remove a file or a whole folder; nothing happens when it is not there."""
    filesystem, path = _locate(url)
    with suppress(FileNotFoundError):
        filesystem.rm(path, recursive=True)


def remove_parts(folder: str) -> None:
    """Remove what killed writers left half-written in a folder."""
    for name in names_in(folder):
        if _PART.fullmatch(name):
            remove(join(folder, name))


def publish(url: str, write: Callable[[BinaryIO], object]) -> Written:
    """
    Write a file so that it is there whole or not at all, whatever kills the process.

    Local: a temporary file in the same folder, flushed to disk, renamed. Elsewhere: one upload of the finished file,
    which object stores make visible at once. ``write`` gets a seekable binary file.
    """
    filesystem, path = _locate(url)
    if isinstance(filesystem, LocalFileSystem):
        return _publish_local(Path(path), write)
    with tempfile.TemporaryDirectory() as folder:
        finished = Path(folder) / "upload"
        written = _write(finished, write)
        filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        filesystem.put_file(str(finished), path)
    return written


def publish_text(url: str, text: str) -> Written:
    """Publish a UTF-8 text."""
    return publish(url, lambda file: file.write(text.encode()))


def describe(url: str) -> Written:
    """Size and sha256 of a file that is there; FileNotFoundError otherwise."""
    digest, size = hashlib.sha256(), 0
    with open_read(url) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Written(size, digest.hexdigest())


def _local_size(path: Path) -> int | None:
    """The size of a file, None for anything that cannot be one."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def _publish_local(path: Path, write: Callable[[BinaryIO], object]) -> Written:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.part"
    try:
        written = _write(part, write)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return written


def _write(path: Path, write: Callable[[BinaryIO], object]) -> Written:
    with path.open("w+b") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    return describe(str(path))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
