"""
State an attribute instead of putting it before its noun, or the other way round: the meaning stays.

"in a white shirt" gives "in a shirt that is white", "A brown dog on a mat." gives "A dog on a mat is brown.", "a dog
that is brown" gives "a brown dog", "The dog is brown." gives "The brown dog.". The graph is the same.
"""

import re
from collections.abc import Iterator

from structclip_pipeline.negatives import noun_rules, phrase_rules, rules
from structclip_pipeline.negatives.clauses import may_be_clause
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import (
    COLOUR_KINDS,
    COLOURS,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    MASS,
    OPENED,
    PERSONS,
    STATABLE,
    STATES,
)
from structclip_pipeline.negatives.modifiers import list_described, read_modifiers
from structclip_pipeline.negatives.number import EITHER, SINGULAR, head_word, object_number, verb_number
from structclip_pipeline.negatives.reorder_attributes import is_bound
from structclip_pipeline.negatives.words import indefinite_article, starts_sentence, tokens, word_after, word_before
from structclip_schemas.graph import Attribute, SceneGraph, SceneObject

KIND = "move_attribute"
STATING_RULE, ASSERTING_RULE, NAMING_RULE = "state-attribute/1", "assert-attribute/1", "name-attribute/1"
_COLOURED_MASS = frozenset(["hair", "grass", "paper", "snow", "water", "clothing", "fabric"])
_BREAKS = frozenset([",", ";", ":", "-", ".", "that", "who", "which", "than", "not", "n't", '"', "("])
_FINAL = re.compile(r"\s*[.!]?\s*\Z")
_STATED = re.compile(r"\s+(?:(?:that|which|who)\s+)?(is|are)\s+", re.IGNORECASE)
_RELATIVE = re.compile(r"\s+(?:that|which|who)\s+(?:is|are)\s+", re.IGNORECASE)


def move_attributes(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every statement of a prenominal attribute and every naming of a stated one, or why it is refused."""
    for attribute in graph.attributes:
        if attribute.end <= graph.objects[attribute.object].start:
            yield _state(caption, graph, attribute)
            yield _assert(caption, graph, attribute)
        else:
            yield _name(caption, graph, attribute)


def _state(caption: str, graph: SceneGraph, attribute: Attribute) -> Outcome:
    item = graph.objects[attribute.object]
    reason = forbidden_statement(caption, graph, attribute)
    if reason or not _may_take_clause(caption, graph, attribute.object):
        return Refusal(KIND, reason or "clause")
    said, replacements = _without(caption, attribute, item)
    pronoun = "who" if head_word(item) in PERSONS else "that"
    clause = Replacement(item.end, item.end, f" {pronoun} {_verb(caption, item)} {said}")
    return Exchange(KIND, STATING_RULE, None, None, (*replacements, clause), graph.triples())


def _assert(caption: str, graph: SceneGraph, attribute: Attribute) -> Outcome:
    item = graph.objects[attribute.object]
    reason = forbidden_statement(caption, graph, attribute)
    end = _end_of_fragment(caption, graph, item) if not reason else None
    if reason or end is None:
        return Refusal(KIND, reason or "no-fragment")
    said, replacements = _without(caption, attribute, item)
    statement = Replacement(end, end, f" {_verb(caption, item)} {said}")
    return Exchange(KIND, ASSERTING_RULE, None, None, (*replacements, statement), graph.triples())


def _end_of_fragment(caption: str, graph: SceneGraph, item: SceneObject) -> int | None:
    """
    The offset at which a caption that is one noun phrase with its additions ends; None when it is anything else.

    The object opens it and something follows; no verb of it may be finite, no conjunction or comma may add a part.
    """
    end = len(caption.rstrip().rstrip(".!").rstrip())
    rest = {word.lower() for word, _, _ in tokens(caption[item.phrase_end : end])}
    bare = noun_rules.is_bare_singular(caption, item) and item.lemma.lower() not in MASS
    whole = not caption[: item.phrase_start].strip() and not bare and bool(rest) and not rest & (CONJUNCTIONS | _BREAKS)
    return end if whole and not may_be_clause(caption, graph, item.phrase_end, end) else None


def _without(caption: str, attribute: Attribute, item: SceneObject) -> tuple[str, list[Replacement]]:
    """The words to state, and the replacements that take them from before the noun."""
    place = read_modifiers(caption, item).description
    start, end = place if _is_pair(caption, place) else (attribute.start, attribute.end)
    said = caption[start:end].strip()
    rest = caption[end : item.start].lstrip() + caption[item.start : item.end]
    if starts_sentence(caption, start) and caption[start].isupper():
        said, rest = said[0].lower() + said[1:], rest[0].upper() + rest[1:]
    return said, [Replacement(start, item.end, rest), *_article(caption, start, rest)]


def _verb(caption: str, item: SceneObject) -> str:
    return "is" if object_number(caption, item) == SINGULAR else "are"


def forbidden_statement(caption: str, graph: SceneGraph, attribute: Attribute) -> str | None:
    """The name of the first rule that forbids stating a prenominal attribute in a relative clause, or None."""
    item, index = graph.objects[attribute.object], attribute.object
    checks: rules.Checks = (
        ("not-statable", lambda: caption.isupper() or not _is_statable(attribute, item)),
        ("pronoun", lambda: noun_rules.is_pronoun(item) or noun_rules.is_possessor(caption, item)),
        ("no-noun", lambda: noun_rules.is_no_noun(caption, item) or noun_rules.is_placeless(item)),
        ("partitive", lambda: noun_rules.is_partitive(caption, item)),
        ("shared-attribute", lambda: phrase_rules.shares_attribute(graph, index)),
        ("shared-attribute", lambda: phrase_rules.overlaps_another(graph, index)),
        ("loose-attribute", lambda: phrase_rules.has_loose_attribute(graph, index)),
        ("noun-number", lambda: object_number(caption, item) == EITHER),
        ("determiner", lambda: not _is_openly_determined(caption, item)),
        ("compound", lambda: not _is_clear(caption, graph, attribute)),
        ("bound-word", lambda: is_bound(caption, graph, attribute) or _binds(caption, attribute)),
    )  # fmt: skip
    return rules.first_that_holds(checks)


def _is_statable(attribute: Attribute, item: SceneObject) -> bool:
    word, noun = attribute.lemma.lower(), head_word(item)
    if word not in STATABLE or attribute.text.lower() != word:
        return False
    return noun in OPENED if word == "open" else not (word in COLOURS and _names_a_kind(noun))


def _names_a_kind(noun: str) -> bool:
    """Whether a colour before the noun may name a kind: "orange juice", "green beans", "brown bear"."""
    return noun in MASS - _COLOURED_MASS or noun.rstrip("s") in COLOUR_KINDS


def _is_openly_determined(caption: str, item: SceneObject) -> bool:
    """An article, a count or nothing opens the phrase: "his white shirt" and "no red cups" stay as they are."""
    words = caption[item.phrase_start : item.start].lower().split()
    opening = words[0] if words else ""
    if "of" in words or "no" in words or "both" in words:
        return False
    return opening not in DETERMINERS or opening in (
        "a",
        "an",
        "the",
        "two",
        "three",
        "four",
        "five",
        "some",
        "several",
    )


def _is_clear(caption: str, graph: SceneGraph, attribute: Attribute) -> bool:
    """Whether every word between the opening and the noun is a known attribute, and none is bound to this one."""
    item = graph.objects[attribute.object]
    description = read_modifiers(caption, item).description
    known = list_described(graph, attribute.object, description)
    rest = list(caption[slice(*description)])
    for k in known:
        a = graph.attributes[k]
        rest[a.start - description[0] : a.end - description[0]] = " " * (a.end - a.start)
    inside = description[0] <= attribute.start and attribute.end <= description[1]
    if not inside or item.end != item.phrase_end or len(item.text.split()) > 1:
        return False
    if _is_pair(caption, description):
        return attribute.start == description[0]
    return not "".join(rest).strip()


def _binds(caption: str, attribute: Attribute) -> bool:
    """Whether the attribute describes the participle behind it: "red" in "red handled scissors"."""
    return word_after(caption, attribute.end)[0].lower().endswith("ed")


def _is_pair(caption: str, description: tuple[int, int]) -> bool:
    """Whether a description is two statable words joined by "and": "black and white", not "open and closed"."""
    words = caption[slice(*description)].lower().split()
    if words[:1] and {words[0], words[-1]} <= STATES:
        return False
    return len(words) == 3 and words[1] == "and" and words[0] in STATABLE and words[2] in STATABLE


def _may_take_clause(caption: str, graph: SceneGraph, index: int) -> bool:
    """
    Whether a relative clause behind the phrase can only belong to it and leaves the rest easy to read.

    The caption ends behind the phrase, or the phrase opens it and a finite verb follows; what stands before a closing
    phrase is no "and", whose other part the clause might take.
    """
    item = graph.objects[index]
    if word_before(caption, item.phrase_start)[0].lower() in ("and", "or", "&", ",", "no", "with no"):
        return False
    if _FINAL.match(caption, item.phrase_end):
        return True
    word, start, _ = word_after(caption, item.phrase_end)
    if not starts_sentence(caption, item.phrase_start):
        return False
    if word.lower() in FINITE_AUXILIARIES:
        return True
    verbs = [r.lemma.split()[0] for r in graph.relations if r.start == start and r.head == index and r.lemma.split()]
    return any(verb_number(word, verb) is not None and word.lower() != verb for verb in verbs)


def _article(caption: str, start: int, following: str) -> list[Replacement]:
    word, first, end = word_before(caption, start)
    if word.lower() not in ("a", "an"):
        return []
    article = indefinite_article(following)
    return [Replacement(first, end, article.capitalize() if word[0].isupper() else article)]


def _name(caption: str, graph: SceneGraph, attribute: Attribute) -> Outcome:
    item = graph.objects[attribute.object]
    reason = forbidden_naming(caption, graph, attribute)
    if reason:
        return Refusal(KIND, reason)
    description = read_modifiers(caption, item).description
    start = description[0]
    said, noun = attribute.text, caption[start : item.end]
    if starts_sentence(caption, start) and caption[start].isupper():
        said, noun = said[0].upper() + said[1:], noun[0].lower() + noun[1:]
    gone = _stated_before(caption, attribute)
    replacements = [Replacement(start, item.end, f"{said} {noun}"), *_article(caption, start, said)]
    replacements.append(Replacement(gone, attribute.end, ""))
    return Exchange(KIND, NAMING_RULE, None, None, tuple(replacements), graph.triples())


def _stated_before(caption: str, attribute: Attribute) -> int:
    """Offset at which the words that state the attribute begin: "that is", "is"; the attribute's own without any."""
    found = [m for m in _STATED.finditer(caption, 0, attribute.start) if m.end() == attribute.start]
    return found[-1].start() + 1 if found else attribute.start


def forbidden_naming(caption: str, graph: SceneGraph, attribute: Attribute) -> str | None:
    """The name of the first rule that forbids putting a stated attribute before its noun, or None."""
    item, index = graph.objects[attribute.object], attribute.object
    relative = _RELATIVE.match(caption, item.phrase_end)
    stated = _STATED.search(caption, item.phrase_end, attribute.start)
    checks: rules.Checks = (
        ("not-statable", lambda: not _is_statable(attribute, item)),
        ("pronoun", lambda: noun_rules.is_pronoun(item) or noun_rules.is_no_noun(caption, item)),
        ("not-stated", lambda: stated is None or stated.end() != attribute.start),
        ("partitive", lambda: noun_rules.is_partitive(caption, item) or noun_rules.is_placeless(item)),
        ("described", lambda: bool(caption[slice(*read_modifiers(caption, item).description)].strip())),
        ("shared-attribute", lambda: phrase_rules.shares_attribute(graph, index)),
        ("shared-attribute", lambda: phrase_rules.overlaps_another(graph, index)),
        ("compound", lambda: item.end != item.phrase_end),
        ("clause", lambda: not _closes_clause(caption, item, attribute, relative)),
    )
    return rules.first_that_holds(checks)


def _closes_clause(caption: str, item: SceneObject, attribute: Attribute, relative: re.Match[str] | None) -> bool:
    """Whether the statement is all its clause says: a relative clause of one word, or a whole sentence."""
    follows = word_after(caption, attribute.end)[0].lower()
    if relative and relative.end() == attribute.start:
        return follows not in ("and", "or", "but", ",", "to", "than", "with", "in", "of", "&", "-", "/")
    said = caption[item.phrase_end : attribute.start].lower().split()
    whole = not caption[: item.phrase_start].strip() and said[-2:-1] not in (["that"], ["which"], ["who"])
    return whole and bool(_FINAL.match(caption, attribute.end))
