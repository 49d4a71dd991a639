"""The noun phrase around an object: determiner, counts, attributes, compound words, noun."""

from collections.abc import Sequence
from itertools import pairwise

from structclip_pipeline.parser.inflection import NUMBERS, singular
from structclip_pipeline.parser.predicates import CLOSED_CLASS
from structclip_pipeline.parser.token_graph import Token, TokenGraph

_DETERMINER_LIST = """
a an the this that these those some any another each every both all no several many few various multiple his her
its their my your our
"""
DETERMINERS = frozenset(_DETERMINER_LIST.split())
"""Words that open a noun phrase."""

_PREDETERMINERS = frozenset(("all", "both", "half", "such"))
_COMPARING = frozenset(("other", "different", "similar", "matching", "same"))
_JOINERS = frozenset((",", "and", "&", "-", "very", "or"))
_ADJECTIVE_LIST = """
opposite left right top bottom back front other far both center middle corner side
"""
_ADJECTIVES = frozenset(_ADJECTIVE_LIST.split())
_STOPPER_LIST = """
and or but is are was were be been being that who which while as it he she they them there 's ' not
"""
_SILENT_HEAD_LIST = """
herd flock pair pairs lot lots row rows set sets pile piles stack stacks crowd variety number couple
plenty dozens hundreds handful collection assortment line group groups school pack team cluster
"""
_SILENT_HEADS = frozenset(_SILENT_HEAD_LIST.split())
"""Heads of partitives that name no object of their own: "a herd of cows" is one phrase."""

_MEASURE_LIST = """
slice piece body bunch loaf bouquet bushel bundle type kind sort selection chunk strip sheet block lump mound heap
portion head stalk sprig bit patch flight fleet swarm host
"""
MEASURES = frozenset(_MEASURE_LIST.split())
"""What things come in, in the singular: "two slices of pizza" is one phrase too, unless slices are objects."""

_STOPPERS = (CLOSED_CLASS - _ADJECTIVES) | frozenset(_STOPPER_LIST.split())
_REACH = 3
_COVERING_LIST = "covered filled lined topped dusted capped drawn strewn packed infested shaped"
_COVERING = frozenset(_COVERING_LIST.split())
"""Participles that join a modifying noun to the noun it modifies ("a snow covered slope")."""

_SUFFIX_LIST = "looking colored coloured sized flavored flavoured shaped"
_SUFFIXES = frozenset(_SUFFIX_LIST.split())
"""Words that make one attribute with the one before them: "a funny looking hat"."""


def find_phrases(tokens: Sequence[Token], graph: TokenGraph, predicate_tokens: frozenset[int]) -> list[tuple[int, int]]:
    """
    The token range of each object's noun phrase.

    No phrase reaches into another object or a predicate's words, but for objects that modify the next: in "a snow
    covered slope" the article is the slope's, whose phrase holds the snow's.
    """
    owned: list[set[int]] = [set() for _ in graph.objects]
    for attribute in graph.attributes:
        owned[attribute.object].update(range(attribute.start, attribute.end))
    words = {i for i in predicate_tokens if tokens[i].text not in DETERMINERS}
    taken = words.union(*(range(start, end) for start, end in graph.objects))
    taken_or_owned = taken.union(*owned)
    starts = [_find_start(tokens, start, owned[i], taken, taken_or_owned) for i, (start, _) in enumerate(graph.objects)]
    for i, ((noun, end), (following, _)) in enumerate(pairwise(graph.objects)):
        between = [tokens[j].text for j in range(end, following)]
        joined = all(word == "-" or word in _COVERING for word in between) and starts[i + 1] >= end
        if joined and (tokens[starts[i]].text in DETERMINERS or not _COVERING.isdisjoint(between)):
            starts[i], starts[i + 1] = noun, starts[i]
    return [(start, end) for start, (_, end) in zip(starts, graph.objects, strict=True)]


def _find_start(tokens: Sequence[Token], noun: int, own: set[int], fixed: set[int], taken: set[int]) -> int:
    start = _extend_start(tokens, noun, own, fixed, taken)
    while start >= 2 and tokens[start - 1].text == "of" and start - 2 not in fixed and _counts(tokens[start - 2].text):
        start = _extend_start(tokens, start - 2, own, fixed, taken)
    return start


def _counts(word: str) -> bool:
    return word in _SILENT_HEADS or singular(word) in MEASURES


def _extend_start(tokens: Sequence[Token], noun: int, own: set[int], fixed: set[int], taken: set[int]) -> int:
    start = noun
    position = noun - 1
    while position >= 0 and (position not in taken or position in own) and position not in fixed:
        text = tokens[position].text
        if text in DETERMINERS:
            before = position - 1
            start = (
                before if before >= 0 and tokens[before].text in _PREDETERMINERS and before not in taken else position
            )
            if not _continues(own, start):
                break
        elif position in own or text in _COMPARING or _is_number(text):
            start = position
        elif not (text in _JOINERS | _SUFFIXES and _continues(own, position)) and not _leads_to_determiner(
            tokens, position, own, taken
        ):
            break
        position -= 1
    return start


def _continues(own: set[int], position: int) -> bool:
    return position - 1 in own or position - 2 in own


def _is_number(text: str) -> bool:
    return text in NUMBERS or text.isdigit()


def _leads_to_determiner(tokens: Sequence[Token], position: int, own: set[int], taken: set[int]) -> bool:
    """Whether plain words lead from here back to a determiner or an attribute of the same object."""
    for i in range(position, max(-1, position - _REACH), -1):
        if i in own or tokens[i].text in DETERMINERS:
            return i < position
        text = tokens[i].text
        if i in taken or text in _STOPPERS or text.endswith("ing") or not text.isalpha():
            return False
    return False
