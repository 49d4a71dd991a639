"""Predicates as templates: a pointed verb and closed-class words, and where those words stand in the caption."""

from collections.abc import Sequence

from structclip_pipeline.parser.token_graph import VERB, Token

CLOSED_CLASS = frozenset(
    [
        "about",
        "above",
        "across",
        "after",
        "against",
        "along",
        "alongside",
        "amid",
        "among",
        "around",
        "as",
        "at",
        "away",
        "back",
        "before",
        "behind",
        "below",
        "beneath",
        "beside",
        "besides",
        "between",
        "beyond",
        "bottom",
        "by",
        "close",
        "down",
        "during",
        "edge",
        "end",
        "face",
        "for",
        "from",
        "front",
        "has",
        "have",
        "having",
        "had",
        "in",
        "inside",
        "into",
        "left",
        "like",
        "middle",
        "near",
        "next",
        "of",
        "off",
        "on",
        "onto",
        "opposite",
        "out",
        "outside",
        "over",
        "past",
        "right",
        "side",
        "sides",
        "the",
        "to",
        "top",
        "toward",
        "towards",
        "through",
        "throughout",
        "under",
        "underneath",
        "until",
        "up",
        "upon",
        "via",
        "with",
        "within",
        "without",
        "other",
        "both",
        "center",
        "corner",
        "other",
        "far",
    ]
)
"""Words that a template spells out; any other first word of a predicate is its verb."""

_HAVE_WORDS = ("has", "have", "having", "had", "with")
_REACH = 6


def split_predicate(predicate: str) -> tuple[str | None, str]:
    """
    The verb's lemma (None without one) and the template of a gold predicate.

    >>> split_predicate("sit on"), split_predicate("on top of")
    (('sit', 'V on'), (None, 'on top of'))
    """
    first, _, rest = predicate.partition(" ")
    if first in CLOSED_CLASS:
        return None, predicate
    return first, f"{VERB} {rest}".strip()


def fill_template(template: str, verb: str) -> str:
    """The predicate's lemma: ``V on`` with ``sit`` is ``sit on``."""
    return verb + template[1:] if template.split(" ", 1)[0] == VERB else template


def locate_words(
    tokens: Sequence[Token], template: str, verb: int, head: tuple[int, int], tail: tuple[int, int]
) -> tuple[int, int] | None:
    """Token range of the predicate's words (the hull when gapped), None when no word of it is in the caption."""
    words = template.split()
    if words[0] == VERB:
        return _locate_after_verb(tokens, words[1:], verb)
    if words == ["have"]:
        return _locate_any(tokens, _HAVE_WORDS, head, tail)
    first, last = _region(len(tokens), head, tail)
    found = _find_sequence(tokens, words, first, last, from_right=tail[0] >= head[1])
    if found is None and len(words) > 1:
        found = _find_sequence(tokens, words[:1], first, last, from_right=tail[0] >= head[1])
    return found


def _region(count: int, head: tuple[int, int], tail: tuple[int, int]) -> tuple[int, int]:
    if head[1] <= tail[0]:
        return head[1], tail[0]
    return tail[1], min(count, head[0]) if head[0] > tail[1] else count


def _locate_after_verb(tokens: Sequence[Token], words: list[str], verb: int) -> tuple[int, int] | None:
    if verb < 0:
        return None
    if not words:
        return verb, verb + 1
    found = _find_sequence(tokens, words, verb + 1, min(len(tokens), verb + 1 + _REACH + len(words)), from_right=False)
    return (verb, found[1]) if found else (verb, verb + 1)


def _locate_any(
    tokens: Sequence[Token], words: Sequence[str], head: tuple[int, int], tail: tuple[int, int]
) -> tuple[int, int] | None:
    if head[1] > tail[0]:
        return None
    found = [i for i in range(head[1], tail[0]) if tokens[i].text in words]
    return (found[-1], found[-1] + 1) if found else None


def _find_sequence(
    tokens: Sequence[Token], words: list[str], first: int, last: int, *, from_right: bool
) -> tuple[int, int] | None:
    starts = [i for i in range(first, last) if tokens[i].text == words[0]]
    for start in reversed(starts) if from_right else starts:
        end = _match_from(tokens, words, start, last)
        if end is not None:
            return start, end
    return None


def _match_from(tokens: Sequence[Token], words: list[str], start: int, last: int) -> int | None:
    position = start
    for word in words:
        gap = next((i for i in range(position, min(last, position + 3)) if tokens[i].text == word), None)
        if gap is None:
            return None
        position = gap + 1
    return position
