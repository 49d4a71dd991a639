"""A scene graph over token indices: what the aligner finds, the network learns and the decoder spells."""

from dataclasses import dataclass

VERB = "V"
"""Stands for the pointed verb's lemma in a predicate template such as ``V on``."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a caption: its lower-cased text and its code-point range."""

    text: str
    start: int
    end: int


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
