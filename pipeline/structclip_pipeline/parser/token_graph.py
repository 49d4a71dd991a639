"""A scene graph over token indices: what the aligner finds, the network learns and the decoder spells."""

from collections.abc import Sequence
from dataclasses import dataclass

VERB = "V"
"""Stands for the pointed verb's lemma in a predicate template such as ``V on``."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a caption: its lower-cased text, mended where it was a typo, and its code-point range."""

    text: str
    start: int
    end: int
    mended: bool = False


@dataclass(frozen=True, slots=True)
class TokenAttribute:
    """Tokens ``start:end`` state a property of ``objects[object]``."""

    object: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TokenRelation:
    """A predicate template between two objects; ``verb`` is the token that fills ``V``, -1 without one."""

    head: int
    tail: int
    template: str
    verb: int


@dataclass(frozen=True, slots=True)
class TokenGraph:
    """Objects are half-open token ranges, in order of start, never overlapping."""

    objects: tuple[tuple[int, int], ...] = ()
    attributes: tuple[TokenAttribute, ...] = ()
    relations: tuple[TokenRelation, ...] = ()


def span_text(tokens: Sequence[Token], start: int, end: int) -> str:
    """The lower-cased words of a token range, one space where the caption has white space between two tokens."""
    parts = [tokens[start].text]
    for i in range(start + 1, end):
        if tokens[i].start > tokens[i - 1].end:
            parts.append(" ")
        parts.append(tokens[i].text)
    return "".join(parts)
