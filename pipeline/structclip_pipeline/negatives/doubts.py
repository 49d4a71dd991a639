"""
What may well stay true after an exchange, though no rule forbids it.

Each rule here was measured on 6,129 negatives that readers had marked: of the exchanges that it names 14 to 50 % kept
their meaning or had lost their English to a reader's eye (of slight doubts 7 to 18 %), of all others 2 to 4 %, and of
those of captions that nobody had read when the rules were written 3 to 6 % (docs/decisions.md). Such an exchange has
to be far likelier than the others of its caption to be among those that are chosen from (``likelihood``).
"""

from typing import NamedTuple

from structclip_pipeline.negatives import pair_rules, phrase_rules, relation_rules, togetherness
from structclip_pipeline.negatives.lexicon import ANIMATE, PLACE_WORDS
from structclip_pipeline.negatives.modifier_faults import DENIABLE
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.rules import Rules, first_of
from structclip_pipeline.negatives.swap_attribute import KIND as ATTRIBUTE
from structclip_pipeline.negatives.swap_attribute import category
from structclip_pipeline.negatives.swap_modifiers import ATTRIBUTE_RULE as RUN_RULE
from structclip_pipeline.negatives.swap_modifiers import COUNT_RULE
from structclip_pipeline.negatives.swap_modifiers import OBJECT_RULE as MODIFIER_RULE
from structclip_pipeline.negatives.swap_object import NOUN_RULE, PHRASE_RULE
from structclip_pipeline.negatives.swap_relation import KIND as RELATION
from structclip_pipeline.negatives.thesaurus import names_a_person
from structclip_schemas.graph import Attribute, Relation, SceneGraph, Triple
from structclip_schemas.variant import Variant

_SHOWN = frozenset(("colour", "pattern", "participle", "state"))
"""Categories of attributes one of which shows that another is not there."""

_LIKELY_COLOURS = frozenset(("white", "brown", "yellow", "striped"))
"""What many things are."""

_LOOKING = frozenset(("look", "watch", "face", "stare", "gaze", "see"))
"""Verbs of who may be looked at as well."""

_MANY, _SEVERAL = 5, 4
"""From how many objects on a caption tells of many things, of several."""

_ANYONE = frozenset(("person", "people", "someone", "somebody"))
"""What every person is."""

_WORN = frozenset(("skis", "snowboard", "helmet", "helmets", "phone", "phones", "cellphone", "hat", "hats", "backpack"))
"""What is on whom is on it."""


class _Exchanged(NamedTuple):
    """
    Two elements of a graph that changed places, by their indices; of objects the relations between them too, and the
    triples afterwards.
    """

    graph: SceneGraph
    indices: tuple[int, int]
    between: list[Relation]
    triples: tuple[Triple, ...]


def find_doubt(graph: SceneGraph, variant: Variant) -> str | None:
    """The name of the first rule by which a variant may stay true of its caption's picture, or None."""
    table = _RULES.get(variant.rule) or _RULES.get(variant.kind)
    if not table or variant.left is None or variant.right is None:
        return None
    pair = variant.left.index, variant.right.index
    between = pair_rules.relations_between(graph, *pair) if variant.left.role == "object" else []
    return first_of(table, _Exchanged(graph, pair, between, variant.triples))


def are_two_places(graph: SceneGraph, i: int, j: int) -> bool:
    """
    Whether one thing is at both objects, or one of the objects is at the other.

    "Zebras grazing on grass in an enclosure": what is on an enclosure in grass is hardly elsewhere.
    """
    at = [
        [r for r in graph.relations if r.tail == k and relation_rules.last_word(r.lemma) in PLACE_WORDS] for k in (i, j)
    ]
    heads = [{r.head for r in relations} for relations in at]
    return bool(heads[0] & heads[1]) or bool(heads[0] and i in heads[1]) or j in heads[0]


def are_face_to_face(pair: _Exchanged) -> bool:
    """Whether one stands in front of the other: what stands before something often has it before itself."""
    return any("in front of" in r.lemma.lower() for r in pair.between)


def are_near(pair: _Exchanged) -> bool:
    """Whether only nearness is between two things, so that the rest of the caption has to tell the difference."""
    return bool(pair.between) and all(map(relation_rules.is_symmetric, pair.between))


def are_things_together(pair: _Exchanged) -> bool:
    """Whether a thing is only said to have another or to be with it: a painting in a frame, a frame on a painting."""
    owns = all(relation_rules.last_word(r.lemma) in ("with", "have") for r in pair.between)
    return owns and head_word(pair.graph.objects[pair.indices[0]]) not in ANIMATE


def hold_either_way(pair: _Exchanged) -> bool:
    """Whether what is between two things holds in either order though it names a direction: a sign along a street."""
    return bool(pair.between) and all(relation_rules.holds_either_way(pair.graph, r) for r in pair.between)


def are_looked_at(pair: _Exchanged) -> bool:
    """Whether one only looks at the other, which may look back or be there to be looked at."""
    return any(_LOOKING.intersection(r.lemma.lower().split()[:1]) for r in pair.between)


def is_one_of_many(pair: _Exchanged) -> bool:
    """Whether the caption tells of so many things that one exchange among them hardly shows."""
    return len(pair.graph.objects) >= _MANY


def is_lost_among_many(pair: _Exchanged) -> bool:
    """Whether nothing relates two of several things, so that nothing but their places in a list has changed."""
    return not pair.between and len(pair.graph.objects) >= _SEVERAL


def counts_vaguely(pair: _Exchanged) -> bool:
    """Whether no number is among the counts exchanged: where people are, a person is, and a street may be streets."""
    return not any(a.object in pair.indices and a.lemma.isdigit() for a in pair.graph.attributes)


def exchanges_a_person_for_people(pair: _Exchanged) -> bool:
    """Whether one of two is anyone, and the other a person: a skateboarder whom people watch."""
    heads = [head_word(pair.graph.objects[k]) for k in pair.indices]
    return any(head in _ANYONE and names_a_person(other) for head, other in (heads, heads[::-1]))


def belongs_to_the_other(pair: _Exchanged) -> bool:
    """Whether a thing is only said to be had or worn by the other: a toilet with a door."""
    return any(relation_rules.last_word(r.lemma) in ("have", "wear") for r in pair.between)


def splits_a_compound(pair: _Exchanged) -> bool:
    """Whether a noun leaves another noun behind that makes one word with it: "a chain link fence"."""
    return any(category(a) == "noun" for k in pair.indices for a in phrase_rules.describing(pair.graph, k))


def are_undeniable(pair: _Exchanged) -> bool:
    """Whether attributes of two kinds, or nouns, may both be true of both things: a tall train, a great mountain."""
    return _may_both_be_true({category(a) for a in _attributes(pair)})


def are_undeniable_runs(pair: _Exchanged) -> bool:
    """The same of two descriptions; not where a colour or a pattern is in both."""
    kinds = [_described_kinds(pair.graph, a.object) for a in _attributes(pair)]
    return not (kinds[0] & DENIABLE and kinds[1] & DENIABLE) and _may_both_be_true(kinds[0] | kinds[1])


def _may_both_be_true(kinds: set[str]) -> bool:
    return kinds in ({"noun"}, {"adjective"}) or (len(kinds) > 1 and not kinds <= _SHOWN)


def _described_kinds(graph: SceneGraph, index: int) -> set[str]:
    return {category(a) for a in phrase_rules.describing(graph, index)}


def gives_a_likely_colour(pair: _Exchanged) -> bool:
    """
    Whether something whose colour the caption did not tell is said to have one that many things have: a white wave.

    Not where one thing became several, which the picture denies.
    """
    lemmas = {o.lemma for o in pair.graph.objects}
    attributes = pair.triples[len(pair.graph.relations) :]
    moved = [t for t, a in zip(attributes, pair.graph.attributes, strict=True) if t.head_object != a.object]
    return any(t.tail.lower() in _LIKELY_COLOURS for t in moved) and all(t.head in lemmas for t in moved)


def is_worn(pair: _Exchanged) -> bool:
    """Whether something is worn, so that who wears it is as well on it or with it: skis on a man, a hat with a man."""
    return any(
        (r.lemma.lower() == "wear" and r.text.lower() == "with")
        or (r.lemma.lower() == "on" and head_word(pair.graph.objects[r.tail]) in _WORN)
        for r in pair.between
    )


def describe_one_thing(pair: _Exchanged) -> bool:
    """Whether two attributes describe a thing and its part, or things of one kind: a busy road in a city street."""
    i, j = (a.object for a in _attributes(pair))
    return pair_rules.are_part_and_whole(pair.graph, i, j) or pair_rules.may_be_one_kind(
        pair.graph.objects[i], pair.graph.objects[j]
    )


def _attributes(pair: _Exchanged) -> list[Attribute]:
    return [pair.graph.attributes[k] for k in pair.indices]


_RULES: dict[str, Rules[_Exchanged]] = {
    PHRASE_RULE: (
        ("near", are_near),
        ("either-way", hold_either_way),
        ("no-relation", lambda p: not p.between),
        ("two-places", lambda p: are_two_places(p.graph, *p.indices)),
        ("face-to-face", are_face_to_face),
        ("looked-at", are_looked_at),
        ("thing-with-thing", are_things_together),
        ("worn", is_worn),
        ("one-of-many", is_one_of_many),
    ),
    COUNT_RULE: (("vague-count", counts_vaguely),),
    MODIFIER_RULE: (
        ("likely-colour", gives_a_likely_colour),
        ("unrelated-modifier", lambda p: not p.between),
        ("modifier", lambda _: True),
    ),
    NOUN_RULE: (
        ("anyone", exchanges_a_person_for_people),
        ("either-way", hold_either_way),
        ("face-to-face", are_face_to_face),
        ("looked-at", are_looked_at),
        ("unrelated-noun", is_lost_among_many),
        ("one-scene", lambda p: togetherness.are_in_one_scene(p.graph, *p.indices)),
        ("one-owner", lambda p: togetherness.belong_to_one(p.graph, *p.indices)),
        ("compound", splits_a_compound),
        ("noun-of-two-places", lambda p: are_two_places(p.graph, *p.indices)),
        ("belongings", belongs_to_the_other),
    ),
    RUN_RULE: (("undeniable", are_undeniable_runs), ("one-thing", describe_one_thing)),
    ATTRIBUTE: (("undeniable", are_undeniable), ("one-thing", describe_one_thing)),
    RELATION: (("relation", lambda _: True),),
}
"""By a variant's rule or, where that has none of its own, by its kind."""

GRAVE_DOUBTS = frozenset(("near", "either-way", "undeniable", "likely-colour"))
"""Rules whose exchanges are wrong in a quarter to a half of all cases, and in more to strict readers."""

SLIGHT_DOUBTS = frozenset(
    (
        *("relation", "modifier", "unrelated-modifier", "vague-count", "one-of-many", "looked-at", "one-owner"),
        *("noun-of-two-places", "unrelated-noun"),
    )
)
"""Rules whose exchanges are wrong about twice as often as those that none names."""

DOUBTS = frozenset(name for table in _RULES.values() for name, _ in table)
"""The names of all rules."""
