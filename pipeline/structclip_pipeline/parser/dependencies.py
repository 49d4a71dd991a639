"""Rules that read a scene graph from a dependency parse with spaCy's English labels."""

from collections.abc import Iterator, Mapping
from typing import Any

from structclip_pipeline.parser.coordination import list_joined
from structclip_pipeline.parser.partitives import (
    climb_partitive,
    descend_partitive,
    find_holder,
    find_quantity,
    is_partitive,
)
from structclip_pipeline.parser.prepositions import is_place, list_prepositions, opens_preposition, read_preposition
from structclip_pipeline.parser.token_graph import VERB, TokenAttribute, TokenGraph, TokenRelation

_MATERIAL_LIST = """
metal brick glass stone wood wooden plastic leather dirt concrete steel paper tile marble denim cement
white black blue red orange green silver gold tan grey gray brown yellow pink purple beige pine
"""
_MATERIALS = frozenset(_MATERIAL_LIST.split())
_CLOTHES_LIST = """
shirt shirts t-shirt jacket jackets coat coats suit suits dress dresses hat hats cap caps helmet helmets shorts pants
jeans tie ties uniform uniforms glasses sunglasses vest vests sweater shoes boots gloves skirt scarf wetsuit outfit
"""
_CLOTHES = frozenset(_CLOTHES_LIST.split())
_SUBJECTS = frozenset(("nsubj", "nsubjpass"))
_NOUNS = frozenset(("NOUN", "PROPN"))
_MISTAGGED = frozenset(("ADJ", "VERB"))
_NOUN_ROLES = frozenset(("pobj", "dobj", "nsubj"))
_BE = frozenset(("is", "are", "was", "were", "be"))
_HAVE = frozenset(("has", "have", "had", "having"))
_FOLLOWERS = frozenset(("conj", "advcl", "xcomp"))
_CAUSES = frozenset((("covered", "in"), ("covered", "with")))
Join = tuple[int, int, str, int]


def read_graph(doc: Any, surfaces: Mapping[str, str]) -> TokenGraph:
    """
    The graph over the Doc's tokens that are no white space.

    ``surfaces`` maps prepositions to the words FACTUAL writes for them ("beneath" to "under").
    """
    return _Reader(doc, surfaces).read()


class _Reader:
    """One Doc's nouns, and what its dependencies say of them."""

    def __init__(self, doc: Any, surfaces: Mapping[str, str]) -> None:
        self.place = {t.i: n for n, t in enumerate(t for t in doc if not t.is_space)}
        self.nouns = [t for t in doc if _is_object(t)]
        self.index = {t.i: n for n, t in enumerate(self.nouns)}
        self.surfaces = surfaces

    def read(self) -> TokenGraph:
        objects = tuple(self._span(noun) for noun in self.nouns)
        attributes = dict.fromkeys(a for noun in self.nouns for a in self._attributes(noun))
        relations: dict[tuple[int, int], TokenRelation] = {}
        for noun in self.nouns:
            for head, tail, template, verb in self._relations(noun):
                relations.setdefault((head, tail), TokenRelation(head, tail, template, verb))
        return TokenGraph(objects, tuple(attributes), tuple(relations.values()))

    def _span(self, noun: Any) -> tuple[int, int]:
        start = noun.i
        while start > 0 and self._belongs(noun.doc[start - 1], noun):
            start -= 1
        return self.place[start], self.place[noun.i] + 1

    def _belongs(self, token: Any, noun: Any) -> bool:
        return _is_compound(token) and token.head.i == noun.i and token.i in self.place and token.i not in self.index

    def _attributes(self, noun: Any) -> Iterator[TokenAttribute]:
        index = self.index[noun.i]
        for word in _list_properties(noun):
            if word.i in self.place and word.i not in self.index:
                yield TokenAttribute(index, self.place[word.i], self.place[word.i] + 1)
        quantity = find_quantity(noun)
        if quantity is not None:
            first, width = quantity
            yield TokenAttribute(index, self.place[first.i], self.place[first.i] + width)

    def _relations(self, noun: Any) -> Iterator[Join]:
        subject = climb_partitive(noun)
        others = [c for c in list_joined(noun) if c.i in self.index]
        for first, last in list_prepositions(subject):
            if not is_partitive(subject, last):
                heads = [noun, *(c for c in others if c.i < first.i)] if last.lower_ != "of" else [noun]
                yield from self._read_preposition(heads, first, last)
        for child in subject.children:
            if child.dep_ == "poss" and child.i in self.index:
                yield from self._join([child], [noun], "have", -1)
            elif child.dep_ in ("acl", "relcl"):
                heads = [noun, *(c for c in others if c.i < child.i)]
                yield from self._read_verbs(heads, child, passive=child.tag_ == "VBN")
        if subject.dep_ in _SUBJECTS or _follows_there(subject):
            yield from self._read_verbs([noun, *others], subject.head, passive=subject.dep_ == "nsubjpass")

    def _read_preposition(self, heads: list[Any], first: Any, last: Any) -> Iterator[Join]:
        words, tails = read_preposition(first, last, self.surfaces)
        if words == "of":
            holder = find_holder(heads[0])
            yield from self._join(heads, tails, holder or "have", -1, turned=True)
            return
        for tail in tails:
            worn = words in ("in", "with") and tail.lower_ in _CLOTHES and not any(map(_is_compound, tail.children))
            yield from self._join(heads, [tail], "wear" if worn else words, -1)

    def _read_verbs(self, heads: list[Any], verb: Any, *, passive: bool) -> Iterator[Join]:
        """What a verb joins its subjects to, and what the verbs after it do that have no subject of their own."""
        waiting = [(verb, passive)]
        while waiting:
            verb, passive = waiting.pop()
            yield from self._read_verb(heads, verb, passive=passive)
            waiting += [(c, c.tag_ == "VBN") for c in verb.children if _follows(c)]

    def _read_verb(self, heads: list[Any], verb: Any, *, passive: bool) -> Iterator[Join]:
        if verb.is_space:
            return
        have = verb.lower_ in _HAVE
        place = -1 if have or verb.lower_ in _BE else self.place[verb.i]
        things = [t for child in verb.children if child.dep_ == "dobj" for t in (child, *list_joined(child))]
        yield from self._join(heads, things, "have" if have else VERB, place)
        for child in verb.children:
            if child.dep_ == "agent":
                yield from self._join(heads, read_preposition(child, child, {})[1], VERB, place, turned=True)
        for first, last in list_prepositions(verb):
            words, tails = read_preposition(first, last, self.surfaces)
            turned = (passive and words == "by") or (verb.lower_, words) in _CAUSES
            template = VERB if turned else words if place < 0 or things else f"{VERB} {words}"
            yield from self._join(heads, tails, template, place if VERB in template else -1, turned=turned)

    def _join(
        self, heads: list[Any], tails: list[Any], template: str, verb: int, *, turned: bool = False
    ) -> Iterator[Join]:
        for head in heads:
            for tail in (descend_partitive(t) for t in tails):
                if head.i in self.index and tail.i in self.index and head.i != tail.i:
                    first, second = (tail, head) if turned else (head, tail)
                    yield self.index[first.i], self.index[second.i], template, verb


def _is_compound(token: Any) -> bool:
    return token.dep_ == "compound" and token.lower_ not in _MATERIALS


def _is_object(token: Any) -> bool:
    if token.is_space:
        return False
    modifies = token.dep_ in ("amod", "compound") and token.head.i > token.i
    if modifies and not (_is_compound(token) and token.head.i > token.i + 1):
        return False
    return _is_noun(token) and not is_place(token) and descend_partitive(token) is token


def _is_noun(token: Any) -> bool:
    """Whether a token is a noun by its tag, or by its place where small models mistake short captions' tags."""
    if token.pos_ in _MISTAGGED:
        return token.dep_ in _NOUN_ROLES and token.lower_ not in _MATERIALS
    return token.pos_ in _NOUNS and token.lower_ != "other"


def _list_properties(noun: Any) -> Iterator[Any]:
    for child in noun.children:
        material = child.dep_ == "compound" and not _is_compound(child)
        if (child.dep_ in ("amod", "nummod") and not opens_preposition(child)) or material:
            yield from (child, *list_joined(child), *(c for c in child.children if c.dep_ == "amod"))
    if noun.dep_ in _SUBJECTS:
        for child in noun.head.children:
            if child.dep_ == "acomp" and not opens_preposition(child):
                yield from (child, *list_joined(child))


def _follows(verb: Any) -> bool:
    """Whether a verb shares the subject of the verb before it: "sitting and holding a cup"."""
    return verb.dep_ in _FOLLOWERS and verb.pos_ == "VERB" and not any(c.dep_ in _SUBJECTS for c in verb.children)


def _follows_there(noun: Any) -> bool:
    """Whether a noun is what "there is" says to be."""
    return noun.dep_ == "attr" and any(c.dep_ == "expl" for c in noun.head.children)
