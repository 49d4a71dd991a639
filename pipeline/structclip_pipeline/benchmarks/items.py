"""One kind of item for all benchmarks, and what their readers share; demo's and SugarCrepe's files are read here."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from structclip_pipeline.sources.rows import as_text
from structclip_pipeline.storage import is_folder, open_read, stem
from structclip_schemas.errors import InputError

_COCO = re.compile(r"(?:COCO_[a-z]+\d{4}_)?0*(\d+)", re.A)


@dataclass(frozen=True, slots=True)
class Item:
    """
    A picture with a true caption and false ones; None where the file has no such text.

    ``also_true``: captions that must beat the false ones, too (SugarCrepe++). ``crop``: left, top, width, height of the
    part of the picture that counts. ``pair_id``: what two items share whose captions are each other's false one.
    """

    item_id: str
    image: str | None
    image_id: str | None
    split: str | None
    group: str | None
    true_caption: str | None
    false_captions: tuple[str | None, ...]
    also_true: tuple[str | None, ...] = ()
    crop: tuple[int, int, int, int] | None = None
    pair_id: str | None = None

    @property
    def captions(self) -> tuple[str | None, ...]:
        """All of them: the true one, those also true, the false ones."""
        return self.true_caption, *self.also_true, *self.false_captions


Reader = Callable[[str], list[Item]]


def read_demo(url: str) -> list[Item]:
    """
    The demo world's benchmark: a list of {"id", "image", "image_id", "split", "kind", "true_caption", "false_caption"}.

    Raises InputError when the file is missing or not of this format.
    """
    document = read_json(url, "a demo benchmark")
    require(isinstance(document, list), url, "a demo benchmark", "wanted a list of objects", document)
    items = [_demo_item(url, row, record) for row, record in enumerate(document)]
    return sound(url, "a demo benchmark", "image, true_caption, false_caption", items)


def read_sugarcrepe(url: str) -> list[Item]:
    """
    One of SugarCrepe's seven files: {"0": {"filename", "caption", "negative_caption"}, …}; the group is its stem.

    The image's id is COCO's, read from its file name. Raises InputError when the file is missing or not of this format.
    """
    document = read_json(url, "a SugarCrepe file")
    require(isinstance(document, dict), url, "a SugarCrepe file", "wanted an object of numbered items", document)
    items = [sugarcrepe_item(url, row, record) for row, record in enumerate(document.values())]
    return sound(url, "a SugarCrepe file", "filename, caption, negative_caption", items)


def _demo_item(url: str, row: int, record: Any) -> Item:
    values = record if isinstance(record, dict) else {}
    image = text_of(values, "image")
    return Item(
        item_id=as_text(values.get("id")) or row_id(url, row),
        image=image,
        image_id=as_text(values.get("image_id")) or image_stem(image),
        split=text_of(values, "split"),
        group=text_of(values, "kind"),
        true_caption=text_of(values, "true_caption"),
        false_captions=(text_of(values, "false_caption"),),
    )


def sugarcrepe_item(url: str, row: int, record: Any) -> Item:
    """The item of one record of a SugarCrepe file, whose stem is the group."""
    values = record if isinstance(record, dict) else {}
    image = text_of(values, "filename")
    return Item(
        item_id=row_id(url, row),
        image=image,
        image_id=coco_id(image),
        split=None,
        group=stem(url),
        true_caption=text_of(values, "caption"),
        false_captions=(text_of(values, "negative_caption"),),
    )


def text_of(values: dict[str, Any], key: str) -> str | None:
    """A text of a record; None for anything else."""
    value = values.get(key)
    return value if isinstance(value, str) else None


def row_id(url: str, row: int) -> str:
    """The id of an item whose file has none."""
    return f"{stem(url)}-{row:012d}"


def coco_id(image: str | None) -> str | None:
    """
    COCO's id in an image's file name; the name without its ending where it is none of COCO's.

    >>> coco_id("000000085329.jpg"), coco_id("val2014/COCO_val2014_000000391895.jpg"), coco_id("x.png")
    ('85329', '391895', 'x')
    """
    name = image_stem(image)
    match = _COCO.fullmatch(name or "")
    return match[1] if match else name


def image_stem(image: str | None) -> str | None:
    """The file name without folders and its ending."""
    return None if image is None else PurePosixPath(image).stem or None


def read_json(url: str, name: str) -> Any:
    """The file's JSON value; InputError for a folder, a missing file and what is no JSON."""
    try:
        return json.loads(read_document_text(url, name))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{url}: not {name} (not JSON: {error}). Check that this is the right file.") from error


def read_document_text(url: str, name: str) -> str:
    """The file's text, bytes that are no UTF-8 as lone surrogates; InputError for a folder and a missing file."""
    if is_folder(url):
        raise InputError(f"{url}: is a folder, wanted {name}. Give the file itself.")
    try:
        with open_read(url) as file:
            return file.read().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{url}: no such file. Check the path or URL.") from error


def require(sound: bool, url: str, name: str, wanted: str, document: Any) -> None:
    """InputError when a document is not of the benchmark's shape."""
    if not sound:
        raise InputError(f"{url}: not {name} (a JSON {type(document).__name__}, {wanted}). Check the benchmark's NAME.")


def sound(url: str, name: str, keys: str, items: list[Item]) -> list[Item]:
    """The items; InputError when there is none or when not one of them has what an item needs."""
    if not items:
        raise InputError(f"{url}: holds no items. Check that it was written to the end.")
    if all(None in (item.image, item.true_caption) or None in item.false_captions for item in items):
        raise InputError(f"{url}: not {name} (no item has {keys}). Check the benchmark's NAME.")
    return items
