"""What pronouns refer to, and the pronouns that two exchanged objects ask for."""

from collections.abc import Iterable, Mapping

from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.lexicon import (
    ANIMATE,
    BACKREFERENCES,
    FEMALE_PERSONS,
    FEMININE,
    FUNCTION_WORDS,
    MALE_PERSONS,
    MASCULINE,
    NEUTER,
)
from structclip_pipeline.negatives.memory import remember_last
from structclip_pipeline.negatives.number import PLURAL, head_word, object_number
from structclip_pipeline.negatives.thesaurus import names_a_person
from structclip_pipeline.negatives.words import cased_like, tokens, word_after, word_before
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

_INFANTS = frozenset(("baby", "child", "infant", "toddler", "newborn"))
"""Persons who may be called it."""

_FORMS = {
    "object": {"he": "him", "she": "her", "it": "it", "they": "them"},
    "possessor": {"he": "his", "she": "her", "it": "its", "they": "their"},
    "reflexive": {"he": "himself", "she": "herself", "it": "itself", "they": "themselves"},
}
_CASES = {
    "he": "subject",
    "she": "subject",
    "him": "object",
    "it": "object",
    "them": "object",
    "his": "possessor",
    "its": "possessor",
    "their": "possessor",
    "himself": "reflexive",
    "herself": "reflexive",
    "itself": "reflexive",
    "themselves": "reflexive",
}


def breaks_reference(caption: str, graph: SceneGraph, moved: tuple[int, int]) -> bool:
    """
    Whether a pronoun behind the first of two moved phrases may refer to one of them.

    "his" refers to a person, "its" to a thing or an animal, "their" to anything; where the graph tells what a pronoun
    refers to, only that counts.
    """
    items = [graph.objects[k] for k in moved]
    for word, start, end in _pronouns_behind(caption, graph, moved):
        known = find_antecedent(caption, graph, start, end)
        if known in moved or (known is None and any(may_refer(word.lower(), item) for item in items)):
            return True
    return False


def pronoun_repairs(caption: str, graph: SceneGraph, numbers: Mapping[int, str]) -> list[Replacement] | None:
    """
    The pronouns to change when two objects change places: each then refers to the object that came.

    ``numbers`` tells each object's place what number comes there: the other's, or its own where nouns alone move. A
    pronoun that fits both as they are stays: "a man with a dog on his lap".
    None where a pronoun's object cannot be told, where it is a subject whose verb would have to agree, or where no
    pronoun fits the object that came.
    """
    repairs = []
    moved = sorted(numbers)
    other = {moved[0]: moved[1], moved[1]: moved[0]}
    for word, start, end in _pronouns_behind(caption, graph, moved):
        if word.lower() == "them" and _means_several(graph, start):
            continue
        known = find_antecedent(caption, graph, start, end)
        if known is None:
            known = _find_only(caption, graph, word, start)
        if known is None and all(_agrees(caption, word.lower(), graph.objects[k]) for k in moved):
            continue
        if known is None and any(may_refer(word.lower(), graph.objects[k]) for k in moved):
            return None
        if known not in other:
            continue
        acts = word.lower() in _SUBJECTS and any(_acts(graph, r, start, end) for r in graph.relations)
        case = "subject" if acts else _case(caption, word.lower(), end)
        fitting = _fit(graph.objects[other[known]], numbers[known], word.lower(), case)
        if fitting is None or (word.lower() == "them" != fitting and _is_parted(caption, start)):
            return None
        if fitting != word.lower():
            repairs.append(Replacement(start, end, cased_like(word, fitting)))
    return repairs


def _is_parted(caption: str, start: int) -> bool:
    """Whether a pronoun names what one or both are of: "both of them"."""
    return word_before(caption, start)[0].lower() == "of"


def _pronouns_behind(caption: str, graph: SceneGraph, moved: Iterable[int]) -> list[tuple[str, int, int]]:
    pronouns = _find_pronouns(caption)
    first = min(graph.objects[k].phrase_start for k in moved) if pronouns else 0
    return [t for t in pronouns if t[1] >= first]


@remember_last
def _find_pronouns(caption: str) -> list[tuple[str, int, int]]:
    return [t for t in tokens(caption) if t[0].lower() in BACKREFERENCES]


def find_antecedent(caption: str, graph: SceneGraph, start: int, end: int) -> int | None:
    """
    The object a pronoun refers to where the graph tells, else None.

    It is the end of a relation whose words stop right before it ("a chair next to it", "inside of it"), the head of one
    whose words follow it ("while he serves a ball"), or the owner of the phrase that it opens ("his hand").
    """
    owns = any(o.phrase_start == start and o.start >= end for o in graph.objects)
    for relation in graph.relations:
        if relation.text and not owns and _lead_to(caption, relation, start):
            return relation.tail if graph.objects[relation.tail].end <= start else relation.head
        if _acts(graph, relation, start, end):
            return relation.head
        tail = graph.objects[relation.tail]
        owned = relation.lemma == "have" and tail.phrase_start <= start and end <= tail.start
        if owned and may_refer(caption[start:end].lower(), graph.objects[relation.head]):
            return relation.head
    return None


def _acts(graph: SceneGraph, relation: Relation, start: int, end: int) -> bool:
    """Whether a pronoun stands for the head of a relation whose words follow it: "while it lies on a couch"."""
    return bool(relation.text) and relation.start - end == 1 and graph.objects[relation.head].end <= start


def _lead_to(caption: str, relation: Relation, start: int) -> bool:
    """Whether nothing but "of" stands between a relation's words and what starts behind them."""
    return relation.end <= start and caption[relation.end : start].strip().lower() in ("", "of")


def _means_several(graph: SceneGraph, start: int) -> bool:
    """Whether the words before a pronoun relate something to more than one object: "a boy next to them"."""
    return len({r.tail for r in graph.relations if r.text and 0 <= start - r.end <= 1}) > 1


def _find_only(caption: str, graph: SceneGraph, word: str, start: int) -> int | None:
    """The one object before a pronoun that it may refer to by gender and number; None where there are more."""
    fitting = [i for i, o in enumerate(graph.objects) if o.phrase_end <= start and _agrees(caption, word.lower(), o)]
    return fitting[0] if len(fitting) == 1 else None


def _agrees(caption: str, word: str, item: SceneObject) -> bool:
    plural = object_number(caption, item) == PLURAL
    return may_refer(word, item) and plural == (word not in MASCULINE | FEMININE | NEUTER)


def may_refer(word: str, item: SceneObject) -> bool:
    """Whether a lower-cased pronoun may stand for an object by its gender."""
    noun = head_word(item)
    if word in MASCULINE or word in FEMININE:
        return (noun in ANIMATE or names_a_person(noun)) and noun not in (
            FEMALE_PERSONS if word in MASCULINE else MALE_PERSONS
        )
    if word in NEUTER:
        return noun in _INFANTS or not names_a_person(noun)
    return True


def _fit(item: SceneObject, number: str, word: str, case: str | None) -> str | None:
    """The form of a lower-cased pronoun that stands for an object; None where none does or a verb has to agree."""
    if case is None:
        return None
    person = _person(item, number)
    if case == "subject":
        return person if (person == "they") == (word == "they") else None
    if number != PLURAL and may_refer(word, item) and word not in _FORMS_OF_THEY:
        return word
    return _FORMS[case][person]


_SUBJECTS = frozenset(("he", "she", "it", "they"))
_FORMS_OF_THEY = frozenset(forms["they"] for forms in _FORMS.values())


_DESCRIBING_LIST = "high low left right top front back opposite different various two three four"
_DESCRIBING = frozenset(_DESCRIBING_LIST.split())
"""Function words that may stand before the noun that somebody has: "her high chair"."""


def _case(caption: str, word: str, end: int) -> str | None:
    """Subject, object, possessor or reflexive; None for "they", and for "it" before a verb."""
    following = word_after(caption, end)[0].lower()
    if word == "her":
        closes = not following.isalpha() or following in FUNCTION_WORDS - _DESCRIBING
        return "object" if closes else "possessor"
    verb = following == "'s" or (following.isalpha() and following.endswith("s") and not following.endswith("ss"))
    if word == "it" and verb and following != "as":
        return None
    return _CASES.get(word)


def _person(item: SceneObject, number: str) -> str:
    noun = head_word(item)
    if number == PLURAL or (names_a_person(noun) and noun not in MALE_PERSONS | FEMALE_PERSONS):
        return "they"
    return "he" if noun in MALE_PERSONS else "she" if noun in FEMALE_PERSONS else "it"
