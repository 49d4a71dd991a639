"""WebDataset tars, as img2dataset and others write them: consecutive members of one key are a sample."""

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO, Any

from structclip_pipeline.sources.document import decode_json
from structclip_pipeline.sources.faults import empty_source, wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, as_text, row_of, rows_of_captions
from structclip_pipeline.storage import open_read
from structclip_schemas.errors import InputError

NAME = "a WebDataset tar"
IMAGE_ENDINGS = frozenset({"jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "ppm"})
_KEY = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]+)", re.S)
_LARGEST_TEXT = 16 << 20


@dataclass(slots=True)
class Sample:
    """The members of one key: texts by their endings, the image's name, and what could not be read."""

    key: str
    texts: dict[str, bytes] = field(default_factory=dict)
    image: str | None = None
    endings: list[str] = field(default_factory=list)
    fault: str | None = None


def read_webdataset(url: str, columns: Columns) -> Iterator[SourceRow]:
    """
    Captions of a tar in its order; the key is the caption's id and the image's, the image's member name its path.

    A caption is the entry ``--caption-column`` of the sample's .json, or else its member of that ending, or else the
    list ``captions`` of the .json, or else the .txt; a list gives as many rows, their ids numbered from 0.
    Raises InputError for a file that is no tar, is cut off, or has no caption in any sample.
    """
    found, first = False, None
    for sample in _samples(url, {"json", "txt", columns.caption}):
        first = first or sample
        for row in _rows(sample, columns):
            found |= row.caption is not None or row.unreadable is not None
            yield row
    if first is None:
        raise empty_source(url)
    if not found:
        raise InputError(
            f"{url}: no sample has a caption {columns.caption!r}; {first.key!r} has {', '.join(first.endings)}. Name "
            "the entry of the .json, or the member's ending, with --caption-column."
        )


def _samples(url: str, endings: set[str]) -> Iterator[Sample]:
    with open_read(url) as file:
        try:
            with tarfile.open(fileobj=file, mode="r:*") as tar:
                members = ((match, member) for member in tar if member.isfile() and (match := _split_name(member.name)))
                for key, group in groupby(members, key=lambda pair: pair[0][0]):
                    sample = Sample(key)
                    for (_, ending), member in group:
                        _add(sample, ending, member, tar.extractfile(member) if ending in endings else None)
                    yield sample
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise wrong_format(url, NAME, f"{type(error).__name__}: {' '.join(str(error).split())}") from error


def _split_name(name: str) -> tuple[str, str] | None:
    """
    The key and the ending of a member; None for one without an ending and for hidden files.

    >>> _split_name("part/00012.caption.txt"), _split_name("part/.hidden")
    (('part/00012', 'caption.txt'), None)
    """
    match = _KEY.fullmatch(name)
    return (match[1], match[2].lower()) if match else None


def _add(sample: Sample, ending: str, member: tarfile.TarInfo, content: IO[bytes] | None) -> None:
    sample.endings.append(ending)
    if sample.image is None and ending.rpartition(".")[2] in IMAGE_ENDINGS:
        sample.image = member.name
    if content is None:
        return
    if member.size > _LARGEST_TEXT:
        sample.fault = f"{member.name}: {member.size:,} bytes, at most {_LARGEST_TEXT:,} are read"
    else:
        sample.texts[ending] = content.read()


def _rows(sample: Sample, columns: Columns) -> Iterator[SourceRow]:
    values: dict[str, Any] = {}
    fault = sample.fault
    if "json" in sample.texts:
        try:
            values = _object(sample.texts["json"])
        except ValueError as error:
            fault = fault or f"{sample.key}.json: {error}"
    identity = {
        **values,
        columns.caption_id or "caption_id": values.get(columns.caption_id or "") or sample.key,
        "image_id": sample.key,
        columns.image or "image": as_text(values.get(columns.image or "")) or sample.image,
    }
    captions = _captions(sample, values, columns)
    if fault is not None:
        yield SourceRow(None, sample.key, sample.key, sample.image, unreadable=fault)
    elif isinstance(captions, list):
        yield from rows_of_captions(captions, identity, columns)
    else:
        yield row_of({**identity, columns.caption: captions}, columns)


def _object(data: bytes) -> dict[str, Any]:
    value = decode_json(data)
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}, wanted an object")
    return value


def _captions(sample: Sample, values: dict[str, Any], columns: Columns) -> Any:
    """A caption, a list of captions, or None; a text file's last line break is no part of its caption."""
    if values.get(columns.caption) is not None:
        return values[columns.caption]
    ending = columns.caption.lower()
    if ending not in sample.texts and columns.caption == Columns().caption:
        if values.get("captions") is not None:
            return values["captions"]
        ending = "txt"
    if ending == "json" or ending not in sample.texts:
        return None
    return sample.texts[ending].decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")
