"""Exchange attributes of two different objects: "a red cup on a blue table", "a blue cup on a red table"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from structclip_pipeline.negatives import noun_rules, pair_rules, rules
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import (
    ADJECTIVE_ENDINGS,
    ADJECTIVES_LIKE_NOUNS,
    ANIMATE,
    ANIMATE_ONLY,
    BARRED_ATTRIBUTES,
    BRIGHTNESS,
    CATEGORIES,
    COUNTS,
    GREAT,
    NOUNS_LIKE_ADJECTIVES,
    ORDER,
    PICTURES,
    PREPOSITIONS,
    QUANTIFIERS,
    SHADES,
    SMALL,
    SYNONYMOUS_ATTRIBUTES,
)
from structclip_pipeline.negatives.number import head_word, object_number
from structclip_pipeline.negatives.repair import article_repairs, exchange_spans
from structclip_pipeline.negatives.words import cut_out, is_written_as_a_name, word_after, word_before
from structclip_schemas.graph import Attribute, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND, RULE = "swap_attribute", "swap-attribute/1"

VAGUE = frozenset(("adjective", "participle", "state", "age"))
"""Categories whose attributes say little that a picture could deny, unless exchanged for one of their own kind."""


def exchange_attributes(
    caption: str, graph: SceneGraph, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> Iterator[Outcome]:
    """Every exchange of attributes of different objects, and the reason of every one that a rule refuses."""
    first_at: dict[tuple[int, int], int] = {}
    for index, attribute in enumerate(graph.attributes):
        first_at.setdefault((attribute.start, attribute.end), index)
    for i, j in combinations(sorted(first_at.values(), key=lambda k: graph.attributes[k].start), 2):
        reason = forbidden_attributes(caption, graph, graph.attributes[i], graph.attributes[j], forgiven)
        yield Refusal(KIND, reason) if reason else _exchange(caption, graph, i, j)


def forbidden_attributes(
    caption: str,
    graph: SceneGraph,
    first: Attribute,
    second: Attribute,
    forgiven: frozenset[str] = rules.NOTHING_FORGIVEN,
) -> str | None:
    """The name of the first rule that forbids exchanging two attributes and is not ``forgiven``, or None."""
    pair = first, second
    owners = [owners_of(graph, a) for a in pair]
    places = [place_of(caption, graph, a) for a in pair]
    checks: rules.Checks = (
        ("same-object", lambda: bool(owners[0] & owners[1])),
        ("same-attribute", lambda: mean_the_same(first.lemma, second.lemma)),
        ("pronoun", lambda: any(noun_rules.is_pronoun(graph.objects[k]) for group in owners for k in group)),
        ("barred-attribute", lambda: any(is_barred(a) for a in pair)),
        ("placeless", lambda: any(_shows_all(graph.objects[a.object]) for a in pair)),
        ("name", lambda: any(is_name(caption, a) for a in pair)),
        ("vague-attribute", lambda: are_vague(pair)),
        ("overlap", lambda: first.end > second.start),
        ("co-reference", lambda: _co_refer(graph, first.object, second.object)),
        ("attribute-place", lambda: "" in places or not _fit_places(caption, graph, pair, places)),
        ("attribute-order", lambda: not keeps_order(graph, first, second)),
        ("animate-attribute", lambda: any(not can_describe(graph, a, owners[1 - n]) for n, a in enumerate(pair))),
    )
    return rules.first_that_holds(checks, forgiven)


def _co_refer(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether two owners may be one; not where one is over or behind the other ("a small dog under a big dog")."""
    return not pair_rules.have_direction(graph, i, j) and pair_rules.co_refer(graph.objects[i], graph.objects[j])


def _shows_all(item: SceneObject) -> bool:
    """Whether an object is the picture itself: "a blurry image of two small children"."""
    return head_word(item) in PICTURES


def owners_of(graph: SceneGraph, attribute: Attribute) -> set[int]:
    """All objects that the attribute's word describes."""
    return {a.object for a in graph.attributes if (a.start, a.end) == (attribute.start, attribute.end)}


@lru_cache(maxsize=1 << 14)
def mean_the_same(first: str, second: str) -> bool:
    """Whether two attributes say the same: equal but for case, or synonyms ("large", "big")."""
    first, second = first.lower(), second.lower()
    return first == second or any(first in s and second in s for s in (*SYNONYMOUS_ATTRIBUTES, GREAT, SMALL))


def is_barred(attribute: Attribute) -> bool:
    """Partitives ("group of"), comparisons ("other", "same"), what has a preposition in it, more than three words."""
    lemma = attribute.lemma.lower()
    words = attribute.text.lower().split()
    open_ended = bool(set(words) & PREPOSITIONS) and words != ["upside", "down"]
    return lemma in BARRED_ATTRIBUTES or "of" in words or len(words) > 3 or open_ended


def is_name(caption: str, attribute: Attribute) -> bool:
    """Whether an attribute is written as a name: "Bridge" in "the corner of Bridge Street"."""
    return is_written_as_a_name(caption, attribute.text, attribute.start)


def are_vague(attributes: Sequence[Attribute]) -> bool:
    """
    Whether attributes are of different kinds that may be true of anything, or hardly deny another: an old bathroom with
    unpainted walls may have old walls, a bright kitchen with white walls white furniture.
    """
    kinds = {category(a) for a in attributes}
    unsure = any(a.lemma.lower() in BRIGHTNESS for a in attributes)
    return unsure or (len(kinds) > 1 and kinds <= VAGUE) or kinds == {"size", "state"}


def place_of(caption: str, graph: SceneGraph, attribute: Attribute) -> str:
    """Where the attribute stands: "before" its noun in the phrase, "after" it, or "" where that is not clear."""
    item = graph.objects[attribute.object]
    if word_before(caption, attribute.start)[0].lower() in SHADES or attribute.lemma.lower() in {
        "stainless",
        "multi",
        "semi",
        "half",
    }:
        return ""
    if attribute.end <= item.start:
        return "before" if _is_prenominal(caption, graph, attribute) else ""
    return "after" if attribute.start >= item.end else ""


def _is_prenominal(caption: str, graph: SceneGraph, attribute: Attribute) -> bool:
    item = graph.objects[attribute.object]
    spans = [*((a.start, a.end) for a in graph.attributes), *((o.start, o.end) for o in graph.objects)]
    between = cut_out(caption, attribute.end, item.start, spans)
    if between.replace(",", " ").replace("and", " ").strip():
        return False
    return not between or between[0] not in "-'\u2019"


def category(attribute: Attribute) -> str:
    """
    The kind of property: count, colour, size, material and so on by list, else adjective or noun by form.

    A two-word attribute ("dark blue") has the category of its last word.
    """
    lemma = attribute.lemma.lower()
    if " " in lemma and lemma in NOUNS_LIKE_ADJECTIVES:
        return "noun"
    if lemma in COUNTS or lemma in QUANTIFIERS or lemma.isdigit():
        return "count"
    word = lemma.split()[-1] if lemma.split() else ""
    for name, words in CATEGORIES.items():
        if word in words:
            return name
    if word in ADJECTIVES_LIKE_NOUNS:
        return "adjective"
    if word in NOUNS_LIKE_ADJECTIVES or not word.endswith(ADJECTIVE_ENDINGS):
        return "noun"
    return "participle" if word.endswith(("ing", "ed")) else "adjective"


def _fit_places(caption: str, graph: SceneGraph, pair: tuple[Attribute, Attribute], places: list[str]) -> bool:
    first, second = (category(a) for a in pair)
    if "count" in (first, second):
        return first == second and places == ["before", "before"] and _both_plural(caption, graph, pair)
    if places == ["before", "before"]:
        nouns = {"noun", "material"}
        return ("noun" not in (first, second)) or {first, second} <= nouns
    if places == ["after", "after"]:
        alike = _ending(pair[0]) == _ending(pair[1]) or (first == second and first in CATEGORIES)
        return alike and all(_closes(caption, graph, a) for a in pair)
    return (
        first == second
        and first in CATEGORIES
        and all(_closes(caption, graph, a) for a, p in zip(pair, places, strict=True) if p == "after")
    )


def _both_plural(caption: str, graph: SceneGraph, pair: tuple[Attribute, Attribute]) -> bool:
    return all(object_number(caption, graph.objects[a.object]) == "plural" for a in pair)


def _closes(caption: str, graph: SceneGraph, attribute: Attribute) -> bool:
    """Whether the property said after its noun ends there: no object of its own follows."""
    word, start, _ = word_after(caption, attribute.end)
    return not any(o.phrase_start == start for o in graph.objects) and word.lower() != "of"


def _ending(attribute: Attribute) -> str:
    word = attribute.text.lower().split()[0]
    return next((e for e in ("ing", "ed", "s") if word.endswith(e)), "")


def keeps_order(graph: SceneGraph, first: Attribute, second: Attribute) -> bool:
    """
    Whether adjectives stay in English order.

    They do when both are of one category, when each is its object's only property (counts aside), and when each phrase
    still goes from size to age, shape, pattern, colour and material.
    """
    kinds = category(first), category(second)
    if kinds[0] == kinds[1] or set(kinds) <= {"noun", "material"}:
        return True
    if all(len(_properties(graph, a)) == 1 for a in (first, second)):
        return True
    return _is_ordered(graph, first, kinds[1]) and _is_ordered(graph, second, kinds[0])


def _properties(graph: SceneGraph, attribute: Attribute) -> list[Attribute]:
    return [a for a in graph.attributes if a.object == attribute.object and category(a) != "count"]


def _is_ordered(graph: SceneGraph, attribute: Attribute, incoming: str) -> bool:
    """Whether the phrase stays in order, with no category twice, when one of the category ``incoming`` comes."""
    item = graph.objects[attribute.object]
    kinds = [incoming if a == attribute else category(a) for a in _properties(graph, attribute) if a.end <= item.start]
    if not set(kinds) <= set(ORDER):
        return False
    places = [ORDER.index(kind) for kind in kinds]
    return all(left < right for left, right in pairwise(places))


def can_describe(graph: SceneGraph, attribute: Attribute, owners: set[int]) -> bool:
    """Whether a property of living things goes to one ("young", "smiling")."""
    if attribute.lemma.lower() not in ANIMATE_ONLY:
        return True
    return all(head_word(graph.objects[k]) in ANIMATE for k in owners)


@dataclass(frozen=True, slots=True)
class _Core:
    """The part of an attribute that moves, and what stays: "orange" of "orange colored"."""

    span: tuple[int, int]
    lemma: str
    rest: str


def _read_core(attribute: Attribute) -> _Core:
    word, space, rest = attribute.lemma.rpartition(" ")
    if rest in ("colored", "coloured") and word and attribute.text.lower().endswith(f" {rest}"):
        return _Core((attribute.start, attribute.end - len(rest) - 1), word, space + rest)
    return _Core((attribute.start, attribute.end), attribute.lemma, "")


def _exchange(caption: str, graph: SceneGraph, i: int, j: int) -> Exchange:
    first, second = graph.attributes[i], graph.attributes[j]
    cores = _read_core(first), _read_core(second)
    moved = exchange_spans(caption, cores[0].span, cores[1].span)
    replacements = (*moved, *article_repairs(caption, moved))
    renamed = {
        (first.start, first.end): cores[1].lemma + cores[0].rest,
        (second.start, second.end): cores[0].lemma + cores[1].rest,
    }
    relations = graph.triples()[: len(graph.relations)]
    attributes = [
        Triple(graph.objects[a.object].lemma, "is", renamed.get((a.start, a.end), a.lemma), a.object, None)
        for a in graph.attributes
    ]
    return Exchange(
        KIND, RULE, Element("attribute", i), Element("attribute", j), replacements, (*relations, *attributes)
    )
