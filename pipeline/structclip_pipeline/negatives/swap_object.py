"""
Exchange the two objects of a relation: whole phrases, or head nouns alone.

Object indices keep naming the objects of the caption, wherever they stand in the variant. Exchanging the objects i and
j means: every relation that had i has j and the other way round (lemma and index both), because each object now stands
where the other stood. With whole phrases the attributes moved along, so (i, is, red) stays (i, is, red). With head
nouns the attribute words stayed where they were, so (i, is, red) becomes (j, is, red).
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from structclip_pipeline.negatives import noun_rules, pair_rules, phrase_rules, relation_rules, rules, togetherness
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal, build_triples
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import ANIMATE, COLLECTIVES, DETERMINERS, LIST_JOINTS, MASS
from structclip_pipeline.negatives.meaning import read_facts
from structclip_pipeline.negatives.mentions import Mention, read_mentions
from structclip_pipeline.negatives.moved_phrases import is_existential, moved_phrases
from structclip_pipeline.negatives.number import EITHER, SINGULAR, head_word, measure_of, noun_number
from structclip_pipeline.negatives.quantities import is_amid
from structclip_pipeline.negatives.reference import pronoun_repairs
from structclip_pipeline.negatives.repair import Span, agreement_repairs, article_repairs, recase
from structclip_pipeline.negatives.rules import Rules, first_of
from structclip_pipeline.negatives.thesaurus import categories
from structclip_pipeline.negatives.words import is_written_as_a_name, starts_sentence, word_after, word_before
from structclip_pipeline.parser.inflection import singular
from structclip_pipeline.parser.phrases import MEASURES
from structclip_schemas.graph import Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Element

KIND = "swap_object"
_PLAIN_WORDS = DETERMINERS | {"and", "of", "very"}
"""What may stand in a phrase beside attributes and the head noun."""

PHRASE_RULE, NOUN_RULE = "swap-object-phrase/2", "swap-object-noun/2"


class _Pair(NamedTuple):
    """Two objects of a caption, the first one first, and the relations between them, in whatever direction."""

    caption: str
    graph: SceneGraph
    indices: tuple[int, int]
    items: tuple[SceneObject, SceneObject]
    between: list[Relation]


class _Movable(NamedTuple):
    """One object and what forbids moving it: at all, as a phrase, as a noun alone."""

    mention: Mention
    fault: str | None
    phrase_fault: str | None
    noun_fault: str | None


def exchange_objects(
    caption: str, graph: SceneGraph, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> Iterator[Outcome]:
    """Every exchange of two objects by each rule, and the reason of every one that a rule refuses."""
    movable = [_read_movable(mention) for mention in read_mentions(caption, graph)]
    for first, second in combinations(movable, 2):
        pair = _read_pair(caption, graph, first.mention.index, second.mention.index)
        reason = first.fault or second.fault or first_of(_OF_A_PAIR, pair, forgiven)
        if reason:
            yield Refusal(KIND, reason)
            continue
        yield _exchange_phrases(pair, (first, second), forgiven)
        yield _exchange_nouns(pair, (first, second))


def forbidden_pair(caption: str, graph: SceneGraph, i: int, j: int) -> str | None:
    """The name of the first rule that forbids exchanging two objects by either rule, pronouns aside, or None."""
    mentions = read_mentions(caption, graph)
    first, second = (first_of(_OF_ONE, mentions[k]) for k in (i, j))
    return first or second or first_of(_OF_A_PAIR, _read_pair(caption, graph, i, j))


def _read_movable(mention: Mention) -> _Movable:
    fault = first_of(_OF_ONE, mention)
    if fault:
        return _Movable(mention, fault, None, None)
    return _Movable(mention, None, first_of(_OF_A_PHRASE, mention), first_of(_OF_A_NOUN, mention))


def _read_pair(caption: str, graph: SceneGraph, i: int, j: int) -> _Pair:
    return _Pair(
        caption, graph, (i, j), (graph.objects[i], graph.objects[j]), pair_rules.relations_between(graph, i, j)
    )


_OF_ONE: Rules[Mention] = (
    ("pronoun", lambda m: m.is_pronoun),
    ("no-noun", lambda m: m.is_no_noun),
    ("placeless", lambda m: noun_rules.is_placeless(m.item)),
    ("partitive", lambda m: noun_rules.is_complement(m.caption, m.graph, m.item)),
    ("possessor", lambda m: noun_rules.is_possessor(m.caption, m.item)),
    ("contrast", lambda m: noun_rules.is_compared(m.caption, m.item)),
)
_OF_A_PAIR: Rules[_Pair] = (
    ("overlap", lambda p: phrase_rules.overlap(*p.items)),
    ("wordless-relation", lambda p: bool(p.between) and all(map(relation_rules.is_wordless, p.between))),
    ("compound", lambda p: any(relation_rules.is_inverted(p.caption, p.graph, r) for r in p.between)),
    (
        "same-predicate",
        lambda p: togetherness.repeats_predicate(p.graph, p.between) or togetherness.share_a_place(p.graph, *p.indices),
    ),
    ("co-reference", lambda p: _co_refer(p)),
    ("one-kind", lambda p: all(map(relation_rules.is_symmetric, p.between)) and pair_rules.may_be_one_kind(*p.items)),
    ("repeated-mention", lambda p: pair_rules.is_repeated(p.graph, *p.indices)),
    ("company", lambda p: togetherness.are_mere_company(p.caption, p.graph, *p.indices, p.between)),
    ("body-part", lambda p: togetherness.are_body_and_part(*p.items)),
    ("among", lambda p: togetherness.is_among(p.caption, p.items[0], p.indices[0], p.between)),
    ("purpose", lambda p: any(map(relation_rules.serves_a_purpose, p.between))),
    ("occasion", lambda p: any(relation_rules.is_an_occasion(p.graph, k) for k in p.indices)),
    ("each-side", lambda p: any(map(relation_rules.is_on_each_side, p.between))),
)


def _co_refer(pair: _Pair) -> bool:
    """Whether two phrases may name one object; not where one does something to the other ("people watch a man")."""
    directed = pair_rules.have_direction(pair.graph, *pair.indices)
    return pair_rules.share_a_noun(*pair.items) if directed else pair_rules.co_refer(*pair.items)


def triples_of_phrases(graph: SceneGraph, i: int, j: int) -> tuple[Triple, ...]:
    """The triples after the phrases of i and j changed places: attributes move along, every relation has new ends."""
    return build_triples(graph, [o.lemma for o in graph.objects], [a.object for a in graph.attributes], {i: j, j: i})


def _carries_all(graph: SceneGraph, i: int, j: int, phrases: tuple[SceneObject, SceneObject]) -> bool:
    """
    Whether nothing new is said when what is said within a phrase moves along: a bowl of soup next to a man.

    The triples of a variant do not tell: by contract they exchange the two objects in every relation.
    """
    if phrases == (graph.objects[i], graph.objects[j]):
        return False
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


def _exchange_phrases(pair: _Pair, movable: tuple[_Movable, _Movable], forgiven: frozenset[str]) -> Outcome:
    reason = movable[0].phrase_fault or movable[1].phrase_fault
    moving = _Moving(pair, movable[0].mention.phrase, movable[1].mention.phrase)
    reason = reason or first_of(_OF_TWO_PHRASES, moving, forgiven)
    if reason:
        return Refusal(KIND, reason)
    caption, graph, (i, j) = pair.caption, pair.graph, pair.indices
    numbers = {i: movable[1].mention.number, j: movable[0].mention.number}
    agreement: list[Replacement] | None = []
    unlike = numbers[i] != numbers[j] or pair_rules.are_crowd_and_thing(*pair.items)
    if unlike and relation_rules.is_reciprocal(caption):
        return Refusal(KIND, "reciprocal")
    if any(number == SINGULAR and is_amid(caption, graph, k) for k, number in numbers.items()):
        return Refusal(KIND, "between")
    if numbers[i] != numbers[j] or any(head_word(item) in COLLECTIVES for item in pair.items):
        agreement = agreement_repairs(caption, graph, numbers)
    if agreement is None:
        return Refusal(KIND, "agreement")
    moved = moved_phrases(caption, moving.first, moving.second)
    if moved is None:
        return Refusal(KIND, "determiner")
    pronouns = pronoun_repairs(caption, graph, numbers)
    if pronouns is None:
        return Refusal(KIND, "pronoun-reference")
    repairs = [*article_repairs(caption, moved), *agreement, *pronouns]
    return _make(pair, PHRASE_RULE, [*moved, *_outside(repairs, moved)], triples_of_phrases(graph, i, j))


def _make(pair: _Pair, rule: str, replacements: list[Replacement], triples: tuple[Triple, ...]) -> Exchange:
    left, right = (Element("object", k) for k in pair.indices)
    return Exchange(KIND, rule, left, right, tuple(replacements), triples)


def _is_both(mention: Mention) -> bool:
    """Whether the caption speaks of exactly two as "both": "both dogs", "two boys both eating"."""
    caption, phrase = mention.caption, mention.phrase
    opening = caption[phrase.phrase_start :].lower()
    return opening.startswith("both ") or word_after(caption, phrase.phrase_end)[0].lower() == "both"


def _is_listed_behind_there(caption: str, graph: SceneGraph, phrase: SceneObject) -> bool:
    """Whether a phrase is one of several that there are: "there are cups and plates on the table"."""
    if is_existential(caption, phrase.phrase_start):
        word, _, end = word_after(caption, phrase.phrase_end)
        start = word_after(caption, end)[1]
        definite = caption[start:].lower().startswith("the ")
        return word.lower() in LIST_JOINTS and not definite and any(o.phrase_start == start for o in graph.objects)
    word, start, _ = word_before(caption, phrase.phrase_start)
    if word.lower() not in LIST_JOINTS:
        return False
    phrases = [phrase_rules.with_complement(caption, graph, k) for k in range(len(graph.objects))]
    listed = [o for o in phrases if phrase_rules.ends_right_before(caption, o, start)]
    return any(_is_listed_behind_there(caption, graph, o) for o in listed)


_OF_A_PHRASE: Rules[Mention] = (
    ("partitive", lambda m: noun_rules.is_partitive(m.caption, m.phrase)),
    ("nested-object", lambda m: m.overlaps_a_stranger),
    ("loose-attribute", lambda m: m.has_loose_attribute or m.shares_attribute),
    ("paired", _is_both),
    ("possessive", lambda m: noun_rules.possessed(m.caption, m.phrase)),
    ("coordination", lambda m: _is_listed_behind_there(m.caption, m.graph, m.phrase)),
    ("shared-article", lambda m: phrase_rules.shares_its_article(m.caption, m.graph, m.item)),
    ("unclear-phrase", lambda m: not m.phrase_is_clear),
)


class _Moving(NamedTuple):
    """A pair's phrases with what belongs to them."""

    pair: _Pair
    first: SceneObject
    second: SceneObject


def _are_headline(caption: str, first: SceneObject, second: SceneObject) -> bool:
    """
    Whether a participle between two nouns without articles joins them or would: "chef hat wearing man", "an apron
    wearing man".
    """
    between = caption[first.phrase_end : second.phrase_start].lower().strip()
    if not (between.endswith("ing") and between.isalpha()):
        return False
    described = head_word(second) in ANIMATE and head_word(first) not in ANIMATE
    undetermined = DETERMINERS.isdisjoint(caption[first.phrase_start : first.end].lower().split()[:1])
    return noun_rules.is_bare_singular(caption, second) and (described or undetermined)


_OF_TWO_PHRASES: Rules[_Moving] = (
    ("overlap", lambda m: phrase_rules.overlap(m.first, m.second)),
    ("headline", lambda m: _are_headline(m.pair.caption, m.first, m.second)),
    ("coordination", lambda m: pair_rules.are_listed(m.pair.caption, m.pair.graph, m.first, m.second)),
    ("with-each-other", lambda m: togetherness.are_with_each_other(m.pair.graph, *m.pair.indices, m.pair.between)),
    ("with-each-other", lambda m: togetherness.are_joined_by_with(m.pair.caption, m.pair.graph, *m.pair.indices)),
    ("one-owner", lambda m: togetherness.belong_to_one(m.pair.graph, *m.pair.indices)),
    ("one-scene", lambda m: togetherness.are_in_one_scene(m.pair.graph, *m.pair.indices)),
    ("same-meaning", lambda m: _carries_all(m.pair.graph, *m.pair.indices, (m.first, m.second))),
)


def _opens_with_a_determiner(caption: str, item: SceneObject) -> bool:
    return caption[item.phrase_start : item.end].lower().split()[0] in DETERMINERS


def _exchange_nouns(pair: _Pair, movable: tuple[_Movable, _Movable]) -> Outcome:
    caption, (first, second) = pair.caption, pair.items
    numbers = movable[0].mention.number, movable[1].mention.number
    reason = movable[0].noun_fault or movable[1].noun_fault
    reason = reason or first_of(_OF_TWO_NOUNS, _Nouns(pair, numbers))
    nouns = _inflect_pair(first.text, second.text, numbers) if not reason else None
    if reason or nouns is None:
        return Refusal(KIND, reason or "noun-number")
    pronouns = pronoun_repairs(caption, pair.graph, dict(zip(pair.indices, numbers, strict=True)))
    if pronouns is None:
        return Refusal(KIND, "pronoun-reference")
    moved = [
        Replacement(first.start, first.end, recase(caption, nouns[1], second.start, first.start)),
        Replacement(second.start, second.end, recase(caption, nouns[0], first.start, second.start)),
    ]
    replacements = [*moved, *article_repairs(caption, moved), *_outside(pronouns, moved)]
    lemmas = _inflect_pair(first.lemma, second.lemma, numbers)
    return _make(pair, NOUN_RULE, replacements, triples_of_nouns(pair.graph, *pair.indices, lemmas))


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


_OF_A_NOUN: Rules[Mention] = (
    ("partitive", lambda m: m.is_partitive or bool(measure_of(m.caption, m.item))),
    ("compound", lambda m: not _is_plain_head(m.caption, m.graph, m.item)),
    ("unclear-phrase", lambda m: not m.is_clear),
)


class _Nouns(NamedTuple):
    """A pair whose nouns alone are exchanged, with the numbers of both."""

    pair: _Pair
    numbers: tuple[str, str]


_OF_TWO_NOUNS: Rules[_Nouns] = (
    ("headline", lambda n: _are_headline(n.pair.caption, *n.pair.items)),
    ("undirected", lambda n: not _may_act_alike(n.pair)),
    ("coordination", lambda n: _are_merely_listed(n.pair)),
    ("noun-number", lambda n: EITHER in n.numbers and not _same_form(*n.pair.items)),
    (
        "name",
        lambda n: (
            n.numbers[0] != n.numbers[1]
            and any(is_written_as_a_name(n.pair.caption, o.text, o.start) for o in n.pair.items)
        ),
    ),
    ("collective", lambda n: len({head_word(item) in COLLECTIVES for item in n.pair.items}) > 1),
    ("mass-noun", lambda n: not _same_determination(n.pair.caption, *n.pair.items)),
)


def _are_merely_listed(pair: _Pair) -> bool:
    """Whether two phrases are items of one list in which nothing tells them apart."""
    caption, graph, items = pair.caption, pair.graph, pair.items
    told_apart = any(phrase_rules.describing(graph, k) for k in pair.indices) and _opens_with_a_determiner(
        caption, items[1]
    )
    return not told_apart and pair_rules.are_listed(caption, graph, *items)


def _may_act_alike(pair: _Pair) -> bool:
    """Whether exchanging two nouns alone says something clear: a directed relation, or things of one category apart."""
    if pair.between:
        return not all(map(relation_rules.is_symmetric, pair.between))
    first, second = (categories(item.lemma) for item in pair.items)
    return not set(first).isdisjoint(second)


def _same_form(first: SceneObject, second: SceneObject) -> bool:
    return first.text.endswith("s") == second.text.endswith("s") or first.text.lower() == "people"


def _is_plain_head(caption: str, graph: SceneGraph, item: SceneObject) -> bool:
    """
    Whether the noun ends its phrase and only determiners and attributes stand before it: no compound's part, not even
    where the rest of it was read as an attribute ("flatbread pieces").
    """
    if item.end != item.phrase_end:
        return False
    if any(a.start == item.end + 1 and singular(a.lemma) in MEASURES for a in graph.attributes):
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
    """Whether either noun can follow the other's determiner: no "a water", no "some head", no bare singular inside."""
    bare = [noun_rules.is_bare_singular(caption, o) for o in (first, second)]
    some = [caption[o.phrase_start : o.start].lower().startswith("some ") for o in (first, second)]
    mass = [
        head_word(o) in MASS or (of_some and noun_number(o.text) == SINGULAR)
        for o, of_some in zip((first, second), some, strict=True)
    ]
    if (some[0] and mass[0] and not mass[1]) or (some[1] and mass[1] and not mass[0]):
        return False
    if bare[0] == bare[1]:
        articles = [noun_rules.opening_article(caption, o.phrase_start, o.phrase_end) for o in (first, second)]
        return mass[0] == mass[1] or not {"a", "an"} & set(articles)
    return not any(mass) and bare[0] and starts_sentence(caption, first.phrase_start)
