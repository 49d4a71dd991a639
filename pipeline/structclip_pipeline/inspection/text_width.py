"""How wide a text is in the sans-serif fonts a picture may be shown with, without any font at hand."""

import unicodedata

_NARROW = frozenset("ijlI.,:;'|!()[] ")
_WIDE = frozenset("mwMW@%&")


def text_width(text: str, size: float) -> float:
    """An estimate in the units of the font size ``size``, as wide as bold Helvetica or Arial at most."""
    return size * sum(map(_ems, text))


def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.92
    if character < "\u0250":
        return 0.74 if character.isupper() else 0.59
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.4 if unicodedata.east_asian_width(character) in "WF" else 0.9


def shortened(text: str, characters: int = 32) -> str:
    """
    A text cut to a label's length.

    >>> shortened("in the middle of", 8)
    'in the…'
    """
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"
