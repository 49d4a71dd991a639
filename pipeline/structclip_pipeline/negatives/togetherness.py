"""What two objects have in common, so that a picture of one exchange is a picture of the other."""

from structclip_pipeline.negatives.lexicon import (
    ANIMATE,
    BODY_PARTS,
    CROWDS,
    GEAR,
    HAVING,
    HOLDING_PLACES,
    JOINING,
    OWNING,
    PREPOSITIONS,
    RESTING_PREPOSITIONS,
    STATIC_POSTURES,
)
from structclip_pipeline.negatives.memory import remember_last
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.pair_rules import LIST_WORDS, have_direction, words_between
from structclip_pipeline.negatives.relation_rules import is_symmetric, last_word, mean_the_same, preposition_of
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

_NO_ACTIONS = PREPOSITIONS | STATIC_POSTURES | OWNING


def are_joined_by_with(caption: str, graph: SceneGraph, i: int, j: int) -> bool:
    """
    Whether a list that "with" goes on leads from one object to the other: "a bowl and a candle with a vase".

    Or "along with" leads to the second, which does then what the first does, unless something is done to the first.
    """
    words = words_between(caption, graph, graph.objects[i], graph.objects[j])
    if words[-2:] == ["along", "with"]:
        return not any(r.tail == i for r in graph.relations)
    return "with" in words and set(words) <= LIST_WORDS | {"with"} and not have_direction(graph, i, j)


def are_mere_company(caption: str, graph: SceneGraph, i: int, j: int, between: list[Relation]) -> bool:
    """
    Whether only "with", "near" or the like stands between two phrases of which the first does nothing itself.

    "A vase with flowers" and "plates at a table" show what "flowers with a vase" does; a man with a dog in the car
    is another man than a dog with a man in it, and so is what is related to the first phrase from before. ``between``
    are the relations between the two.
    """
    if not between:
        return False
    first, second = graph.objects[i], graph.objects[j]
    words = caption[first.phrase_end : second.phrase_start].strip().lower()
    return (
        any(r.text.lower() == words and (is_symmetric(r) or r.lemma == "have") for r in between)
        and (head_word(first) not in ANIMATE or words == "at")
        and not any(r.tail == i and r.head != j for r in graph.relations)
    )


def are_with_each_other(graph: SceneGraph, i: int, j: int, between: list[Relation]) -> bool:
    """
    Whether all that joins two objects is "with", "at" or "near", and the second does nothing of its own.

    "People on a field with a frisbee" shows what "a frisbee on a field with people" does; "a cat on a couch with a dog
    on the floor" is another picture than its exchange.
    """
    later = max(i, j)
    return (
        bool(between)
        and all(is_symmetric(r) and last_word(r.lemma) in JOINING for r in between)
        and not any(r.head == later and r not in between for r in graph.relations)
    )


def belong_to_one(graph: SceneGraph, i: int, j: int) -> bool:
    """
    Whether one thing is said to have or to be at both objects: "a giraffe in the grass near trees".

    Not what is done to each ("playing with a bear and chewing on a brush").
    """
    heads: dict[int, list[Relation]] = {}
    for relation in graph.relations:
        if relation.tail in (i, j):
            heads.setdefault(relation.head, []).append(relation)
    return any(
        {r.tail for r in said} == {i, j} and not all(map(_is_action, said))
        for head, said in heads.items()
        if head not in (i, j)
    )


def _is_action(relation: Relation) -> bool:
    """Whether a relation says what is done, not only where something is or what it has."""
    return relation.lemma.lower().partition(" ")[0] not in _NO_ACTIONS


def are_in_one_scene(graph: SceneGraph, i: int, j: int) -> bool:
    """
    Whether a third thing holds both objects or both hold it, or one is in the other with what it holds.

    "A person in a kitchen with a stove", "a pan with pizzas in an oven": exchanged, the same things are there.
    """
    pairs = _find_holders(graph)
    if not pairs:
        return False
    held = [{thing for thing, holder in pairs if holder == k} for k in (i, j)]
    holders = [{holder for thing, holder in pairs if thing == k} for k in (i, j)]
    nested = any(min(i, j) < k < max(i, j) for k in held[0]) and j in holders[0]
    return nested or bool((held[0] & held[1]) - {i, j} or (holders[0] & holders[1]) - {i, j})


@remember_last
def _find_holders(graph: SceneGraph) -> list[tuple[int, int]]:
    """Objects with what holds them: a kitchen that they are in or that is said to have them."""
    found = []
    for relation in graph.relations:
        lemma = relation.lemma.lower()
        if lemma in HAVING:
            found.append((relation.tail, relation.head))
        elif last_word(lemma) in HOLDING_PLACES and not _is_action(relation):
            found.append((relation.head, relation.tail))
    return found


def is_among(caption: str, first: SceneObject, i: int, between: list[Relation]) -> bool:
    """Whether an exchange would put something in a crowd: "zebras standing in the grass", grass in a herd of zebras."""
    if not any(r.head == i and last_word(r.lemma) == "in" for r in between):
        return False
    return not CROWDS.isdisjoint(caption[first.phrase_start : first.phrase_end].lower().split())


def are_body_and_part(first: SceneObject, second: SceneObject) -> bool:
    """Whether one object is a living thing and the other a part of a body, which may be its own."""
    nouns = head_word(first), head_word(second)
    return bool(BODY_PARTS.intersection(nouns) and ANIMATE.intersection(nouns))


def share_a_place(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether one object stands to both alike or has both: "in a crowd in a city" stays true in any order."""
    heads = _read_heads(graph)
    both = heads[i].keys() & heads[j].keys()
    if not both:
        return False
    shared = [(preposition_of(heads[i][head]), preposition_of(heads[j][head])) for head in both]
    on_gear = any(head_word(graph.objects[k]) in GEAR for k in (i, j))
    return any(
        mean_the_same(*said) or OWNING.issuperset(said) or (on_gear and RESTING_PREPOSITIONS.issuperset(said))
        for said in shared
    )


@remember_last
def _read_heads(graph: SceneGraph) -> list[dict[int, str]]:
    """For every object what relates to it, each with the lemma of the last of its relations."""
    heads: list[dict[int, str]] = [{} for _ in graph.objects]
    for relation in graph.relations:
        heads[relation.tail][relation.head] = relation.lemma
    return heads


def repeats_predicate(graph: SceneGraph, between: list[Relation]) -> bool:
    """Whether a third object has the same predicate to the pair's head: "people on bikes on a street" stays true."""
    chained = [(r, other) for r in between for other in graph.relations if other.tail == r.head]
    return any(preposition_of(r.lemma.lower()) == preposition_of(other.lemma.lower()) for r, other in chained)
