"""Exchange the predicates of two relations: "a cat on a mat under a table", "a cat under a mat on a table"."""

from collections.abc import Iterator
from itertools import combinations

from structclip_pipeline.negatives import noun_rules, pair_rules, relation_rules, rules
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import (
    ADVERBS,
    FINITE_AUXILIARIES,
    MASS,
    PREPOSITIONS,
    RESTING_PREPOSITIONS,
    RIDING,
)
from structclip_pipeline.negatives.number import head_word, verb_number
from structclip_pipeline.negatives.repair import exchange_spans
from structclip_pipeline.negatives.words import word_after
from structclip_schemas.graph import Relation, SceneGraph, Triple
from structclip_schemas.variant import Element

KIND, RULE = "swap_relation", "swap-relation/1"


def exchange_relations(
    caption: str, graph: SceneGraph, forgiven: frozenset[str] = rules.NOTHING_FORGIVEN
) -> Iterator[Outcome]:
    """Every exchange of two predicates, and the reason of every one that a rule refuses."""
    first_at: dict[tuple[int, int], int] = {}
    for index, relation in enumerate(graph.relations):
        first_at.setdefault((relation.start, relation.end), index)
    for i, j in combinations(first_at.values(), 2):
        reason = forbidden_relations(caption, graph, graph.relations[i], graph.relations[j], forgiven)
        yield Refusal(KIND, reason) if reason else _exchange(caption, graph, i, j)


def forbidden_relations(
    caption: str,
    graph: SceneGraph,
    first: Relation,
    second: Relation,
    forgiven: frozenset[str] = rules.NOTHING_FORGIVEN,
) -> str | None:
    """The name of the first rule that forbids exchanging two predicates and is not ``forgiven``, or None."""
    pair = first, second
    checks: rules.Checks = (
        ("wordless-relation", lambda: any(map(relation_rules.is_wordless, pair))),
        ("same-relation", lambda: relation_rules.mean_the_same(first.lemma, second.lemma)),
        ("resting-place", lambda: all(r.text.lower().rsplit(" ", 1)[-1] in RESTING_PREPOSITIONS for r in pair)),
        ("symmetric-relation", lambda: all(map(relation_rules.is_symmetric, pair))),
        ("one-kind", lambda: pair_rules.may_be_one_kind(graph.objects[first.tail], graph.objects[second.tail])),
        ("possessive", lambda: any(noun_rules.possessed(caption, graph.objects[r.tail]) for r in pair)),
        ("third-argument", lambda: any(_has_third_argument(caption, graph, r) for r in pair)),
        ("same-objects", lambda: {first.head, first.tail} == {second.head, second.tail}),
        ("pronoun", lambda: any(noun_rules.is_pronoun(graph.objects[k]) for r in pair for k in (r.head, r.tail))),
        (
            "no-noun",
            lambda: any(noun_rules.is_no_noun(caption, graph.objects[k]) for r in pair for k in (r.head, r.tail)),
        ),
        ("placeless", lambda: any(noun_rules.is_placeless(graph.objects[r.tail]) for r in pair)),
        ("gapped-predicate", lambda: not all(_stands_whole(caption, graph, r) for r in pair)),
        ("one-word-two-relations", lambda: any(_is_ambiguous(graph, r) for r in pair)),
        ("predicate-form", lambda: _form(first) != _form(second)),
        ("riding", lambda: _rides_in_place(first, second) or _rides_in_place(second, first)),
        ("purpose", lambda: any(map(relation_rules.serves_a_purpose, pair))),
        ("determiner", lambda: any(_has_bare_tail(caption, graph, r) for r in pair)),
        ("company", lambda: any(r.text.lower() in ("with", "at") for r in pair)),
    )
    return rules.first_that_holds(checks, forgiven)


def _has_bare_tail(caption: str, graph: SceneGraph, relation: Relation) -> bool:
    """Whether a predicate's object lacks its article, as only some predicates allow: "in bed", "in scary costume"."""
    tail = graph.objects[relation.tail]
    return noun_rules.is_bare_singular(caption, tail) and head_word(tail) not in MASS


def _rides_in_place(first: Relation, second: Relation) -> bool:
    """Whether one relation is a ride and the other a place: in the street on a horse, on the street in a horse."""
    return first.lemma.lower() in RIDING and second.lemma.lower() in RESTING_PREPOSITIONS


def _stands_whole(caption: str, graph: SceneGraph, relation: Relation) -> bool:
    """Whether the predicate's words are together, its second object follows at once and its first comes before."""
    words = relation.text.lower().split()
    if len(words) > 1 and words[-1] not in PREPOSITIONS | ADVERBS and words[0] not in FINITE_AUXILIARIES:
        return False
    inside = any(o.start < relation.end and relation.start < o.end for o in graph.objects)
    tail, head = graph.objects[relation.tail], graph.objects[relation.head]
    adjacent = tail.phrase_start >= relation.end and not caption[relation.end : tail.phrase_start].strip()
    return not inside and adjacent and head.end <= relation.start


def _has_third_argument(caption: str, graph: SceneGraph, relation: Relation) -> bool:
    """Whether the verb has one more argument behind its object ("serving wine to two women")."""
    return word_after(caption, graph.objects[relation.tail].phrase_end)[0].lower() in ("to", "into", "onto")


def _is_ambiguous(graph: SceneGraph, relation: Relation) -> bool:
    """Whether another relation uses some of the same words in another way."""
    same = (relation.start, relation.end)
    return any(
        ((r.start, r.end) == same and r.lemma != relation.lemma)
        or ((r.start, r.end) != same and r.start < relation.end and relation.start < r.end)
        for r in graph.relations
    )


def _form(relation: Relation) -> str:
    """
    How a predicate fits a sentence: "finite <auxiliary or number>", or "phrase" for prepositions and participles.

    Only predicates of one form can stand in each other's place.
    """
    word = relation.text.lower().split()[0]
    if word in FINITE_AUXILIARIES:
        return f"finite {word}"
    if word in PREPOSITIONS or word.endswith("ing"):
        return "phrase"
    number = verb_number(word, relation.lemma.split()[0])
    if number:
        return f"finite {number}"
    return "phrase" if " " in relation.text else f"participle {word[-2:]}"


def _exchange(caption: str, graph: SceneGraph, i: int, j: int) -> Exchange:
    first, second = graph.relations[i], graph.relations[j]
    replacements = exchange_spans(caption, (first.start, first.end), (second.start, second.end))
    renamed = {(first.start, first.end): second.lemma, (second.start, second.end): first.lemma}
    triples = [
        Triple(t.head, renamed.get((r.start, r.end), r.lemma), t.tail, t.head_object, t.tail_object)
        for r, t in zip(graph.relations, graph.triples(), strict=False)
    ]
    unchanged = graph.triples()[len(graph.relations) :]
    return Exchange(
        KIND, RULE, Element("relation", i), Element("relation", j), tuple(replacements), (*triples, *unchanged)
    )
