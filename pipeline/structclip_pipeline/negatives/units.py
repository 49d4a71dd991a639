"""Units of a caption: an object with its attributes, or a relation with its two objects, as a short text of its own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from structclip_pipeline.negatives import noun_rules, phrase_rules, relation_rules, rules
from structclip_pipeline.negatives.lexicon import FINITE_AUXILIARIES, MASS, PARTITIVES, PREPOSITIONS, SPOTS
from structclip_pipeline.negatives.number import (
    EITHER,
    PLURAL,
    agreeing_auxiliary,
    head_word,
    noun_number,
    object_number,
    verb_number,
)
from structclip_pipeline.negatives.replacing import is_negated
from structclip_pipeline.negatives.swap_attribute import is_barred
from structclip_pipeline.negatives.words import indefinite_article, word_before
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject, Triple
from structclip_schemas.variant import Part

_PLURAL_AFTER_A = frozenset({"of", "few", "dozen", "hundred", "thousand", "couple", "many"})

OBJECT, RELATION = "object", "relation"


@dataclass(frozen=True, slots=True)
class Piece:
    """A slice ``caption[start:end]`` as the unit writes it at its own offset ``place``; only a and an may differ."""

    start: int
    end: int
    text: str
    place: int


@dataclass(frozen=True, slots=True)
class UnitText:
    """
    A unit before its foil: text, the graph in the text's own offsets, and where its elements are in the caption's.

    ``objects``: the caption's index of each object of ``graph``. ``places``: the place of each triple of the unit in
    the caption's list of triples, in the order of ``graph.triples()``.
    """

    kind: str
    pieces: tuple[Piece, ...]
    text: str
    graph: SceneGraph
    objects: tuple[int, ...]
    places: tuple[int, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The slices of the caption that the text is put together from."""
        return tuple(Part(piece.start, piece.end) for piece in self.pieces)

    def triples(self, triples: tuple[Triple, ...]) -> tuple[Triple, ...]:
        """Those of a caption's triples (or of an edit of them in the same order) that the unit says."""
        return tuple(triples[place] for place in self.places)


def read_units(caption: str, graph: SceneGraph) -> tuple[list[UnitText], Counter[str]]:
    """
    The units of a caption, objects before relations, each in the graph's order, and how often a rule refused one.

    No two have the same folded words, and none has the caption's: then it is the caption.
    """
    refused: Counter[str] = Counter()
    found: dict[tuple[str, ...], UnitText] = {}
    for outcome in (*_object_units(caption, graph), *_relation_units(caption, graph)):
        if isinstance(outcome, str):
            refused[outcome] += 1
        elif folded_words(outcome.text) == folded_words(caption):
            refused["whole-caption"] += 1
        elif found.setdefault(folded_words(outcome.text), outcome) is not outcome:
            refused["repeated"] += 1
    return list(found.values()), refused


def _object_units(caption: str, graph: SceneGraph) -> Iterator[UnitText | str]:
    for index in sorted({a.object for a in graph.attributes}):
        item = graph.objects[index]
        inside = [a for a in graph.attributes if a.object == index and _is_within(a, item) and not is_barred(a)]
        reason = "no-attribute-in-phrase" if not inside else forbidden_member(caption, graph, index)
        phrase = phrase_rules.with_complement(caption, graph, index)
        yield reason or _build(OBJECT, caption, graph, [(phrase.phrase_start, phrase.phrase_end)])


def _relation_units(caption: str, graph: SceneGraph) -> Iterator[UnitText | str]:
    for relation in graph.relations:
        reason = forbidden_relation(caption, graph, relation)
        if reason:
            yield reason
            continue
        head, tail = (phrase_rules.with_complement(caption, graph, k) for k in (relation.head, relation.tail))
        spans = [(head.phrase_start, head.phrase_end), (relation.start, relation.end)]
        unit = _build(RELATION, caption, graph, [*spans, (tail.phrase_start, tail.phrase_end)])
        yield unit if unit.graph.relations else "gapped-predicate"


def _is_within(attribute: Attribute, item: SceneObject) -> bool:
    return item.phrase_start <= attribute.start and attribute.end <= item.phrase_end


def forbidden_member(caption: str, graph: SceneGraph, index: int) -> str | None:
    """The name of the first rule that keeps an object's phrase from standing alone as a true description, or None."""
    item = graph.objects[index]
    checks: rules.Checks = (
        ("pronoun", lambda: noun_rules.is_pronoun(item)),
        ("placeless", lambda: noun_rules.is_placeless(item)),
        ("no-noun", lambda: noun_rules.is_no_noun(caption, item)),
        ("partitive", lambda: noun_rules.is_partitive(caption, item) and item.lemma.lower() in PARTITIVES),
        ("complement", lambda: noun_rules.is_complement(caption, graph, item)),
        ("possessor", lambda: noun_rules.is_possessor(caption, item)),
        ("negated", lambda: _is_denied(caption, item)),
        ("unclear-phrase", lambda: not _has_clear_edges(caption, graph, index)),
        ("noun-number", lambda: _is_miscounted(caption, item)),
        ("bare-conjunct", lambda: _is_bare_conjunct(caption, item)),
    )
    return rules.first_that_holds(checks)


def _has_clear_edges(caption: str, graph: SceneGraph, index: int) -> bool:
    item = phrase_rules.with_complement(caption, graph, index)
    return phrase_rules.has_clear_phrase(caption, graph, item)


def _is_denied(caption: str, item: SceneObject) -> bool:
    opening = caption[item.phrase_start : item.start].lower().split()
    return opening[:1] == ["no"] or is_negated(caption, item.phrase_start)


def _is_miscounted(caption: str, item: SceneObject) -> bool:
    """Whether the caption has "a" before a plural: "a women"; not so in "a few oranges", "a pair of scissors"."""
    opening = caption[item.phrase_start : item.start].lower().split()
    return opening[:1] in (["a"], ["an"]) and noun_number(item.text) == PLURAL and not _PLURAL_AFTER_A & set(opening)


def _is_bare_conjunct(caption: str, item: SceneObject) -> bool:
    """Whether a noun shares the determiner of what is joined to it: "cat" in "a dog and cat"."""
    before = word_before(caption, item.phrase_start)[0].lower()
    bare = noun_rules.is_bare_singular(caption, item) and head_word(item) not in MASS
    return bare and before in ("and", "&", "or", ",")


def forbidden_relation(caption: str, graph: SceneGraph, relation: Relation) -> str | None:
    """The name of the first rule that keeps a relation from being said alone by head, predicate and tail, or None."""
    head, tail = graph.objects[relation.head], graph.objects[relation.tail]
    members = [forbidden_member(caption, graph, k) for k in (relation.head, relation.tail)]
    checks: rules.Checks = (
        ("wordless-relation", lambda: relation_rules.is_wordless(relation)),
        ("another-order", lambda: not head.phrase_end <= relation.start <= relation.end <= tail.phrase_start),
        ("negated", lambda: is_negated(caption, relation.start)),
        ("infinitive", lambda: word_before(caption, relation.start)[0].lower() in ("to", "will", "can", "may")),
        ("agreement", lambda: not _agrees(caption, relation, head)),
        ("gapped-predicate", lambda: _holds_object(graph, relation) or _leaves_a_spot_out(caption, relation, tail)),
    )
    return next(filter(None, members), None) or rules.first_that_holds(checks)


def _holds_object(graph: SceneGraph, relation: Relation) -> bool:
    return any(o.phrase_start < relation.end and relation.start < o.phrase_end for o in graph.objects)


def _leaves_a_spot_out(caption: str, relation: Relation, tail: SceneObject) -> bool:
    """Whether words between a predicate and its object say where on the object: "stands in the back of a truck"."""
    between = caption[relation.end : tail.phrase_start].lower().split()
    return between[-1:] == ["of"] and not SPOTS.isdisjoint(between)


def _agrees(caption: str, relation: Relation, head: SceneObject) -> bool:
    """Whether a finite verb that opens the predicate has the head's number: not so in "a man and a dog sit on"."""
    word = relation.text.split()[0].lower()
    number = object_number(caption, head)
    if number == EITHER or word in PREPOSITIONS:
        return True
    if word in FINITE_AUXILIARIES:
        return agreeing_auxiliary(word, number) == word
    return verb_number(word, relation.lemma.split()[0]) in (None, number)


def _build(kind: str, caption: str, graph: SceneGraph, spans: list[tuple[int, int]]) -> UnitText:
    pieces = _write(caption, graph, spans)
    objects = [k for k, o in enumerate(graph.objects) if _is_held(pieces, o.phrase_start, o.phrase_end)]
    attributes = [k for k, a in enumerate(graph.attributes) if a.object in objects and _is_held(pieces, a.start, a.end)]
    relations = [
        k
        for k, r in enumerate(graph.relations)
        if {r.head, r.tail} <= set(objects) and _is_held(pieces, r.start, r.end)
    ]
    own = _own_graph(pieces, graph, objects, attributes, relations)
    places = [*relations, *(len(graph.relations) + k for k in attributes)]
    return UnitText(kind, pieces, _join(pieces), own, tuple(objects), tuple(places))


def _join(pieces: tuple[Piece, ...]) -> str:
    return " ".join(piece.text for piece in pieces)


def _write(caption: str, graph: SceneGraph, spans: list[tuple[int, int]]) -> tuple[Piece, ...]:
    """The pieces one space apart, each with the article that its next word asks for, unless an element begins there."""
    pieces: list[Piece] = []
    place, parts = 0, (graph.objects, graph.attributes, graph.relations)
    read = {element.start for of_kind in parts for element in of_kind}
    for start, end in spans:
        text = caption[start:end] if start in read else _with_article(caption, start, end)
        pieces.append(Piece(start, end, text, place))
        place += len(pieces[-1].text) + 1
    return tuple(pieces)


def _with_article(caption: str, start: int, end: int) -> str:
    text, article = caption[start:end], noun_rules.opening_article(caption, start, end)
    rest = text[len(article) :]
    if article not in ("a", "an") or not rest.strip():
        return text
    repair = indefinite_article(rest.lstrip())
    return text if repair == article else text[0] + repair[1:] + rest


def _is_held(pieces: tuple[Piece, ...], start: int, end: int) -> bool:
    return any(piece.start <= start and end <= piece.end for piece in pieces)


def _own_graph(
    pieces: tuple[Piece, ...], graph: SceneGraph, objects: list[int], attributes: list[int], relations: list[int]
) -> SceneGraph:
    """The graph of a unit in its own offsets, elements in the order given."""
    number = {index: k for k, index in enumerate(objects)}

    def put(offset: int) -> int:
        return place_in_unit(pieces, offset)

    return SceneGraph(
        tuple(
            replace(
                o, start=put(o.start), end=put(o.end), phrase_start=put(o.phrase_start), phrase_end=put(o.phrase_end)
            )
            for o in (graph.objects[k] for k in objects)
        ),
        tuple(
            replace(a, object=number[a.object], start=put(a.start), end=put(a.end))
            for a in (graph.attributes[k] for k in attributes)
        ),
        tuple(
            replace(r, head=number[r.head], tail=number[r.tail], start=put(r.start), end=put(r.end))
            for r in (graph.relations[k] for k in relations)
        ),
    )


def place_in_unit(pieces: tuple[Piece, ...], offset: int) -> int:
    """The offset in a unit's text of an offset in its caption. Raises StopIteration outside all pieces."""
    piece = next(p for p in pieces if p.start <= offset <= p.end)
    if offset == piece.start:
        return piece.place
    return piece.place + max(0, len(piece.text) - (piece.end - offset))
