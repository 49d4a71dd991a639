"""
Exchange the two objects of a relation: whole phrases, or head nouns alone.

Object indices keep naming the objects of the caption, wherever they stand in the variant. Exchanging the objects i and
j means: every relation that had i has j and the other way round (lemma and index both), because each object now stands
where the other stood. With whole phrases the attributes moved along, so (i, is, red) stays (i, is, red). With head
nouns the attribute words stayed where they were, so (i, is, red) becomes (j, is, red).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from structclip_pipeline.negatives import rules, togetherness
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal, build_triples
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import DETERMINERS, MASS
from structclip_pipeline.negatives.meaning import read_facts
from structclip_pipeline.negatives.moved_phrases import moved_phrases
from structclip_pipeline.negatives.number import EITHER, head_word, object_number
from structclip_pipeline.negatives.reference import pronoun_repairs
from structclip_pipeline.negatives.repair import Span, agreement_repairs, article_repairs, recase
from structclip_pipeline.negatives.thesaurus import categories
from structclip_pipeline.negatives.words import starts_sentence
from structclip_schemas.graph import Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND = "swap_object"
_PLAIN_WORDS = DETERMINERS | {"and", "of", "very"}
"""What may stand in a phrase beside attributes and the head noun."""

PHRASE_RULE, NOUN_RULE = "swap-object-phrase/2", "swap-object-noun/2"


@dataclass(frozen=True, slots=True)
class _Movable:
    """What exchanges ask of one object, whatever the other is: its phrase, its number, and what forbids moving it."""

    phrase: SceneObject
    number: str
    fault: str | None
    phrase_fault: str | None
    noun_fault: str | None


def exchange_objects(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of two objects by each rule, and the reason of every one that is refused."""
    movable = [_read_movable(caption, graph, k) for k in range(len(graph.objects))]
    for i, j in combinations(range(len(graph.objects)), 2):
        pair = movable[i], movable[j]
        reason = pair[0].fault or pair[1].fault or _forbidden_together(caption, graph, i, j)
        if reason:
            yield Refusal(KIND, reason)
            continue
        yield _exchange_phrases(caption, graph, (i, j), pair)
        yield _exchange_nouns(caption, graph, (i, j), pair)


def forbidden_pair(caption: str, graph: SceneGraph, i: int, j: int) -> str | None:
    """The name of the first rule that forbids exchanging two objects by either rule, pronouns aside, or None."""
    first, second = (_forbidden_alone(caption, graph.objects[k], graph) for k in (i, j))
    return first or second or _forbidden_together(caption, graph, i, j)


def _read_movable(caption: str, graph: SceneGraph, index: int) -> _Movable:
    item, phrase = graph.objects[index], rules.with_complement(caption, graph, index)
    fault = _forbidden_alone(caption, item, graph)
    return _Movable(
        phrase,
        object_number(caption, item),
        fault,
        None if fault else _phrase_fault(caption, graph, index, phrase),
        None if fault else _noun_fault(caption, graph, item),
    )


def _forbidden_alone(caption: str, item: SceneObject, graph: SceneGraph) -> str | None:
    checks: rules.Checks = (
        ("pronoun", lambda: rules.is_pronoun(item)),
        ("no-noun", lambda: rules.is_no_noun(caption, item)),
        ("placeless", lambda: rules.is_placeless(item)),
        ("partitive", lambda: rules.is_complement(caption, graph, item)),
        ("possessor", lambda: rules.is_possessor(caption, item)),
        ("contrast", lambda: rules.is_contrasted(caption, item)),
    )
    return rules.first_that_holds(checks)


def _forbidden_together(caption: str, graph: SceneGraph, i: int, j: int) -> str | None:
    pair = graph.objects[i], graph.objects[j]
    between = [r for r in graph.relations if {r.head, r.tail} == {i, j}]
    checks: rules.Checks = (
        ("overlap", lambda: rules.overlap(*pair)),
        ("wordless-relation", lambda: bool(between) and all(map(rules.is_wordless, between))),
        ("compound", lambda: any(rules.is_inverted(graph, r) for r in between)),
        (
            "same-predicate",
            lambda: togetherness.repeats_predicate(graph, between) or togetherness.share_a_place(graph, i, j),
        ),
        ("co-reference", lambda: _co_refer(graph, i, j)),
        ("one-kind", lambda: all(map(rules.is_symmetric, between)) and rules.may_be_one_kind(*pair)),
        ("repeated-mention", lambda: rules.is_repeated(graph, i, j)),
        ("company", lambda: togetherness.are_mere_company(caption, graph, i, j)),
        ("body-part", lambda: togetherness.are_body_and_part(*pair)),
        ("among", lambda: togetherness.is_among(caption, graph, *pair)),
        ("purpose", lambda: any(map(rules.serves_a_purpose, between))),
    )
    return rules.first_that_holds(checks)


def _co_refer(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether two phrases may name one object; not where one does something to the other ("people watch a man")."""
    may_be_one = rules.share_a_noun if rules.have_direction(graph, i, j) else rules.co_refer
    return may_be_one(graph.objects[i], graph.objects[j])


def triples_of_phrases(graph: SceneGraph, i: int, j: int) -> tuple[Triple, ...]:
    """The triples after the phrases of i and j changed places: attributes move along, every relation has new ends."""
    return build_triples(graph, [o.lemma for o in graph.objects], [a.object for a in graph.attributes], {i: j, j: i})


def _carries_all(graph: SceneGraph, i: int, j: int, phrases: tuple[SceneObject, SceneObject]) -> bool:
    """
    Whether nothing new is said when what is said within a phrase moves along: a bowl of soup next to a man.

    The triples of a variant do not tell: by contract they exchange the two objects in every relation.
    """
    carried = [k for k, r in enumerate(graph.relations) if any(_holds_both(graph, r, phrase) for phrase in phrases)]
    if not carried:
        return False
    lemmas, owners = [o.lemma for o in graph.objects], [a.object for a in graph.attributes]
    said = build_triples(graph, lemmas, owners, {i: j, j: i}, carried)
    return read_facts(graph, said) == read_facts(graph, graph.triples())


def _holds_both(graph: SceneGraph, relation: Relation, phrase: SceneObject) -> bool:
    ends = graph.objects[relation.head], graph.objects[relation.tail]
    return all(phrase.phrase_start <= o.start and o.end <= phrase.phrase_end for o in ends)


def triples_of_nouns(graph: SceneGraph, i: int, j: int, lemmas: tuple[str, str] | None) -> tuple[Triple, ...]:
    """The triples after the nouns of i and j changed places; ``lemmas`` are theirs where their number changed."""
    moved = {i: j, j: i}
    lemma = [o.lemma for o in graph.objects]
    lemma[i], lemma[j] = lemmas or (lemma[i], lemma[j])
    return build_triples(graph, lemma, [moved.get(a.object, a.object) for a in graph.attributes], moved)


def _exchange_phrases(
    caption: str, graph: SceneGraph, indices: tuple[int, int], pair: tuple[_Movable, _Movable]
) -> Outcome:
    (i, j), first, second = indices, pair[0].phrase, pair[1].phrase
    reason = pair[0].phrase_fault or pair[1].phrase_fault or _phrases_fault(caption, graph, indices, first, second)
    if reason:
        return Refusal(KIND, reason)
    if _carries_all(graph, i, j, (first, second)):
        return Refusal(KIND, "same-meaning")
    numbers = {i: object_number(caption, second), j: object_number(caption, first)}
    agreement: list[Replacement] | None = []
    if numbers[i] != numbers[j] and rules.is_reciprocal(caption):
        return Refusal(KIND, "reciprocal")
    if numbers[i] != numbers[j]:
        agreement = agreement_repairs(caption, graph, numbers)
    if agreement is None:
        return Refusal(KIND, "agreement")
    moved = moved_phrases(caption, first, second)
    if moved is None:
        return Refusal(KIND, "determiner")
    pronouns = pronoun_repairs(caption, graph, numbers)
    if pronouns is None:
        return Refusal(KIND, "pronoun-reference")
    repairs = [*article_repairs(caption, moved), *agreement, *pronouns]
    replacements = [*moved, *_outside(repairs, moved)]
    return Exchange(
        KIND,
        PHRASE_RULE,
        Element("object", i),
        Element("object", j),
        tuple(replacements),
        triples_of_phrases(graph, i, j),
    )


def _phrase_fault(caption: str, graph: SceneGraph, index: int, phrase: SceneObject) -> str | None:
    checks: rules.Checks = (
        ("partitive", lambda: rules.is_partitive(caption, phrase)),
        ("nested-object", lambda: rules.holds_another(graph, index)),
        (
            "loose-attribute",
            lambda: rules.has_loose_attribute(graph, index) or rules.shares_attribute(graph, index),
        ),
        ("paired", lambda: caption[phrase.phrase_start :].lower().startswith("both ")),
        ("possessive", lambda: rules.possessed(caption, phrase)),
        (
            "unclear-phrase",
            lambda: not rules.has_clear_phrase(caption, graph, phrase),
        ),
    )
    return rules.first_that_holds(checks)


def _phrases_fault(
    caption: str, graph: SceneGraph, indices: tuple[int, int], first: SceneObject, second: SceneObject
) -> str | None:
    checks: rules.Checks = (
        ("overlap", lambda: rules.overlap(first, second)),
        ("coordination", lambda: rules.are_listed(caption, graph, first, second)),
        ("with-each-other", lambda: togetherness.are_with_each_other(graph, *indices)),
        ("with-each-other", lambda: togetherness.are_joined_by_with(caption, graph, *indices)),
        ("one-owner", lambda: togetherness.belong_to_one(graph, *indices)),
        ("one-scene", lambda: togetherness.are_in_one_scene(graph, *indices)),
    )
    return rules.first_that_holds(checks)


def _opens_with_a_determiner(caption: str, item: SceneObject) -> bool:
    return caption[item.phrase_start : item.end].lower().split()[0] in DETERMINERS


def _exchange_nouns(
    caption: str, graph: SceneGraph, indices: tuple[int, int], pair: tuple[_Movable, _Movable]
) -> Outcome:
    (i, j), numbers = indices, (pair[0].number, pair[1].number)
    first, second = graph.objects[i], graph.objects[j]
    reason = pair[0].noun_fault or pair[1].noun_fault or _nouns_fault(caption, graph, i, j, numbers)
    nouns = _inflect_pair(first.text, second.text, numbers) if not reason else None
    if reason or nouns is None:
        return Refusal(KIND, reason or "noun-number")
    pronouns = pronoun_repairs(caption, graph, {i: numbers[0], j: numbers[1]})
    if pronouns is None:
        return Refusal(KIND, "pronoun-reference")
    left, right = (first.start, first.end), (second.start, second.end)
    moved = [
        Replacement(*left, recase(caption, nouns[1], second.start, first.start)),
        Replacement(*right, recase(caption, nouns[0], first.start, second.start)),
    ]
    return Exchange(
        KIND,
        NOUN_RULE,
        Element("object", i),
        Element("object", j),
        (*moved, *article_repairs(caption, moved), *_outside(pronouns, moved)),
        triples_of_nouns(graph, i, j, _inflect_pair(first.lemma, second.lemma, numbers)),
    )


def _outside(repairs: list[Replacement], moved: list[Replacement]) -> list[Replacement]:
    """Repairs of words that do not move themselves."""
    return [r for r in repairs if not any(m.start < r.end and r.start < m.end for m in moved)]


def _inflect_pair(first: str, second: str, numbers: tuple[str, str]) -> tuple[str, str] | None:
    """Two nouns, each in the number of the other's place; None where one has no such form."""
    if numbers[0] == numbers[1]:
        return first, second
    if EITHER in numbers:
        return None
    turned = inflect_noun(first, numbers[1]), inflect_noun(second, numbers[0])
    return (turned[0], turned[1]) if turned[0] and turned[1] else None


def _noun_fault(caption: str, graph: SceneGraph, item: SceneObject) -> str | None:
    checks: rules.Checks = (
        ("partitive", lambda: rules.is_partitive(caption, item)),
        ("compound", lambda: not _is_plain_head(caption, graph, item)),
        ("unclear-phrase", lambda: not rules.has_clear_phrase(caption, graph, item)),
    )
    return rules.first_that_holds(checks)


def _nouns_fault(caption: str, graph: SceneGraph, i: int, j: int, numbers: tuple[str, str]) -> str | None:
    first, second = graph.objects[i], graph.objects[j]
    checks: rules.Checks = (
        ("undirected", lambda: not _may_act_alike(graph, i, j)),
        (
            "coordination",
            lambda: (
                rules.are_listed(caption, graph, first, second)
                and not (rules.is_described(graph, first, second) and _opens_with_a_determiner(caption, second))
            ),
        ),
        ("noun-number", lambda: EITHER in numbers and not _same_form(first, second)),
        ("mass-noun", lambda: not _same_determination(caption, first, second)),
    )
    return rules.first_that_holds(checks)


def _may_act_alike(graph: SceneGraph, i: int, j: int) -> bool:
    """Whether exchanging two nouns alone says something clear: a directed relation, or things of one category apart."""
    if any({r.head, r.tail} == {i, j} for r in graph.relations):
        return rules.have_direction(graph, i, j)
    kinds = [set(categories(graph.objects[k].lemma)) for k in (i, j)]
    return bool(kinds[0] & kinds[1])


def _same_form(first: SceneObject, second: SceneObject) -> bool:
    return first.text.endswith("s") == second.text.endswith("s") or first.text.lower() == "people"


def _is_plain_head(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """Whether the noun ends its phrase and only determiners and attributes stand before it: no compound's part."""
    if item.end != item.phrase_end:
        return False
    known: list[Span] = [(a.start, a.end) for a in graph.attributes]
    position = item.phrase_start
    for word in caption[item.phrase_start : item.start].split():
        start = caption.index(word, position)
        position = start + len(word)
        if word.lower().strip(",") not in _PLAIN_WORDS and not any(s <= start < e for s, e in known):
            return False
    return True


def _same_determination(caption: str, first: SceneObject, second: SceneObject) -> bool:
    """Whether either noun can follow the other's determiner: no "a water", no bare singular but at the start."""
    bare = [rules.is_bare_singular(caption, o) for o in (first, second)]
    mass = [head_word(o) in MASS for o in (first, second)]
    if bare[0] == bare[1]:
        articles = [rules.opening_article(caption, o.phrase_start, o.phrase_end) for o in (first, second)]
        return mass[0] == mass[1] or not {"a", "an"} & set(articles)
    return not any(mass) and bare[0] and starts_sentence(caption, first.phrase_start)
