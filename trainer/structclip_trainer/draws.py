"""Random numbers as functions of what they are for: (seed, epoch, caption_id, purpose), never of order or time."""

import hashlib
import json

import numpy as np

_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def draw_integer(*parts: str | int) -> int:
    """A 64-bit integer that depends on the parts alone (blake2b of their compact JSON)."""
    content = _COMPACT.encode(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def draw_unit(*parts: str | int) -> float:
    """
    A number in [0, 1) that depends on the parts alone.

    >>> draw_unit(0, "a") == draw_unit(0, "a")
    True
    """
    return (draw_integer(*parts) >> 11) / (1 << 53)


def permute(count: int, *parts: str | int) -> np.ndarray:
    """A permutation of range(count), int64, that depends on the parts alone (order of Philox's raw words)."""
    words = np.random.Philox(key=draw_integer(*parts)).random_raw(count)
    return np.argsort(words, kind="stable")
