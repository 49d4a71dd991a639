"""
Exchange two objects that "and" or "or" joins: "a cat and a dog", "a dog and a cat"; the meaning stays.

The graph has to say the same of both, and nothing may hang on one of them by standing beside it alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from structclip_pipeline.negatives import rules
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import (
    ANIMATE,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    MASS,
    POSTURES,
    QUANTIFIERS,
)
from structclip_pipeline.negatives.number import (
    EITHER,
    PLURAL,
    SINGULAR,
    noun_number,
    object_number,
    third_person,
    verb_number,
)
from structclip_pipeline.negatives.repair import article_repairs, exchange_spans
from structclip_pipeline.negatives.words import starts_sentence, word_after, word_before
from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.variant import Element

KIND, RULE = "reorder_objects", "reorder-objects/1"
_CONJUNCTION = re.compile(r"(?:^|\s)(and|or|&)\s")
_JOINERS = re.compile(r"\band\b|\bor\b|&|,|\s")
_ENDS = frozenset(["", ".", "!", ";", "while", "as", "but", "when"])
_PLURAL_AUXILIARIES = frozenset(["are", "were", "have", "aren't", "weren't", "haven't"])
_PLACES = frozenset(["on", "in", "at", "inside", "under", "behind", "near", "beside", "by", "next", "atop", "outside"])
_COMPARING = frozenset(["other", "another", "second", "same", "different", "own", "respective", "both", "each", "such"])
_VERBS = frozenset(third_person(v) for v in POSTURES | {"smile", "jump", "wave", "watch", "laugh", "catch", "reach"})


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two objects with what belongs to them ("a plate of food"), the first one first."""

    caption: str
    graph: SceneGraph
    indices: tuple[int, int]
    items: tuple[SceneObject, SceneObject]


def reorder_objects(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of two coordinated objects, and the reason of every one that is refused."""
    items = [rules.with_complement(caption, graph, k) for k in range(len(graph.objects))]
    for i, j in combinations(range(len(items)), 2):
        if not is_coordination(caption, items, i, j):
            continue
        pair = _Pair(caption, graph, (i, j), (items[i], items[j]))
        reason = forbidden_order(pair)
        moved = None if reason else _moved(pair)
        if reason or moved is None:
            yield Refusal(KIND, reason or "determiner")
            continue
        left, right = Element("object", i), Element("object", j)
        replacements = (*moved, *article_repairs(caption, moved[:1]))
        yield Exchange(KIND, RULE, left, right, replacements, graph.triples())


def is_coordination(caption: str, items: list[SceneObject], i: int, j: int) -> bool:
    """Whether only commas, other members of a list and, before the last, "and" or "or" stand between two phrases."""
    start, end = items[i].phrase_end, items[j].phrase_start
    if start >= end:
        return False
    between = [o for o in items if start <= o.phrase_start and o.phrase_end <= end]
    last = max((o.phrase_end for o in between), default=start)
    text = caption[start:end]
    for item in sorted(between, key=lambda o: -o.phrase_start):
        text = text[: item.phrase_start - start] + "," + text[item.phrase_end - start :]
    return bool(_CONJUNCTION.search(caption, last, end)) and not _JOINERS.sub("", text)


def forbidden_order(pair: _Pair) -> str | None:
    """The name of the first rule that forbids exchanging two coordinated objects, or None."""
    caption, graph, items = pair.caption, pair.graph, pair.items
    checks: rules.Checks = (
        ("pronoun", lambda: any(rules.is_pronoun(o) or rules.is_possessor(caption, o) for o in items)),
        ("no-noun", lambda: any(rules.is_no_noun(caption, o) or rules.is_placeless(o) for o in items)),
        ("possessive", lambda: any(rules.possessed(caption, o) for o in items)),
        ("list", lambda: not _is_plain_list(pair)),
        ("complement", lambda: _shares_complement(pair)),
        ("verb", lambda: _may_be_verb(caption, items[1])),
        ("comparison", lambda: any(_compares(caption, o) for o in items)),
        ("overlap", lambda: rules.overlap(*items)),
        ("nested-object", lambda: any(rules.holds_another(graph, k) for k in pair.indices)),
        ("loose-attribute", lambda: len({_loose(graph, k) for k in pair.indices}) > 1),
        ("not-parallel", lambda: len({_links(pair, side) for side in (0, 1)}) > 1),
        ("pronoun-reference", lambda: rules.breaks_reference(caption, graph, pair.indices)),
        (
            "unclear-phrase",
            lambda: not rules.has_clear_edges(caption, graph, items[0].phrase_start, items[1].phrase_end),
        ),
        ("number", lambda: _agrees_with_first(pair)),
        ("before", lambda: not _is_known_before(pair)),
        ("behind", lambda: not _is_known_behind(pair)),
    )
    return rules.first_that_holds(checks)


def _is_plain_list(pair: _Pair) -> bool:
    """One conjunction, no comma within the phrases, and no "of" behind a member of a list of three."""
    caption, (first, second) = pair.caption, pair.items
    joint = caption[first.phrase_end : second.phrase_start]
    ends = [pair.graph.objects[k].phrase_end for k in pair.indices]
    extended = [first.phrase_end, second.phrase_end] != ends
    commas = any("," in caption[o.phrase_start : o.phrase_end] for o in pair.items)
    return len(_CONJUNCTION.findall(joint)) == 1 and not commas and not (extended and "," in joint)


def _shares_complement(pair: _Pair) -> bool:
    """Whether the second may belong under the first's "of", as in "figures of a man and a horse"."""
    caption, (first, second) = pair.caption, pair.items
    if first.phrase_end == pair.graph.objects[pair.indices[0]].phrase_end:
        return False
    last = max((o for o in pair.graph.objects if o.phrase_end <= first.phrase_end), key=lambda o: o.phrase_end)
    return _is_determined(caption, last) == _is_determined(caption, second)


def _may_be_verb(caption: str, item: SceneObject) -> bool:
    """A second verb that the parser took for an object: "rides on a skateboard and smiles"."""
    return caption[item.phrase_start : item.phrase_end].lower() in _VERBS


def _compares(caption: str, item: SceneObject) -> bool:
    return bool(_COMPARING & set(caption[item.phrase_start : item.phrase_end].lower().split()))


def _loose(graph: SceneGraph, index: int) -> frozenset[tuple[int, int]]:
    """The spans of the object's attributes outside its phrase."""
    item = graph.objects[index]
    spans = {(a.start, a.end) for a in graph.attributes if a.object == index}
    return frozenset(s for s in spans if not item.phrase_start <= s[0] <= s[1] <= item.phrase_end)


def _links(pair: _Pair, side: int) -> frozenset[tuple[str, int, int, int]]:
    """What the graph says of one of the pair and an object outside: role, span of the predicate, the other object."""
    index, item = pair.indices[side], pair.items[side]
    inside = {
        k
        for k, o in enumerate(pair.graph.objects)
        if item.phrase_start <= o.phrase_start and o.phrase_end <= item.phrase_end
    } | set(pair.indices)
    heads = {("head", r.start, r.end, r.tail) for r in pair.graph.relations if r.head == index and r.tail not in inside}
    tails = {("tail", r.start, r.end, r.head) for r in pair.graph.relations if r.tail == index and r.head not in inside}
    return frozenset(heads | tails)


def _agrees_with_first(pair: _Pair) -> bool:
    """Whether a verb before the first agrees with it alone ("there is a cat and two dogs"), or "or" with the last."""
    numbers = {object_number(pair.caption, o) for o in pair.items}
    word = word_before(pair.caption, pair.items[0].phrase_start)[0].lower()
    joint = pair.caption[pair.items[0].phrase_end : pair.items[1].phrase_start].split()
    return len(numbers) > 1 and (word in FINITE_AUXILIARIES or word == "there's" or "or" in joint)


def _is_known_before(pair: _Pair) -> bool:
    """
    Whether both parts are known to stand under what comes before them.

    The start, "there is", a list's other members, or words of a relation that has both as its end.
    """
    caption, (first, second) = pair.caption, pair.items
    word, start, end = word_before(caption, first.phrase_start)
    if starts_sentence(caption, first.phrase_start) or word.lower() in ("while", "as"):
        return True
    if word == ",":
        return any(not caption[o.phrase_end : start].strip() for o in _partners(pair) if o.phrase_end <= start)
    if word.lower() in FINITE_AUXILIARIES | {"there's"}:
        return word_before(caption, start)[0].lower() in ("there", "here") or word.lower() == "there's"
    tails = [r for r in pair.graph.relations if r.tail == pair.indices[0] and r.start <= start and end <= r.end]
    of = word.lower() == "of" and _is_determined(caption, first) != _is_determined(caption, second)
    return bool(tails) and not of


def _partners(pair: _Pair) -> list[SceneObject]:
    """The objects outside the pair of which the graph says, with the same words, what it says of the first."""
    graph = pair.graph

    def links(index: int) -> set[tuple[str, int, int, int]]:
        heads = {("head", r.start, r.end, r.tail) for r in graph.relations if r.head == index and r.text}
        return heads | {("tail", r.start, r.end, r.head) for r in graph.relations if r.tail == index and r.text}

    shared = links(pair.indices[0])
    return [o for k, o in enumerate(graph.objects) if k not in pair.indices and shared and links(k) == shared]


def _is_known_behind(pair: _Pair) -> bool:
    """
    Whether what follows the second is said of both.

    The end, a clause of its own, a plural verb, or a predicate of place or posture that the graph gives to both.
    """
    caption, graph = pair.caption, pair.graph
    word, start, _ = word_after(caption, pair.items[1].phrase_end)
    lower = word.lower()
    if lower in _ENDS or lower in _PLURAL_AUXILIARIES:
        return True
    if lower in CONJUNCTIONS | FINITE_AUXILIARIES or not word[0].isalnum():
        return False
    for r in graph.relations:
        if r.start == start and r.head == pair.indices[0] and r.text:
            verb = r.lemma.split()[0]
            plural = verb_number(word, verb) == PLURAL
            return lower in _PLACES or (_are_alike(pair) and (plural or verb in POSTURES))
    return False


def _are_alike(pair: _Pair) -> bool:
    """Whether both can do what one does: both live, or neither does."""
    return len({o.lemma.lower().split()[-1] in ANIMATE for o in pair.items}) == 1


def _is_determined(caption: str, item: SceneObject) -> bool:
    words = caption[item.phrase_start : item.end].lower().split()
    return bool(words) and (words[0] in DETERMINERS | QUANTIFIERS or words[0].isdigit())


def _is_described(caption: str, item: SceneObject) -> bool:
    """Whether words other than a determiner stand before the noun, or an "of" behind it."""
    before = caption[item.phrase_start : item.end].split()
    return len(before) > 1 + int(_is_determined(caption, item)) or item.phrase_end > item.end


def _moved(pair: _Pair) -> list[Replacement] | None:
    """
    The phrases in each other's place; None where a word of the first might be said of both, or a noun would stand bare.

    "A knife and fork" keeps its article in place; "a table and chairs" gives "chairs and a table".
    """
    caption, (first, second) = pair.caption, pair.items
    whole = (first.phrase_start, first.phrase_end), (second.phrase_start, second.phrase_end)
    determined = _is_determined(caption, first), _is_determined(caption, second)
    described = _is_described(caption, first), _is_described(caption, second)
    mass = [o.lemma.lower() in MASS for o in pair.items]
    bare = [not determined[side] and noun_number(o.text) != PLURAL for side, o in enumerate(pair.items)]
    if determined == (False, False) and noun_number(first.text) != noun_number(second.text) and not any(mass):
        return None
    if determined[0] == determined[1] and (determined[0] or described[0] == described[1]):
        return exchange_spans(caption, *whole)
    if "of" in caption[first.phrase_start : first.start].lower().split() and not determined[1]:
        return _moved_nouns(pair) if not described[1] and noun_number(first.text) == noun_number(second.text) else None
    if determined == (False, True):
        return None if bare[0] and not mass[0] else exchange_spans(caption, *whole)
    if determined[0] and not bare[1] and _is_one(caption, first):
        return exchange_spans(caption, *whole)
    return None if any(described) or mass[0] != mass[1] or not determined[0] else _moved_nouns(pair)


def _may_be_one(noun: str) -> bool:
    """A singular, or a noun like "zebra" that captions use for many but that has a plural; "sheep" has none."""
    number = noun_number(noun)
    return number == SINGULAR or (number == EITHER and inflect_noun(noun, PLURAL) not in (None, noun))


def _is_one(caption: str, item: SceneObject) -> bool:
    return caption[item.phrase_start : item.phrase_end].split()[0].lower() in ("a", "an")


def _moved_nouns(pair: _Pair) -> list[Replacement] | None:
    first, second = pair.items
    collective = "of" in pair.caption[first.phrase_start : first.start].split()
    if _is_one(pair.caption, first) and not collective and not all(_may_be_one(o.text) for o in pair.items):
        return None
    return exchange_spans(pair.caption, (first.start, first.phrase_end), (second.start, second.phrase_end))
