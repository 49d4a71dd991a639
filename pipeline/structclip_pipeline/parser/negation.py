"""
What a caption denies: "no", "without" and "not" take objects, properties and relations out of its graph.

An object that is not there is never in a triple: "a man with no hat" is a man. What "not" denies of objects that are
there goes alone: "shoes not touching the ground" keeps shoes and ground. A sign that forbids is a sign ("no parking").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.locating import read_caption
from structclip_pipeline.parser.phrases import DETERMINERS
from structclip_pipeline.parser.predicates import CLOSED_CLASS
from structclip_pipeline.parser.signs import is_idiom, is_imperative, is_sign
from structclip_pipeline.parser.token_graph import Token, TokenAttribute, TokenGraph, TokenRelation

_NO = frozenset(("no", "without", "neither", "nor"))
NOT = frozenset(("not", "n't", "never"))
_NOBODY = frozenset(("nobody", "nothing", "none", "noone"))
_NEGATORS = _NO | NOT | _NOBODY
_ABSENCE_LIST = "have has having had wear wearing contain include hold holding carry carrying"
_ABSENCE = frozenset(_ABSENCE_LIST.split())
_INDEFINITE = frozenset(("a", "an", "any"))
_MANY = frozenset(("many", "much", "all", "every", "each", "enough", "both"))
_LEXICALISED = frozenset(("only", "sure", "far", "longer", "doubt", "matter", "."))
_AUXILIARIES = frozenset(("do", "does", "did", "ca", "can", "could", "wo", "would", "is", "are", "was", "were"))
_FINITE = frozenset(("is", "are", "was", "were", "has"))
_ENDS = frozenset((",", ".", ";", ":", "!", "?", "but", "while", "as", "who", "which", "that", "because"))
_DEGREES = frozenset(("so", "very", "too", "to", "quite", "really", "that", "yet", "fully", "completely"))
_BOUNDS = (CLOSED_CLASS | _ENDS | _FINITE | {"and", "or", "than", "where"}) - DETERMINERS - {"left", "right", "top"}
_REACH = 5
_PLAIN = 1
"""Most words between "no" and its noun that are no part of the graph: "no visible label"."""


def deny(tokens: Sequence[Token], graph: TokenGraph) -> TokenGraph:
    """The graph without the objects, attributes and relations that the caption says are not there."""
    if _NEGATORS.isdisjoint(t.text for t in tokens):
        return graph
    return _Denial.of(tokens, graph).apply()


@dataclass(frozen=True)
class _Denial:
    """A caption's words, where its objects start, whom its attributes' words describe, and its graph."""

    tokens: Sequence[Token]
    words: list[str]
    graph: TokenGraph
    starts: dict[int, int]
    owners: dict[int, int]
    verbs: frozenset[int]

    @classmethod
    def of(cls, tokens: Sequence[Token], graph: TokenGraph) -> "_Denial":
        starts = {start: i for i, (start, _) in enumerate(graph.objects)}
        owners = {i: a.object for a in graph.attributes for i in range(a.start, a.end)}
        verbs = frozenset(r.verb for r in graph.relations)
        return cls(tokens, [t.text for t in tokens], graph, starts, owners, verbs)

    def apply(self) -> TokenGraph:
        scopes = list(self._scopes())
        objects = {i for i, (start, _) in enumerate(self.graph.objects) if self.words[start] in _NOBODY}
        absent = [place for i, word in enumerate(self.words) if word in _NO for place in self._absent_after(i)]
        objects |= {self.starts[place] for place in absent if place in self.starts}
        objects |= {self.starts[place] for scope in scopes if (place := self._negated_thing(scope)) is not None}
        nouns = frozenset(place for place in absent if place not in self.starts)
        return self._without(objects, nouns, {i: place for place, end in scopes for i in range(place + 1, end)})

    def _absent_after(self, place: int) -> Iterator[int]:
        """First tokens of the nouns that "no" or "without" at a place denies."""
        found = None if self._is_lexicalised(place) or self._opens_clause(place) else self._find_absent(place + 1)
        while found is not None:
            end = self._end_of(found)
            if self.words[end : end + 1] in (["other"], ["except"]) or is_idiom(
                self.words, place, found, end, self.owners
            ):
                return
            yield found
            found = self._find_joined(end)

    def _find_absent(self, start: int) -> int | None:
        """The next object, or the noun that the parser took for a property of what comes before, or for a verb."""
        plain = 0
        for i in range(start, min(start + _REACH, len(self.words))):
            if plain > _PLAIN:
                return None
            if i in self.starts or self._is_mistaken(i, start):
                return i
            if self._is_bound(i):
                return None
            plain += i not in self.owners and self.words[i] not in DETERMINERS
        return None

    def _is_mistaken(self, place: int, start: int) -> bool:
        """Whether the word after "no" was read as a property ("a man with no shirt: shirt") or as a verb ("leaves")."""
        if place in self.owners:
            return self.graph.objects[self.owners[place]][1] <= start
        return (
            place in self.verbs
            and self.words[start:place] in ([], ["any"], ["a"])
            and not self.words[place].endswith("ing")
        )

    def _is_bound(self, place: int) -> bool:
        joins = self.words[place] in ("and", "or") and place + 1 in self.owners
        return self.words[place] in _BOUNDS and place not in self.owners and not joins

    def _find_joined(self, end: int) -> int | None:
        """The noun after "or", or after an "and" or comma that no determiner follows."""
        word, after = (*self.words[end : end + 2], "", "")[:2]
        if word in ("or", "nor") or (word in ("and", ",") and after not in DETERMINERS and end + 1 in self.starts):
            return self._find_absent(end + 1)
        return None

    def _end_of(self, place: int) -> int:
        return self.graph.objects[self.starts[place]][1] if place in self.starts else place + 1

    def _is_lexicalised(self, place: int) -> bool:
        """Whether the word after makes another thing of a negation: "not only", "no longer", "not too far", "no 2"."""
        after = [w for w in self.words[place + 1 : place + 3] if w not in _DEGREES]
        return (
            not after
            or after[0] in _LEXICALISED
            or after[0].isdigit()
            or self.words[place + 2 : place + 3] == ["mention"]
        )

    def _opens_clause(self, place: int) -> bool:
        """Whether "without" is followed by what somebody does not do: "without looking at it"."""
        after = place + 1
        participle = after < len(self.words) and self.words[after].endswith("ing")
        return self.words[place] == "without" and participle and after not in self.starts and after not in self.owners

    def _scopes(self) -> Iterator[tuple[int, int]]:
        """Token ranges, negation first, in which nothing is so."""
        for i, word in enumerate(self.words):
            longer = word == "no" and self.words[i + 1 : i + 2] == ["longer"]
            negated = word in NOT and not self._is_lexicalised(i) and not is_imperative(self.words, i, self.starts)
            if longer or negated or (word in _NO and self._opens_clause(i)):
                yield i, self._find_end(i)

    def _find_end(self, place: int) -> int:
        for i in range(place + 1, len(self.words)):
            word = self.words[i]
            joins = word in ("and", "or") and i + 1 not in self.owners
            if word in _ENDS or word in _NEGATORS or joins or (word in _FINITE and i > place + 1):
                return i
        return len(self.words)

    def _negated_thing(self, scope: tuple[int, int]) -> int | None:
        """The object that a negated verb has none of: "not wearing a hat", "does not have leaves", "not the sign"."""
        place, end = scope
        near = range(place + 1, min(place + 1 + _REACH, end))
        found = next(
            (i for i in near if i in self.starts or (self._is_bound(i) and self.words[i] not in _ABSENCE)), None
        )
        if found is None or found not in self.starts:
            return None
        between = self.words[place + 1 : found]
        opens = next((w for w in between if w in DETERMINERS), None)
        bare = opens is None and not _ABSENCE.isdisjoint(between)
        named = bool(between) and between[0] == opens
        return found if _MANY.isdisjoint(between) and (bare or named or opens in _INDEFINITE) else None

    def _without(self, gone: set[int], nouns: frozenset[int], scope: dict[int, int]) -> TokenGraph:
        kept = [i for i in range(len(self.graph.objects)) if i not in gone]
        new = {old: i for i, old in enumerate(kept)}
        caption = read_caption(self.tokens, self.graph, {})
        relations = [
            TokenRelation(new[r.head], new[r.tail], r.template, r.verb)
            for r in self.graph.relations
            if r.head in new and r.tail in new and r.verb not in nouns
            if not self._rejects(scope, r, caption.locate(self.graph, r))
        ]
        attributes = [
            TokenAttribute(new[a.object], a.start - self._forbids(a), a.end)
            for a in self.graph.attributes
            if a.object in new and a.start not in nouns and not self._denies(scope.get(a.start), a)
        ]
        return TokenGraph(tuple(self.graph.objects[i] for i in kept), tuple(attributes), tuple(relations))

    def _rejects(self, scope: dict[int, int], relation: TokenRelation, predicate: tuple[int, ...]) -> bool:
        """Whether a relation reaches over a "not", or its predicate follows one or its auxiliary ("does not")."""
        first, last = sorted(self.graph.objects[i][0] for i in (relation.head, relation.tail))
        if first < scope.get(last, -1):
            return True
        if not predicate:
            return False
        start = predicate[0]
        return start in scope or (self.words[start] in _AUXILIARIES and scope.get(start + 2) == start + 1)

    def _forbids(self, attribute: TokenAttribute) -> bool:
        """Whether a property is what a sign forbids, without its "no": "parking" of "a no parking sign"."""
        start, end = self.graph.objects[attribute.object]
        before = self.words[max(0, attribute.start - 1)]
        return before == "no" and attribute.start > 0 and attribute.end <= start and is_sign(self.words[end - 1])

    def _denies(self, place: int | None, attribute: TokenAttribute) -> bool:
        """Whether the "not" at a place denies a property: of what comes before, "not so sunny", "not many"."""
        if place is None:
            return False
        before = self.graph.objects[attribute.object][1] <= place
        near = _DEGREES.issuperset(self.words[place + 1 : attribute.start])
        return before or near or self.words[attribute.start] in _MANY
