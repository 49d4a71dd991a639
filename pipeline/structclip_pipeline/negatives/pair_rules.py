"""What two objects of a caption are to each other."""

from structclip_pipeline.negatives.lexicon import COLLECTIVES, HOLDING_PREDICATES
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.relation_rules import is_symmetric
from structclip_pipeline.negatives.thesaurus import nouns_overlap
from structclip_pipeline.negatives.words import cut_out
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

_GENERIC_PERSONS = frozenset(["person", "people", "guy", "guys", "man", "men", "male", "individual", "someone"])


LIST_WORDS = frozenset((",", "and", "&", "or", "a", "an", "the", "some", "of"))


def relations_between(graph: SceneGraph, i: int, j: int) -> list[Relation]:
    """The relations between two objects, in whatever direction."""
    return [r for r in graph.relations if (r.head == i and r.tail == j) or (r.head == j and r.tail == i)]


def have_direction(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether some relation of two objects says something else when they change places."""
    return any({r.head, r.tail} == {i, j} and not is_symmetric(r) for r in graph.relations)


def are_coordinated(caption: str, first: SceneObject, second: SceneObject) -> bool:
    """Whether nothing but "and" stands between two phrases: their verb is plural, and their order says nothing."""
    return caption[first.phrase_end : second.phrase_start].strip(" ,").lower() in ("and", "&", "or")


def are_listed(caption: str, graph: SceneGraph, first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases are items of one list: between them stand only other items, commas and "and"."""
    words = words_between(caption, graph, first, second)
    return bool(words) and set(words) <= LIST_WORDS


def words_between(caption: str, graph: SceneGraph, first: SceneObject, second: SceneObject) -> list[str]:
    """The words between two phrases that are in no other phrase, commas among them."""
    phrases = [(o.phrase_start, o.phrase_end) for o in graph.objects]
    between = cut_out(caption, first.phrase_end, second.phrase_start, phrases)
    return between.lower().replace(",", " , ").split()


def are_part_and_whole(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether one object is said to hold the other: what is said of one ("an old bathroom") may be true of both."""
    return any({r.head, r.tail} == {i, j} and r.lemma.lower() in HOLDING_PREDICATES for r in graph.relations)


def may_be_one_kind(first: SceneObject, second: SceneObject) -> bool:
    """Whether one noun may name what the other names: "street" and "road", "player" and "catcher"."""
    return co_refer(first, second) or nouns_overlap(first.lemma, second.lemma)


def share_a_noun(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases have one noun or its last word in common: "stop sign" and "signs"."""
    a, b = first.lemma.lower(), second.lemma.lower()
    return a == b or head_word(first) == head_word(second) or a.rstrip("s") == b.rstrip("s")


def co_refer(first: SceneObject, second: SceneObject) -> bool:
    """Whether two phrases may name one object, or things alike: same noun, same last word, "man" and "guy"."""
    if share_a_noun(first, second):
        return True
    a, b = first.lemma.lower(), second.lemma.lower()
    return a in _GENERIC_PERSONS and b in _GENERIC_PERSONS


def is_repeated(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether a mention between two objects names one of them again: the relation may belong to that mention."""
    pair = graph.objects[i], graph.objects[j]
    between = [o for o in graph.objects[i + 1 : j] if pair[0].end <= o.start and o.end <= pair[1].start]
    lemmas = [o.lemma.lower() for o in pair] if between else []
    return any(o.lemma.lower() in lemmas for o in between)


def are_crowd_and_thing(first: SceneObject, second: SceneObject) -> bool:
    """Whether one of two objects is several ("a crowd", "a couple") and the other not: one alone acts together."""
    return (head_word(first) in COLLECTIVES) != (head_word(second) in COLLECTIVES)
