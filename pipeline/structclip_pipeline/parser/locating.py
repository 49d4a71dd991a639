"""Where a predicate's words stand in the caption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from structclip_pipeline.parser.token_graph import VERB, Token, TokenGraph, TokenRelation

Span = tuple[int, int]
Places = tuple[int, ...]
_HAVE_WORDS = ("has", "have", "having", "had", "with")
_REACH = 6
_GAP = 3
_LONGEST_SURFACE = 4
_SMALL = """
a an the is are was were be being his her its their some this that these those
"""
_SMALL_WORDS = frozenset(_SMALL.split())


@dataclass(frozen=True)
class Caption:
    """The tokens of a caption, the places of its attributes, and the words that may stand for a template."""

    tokens: Sequence[Token]
    attributes: frozenset[int] = frozenset()
    surfaces: Mapping[str, str] = field(default_factory=dict)

    def locate(self, graph: TokenGraph, relation: TokenRelation) -> Places:
        """The tokens of a relation's words in order, none when no word of it is in the caption."""
        words = relation.template.split()
        head, tail = graph.objects[relation.head], graph.objects[relation.tail]
        if words[0] == VERB:
            return self._locate_verb(words[1:], relation.verb)
        if words == ["have"]:
            between = range(head[1], tail[0])
            return next(((i,) for i in reversed(between) if self.tokens[i].text in _HAVE_WORDS), ())
        regions = self._regions(head, tail)
        found = [self._find_sequence(words, *r) or self._find_surface(relation.template, *r[:2]) for r in regions]
        return next((places for places in found if places), ()) or self._find_sequence(words[:1], *regions[0])

    def words_between(self, head: Span, tail: Span) -> str:
        """The words between two objects that may stand for a predicate: no articles, auxiliaries, attributes."""
        kept = self._plain_words(head[1], tail[0])
        return " ".join(self.tokens[i].text for i in kept) if len(kept) <= _LONGEST_SURFACE else ""

    def _regions(self, head: Span, tail: Span) -> list[tuple[int, int, bool]]:
        if head[1] <= tail[0]:
            return [(head[1], tail[0], True)]
        after = min(len(self.tokens), head[1] + _REACH)
        return [(tail[1], head[0], False), (max(0, tail[0] - _REACH), tail[0], True), (head[1], after, False)]

    def _locate_verb(self, words: list[str], verb: int) -> Places:
        if verb < 0:
            return ()
        last = min(len(self.tokens), verb + 1 + _REACH + len(words))
        if not words:
            return (verb,)
        found = self._find_sequence(words, verb + 1, last, False)
        return (verb, *(found or self._find_surface(" ".join(words), verb + 1, last)))

    def _find_sequence(self, words: list[str], first: int, last: int, from_right: bool) -> Places:
        starts = [i for i in range(first, last) if self.tokens[i].text == words[0]]
        for start in reversed(starts) if from_right else starts:
            places = self._match(words, start, last)
            if places:
                return places
        return ()

    def _match(self, words: list[str], start: int, last: int) -> Places:
        position, places = start, []
        for word in words:
            near = range(position, min(last, position + _GAP))
            found = next((i for i in near if self.tokens[i].text == word), None)
            if found is None:
                return ()
            position = found + 1
            places.append(found)
        return tuple(places)

    def _find_surface(self, template: str, first: int, last: int) -> Places:
        kept = self._plain_words(first, last)
        for width in range(min(_LONGEST_SURFACE, len(kept)), 0, -1):
            for start in range(len(kept) - width, -1, -1):
                run = kept[start : start + width]
                if self.surfaces.get(" ".join(self.tokens[i].text for i in run)) == template:
                    return tuple(run)
        return ()

    def _plain_words(self, first: int, last: int) -> list[int]:
        return [i for i in range(first, last) if i not in self.attributes and self.tokens[i].text not in _SMALL_WORDS]


def read_caption(tokens: Sequence[Token], graph: TokenGraph, surfaces: Mapping[str, str]) -> Caption:
    """A caption with its graph's attributes marked."""
    marked = frozenset(i for a in graph.attributes for i in range(a.start, a.end))
    return Caption(tokens, marked, surfaces)
