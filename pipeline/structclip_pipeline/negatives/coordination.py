"""Two coordinated objects: whether a caption and its graph say the same of both, so that their order says nothing."""

import re
from dataclasses import dataclass

from structclip_pipeline.negatives import noun_rules, phrase_rules, rules
from structclip_pipeline.negatives.lexicon import (
    ANIMATE,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    POSTURES,
    QUANTIFIERS,
)
from structclip_pipeline.negatives.number import (
    PLURAL,
    head_word,
    object_number,
    third_person,
    verb_number,
)
from structclip_pipeline.negatives.reference import breaks_reference
from structclip_pipeline.negatives.words import starts_sentence, word_after, word_before
from structclip_schemas.graph import SceneGraph, SceneObject

_CONJUNCTION = re.compile(r"(?:^|\s)(and|or|&)\s")
_JOINERS = re.compile(r"\band\b|\bor\b|&|,|\s")
_ENDS = frozenset(["", ".", "!", ";", "while", "as", "but", "when"])
_PLURAL_AUXILIARIES = frozenset(["are", "were", "have", "aren't", "weren't", "haven't"])
_PLACES = frozenset(["on", "in", "at", "inside", "under", "behind", "near", "beside", "by", "next", "atop", "outside"])
_WORN = frozenset(
    [
        "hat",
        "hats",
        "jacket",
        "jackets",
        "shirt",
        "shirts",
        "suit",
        "suits",
        "dress",
        "uniform",
        "uniforms",
        "coat",
        "tie",
    ]
)
_COMPARING = frozenset(["other", "another", "second", "same", "different", "own", "respective", "both", "each", "such"])
_VERBS = frozenset(third_person(v) for v in POSTURES | {"smile", "jump", "wave", "watch", "laugh", "catch", "reach"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two objects with what belongs to them ("a plate of food"), the first one first."""

    caption: str
    graph: SceneGraph
    indices: tuple[int, int]
    items: tuple[SceneObject, SceneObject]


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


def forbidden_coordination(pair: Pair) -> str | None:
    """The name of the first rule that forbids exchanging two coordinated objects, or None."""
    caption, graph, items = pair.caption, pair.graph, pair.items
    checks: rules.Checks = (
        ("pronoun", lambda: any(noun_rules.is_pronoun(o) or noun_rules.is_possessor(caption, o) for o in items)),
        ("no-noun", lambda: any(noun_rules.is_no_noun(caption, o) or noun_rules.is_placeless(o) for o in items)),
        ("possessive", lambda: any(noun_rules.possessed(caption, o) for o in items)),
        ("list", lambda: not _is_plain_list(pair)),
        ("complement", lambda: _shares_complement(pair)),
        ("verb", lambda: _may_be_verb(caption, items[1])),
        ("comparison", lambda: any(_compares(caption, o) for o in items)),
        ("overlap", lambda: phrase_rules.overlap(*items)),
        ("nested-object", lambda: any(phrase_rules.overlaps_another(graph, k) for k in pair.indices)),
        ("loose-attribute", lambda: len({_loose(graph, k) for k in pair.indices}) > 1),
        ("not-parallel", lambda: len({_links(pair, side) for side in (0, 1)}) > 1),
        ("pronoun-reference", lambda: breaks_reference(caption, graph, pair.indices)),
        (
            "unclear-phrase",
            lambda: not phrase_rules.has_clear_edges(caption, graph, items[0].phrase_start, items[1].phrase_end),
        ),
        ("number", lambda: _agrees_with_first(pair)),
        ("before", lambda: not _is_known_before(pair)),
        ("behind", lambda: not _is_known_behind(pair)),
    )
    return rules.first_that_holds(checks)


def _is_plain_list(pair: Pair) -> bool:
    """One conjunction, no comma within the phrases, and no "of" behind a member of a list of three."""
    caption, (first, second) = pair.caption, pair.items
    joint = caption[first.phrase_end : second.phrase_start]
    ends = [pair.graph.objects[k].phrase_end for k in pair.indices]
    extended = [first.phrase_end, second.phrase_end] != ends
    commas = any("," in caption[o.phrase_start : o.phrase_end] for o in pair.items)
    return len(_CONJUNCTION.findall(joint)) == 1 and not commas and not (extended and "," in joint)


def _shares_complement(pair: Pair) -> bool:
    """Whether the second may belong under the first's "of", as in "figures of a man and a horse"."""
    caption, (first, second) = pair.caption, pair.items
    if first.phrase_end == pair.graph.objects[pair.indices[0]].phrase_end:
        return False
    last = max((o for o in pair.graph.objects if o.phrase_end <= first.phrase_end), key=lambda o: o.phrase_end)
    return is_determined(caption, last) == is_determined(caption, second)


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


def _links(pair: Pair, side: int) -> frozenset[tuple[str, int, int, int]]:
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


def _agrees_with_first(pair: Pair) -> bool:
    """Whether a verb before the first agrees with it alone ("there is a cat and two dogs"), or "or" with the last."""
    numbers = {object_number(pair.caption, o) for o in pair.items}
    word = word_before(pair.caption, pair.items[0].phrase_start)[0].lower()
    joint = pair.caption[pair.items[0].phrase_end : pair.items[1].phrase_start].split()
    return len(numbers) > 1 and (word in FINITE_AUXILIARIES or word == "there's" or "or" in joint)


def _is_known_before(pair: Pair) -> bool:
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
    of = word.lower() == "of" and is_determined(caption, first) != is_determined(caption, second)
    return bool(tails) and not of


def _partners(pair: Pair) -> list[SceneObject]:
    """The objects outside the pair of which the graph says, with the same words, what it says of the first."""
    graph = pair.graph

    def links(index: int) -> set[tuple[str, int, int, int]]:
        heads = {("head", r.start, r.end, r.tail) for r in graph.relations if r.head == index and r.text}
        return heads | {("tail", r.start, r.end, r.head) for r in graph.relations if r.tail == index and r.text}

    shared = links(pair.indices[0])
    return [o for k, o in enumerate(graph.objects) if k not in pair.indices and shared and links(k) == shared]


def _is_known_behind(pair: Pair) -> bool:
    """
    Whether what follows the second is said of both.

    The end, a clause of its own, a plural verb, or, of two that live or two that do not, a predicate of place or
    posture that the graph gives to both: "street signs and two people on bicycles" is not read so.
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
            worn = lower == "in" and graph.objects[r.tail].lemma.lower() in _WORN
            said_of_both = lower in _PLACES or verb in POSTURES or verb_number(word, verb) == PLURAL
            return _are_alike(pair) and said_of_both and not worn
    return False


def _are_alike(pair: Pair) -> bool:
    """Whether both can do what one does: both live, or neither does."""
    return len({head_word(o) in ANIMATE for o in pair.items}) == 1


def is_determined(caption: str, item: SceneObject) -> bool:
    """Whether a determiner, a count or a quantifier opens the phrase."""
    words = caption[item.phrase_start : item.end].lower().split()
    return bool(words) and (words[0] in DETERMINERS | QUANTIFIERS or words[0].isdigit())
