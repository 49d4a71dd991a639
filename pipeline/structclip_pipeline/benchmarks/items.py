"""Benchmark files as their makers publish them, read into one kind of item."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from structclip_pipeline.sources.rows import as_text
from structclip_pipeline.storage import is_folder, open_read, stem
from structclip_schemas.errors import InputError


@dataclass(frozen=True, slots=True)
class Item:
    """A picture with a true and a false caption; None where the file has no such text."""

    item_id: str
    image: str | None
    image_id: str | None
    split: str | None
    group: str | None
    true_caption: str | None
    false_caption: str | None


Reader = Callable[[str], list[Item]]


def read_demo(url: str) -> list[Item]:
    """
    The demo world's benchmark: a list of {"id", "image", "image_id", "split", "kind", "true_caption", "false_caption"}.

    Raises InputError when the file is missing or not of this format.
    """
    document = _read(url, "a demo benchmark")
    _require(isinstance(document, list), url, "a demo benchmark", "wanted a list of objects", document)
    items = [_demo_item(url, row, record) for row, record in enumerate(document)]
    return _sound(url, "a demo benchmark", "image, true_caption, false_caption", items)


def read_sugarcrepe(url: str) -> list[Item]:
    """
    One of SugarCrepe's seven files: {"0": {"filename", "caption", "negative_caption"}, …}; the group is its stem.

    The image's id is COCO's, read from its file name. Raises InputError when the file is missing or not of this format.
    """
    document = _read(url, "a SugarCrepe file")
    _require(isinstance(document, dict), url, "a SugarCrepe file", "wanted an object of numbered items", document)
    items = [_sugarcrepe_item(url, row, record) for row, record in enumerate(document.values())]
    return _sound(url, "a SugarCrepe file", "filename, caption, negative_caption", items)


READERS: dict[str, Reader] = {"demo": read_demo, "sugarcrepe": read_sugarcrepe}
"""Benchmarks by the name they are prepared under."""


def _demo_item(url: str, row: int, record: Any) -> Item:
    values = record if isinstance(record, dict) else {}
    image = _text(values, "image")
    return Item(
        item_id=as_text(values.get("id")) or _row_id(url, row),
        image=image,
        image_id=as_text(values.get("image_id")) or _image_stem(image),
        split=_text(values, "split"),
        group=_text(values, "kind"),
        true_caption=_text(values, "true_caption"),
        false_caption=_text(values, "false_caption"),
    )


def _sugarcrepe_item(url: str, row: int, record: Any) -> Item:
    values = record if isinstance(record, dict) else {}
    image = _text(values, "filename")
    name = _image_stem(image)
    return Item(
        item_id=_row_id(url, row),
        image=image,
        image_id=str(int(name)) if name is not None and name.isascii() and name.isdigit() else name,
        split=None,
        group=stem(url),
        true_caption=_text(values, "caption"),
        false_caption=_text(values, "negative_caption"),
    )


def _text(values: dict[str, Any], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _row_id(url: str, row: int) -> str:
    return f"{stem(url)}-{row:012d}"


def _image_stem(image: str | None) -> str | None:
    return None if image is None else PurePosixPath(image).stem or None


def _read(url: str, name: str) -> Any:
    if is_folder(url):
        raise InputError(f"{url}: is a folder, wanted {name}. Give the file itself.")
    try:
        with open_read(url) as file:
            text = file.read().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{url}: no such file. Check the path or URL.") from error
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{url}: not {name} (not JSON: {error}). Check that this is the right file.") from error


def _require(sound: bool, url: str, name: str, wanted: str, document: Any) -> None:
    if not sound:
        raise InputError(f"{url}: not {name} (a JSON {type(document).__name__}, {wanted}). Check the benchmark's NAME.")


def _sound(url: str, name: str, keys: str, items: list[Item]) -> list[Item]:
    """The items; InputError when there is none or when not one of them has what an item needs."""
    if not items:
        raise InputError(f"{url}: holds no items. Check that it was written to the end.")
    if all(None in (item.image, item.true_caption, item.false_caption) for item in items):
        raise InputError(f"{url}: not {name} (no item has {keys}). Check the benchmark's NAME.")
    return items
