"""N-grams of captions as 64-bit hashes, all captions of a batch at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

ORDER = 3
NO_NGRAM = np.uint64(0)
"""The hash of no n-gram."""

START = "<s>"
"""What stands before a text's first token."""

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STEPS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """
    Hashed tokens of N texts in one array, each text between a start and an end mark.

    hashes: uint64 (T,). text: int64 (T,), the text each token belongs to. position: int64 (T,), 0 for the start mark.
    """

    hashes: Hashes
    text: NDArray[np.int64]
    position: NDArray[np.int64]


def tokenize(text: str) -> list[str]:
    """Lower-case words and numbers, as the blind check reads them."""
    return _TOKEN.findall(text.lower())


@lru_cache(maxsize=1 << 18)
def hash_token(token: str) -> int:
    """blake2b of a token as an unsigned 64-bit number."""
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little")


def batch_tokens(texts: Sequence[str]) -> TokenBatch:
    """Tokens of many texts, each with its start and end mark."""
    start, end = hash_token(START), hash_token("</s>")
    rows = [[start, *map(hash_token, tokenize(text)), end] for text in texts]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    text = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
    firsts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    hashes = np.fromiter((h for row in rows for h in row), dtype=np.uint64, count=int(lengths.sum()))
    return TokenBatch(hashes, text, np.arange(len(hashes), dtype=np.int64) - firsts)


def hash_ngram(tokens: Sequence[str]) -> np.uint64:
    """The hash of one n-gram of tokens as :func:`tokenize` gives them."""
    hashes = np.array([hash_token(token) for token in tokens], dtype=np.uint64)
    whole = TokenBatch(hashes, np.zeros(len(hashes), np.int64), np.arange(len(hashes)))
    return np.uint64(ngram_hashes(whole, len(hashes))[0][0])


def ngram_hashes(batch: TokenBatch, order: int) -> tuple[Hashes, NDArray[np.int64]]:
    """
    The hashes of all n-grams of one order, and the index of each one's last token.

    An n-gram reaches back no further than its text's start mark: those that would are not there.
    """
    last = np.flatnonzero(batch.position >= order - 1)
    result = np.full(len(last), order, dtype=np.uint64)
    for back in range(order - 1, -1, -1):
        result = _mix(result ^ batch.hashes[last - back])
    return result, last


def _mix(value: Hashes) -> Hashes:
    """splitmix64, without the hash of no n-gram."""
    value = value + _STEPS[2]
    value = (value ^ (value >> np.uint64(30))) * _STEPS[0]
    value = (value ^ (value >> np.uint64(27))) * _STEPS[1]
    value = value ^ (value >> np.uint64(31))
    return np.where(value == NO_NGRAM, np.uint64(1), value)
