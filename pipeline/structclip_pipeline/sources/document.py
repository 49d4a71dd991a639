"""Whole JSON documents, as coco and karpathy are."""

import json
from typing import Any

from structclip_pipeline.sources.faults import wrong_format
from structclip_pipeline.storage import open_read


def read_document(url: str, name: str) -> dict[str, Any]:
    """The JSON object in a file; InputError when it is none. Bytes that are no UTF-8 become lone surrogates."""
    with open_read(url) as file:
        data = file.read()
    try:
        document = decode_json(data)
    except ValueError as error:
        raise wrong_format(url, name, str(error)) from error
    if not isinstance(document, dict):
        raise wrong_format(url, name, f"a JSON {type(document).__name__}, wanted an object")
    return document


def decode_json(data: bytes) -> Any:
    """The JSON value in bytes, those that are no UTF-8 as lone surrogates; ValueError says why there is none."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error


def records_in(document: dict[str, Any], key: str, url: str, name: str) -> list[Any]:
    """A list in a document; InputError that names the keys found when it is missing."""
    records = document.get(key)
    if not isinstance(records, list):
        keys = ", ".join(map(repr, list(document)[:20])) or "none"
        raise wrong_format(url, name, f"no list {key!r} in it; keys found: {keys}")
    return records
