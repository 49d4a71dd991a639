"""The released Structure-CLIP files: a JSON list of captions, each with one false caption and triples for both."""

from typing import Any

from structclip_pipeline.foreign.records import ForeignNegative, ForeignRow, image_id_of, read_bytes, wrong_file
from structclip_pipeline.sources.document import decode_json
from structclip_pipeline.sources.rows import as_text

NAME = "a Structure-CLIP JSON file (a list with true_caption and false_caption)"
KIND = "pos_swap"

_TRUE, _FALSE = ("true_caption", "text"), ("false_caption", "neg_text")


def read_structure_clip(url: str) -> list[ForeignRow]:
    """
    Rows of a released file in order; both of its forms (true_caption, false_caption; text, neg_text) are known.

    Raises InputError when it is not of this format.
    """
    records = read_json_list(url, NAME)
    if not any(isinstance(r, dict) and _first(r, _TRUE) and _first(r, _FALSE) for r in records):
        keys = ", ".join(records[0]) if records and isinstance(records[0], dict) else "no object"
        raise wrong_file(url, NAME, f"no record has true_caption and false_caption; the first has {keys}")
    return [_row(record) for record in records]


def read_json_list(url: str, name: str) -> list[Any]:
    """The JSON list in a file; InputError when it is none."""
    data = read_bytes(url, name)
    try:
        content = decode_json(data)
    except ValueError as error:
        raise wrong_file(url, name, str(error)) from error
    if not isinstance(content, list):
        raise wrong_file(url, name, f"a JSON {type(content).__name__}, wanted a list")
    return content


def _row(record: Any) -> ForeignRow:
    if not isinstance(record, dict):
        return ForeignRow(None, None, None, None, unreadable=f"a {type(record).__name__}, wanted an object")
    image, false = as_text(record.get("image_path") or record.get("image")), _first(record, _FALSE)
    triples = record.get("true_triples")
    return ForeignRow(
        caption_id=None,
        image_id=as_text(record.get("image_id")) or image_id_of(image),
        image=image,
        caption=_first(record, _TRUE),
        negatives=() if false is None else (ForeignNegative(false, KIND),),
        not_made=false is None,
        triples_unchanged=triples is not None and triples == record.get("false_triples"),
    )


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((record[key] for key in keys if isinstance(record.get(key), str) and record[key]), None)
