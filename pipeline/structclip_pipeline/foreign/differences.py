"""From a foreign negative to the edits of the contract: its spacing mended, then a difference over words."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from structclip_pipeline.negatives.editing import Replacement, build_edits
from structclip_pipeline.negatives.words import tokens
from structclip_schemas.edits import Edit, apply_edits

_PIECE = re.compile(r"\w+|[^\w\s]")
_CLOSING = frozenset(",.;:!?)")
_LONGEST_EXCHANGE = 64

Token = tuple[str, int, int]
Range = tuple[int, int]
Block = tuple[Range, Range]
"""A range of the caption's tokens and the range of the negative's tokens that stands in its place."""


def edits_between(caption: str, negative: str) -> tuple[Edit, ...]:
    """
    The edits that lead from a caption to a negative, up to white space; two where two spans changed places.

    Words both have in the same order keep the caption's white space, so that a tokenizer's ("yak .") is no edit.

    >>> [(e.before, e.after) for e in edits_between("A child petting a yak.", "A yak petting a child .")]
    [('child', 'yak'), ('yak', 'child')]
    """
    negative = respace(caption, negative)
    old, new = tokens(caption), tokens(negative)
    edits = _edits(caption, negative, old, new)
    wanted = [text for text, _, _ in new]
    if edits is not None and [text for text, _, _ in tokens(apply_edits(caption, edits))] == wanted:
        return edits
    return build_edits(caption, [Replacement(0, len(caption), negative)])


def respace(caption: str, negative: str) -> str:
    """
    The negative with the caption's words that a tokenizer took apart put together again.

    >>> respace("a close-up of a dog's nose", "a nose of a dog 's close - up")
    "a nose of a dog's close-up"
    """
    for word in dict.fromkeys(text for text, _, _ in tokens(caption)):
        pieces = _PIECE.findall(word)
        if len(pieces) > 1:
            apart = r"\s*".join(map(re.escape, pieces))
            negative = re.sub(rf"(?<!\w){apart}(?!\w)", word.replace("\\", r"\\"), negative)
    return negative


def _edits(caption: str, negative: str, old: Sequence[Token], new: Sequence[Token]) -> tuple[Edit, ...] | None:
    replacements, insertions = [], []
    for (i1, i2), (j1, j2) in _blocks([t for t, _, _ in old], [t for t, _, _ in new]):
        if i1 == i2:
            insertions.append(_insertion(old, i1, negative[new[j1][1] : new[j2 - 1][2]]))
        else:
            replacements.append(Replacement(old[i1][1], old[i2 - 1][2], _text(caption, negative, old, new[j1:j2])))
    edits = sorted([*build_edits(caption, replacements), *insertions])
    touching = any(a.end >= b.start for a, b in pairwise(edits))
    return None if touching else tuple(edits)


def _blocks(old: list[str], new: list[str]) -> list[Block]:
    """Where the two differ, in order; an exchange of two spans is found as such, case aside."""
    exchange = _exchanged([t.lower() for t in old], [t.lower() for t in new])
    if exchange is None:
        opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        return [((i1, i2), (j1, j2)) for what, i1, i2, j1, j2 in opcodes if what != "equal"]
    (a, b), (c, d) = exchange
    left, right = ((a, b), (a, a + d - c)), ((c, d), (d - b + a, d))
    shift = (d - c) - (b - a)
    same = [(i, i) for i in range(a)] + [(i, i + shift) for i in range(b, c)] + [(i, i) for i in range(d, len(old))]
    recased = [((i, i + 1), (j, j + 1)) for i, j in same if old[i] != new[j]]
    return sorted([left, right, *recased])


def _exchanged(old: Sequence[str], new: Sequence[str]) -> tuple[Range, Range] | None:
    """The two shortest ranges of the old words whose exchange gives the new ones; None when there are none."""
    if len(old) != len(new) or old == new:
        return None
    differing = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    start, end = differing[0], differing[-1] + 1
    first, second, length = old[start:end], new[start:end], end - start
    for moved in range(2, min(length, _LONGEST_EXCHANGE) + 1):
        for x in range(1, moved):
            y = moved - x
            if second == [*first[length - y :], *first[x : length - y], *first[:x]]:
                return (start, start + x), (end - y, end)
    return None


def _insertion(old: Sequence[Token], index: int, text: str) -> Edit:
    """Text put behind the word before it, or in front of the caption's first."""
    if not old:
        return Edit(0, 0, "", text)
    if not index:
        return Edit(old[0][1], old[0][1], "", text + " ")
    place = old[index - 1][2]
    return Edit(place, place, "", text if text[0] in _CLOSING else " " + text)


def _text(caption: str, negative: str, old: Sequence[Token], moved: Sequence[Token]) -> str:
    """What the negative has in a place: with the caption's own spacing where the words stand in it as they are."""
    if not moved:
        return ""
    words, count = [t for t, _, _ in moved], len(moved)
    for start in range(len(old) - count + 1):
        if [t for t, _, _ in old[start : start + count]] == words:
            return caption[old[start][1] : old[start + count - 1][2]]
    return negative[moved[0][1] : moved[-1][2]]
