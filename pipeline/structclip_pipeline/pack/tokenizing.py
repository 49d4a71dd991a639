"""Token ids of captions, negatives, positives and phrases, made once instead of in every epoch."""

from functools import lru_cache
from itertools import accumulate, islice
from typing import Any

import pyarrow as pa

from structclip_pipeline.storage import exists, join, read_text
from structclip_schemas.errors import InputError
from structclip_schemas.tokens import TOKENS, tokenizer_hash

_IMAGES = 512  # at once: what is in memory as Python values
_PARTS = ("head", "relation", "tail")


def hash_of(model: str) -> str:
    """The hash of a model's tokenizer. Raises InputError when there is none."""
    return tokenizer_hash(load_tokenizer(model).backend_tokenizer.to_str())


@lru_cache(maxsize=1)
def load_tokenizer(model: str) -> Any:
    """The tokenizer of ``--tokenizer``: a folder with tokenizer.json, or an id of the hub."""
    try:
        from transformers import AutoTokenizer
        from transformers.utils import logging
    except ImportError as error:
        raise InputError(f'--tokenizer {model}: needs transformers. pip install "structclip[all]".') from error
    logging.set_verbosity_error()  # a run's folder is no model that transformers knows, but it has a tokenizer
    try:
        tokenizer = AutoTokenizer.from_pretrained(_folder_of(model))
    except (OSError, ValueError, KeyError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"--tokenizer {model}: does not load ({said}). Wanted a model's folder with tokenizer.json, or a hub id."
        ) from error
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise InputError(f"--tokenizer {model}: no fast tokenizer. Wanted a folder with tokenizer.json, or a hub id.")
    return tokenizer


def _folder_of(model: str) -> str:
    """The folder of the newest checkpoint where the model is a run, else the model itself."""
    latest = join(model, "latest")
    return join(model, f"checkpoints/{read_text(latest).strip()}") if exists(latest) else model


def token_column(captions: pa.Table, counts: list[int], model: str, wanted: str) -> pa.ChunkedArray:
    """
    The column tokens of images with ``counts`` captions each.

    Raises InputError when the tokenizer found here is not the one of hash ``wanted`` that was planned with.
    """
    if hash_of(model) != wanted:
        raise InputError(f"--tokenizer {model}: not the tokenizer that the run was planned with. Give all workers it.")
    tokenizer, starts, chunks = load_tokenizer(model), [0, *accumulate(counts)], []
    for at in range(0, len(counts), _IMAGES):
        part = counts[at : at + _IMAGES]
        rows = captions.slice(starts[at], sum(part)).select(["caption", "triples", "negatives", "positives"])
        chunks.append(_tokens_of(iter(rows.to_pylist()), part, tokenizer))
    return pa.chunked_array(chunks, TOKENS.type)


def _tokens_of(rows: Any, counts: list[int], tokenizer: Any) -> pa.Array:
    images = [list(islice(rows, count)) for count in counts]
    phrases = [_phrases(image) for image in images]
    texts = _Ids(tokenizer, [text for image in images for row in image for text in _texts(row)], special=True)
    pieces = _Ids(tokenizer, [phrase for image in phrases for phrase in image], special=False)
    found = [
        {
            "captions": [_caption_ids(row, texts) for row in image],
            "phrases": [{"text": phrase, "ids": pieces[phrase]} for phrase in own],
        }
        for image, own in zip(images, phrases, strict=True)
    ]
    return pa.array(found, TOKENS.type)


class _Ids(dict[str, list[int]]):
    """Token ids by text, each distinct one tokenized once."""

    def __init__(self, tokenizer: Any, texts: list[str], *, special: bool) -> None:
        distinct = list(dict.fromkeys(texts))
        ids = tokenizer(distinct, add_special_tokens=special, verbose=False)["input_ids"] if distinct else []
        super().__init__(zip(distinct, ids, strict=True))


def _texts(row: dict[str, Any]) -> list[str]:
    return [row["caption"], *(v["caption"] for v in (*row["negatives"], *row["positives"]))]


def _caption_ids(row: dict[str, Any], ids: dict[str, list[int]]) -> dict[str, Any]:
    variants = {name: [ids[v["caption"]] for v in row[name]] for name in ("negatives", "positives")}
    return {"caption": ids[row["caption"]], **variants}


def _phrases(image: list[dict[str, Any]]) -> list[str]:
    found = [
        triple[part]
        for row in image
        for owner in (row, *row["negatives"], *row["positives"])
        for triple in owner["triples"]
        for part in _PARTS
    ]
    return list(dict.fromkeys(found))
