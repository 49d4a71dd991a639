"""Which candidates of a caption a person might have written: limits of plausibility, with doubts counted in."""

import math
from collections.abc import Container, Sequence
from typing import NamedTuple

from structclip_pipeline.negatives.doubts import GRAVE_DOUBTS, SLIGHT_DOUBTS, find_doubt
from structclip_pipeline.negatives.ngrams import tokenize
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import Variant

MOST_LOST = 11.5
"""Log-probability (nats) that a negative may lose against its caption; measured in docs/decisions.md."""

MOST_OUTDONE = 1.5
"""The same against the caption's best candidate, or against the caption where that is better."""

GRAVE_DOUBT, DOUBT, SLIGHT_DOUBT = 11.0, 8.0, 3.0
"""What a candidate loses beside that (nats) when it is likely to be true of the caption's picture, may well, or may."""


class Weighed(NamedTuple):
    """A candidate and the nats it loses, doubts included."""

    variant: Variant
    lost: float


Ranks = tuple[list[Variant], list[Variant], list[Variant]]
"""Likely, outdone and implausible candidates: each rank is chosen from when the one before it is used up."""


def weigh(graph: SceneGraph, variants: Sequence[Variant], doubtful: Container[str] = ()) -> list[Weighed]:
    """
    The variants of a caption with this graph, weighed; where nothing was counted none loses anything.

    But those whose captions are ``doubtful`` lose everything always.
    """
    return [Weighed(v, math.inf if v.caption in doubtful else lost_likelihood(v) + _doubt(graph, v)) for v in variants]


def _doubt(graph: SceneGraph, variant: Variant) -> float:
    doubt = find_doubt(graph, variant) if variant.plausibility is not None else None
    if doubt is None:
        return 0.0
    if doubt in GRAVE_DOUBTS:
        return GRAVE_DOUBT
    return SLIGHT_DOUBT if doubt in SLIGHT_DOUBTS else DOUBT


def rank_candidates(candidates: Sequence[Weighed]) -> Ranks:
    """
    The likely candidates of a caption, those that another one outdoes, and the implausible.

    Outdone is what loses far more than another: where "a cat on a mat chases a dog" has its "a dog on a mat chases a
    cat", nobody needs "a mat on a cat".
    """
    most = min((candidate.lost for candidate in candidates), default=0.0) + MOST_OUTDONE
    plausible = [candidate for candidate in candidates if candidate.lost <= MOST_LOST]
    return (
        [candidate.variant for candidate in plausible if candidate.lost <= most],
        [candidate.variant for candidate in plausible if candidate.lost > most],
        [candidate.variant for candidate in candidates if candidate.lost > MOST_LOST],
    )


def lost_likelihood(variant: Variant) -> float:
    """
    The log-probability (nats) that a whole variant loses against its caption, at least 0; 0 where nothing was counted.

    Of the whole, not of a token: an exchange touches as many 3-grams of a short caption as of a long one.
    """
    tokens = len(tokenize(variant.caption)) + 1
    return max(-(variant.plausibility or 0.0) * tokens, 0.0)
