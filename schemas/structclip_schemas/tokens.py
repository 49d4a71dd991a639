"""Token ids stored beside packed captions: the column, and the hash that says whose ids they are."""

import hashlib
import json

import pyarrow as pa

from structclip_schemas.manifest import canonical_json

TOKENIZER_KEY = "structclip.tokenizer"
"""File metadata: the hash of the tokenizer. The manifest's parameters hold it as ``tokenizer``."""

_ids = pa.list_(pa.int32())
_CAPTION = pa.struct([("caption", _ids), ("negatives", pa.list_(_ids)), ("positives", pa.list_(_ids))])
_PHRASE = pa.struct([("text", pa.string()), ("ids", _ids)])

TOKENS = pa.field("tokens", pa.struct([("captions", pa.list_(_CAPTION)), ("phrases", pa.list_(_PHRASE))]))
"""
An optional column of packed: ``captions`` as the column captions has them, texts with the tokenizer's special tokens
and not cut; ``phrases`` every distinct head, relation and tail of the image's triples (captions', negatives' and
positives'), in order of appearance, without special tokens.
"""


def tokenizer_hash(serialised: str) -> str:
    """
    The sha256 of a fast tokenizer's own JSON (``backend_tokenizer.to_str()``) without what a call to it sets.

    >>> tokenizer_hash('{"model": {}, "padding": null}') == tokenizer_hash('{"padding": {"length": 7}, "model": {}}')
    True
    """
    content = {k: v for k, v in json.loads(serialised).items() if k not in ("padding", "truncation")}
    return hashlib.sha256(canonical_json(content).encode("utf-8", "surrogatepass")).hexdigest()


def cut_tokens(ids: list[int], longest: int) -> list[int]:
    """
    Token ids cut to ``longest`` with the end token kept, as tokenizers truncate.

    >>> cut_tokens([0, 5, 6, 7, 9], 3)
    [0, 5, 9]
    """
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]
