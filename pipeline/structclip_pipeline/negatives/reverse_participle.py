"""
Open a caption with the other end of a participle: "A cat sitting on a table", "A table with a cat sitting on it".

"A cat is sitting on a table" gives "A table has a cat sitting on it". The relation is the same, so the graph is; what
is told first changes.
"""

from collections.abc import Iterator

from structclip_pipeline.negatives import noun_rules, rules
from structclip_pipeline.negatives.clauses import PARTICIPLES
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import ANIMATE, MASS, PARTITIVES, PERSONS, POSTURES
from structclip_pipeline.negatives.number import EITHER, PLURAL, head_word, object_number
from structclip_pipeline.negatives.repair import recase
from structclip_pipeline.negatives.sides import (
    Sides,
    are_closed,
    are_one_predicate,
    ends_within,
    is_one_phrase,
    read_sides,
    refers_back,
    refers_to_things,
)
from structclip_schemas.graph import Relation, SceneGraph
from structclip_schemas.variant import Element

KIND, RULE = "reverse_relation", "reverse-participle/1"
_PLACES = frozenset(
    [
        "on", "in", "next to", "on top of", "in front of", "behind", "over", "under", "near", "by", "beside",
        "inside", "underneath", "around", "across", "against", "along",
    ]
)  # fmt: skip
_FORMATIONS = PARTITIVES | {"circle", "formation", "uniform", "uniforms", "costume", "costumes", "clothing", "manner"}
_FURNITURE = frozenset(["table", "tables", "desk", "desks", "counter", "bar", "stop", "intersection"])
_ALONE = frozenset(["riding"])
"""Participles whose object needs no preposition and may well be told first: "a horse with a man riding it"."""


def reverse_participles(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every participle of place that fills its caption told from its other end, or why it is refused."""
    seen: set[tuple[int, int]] = set()
    for relation in graph.relations:
        if (relation.start, relation.end) in seen or not is_participle_of_place(relation):
            continue
        seen.add((relation.start, relation.end))
        sides = read_sides(caption, graph, relation)
        if sides is None:
            yield Refusal(KIND, "not-whole")
            continue
        reason = forbidden_participle(sides)
        yield Refusal(KIND, reason) if reason else _reverse(sides)


def is_participle_of_place(relation: Relation) -> bool:
    """Whether a predicate is a participle with a preposition of place: "sitting on", "parked next to"."""
    verb, _, rest = " ".join(relation.text.lower().split()).partition(" ")
    if verb in _ALONE and not rest:
        return True
    participle = (verb.endswith("ing") and not verb.startswith("look")) or verb in PARTICIPLES
    if rest == "at" or rest.endswith(" at"):
        return rest == "at" and bool(POSTURES & set(relation.lemma.split()[:1]))
    return participle and any(rest == place or rest.endswith(" " + place) for place in _PLACES)


def forbidden_participle(sides: Sides) -> str | None:
    """The name of the first rule that forbids telling a participle from its other end, or None."""
    caption, graph, relation = sides.caption, sides.graph, sides.relation
    pair = graph.objects[relation.head], graph.objects[relation.tail]
    checks: rules.Checks = (
        ("pronoun", lambda: any(noun_rules.is_pronoun(o) for o in pair)),
        ("no-noun", lambda: any(noun_rules.is_no_noun(caption, o) or noun_rules.is_placeless(o) for o in pair)),
        ("auxiliary", lambda: not _follows_at_once(sides)),
        ("way-of-standing", lambda: _is_no_place(relation, head_word(pair[1]))),
        (
            "definite",
            lambda: noun_rules.opening_article(caption, sides.left.phrase_start, sides.left.phrase_end) == "the",
        ),
        ("filled", lambda: _is_filled(sides)),
        ("further-relations", lambda: not are_closed(sides)),
        ("comparison", lambda: refers_back(caption, sides.right) or refers_to_things(caption, sides.left)),
        ("bare-noun", lambda: _is_bare(sides)),
        ("clause", lambda: not (is_one_phrase(sides, sides.left) and is_one_phrase(sides, sides.right))),
        ("long-phrase", lambda: not _is_short(sides)),
        ("unlike-subjects", lambda: not _are_alike(sides)),
        ("number", lambda: _pronoun(sides) is None),
    )
    return rules.first_that_holds(checks)


def _is_no_place(relation: Relation, noun: str) -> bool:
    """Whether the second object is a formation ("walking in a line"), or one that one is "at" but for furniture."""
    return noun in _FORMATIONS or (relation.text.lower().endswith(" at") and noun not in _FURNITURE)


def _follows_at_once(sides: Sides) -> bool:
    """Whether the participle or its auxiliary stands right behind its subject, which opens the caption."""
    opens = not sides.caption[: sides.left.phrase_start].strip()
    return opens and _link(sides) in ("", "is", "are")


def _link(sides: Sides) -> str:
    return sides.caption[sides.left.phrase_end : sides.relation.start].strip().lower()


def _is_filled(sides: Sides) -> bool:
    """Whether what a left side is full of may be the subject: "an airport filled with planes sitting on tarmacs"."""
    words = sides.caption[sides.left.phrase_start : sides.left.phrase_end].lower().split()
    return bool({"filled", "full", "covered", "surrounded", "topped"} & set(words))


def _is_bare(sides: Sides) -> bool:
    """Whether a side is a singular noun without a determiner, as headlines have it."""
    return any(
        noun_rules.is_bare_singular(sides.caption, side) and side.lemma.lower() not in MASS
        for side in (sides.left, sides.right)
    )


def _are_alike(sides: Sides) -> bool:
    """Whether coordinated subjects all live or none does: in "a train and a man riding a bicycle" only one may ride."""
    subjects = [head_word(sides.graph.objects[k]) for k in ends_within(sides, sides.left)]
    return len({noun in ANIMATE for noun in subjects}) == 1


def _is_short(sides: Sides) -> bool:
    """Whether nothing but an "of" hangs on the right side, behind which "with" would be read as said of that."""
    graph, right = sides.graph, sides.right
    inside = [r for r in graph.relations if right.phrase_start <= r.start and r.end <= right.phrase_end]
    return all(r.text.lower() in ("", "of") or are_one_predicate(r, sides.relation) for r in inside)


def _pronoun(sides: Sides) -> str | None:
    """The pronoun for the right side; None for persons and where the number cannot be told."""
    ends = ends_within(sides, sides.right)
    if any(head_word(sides.graph.objects[k]) in PERSONS for k in ends):
        return None
    if len(ends) > 1:
        return None if _may_be_one(sides) else "them"
    number = object_number(sides.caption, sides.right)
    return None if number == EITHER else "them" if number == PLURAL else "it"


def _may_be_one(sides: Sides) -> bool:
    """Whether coordinated nouns under one article may be one thing: "a fruit and veggie stand"."""
    opening, *behind = sides.caption[sides.right.phrase_start : sides.right.phrase_end].lower().split()
    return opening in ("a", "an") and not {"a", "an", "the"} & set(behind)


def _reverse(sides: Sides) -> Exchange:
    caption, relation = sides.caption, sides.relation
    left, right = ((side.phrase_start, side.phrase_end) for side in (sides.left, sides.right))
    pronoun = str(_pronoun(sides))
    joint = ("has" if pronoun == "it" else "have") if _link(sides) else "with"
    first = recase(caption, caption[slice(*right)], right[0], left[0])
    second = recase(caption, caption[slice(*left)], left[0], right[0])
    end = sides.auxiliary[1] if sides.auxiliary else left[1]
    replacements = Replacement(left[0], end, f"{first} {joint} {second}"), Replacement(*right, pronoun)
    ends = Element("object", relation.head), Element("object", relation.tail)
    return Exchange(KIND, RULE, *ends, replacements, sides.graph.triples())
