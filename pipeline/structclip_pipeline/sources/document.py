"""JSON documents: read whole, as coco and karpathy are, or a long list record by record."""

import io
import json
from collections.abc import Iterator
from typing import Any

from structclip_pipeline.sources.faults import wrong_format
from structclip_pipeline.storage import open_read

_CHUNK = 1 << 20


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


def iterate_records(url: str, name: str) -> Iterator[Any]:
    """
    The values of a JSON list, of which one at a time is in memory; InputError when the file is none.

    Bytes that are no UTF-8 become lone surrogates.
    """
    with open_read(url) as file, io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape") as text:
        try:
            yield from _values_of_list(text)
        except (ValueError, RecursionError) as error:
            raise wrong_format(url, name, str(error)) from error


def _values_of_list(text: io.TextIOWrapper) -> Iterator[Any]:
    """ValueError says why the text is no list; a value is taken once the comma or bracket behind it is there."""
    decoder, size = json.JSONDecoder(), _CHUNK
    rest = text.read(size).lstrip()
    if not rest.startswith("["):
        raise ValueError("wanted a JSON list")
    rest, first = rest[1:], True
    while True:
        try:
            value, end = decoder.raw_decode(rest := rest.lstrip())
            after = rest[end:].lstrip()
        except json.JSONDecodeError as error:
            value, after, problem = None, "", error
        else:
            problem = json.JSONDecodeError("the list does not end", rest[-20:], 0)
        if after[:1] in (",", "]") and after:
            yield value
            if after[0] == "]":
                return
            rest, first, size = after[1:], False, _CHUNK
        elif first and rest.startswith("]"):
            return
        elif more := text.read(size):
            rest, size = rest + more, 2 * size
        else:
            raise ValueError(f"not JSON: {problem}")


def records_in(document: dict[str, Any], key: str, url: str, name: str) -> list[Any]:
    """A list in a document; InputError that names the keys found when it is missing."""
    records = document.get(key)
    if not isinstance(records, list):
        keys = ", ".join(map(repr, list(document)[:20])) or "none"
        raise wrong_format(url, name, f"no list {key!r} in it; keys found: {keys}")
    return records
