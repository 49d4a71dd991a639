"""Nouns that count or measure another: "group of people", "slice of cake", "bowl of fruit"."""

from typing import Any

_SILENT_LIST = "bunch pair set row rows lot lots herd flock crowd stack variety"
_SILENT = frozenset(_SILENT_LIST.split())
_PHRASES = frozenset(("group", "couple"))
_WORDS = frozenset(("piece", "pieces", "slice", "slices", "part", "patch", "pile"))
_PARTITIVES = _SILENT | _PHRASES | _WORDS
_HOLDERS = {"plate": "on"} | dict.fromkeys(
    ("bowl", "cup", "glass", "bottle", "box", "basket", "bag", "vase", "pot", "can", "jar", "line"), "in"
)

_NOUN_TAGS = ("NOUN", "PROPN")


def find_holder(noun: Any) -> str | None:
    """How what follows "of" is held: on the plate, in the bowl; None when the noun holds nothing."""
    return _HOLDERS.get(noun.lower_)


def is_partitive(noun: Any, preposition: Any) -> bool:
    """Whether a noun and the "of" after it count another noun."""
    return noun.lower_ in _PARTITIVES and preposition.lower_ == "of" and preposition.i == noun.i + 1


def find_quantity(noun: Any) -> tuple[Any, int] | None:
    """First token and width of what FACTUAL keeps as a property ("group of", "slice"); most partitives are silent."""
    partitive = climb_partitive(noun)
    if partitive is noun or partitive.lower_ in _SILENT:
        return None
    return partitive, 2 if partitive.lower_ in _PHRASES else 1


def climb_partitive(noun: Any) -> Any:
    """The noun that counts this one, or the noun itself: what its dependents hang on."""
    of = noun.head
    return of.head if noun.dep_ == "pobj" and is_partitive(of.head, of) else noun


def descend_partitive(noun: Any) -> Any:
    """The noun that a partitive counts ("group of people": people), or the noun itself."""
    of = next((c for c in noun.children if c.dep_ == "prep" and is_partitive(noun, c)), None)
    return noun if of is None else next((c for c in of.children if c.dep_ == "pobj" and c.pos_ in _NOUN_TAGS), noun)
