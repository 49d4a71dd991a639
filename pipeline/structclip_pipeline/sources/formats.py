"""The formats by name, and how a file's format is found."""

import json
from typing import Any

from structclip_pipeline.sources import FORMATS
from structclip_pipeline.sources.coco import read_coco
from structclip_pipeline.sources.delimited import read_csv, read_tsv
from structclip_pipeline.sources.faults import empty_source
from structclip_pipeline.sources.hf import digest_of_rows, is_hub_dataset, is_saved_dataset, read_hf
from structclip_pipeline.sources.jsonl import read_jsonl
from structclip_pipeline.sources.karpathy import read_karpathy
from structclip_pipeline.sources.parquet import read_parquet
from structclip_pipeline.sources.rows import Columns, Reader
from structclip_pipeline.sources.visual_genome import read_visual_genome
from structclip_pipeline.sources.webdataset import read_webdataset
from structclip_pipeline.storage import describe, fingerprint, is_folder, open_read
from structclip_schemas.errors import InputError

_READERS: tuple[Reader, ...] = (
    read_coco,
    read_karpathy,
    read_csv,
    read_tsv,
    read_jsonl,
    read_parquet,
    read_webdataset,
    read_hf,
    read_visual_genome,
)
READERS: dict[str, Reader] = dict(zip(FORMATS, _READERS, strict=True))
GROUPED = frozenset({"coco", "karpathy", "webdataset", "visual-genome"})
"""Formats whose captions come grouped by image: an image never spans two shards."""

_EXTENSIONS = {
    "csv": "csv",
    "tsv": "tsv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
    "tar": "webdataset",
    "tgz": "webdataset",
}
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_HEAD_BYTES = 1 << 16


def mark_of(url: str, kind: str, columns: Columns) -> dict[str, Any]:
    """
    What a source is known by: its sha256, or that of its rows where it is no single file.

    A tar in a store that keeps ETags is known by size and ETag, so that its pixels are not read for their hash.
    """
    if kind == "hf":
        return {"sha256": digest_of_rows(url, columns)}
    if kind == "webdataset":
        size, mark = fingerprint(url)
        return {"sha256": mark} if size is None else {"size": size, "etag": mark}
    return {"sha256": describe(url).sha256}


def detect_format(url: str) -> str:
    """
    A file's format by its extension, otherwise by its content.

    Raises InputError for an empty file and for content of no known format, FileNotFoundError when there is no file.
    """
    if is_hub_dataset(url) or is_saved_dataset(url):
        return "hf"
    if is_folder(url):
        raise InputError(
            f"{url}: is a folder, wanted a file of captions ({', '.join(READERS)}), or a folder that the datasets "
            "library wrote with save_to_disk."
        )
    with open_read(url) as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise empty_source(url)
    extension = url.rsplit("/", 1)[-1].lower().removesuffix(".gz").rsplit(".", 1)[-1]
    found = _EXTENSIONS.get(extension) or _by_content(head, url)
    if found is None:
        raise InputError(
            f"{url}: format not recognised (its name ends in none of {', '.join(_EXTENSIONS)}, and it is no JSON of "
            f"COCO, Karpathy or Visual Genome). Give --format, one of {', '.join(READERS)}."
        )
    return found


def _by_content(head: bytes, url: str) -> str | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_TAR_MARK, _TAR_MARK_AT):
        return "webdataset"
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    first_line = text.split("\n", 1)[0]
    if text.startswith("{"):
        return "jsonl" if _is_object(first_line) else _kind_of_document(url)
    if text.startswith("[") and '"regions"' in text:
        return "visual-genome"
    if text.startswith("[") or url.lower().endswith(".json"):
        return "coco"
    return next((name for name, mark in (("tsv", "\t"), ("csv", ",")) if mark in first_line), None)


def _is_object(line: str) -> bool:
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and not {"images", "annotations"} & value.keys()


def _kind_of_document(url: str) -> str:
    """Which document it is: karpathy when "sentences" stands in it before any "annotations", coco otherwise."""
    with open_read(url) as file:
        tail = b""
        while chunk := file.read(_HEAD_BYTES):
            window = tail + chunk
            found = {name: window.find(b'"%s"' % name.encode()) for name in ("sentences", "annotations")}
            if found["annotations"] >= 0 or found["sentences"] >= 0:
                first = min((place, name) for name, place in found.items() if place >= 0)
                return "karpathy" if first[1] == "sentences" else "coco"
            tail = window[-16:]
    return "coco"
