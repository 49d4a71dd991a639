"""Rules that read a scene graph from a dependency parse with spaCy's English labels."""

from collections.abc import Iterator
from typing import Any

from structclip_pipeline.parser.token_graph import VERB, TokenAttribute, TokenGraph, TokenRelation

_COLLECTIVE_LIST = """
group bunch pair couple set pile row lot herd flock crowd stack bowl plate piece slice
"""
_COLLECTIVES = frozenset(_COLLECTIVE_LIST.split())
_SUBJECTS = frozenset(("nsubj", "nsubjpass"))
_NOUNS = frozenset(("NOUN", "PROPN"))


def read_graph(doc: Any) -> TokenGraph:
    """The graph over the Doc's tokens that are no white space."""
    return _Reader(doc).read()


class _Reader:
    """One Doc's nouns, and what its dependencies say of them."""

    def __init__(self, doc: Any) -> None:
        self.place = {t.i: n for n, t in enumerate(t for t in doc if not t.is_space)}
        self.nouns = [t for t in doc if _is_object(t)]
        self.index = {t.i: n for n, t in enumerate(self.nouns)}

    def read(self) -> TokenGraph:
        objects = tuple(self._span(noun) for noun in self.nouns)
        attributes = [a for noun in self.nouns for a in self._attributes(noun)]
        relations: dict[tuple[int, int], TokenRelation] = {}
        for noun in self.nouns:
            for head, tail, template, verb in self._relations(noun):
                relations.setdefault((head, tail), TokenRelation(head, tail, template, verb))
        return TokenGraph(objects, tuple(attributes), tuple(relations.values()))

    def _span(self, noun: Any) -> tuple[int, int]:
        start = noun.i
        while start > 0 and noun.doc[start - 1].dep_ == "compound" and noun.doc[start - 1].head.i == noun.i:
            start -= 1
        return self.place[start], self.place[noun.i] + 1

    def _attributes(self, noun: Any) -> Iterator[TokenAttribute]:
        index = self.index[noun.i]
        for child in noun.children:
            if child.dep_ in ("amod", "nummod"):
                for word in (child, *child.conjuncts):
                    if word.i in self.place:
                        yield TokenAttribute(index, self.place[word.i], self.place[word.i] + 1)
        if noun.dep_ in _SUBJECTS:
            for child in noun.head.children:
                if child.dep_ == "acomp":
                    yield TokenAttribute(index, self.place[child.i], self.place[child.i] + 1)
        collective = _find_collective(noun)
        if collective is not None:
            yield TokenAttribute(index, self.place[collective.i], self.place[collective.i] + 2)

    def _relations(self, noun: Any) -> Iterator[tuple[int, int, str, int]]:
        subject = _climb_collective(noun)
        heads = [noun, *[c for c in noun.conjuncts if c.i in self.index]]
        for child in subject.children:
            yield from self._read_child(heads, subject, child)
        verb = subject.head
        if subject.dep_ in _SUBJECTS:
            yield from self._read_verb(heads, verb, passive=subject.dep_ == "nsubjpass")

    def _read_child(self, heads: list[Any], noun: Any, child: Any) -> Iterator[tuple[int, int, str, int]]:
        if child.dep_ == "prep" and noun.lower_ not in _COLLECTIVES:
            template = "have" if child.lower_ == "of" else child.lower_
            yield from self._join(heads, _objects_of(child), template, -1, turned=template == "have")
        elif child.dep_ == "poss" and child.i in self.index:
            yield from self._join([child], [heads[0]], "have", -1)
        elif child.dep_ in ("acl", "relcl"):
            passive = child.tag_ == "VBN"
            yield from self._read_verb(heads, child, passive=passive)

    def _read_verb(self, heads: list[Any], verb: Any, *, passive: bool) -> Iterator[tuple[int, int, str, int]]:
        be = verb.lower_ in ("is", "are", "was", "were", "be")
        have = verb.lower_ in ("has", "have", "had", "having")
        place = -1 if be or have else self.place[verb.i]
        for child in verb.children:
            if child.dep_ == "dobj":
                yield from self._join(heads, [child, *child.conjuncts], "have" if have else VERB, place)
            elif child.dep_ == "agent":
                yield from self._join(heads, _objects_of(child), VERB, place, turned=True)
            elif child.dep_ == "prep":
                word = child.lower_
                turned = passive and word == "by"
                template = VERB if turned else word if place < 0 else f"{VERB} {word}"
                yield from self._join(heads, _objects_of(child), template, place, turned=turned)

    def _join(
        self, heads: list[Any], tails: list[Any], template: str, verb: int, *, turned: bool = False
    ) -> Iterator[tuple[int, int, str, int]]:
        for head in heads:
            for tail in (_descend_collective(t) for t in tails):
                if head.i in self.index and tail.i in self.index and head.i != tail.i:
                    first, second = (tail, head) if turned else (head, tail)
                    yield self.index[first.i], self.index[second.i], template, verb


def _is_object(token: Any) -> bool:
    compound = token.dep_ == "compound" and token.head.i == token.i + 1
    return token.pos_ in _NOUNS and not compound and _descend_collective(token) is token


def _objects_of(preposition: Any) -> list[Any]:
    found = [c for c in preposition.children if c.dep_ == "pobj"]
    return [t for c in found for t in (c, *c.conjuncts)]


def _find_collective(noun: Any) -> Any | None:
    """The noun of "group of" before this one."""
    of = noun.head
    if noun.dep_ == "pobj" and of.lower_ == "of" and of.head.lower_ in _COLLECTIVES and of.i == of.head.i + 1:
        return of.head
    return None


def _climb_collective(noun: Any) -> Any:
    collective = _find_collective(noun)
    return noun if collective is None else collective


def _descend_collective(noun: Any) -> Any:
    """The noun that a collective counts ("group of people": people), or the noun itself."""
    if noun.lower_ not in _COLLECTIVES:
        return noun
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ == "of" and child.i == noun.i + 1:
            return next((c for c in child.children if c.dep_ == "pobj" and c.pos_ in _NOUNS), noun)
    return noun
