"""Prepositions of a dependency parse, with the words that lead on to their objects: in front of, next to, out of."""

from collections.abc import Iterator, Mapping
from typing import Any

from structclip_pipeline.parser.coordination import list_joined
from structclip_pipeline.parser.places import list_surfaces

_PLACE_LIST = "front top side sides middle bottom back edge end center centre corner left right base rear foot"
_PLACES = frozenset(_PLACE_LIST.split())
_OPENERS = frozenset(("next", "close", "adjacent"))
_LONGEST = 6


def list_prepositions(node: Any) -> Iterator[tuple[Any, Any]]:
    """The first and last token of each preposition below a noun or verb, one token alike for most: next to."""
    for child in node.children:
        if child.dep_ == "prep":
            yield child, child
        elif opens_preposition(child):
            yield child, next(c for c in child.children if c.lower_ == "to")


def opens_preposition(token: Any) -> bool:
    """Whether a token is the "next" of "next to"."""
    return token.lower_ in _OPENERS and any(c.dep_ == "prep" and c.lower_ == "to" for c in token.children)


def read_preposition(first: Any, last: Any, surfaces: Mapping[str, str]) -> tuple[str, list[Any]]:
    """A preposition's words as FACTUAL writes them, and its objects with what is joined to them by "and"."""
    end = last
    while (inner := _find_inner(end)) is not None:
        end = inner
    words = [t.lower_ for t in first.doc[first.i : end.i + 1] if t.dep_ != "det"]
    text = " ".join(words) if len(words) <= _LONGEST else first.lower_
    objects = [c for c in end.children if c.dep_ == "pobj"]
    return surfaces.get(text, text), [t for c in objects for t in (c, *list_joined(c))]


def is_place(noun: Any) -> bool:
    """Whether a noun belongs to a preposition: the "front" of "in front of the house"."""
    return noun.dep_ == "pobj" and _find_of(noun) is not None


def choose_surfaces(surfaces: Mapping[str, str]) -> dict[str, str]:
    """What several words are written as ("in middle of": "on middle of"), and the words for places alone."""
    return {words: template for words, template in surfaces.items() if " " in words} | list_surfaces()


def _find_inner(preposition: Any) -> Any | None:
    """The preposition that this one leads to: the last "of" of "in front of", "out of"."""
    for child in preposition.children:
        if child.dep_ == "pobj":
            return _find_of(child)
    return next((c for c in preposition.children if c.dep_ == "prep" and c.i == preposition.i + 1), None)


def _find_of(noun: Any) -> Any | None:
    near = (c for c in noun.children if c.lower_ == "of" and c.dep_ == "prep" and c.i == noun.i + 1)
    return next(near, None) if noun.lower_ in _PLACES else None
