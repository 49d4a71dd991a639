"""Datasets of the Hugging Face library ``datasets``: folders written by ``save_to_disk``, and hub repositories."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from structclip_pipeline.sources.arrow_columns import dicts_of, is_text, wanted_columns
from structclip_pipeline.sources.faults import require_columns, wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, row_of, rows_of_captions
from structclip_pipeline.storage import exists, is_folder, join
from structclip_schemas.errors import InputError

NAME = "a dataset saved by save_to_disk"
HUB = "hf://datasets/"
_FOLDER_MARKS = ("dataset_dict.json", "state.json")
_BATCH_ROWS = 4096


def is_saved_dataset(url: str) -> bool:
    """Whether a folder was written by ``save_to_disk``."""
    return is_folder(url) and any(exists(join(url, mark)) for mark in _FOLDER_MARKS)


def is_hub_dataset(url: str) -> bool:
    """
    Whether a URL names a whole repository of the hub, not a file in one.

    >>> is_hub_dataset("hf://datasets/owner/name:config"), is_hub_dataset("hf://datasets/owner/name/train.parquet")
    (True, False)
    """
    return url.startswith(HUB) and url.removeprefix(HUB).rstrip("/").count("/") == 1


def read_hf(url: str, columns: Columns) -> Iterator[SourceRow]:
    """
    Rows of every split in the dataset's order; a list of captions gives as many rows, their ids numbered from 0.

    Without a column ``split`` the split is the dataset's. Pixels are never decoded. Only a hub id is ever downloaded.
    """
    for split, dataset in _splits(url).items():
        schema = dataset.features.arrow_schema
        require_columns(url, columns, schema.names)
        _require_captions(url, columns.caption, schema)
        for values in _dicts(dataset, wanted_columns(columns, schema)):
            yield from _rows({"split": split, **values}, columns)


def digest_of_rows(url: str, columns: Columns) -> str:
    """sha256 of the rows that are read, whose files may differ from one copy of the dataset to the next."""
    digest = hashlib.sha256()
    for split, dataset in _splits(url).items():
        schema = dataset.features.arrow_schema
        require_columns(url, columns, schema.names)
        for values in _dicts(dataset, wanted_columns(columns, schema)):
            digest.update(json.dumps([split, values], sort_keys=True).encode())
    return digest.hexdigest()


def _splits(url: str) -> dict[str | None, Any]:
    """The dataset's splits by name; a lone ``Dataset`` has the name it was saved with, or none."""
    found = _open_folder(url) if not is_hub_dataset(url) and is_folder(url) else _open_hub(url)
    if isinstance(found, dict):
        return dict(found)
    return {None if found.split is None else str(found.split): found}


def _open_folder(url: str) -> Any:
    from datasets import load_from_disk

    try:
        return load_from_disk(url)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise wrong_format(url, NAME, f"{type(error).__name__}: {error}") from error


def _open_hub(url: str) -> Any:
    from datasets import load_dataset

    name, _, configuration = url.removeprefix(HUB).rstrip("/").partition(":")
    if name.count("/") != 1 or name.startswith(("/", ".")):
        raise InputError(
            f"{url}: no such folder, and no hub id (wanted OWNER/NAME or OWNER/NAME:CONFIGURATION). Check the path."
        )
    try:
        return load_dataset(name, configuration or None)
    except Exception as error:  # the library raises whatever its builders and the network raise
        raise InputError(
            f"{url}: cannot be loaded from the hub ({type(error).__name__}: {str(error).splitlines()[0][:300]}). "
            "Check the id, the network and whether the data set is open to you; or save it with save_to_disk and "
            "name the folder."
        ) from error


def _require_captions(url: str, name: str, schema: pa.Schema) -> None:
    kind = schema.field(name).type
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    if not is_text(inner):
        raise InputError(
            f"{url}: column {name!r} is of type {kind}, wanted text or a list of texts. Name another --caption-column."
        )


def _dicts(dataset: Any, names: list[str]) -> Iterator[dict[str, Any]]:
    for table in dataset.select_columns(names).with_format("arrow").iter(batch_size=_BATCH_ROWS):
        for batch in table.to_batches():
            yield from dicts_of(batch)


def _rows(values: dict[str, Any], columns: Columns) -> Iterator[SourceRow]:
    captions = values.get(columns.caption)
    if isinstance(captions, list):
        yield from rows_of_captions(captions, values, columns)
    else:
        yield row_of(values, columns)
