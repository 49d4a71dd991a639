"""Which candidates become negatives: order within a kind, kinds dealt in turn (DESIGN section 2)."""

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from structclip_schemas.variant import Variant


def keyed_hash(content: list[Any]) -> int:
    """blake2b (8 bytes, read as one big-endian number) of the UTF-8 compact JSON of a list."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def deal(variants: Sequence[Variant], kinds: Sequence[str], caption_id: str, seed: int) -> list[Variant]:
    """
    All candidates in the order in which they are chosen; the first N are the choice of ``--per-caption N``.

    Within a kind: by plausibility (capped at 0, rounded to 0.1, best first) where there is one, then by hash of seed,
    caption, rule and variant. Kinds take turns in table order from the one that the hash of seed and caption names.
    """
    piles = [
        sorted((v for v in variants if v.kind == kind), key=lambda v: _rank(v, caption_id, seed)) for kind in kinds
    ]
    start = keyed_hash([seed, caption_id]) % len(kinds)
    piles = piles[start:] + piles[:start]
    longest = max(map(len, piles), default=0)
    return [pile[turn] for turn in range(longest) for pile in piles if turn < len(pile)]


def _rank(variant: Variant, caption_id: str, seed: int) -> tuple[float, int]:
    implausible = -round(min(variant.plausibility, 0.0), 1) if variant.plausibility is not None else 0.0
    return implausible, keyed_hash([seed, caption_id, variant.rule, variant.caption])
