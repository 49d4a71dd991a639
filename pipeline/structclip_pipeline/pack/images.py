"""Where images are: a folder, webdataset tars, or Parquet files with a column of images."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

from structclip_pipeline.benchmarks.pictures import leaves_root, require_root
from structclip_pipeline.pack.parquet_images import ImageColumns, index_parquet, read_row_group
from structclip_pipeline.pack.place import FOLDER, Labelled, Place
from structclip_pipeline.pack.tars import index_tar
from structclip_pipeline.sources.rows import Fault
from structclip_pipeline.storage import absolute, expand, fingerprint, open_read, reader_in, sizes_in
from structclip_schemas.errors import InputError
from structclip_schemas.manifest import canonical_json

_OPEN_FILES = 8
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Images:
    """
    A collection of images: folder, tars or parquet; its files (of a folder: its root) as the user ``named`` them and as
    workers started elsewhere find them; the columns of Parquet.
    """

    kind: str
    named: tuple[str, ...]
    files: tuple[str, ...]
    columns: ImageColumns


@dataclass(frozen=True, slots=True)
class Located:
    """Places of the wanted images by (image_id, image), None for one that is not there, and the manifest's inputs."""

    places: list[Place | None]
    inputs: tuple[dict[str, Any], ...]


def open_images(root: str, columns: ImageColumns) -> Images:
    """
    The collection at a location: files ending in .tar or .parquet (braces and wildcards may name many), else a folder.

    Raises InputError when there is nothing.
    """
    for suffix, kind in ((".tar", "tars"), (".parquet", "parquet")):
        if root.endswith(suffix):
            named = tuple(expand(root))
            return Images(kind, named, tuple(map(absolute, named)), columns)
    require_root(root)
    return Images("folder", (root,), (absolute(root),), columns)


def locate_images(images: Images, wanted: list[tuple[str | None, str | None]]) -> Located:
    """
    Find the images (image_id, image) of a dataset. Headers are read, pixels are not.

    Tars and Parquet are searched for ``image`` and then for ``image_id`` among the names and keys they have. Raises
    InputError for a file that is none of its kind, and where a name that is looked for occurs twice.
    """
    if images.kind == "folder":
        return _locate_in_folder(images, [image for _, image in wanted])
    labels = {label for pair in wanted for label in pair if label is not None}
    index, found = _Index(labels), []
    for number, url in enumerate(images.files):
        size, mark = _fingerprint(url)
        before = len(index.places)
        index.add(_labelled(images, number, url))
        marks = {"sha256": mark} if size is None else {"size": size, "etag": mark}
        found.append({"uri": images.named[number], **marks, "rows": len(index.places) - before})
    return Located([index.find(image, image_id) for image_id, image in wanted], tuple(found))


def image_reader(images: Images) -> Callable[[Place | None, str | None], bytes | Fault]:
    """
    A function from a place and the row's ``image`` to the file's bytes, or the Fault of an image that is not there.

    It keeps a few files open. Network errors are raised: they are no image's fault.
    """
    if images.kind == "folder":
        return partial(_read_in_folder, images.files[0], reader_in(images.files[0]))
    opened = lru_cache(maxsize=_OPEN_FILES)(lambda number: open_read(images.files[number]))
    groups = lru_cache(maxsize=2)(lambda file, group: read_row_group(opened(file), images.columns, group))

    def read(place: Place | None, image: str | None) -> bytes | Fault:
        if place is None:
            return Fault("missing-image", f"{image or 'no name'}: not in {_called(images)}")
        if images.kind == "tars":
            opened(place.file).seek(place.first)
            return opened(place.file).read(place.second)
        content = groups(place.file, place.first)[place.second].as_py()
        return Fault("missing-image", f"{image or 'no name'}: no bytes") if content is None else content

    return read


class _Index:
    """Places by the labels that are looked for; a label met twice is known as such."""

    def __init__(self, labels: set[str]) -> None:
        self.labels = labels
        self.places: dict[str, Place] = {}
        self.twice: dict[str, None] = {}

    def add(self, labelled: Iterable[Labelled]) -> None:
        for labels, place in labelled:
            for label in labels:
                if label in self.labels and self.places.setdefault(label, place) != place:
                    self.twice[label] = None

    def find(self, image: str | None, image_id: str | None) -> Place | None:
        for label in (image, image_id):
            if label in self.twice:
                raise InputError(
                    f"--images: {len(self.twice):,} name(s) occur more than once, e.g. "
                    f"{', '.join(map(repr, list(self.twice)[:_NAMED]))}, so which image is meant is not known. "
                    "Wanted unique names; name other files, or another --id-column."
                )
            if label is not None and label in self.places:
                return self.places[label]
        return None


def _labelled(images: Images, number: int, url: str) -> Iterator[Labelled]:
    with open_read(url) as file:
        if images.kind == "tars":
            yield from index_tar(file, url, number)
        else:
            yield from index_parquet(file, url, number, images.columns)


def _fingerprint(url: str) -> tuple[int | None, str]:
    try:
        return fingerprint(url)
    except OSError as error:
        raise InputError(f"{url}: cannot be read ({error}). Check --images.") from error


def _locate_in_folder(images: Images, names: list[str | None]) -> Located:
    """Every name in the folder has its place; names and sizes of what is there are the mark of the folder."""
    root = images.files[0]
    sizes = sizes_in(root, [name for name in names if name and not leaves_root(root, name)])
    listing = canonical_json(sorted(sizes.items()))
    mark = {"size": sum(sizes.values()), "etag": sha256(listing.encode()).hexdigest()}
    entry = {"uri": images.named[0], **mark, "rows": len(sizes)}
    return Located([FOLDER if name in sizes else None for name in names], (entry,))


def _read_in_folder(root: str, read: Callable[[str], bytes], place: Place | None, image: str | None) -> bytes | Fault:
    if not image:
        return Fault("missing-image", "the captions name no image")
    if place is None:
        return Fault("path-outside-root", image) if leaves_root(root, image) else _not_there(image)
    try:
        return read(image)
    except PermissionError as error:
        return Fault("unreadable-image", f"{image}: {error.strerror}")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return _not_there(image)


def _not_there(image: str) -> Fault:
    return Fault("missing-image", f"{image}: not there")


def _called(images: Images) -> str:
    return f"{len(images.files)} file(s) of {images.kind}"
