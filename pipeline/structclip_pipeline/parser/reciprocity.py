"""
Things related to their own kind: in "two trains next to each other" trains are next to trains, as FACTUAL says.

So they are in "two trains side by side".
"""

from collections.abc import Sequence

from structclip_pipeline.parser.inflection import NUMBERS, singular
from structclip_pipeline.parser.negation import NOT
from structclip_pipeline.parser.phrases import DETERMINERS
from structclip_pipeline.parser.predicates import CLOSED_CLASS
from structclip_pipeline.parser.token_graph import VERB, Token, TokenGraph, TokenRelation

_PRONOUNS = frozenset((("each", "other"), ("one", "another")))
_SIDES = frozenset((("side", "by", "side"), ("side", "to", "side")))
_BESIDE = ("side", "by", "side", "with")
_MANNERS = frozenset(("together", "close"))
_NO_VERBS = DETERMINERS | frozenset(NUMBERS) | {"all", "both", "there"}
_UNMARKED = frozenset(("sheep", "fish", "deer", "cattle"))
"""Plurals that look like singulars."""

_BE = frozenset(("is", "are", "was", "were", "being", "be"))


def relate_to_own_kind(tokens: Sequence[Token], graph: TokenGraph) -> TokenGraph:
    """
    The graph with a relation of an object to itself for each "each other", "one another" and "side by side" behind it.

    Two things joined by "and" ("a man and a woman facing each other") are related to each other, if they are not yet.
    """
    texts = [t.text for t in tokens]
    for at in range(len(texts) - 1):
        if (texts[at], texts[at + 1]) in _PRONOUNS:
            first = _find_first(texts, at)
            graph = _relate(texts, graph, first, texts[first:at])
        elif _stand_side_by_side(texts, graph, at):
            graph = _relate(texts, _without_attributes(graph, at, at + 3), at, _BESIDE)
    return graph


def _stand_side_by_side(texts: Sequence[str], graph: TokenGraph, at: int) -> bool:
    """
    Whether "side by side" is said of several things before it.

    Not of what follows ("two side by side sinks"), not beside a thing that is named or meant by "each other", and not
    of what swings "from side to side".
    """
    if tuple(texts[at : at + 3]) not in _SIDES or texts[at - 1 : at] == ["from"]:
        return False
    behind = texts[at + 3 : at + 4]
    nearest = _find_nearest(graph, at)
    if behind in (["with"], ["to"], ["next"]) or nearest is None or _describes_next(graph, at + 3):
        return False
    head, tail = _find_partners(texts, graph, nearest)
    noun = texts[graph.objects[head][1] - 1]
    return head != tail or singular(noun) != noun or noun in _UNMARKED


def _describes_next(graph: TokenGraph, at: int) -> bool:
    """Whether an object, maybe behind attributes, comes next."""
    said = {i for a in graph.attributes for i in range(a.start, a.end)}
    while at in said:
        at += 1
    return any(start == at for start, _ in graph.objects)


def _without_attributes(graph: TokenGraph, start: int, end: int) -> TokenGraph:
    kept = tuple(a for a in graph.attributes if not (start <= a.start and a.end <= end))
    return TokenGraph(graph.objects, kept, graph.relations)


def _find_first(texts: Sequence[str], pronoun: int) -> int:
    """Where the prepositions before a pronoun begin."""
    first = pronoun
    while first and texts[first - 1] in CLOSED_CLASS:
        first -= 1
    return first


def _relate(texts: Sequence[str], graph: TokenGraph, first: int, words: Sequence[str]) -> TokenGraph:
    """The graph with a relation by ``words`` and a verb that may stand before ``first``; none where it is denied."""
    place = first - 1
    while place > 0 and (texts[place] in _MANNERS or texts[place].endswith("ly")):
        place -= 1
    if place >= 0 and texts[place] in NOT:
        return graph
    verb = place if _is_verb(texts, graph, place) else -1
    nearest = _find_nearest(graph, first if verb < 0 else verb)
    if nearest is None or not (words or verb >= 0):
        return graph
    template = " ".join([VERB, *words] if verb >= 0 else words)
    head, tail = _find_partners(texts, graph, nearest)
    if head != tail and any({r.head, r.tail} == {head, tail} for r in graph.relations):
        return graph
    attributes = tuple(a for a in graph.attributes if not (a.object in (head, tail) and a.start <= verb < a.end))
    return TokenGraph(graph.objects, attributes, (*graph.relations, TokenRelation(head, tail, template, verb)))


def _is_verb(texts: Sequence[str], graph: TokenGraph, place: int) -> bool:
    """Whether a word is a verb: no form of be, preposition, determiner or number, and no part of an object."""
    if place < 0 or texts[place] in _BE | CLOSED_CLASS | _NO_VERBS or not texts[place].isalpha():
        return False
    return not any(start <= place < end for start, end in graph.objects)


def _find_nearest(graph: TokenGraph, before: int) -> int | None:
    return max((i for i, (_, end) in enumerate(graph.objects) if end <= before), default=None)


def _find_partners(texts: Sequence[str], graph: TokenGraph, nearest: int) -> tuple[int, int]:
    """Who has each other: the nearest object, or what it is the place of ("men in shirts"), or two joined by "and"."""
    if nearest and "and" in texts[graph.objects[nearest - 1][1] : graph.objects[nearest][0]]:
        return nearest - 1, nearest
    of = (r.head for r in graph.relations if r.tail == nearest and r.head < nearest and r.verb < 0)
    subject = next(of, nearest)
    return subject, subject
