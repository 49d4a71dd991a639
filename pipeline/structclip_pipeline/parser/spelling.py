"""Spell a graph over tokens as a scene graph: character spans, lemmas, noun phrases."""

from collections.abc import Mapping, Sequence

from structclip_pipeline.parser.lexicon import Lexicon, spell_verb
from structclip_pipeline.parser.locating import Places, read_caption
from structclip_pipeline.parser.phrases import find_phrases
from structclip_pipeline.parser.predicates import fill_template
from structclip_pipeline.parser.token_graph import Token, TokenGraph, TokenRelation, span_text
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.spans import splits_grapheme

Span = tuple[int, int]


class Speller:
    """Spells graphs with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.known_verbs = frozenset(lexicon.verbs.values())

    def spell(self, caption: str, tokens: Sequence[Token], graph: TokenGraph) -> SceneGraph:
        """Return the scene graph; every span is true to the caption and cuts no grapheme."""
        words = read_caption(tokens, graph, self.lexicon.surfaces)
        places = [words.locate(graph, relation) for relation in graph.relations]
        taken = frozenset(i for place in places for i in place)
        phrases = find_phrases(tokens, graph, taken)
        objects = [self._spell_object(caption, tokens, o, p) for o, p in zip(graph.objects, phrases, strict=True)]
        attributes = [
            Attribute(a.object, *self._spell(caption, tokens, (a.start, a.end), self.lexicon.attributes))
            for a in graph.attributes
        ]
        relations = [
            self._spell_relation(caption, tokens, r, place, objects[r.head].end)
            for r, place in zip(graph.relations, places, strict=True)
        ]
        return SceneGraph.ordered(objects, attributes, relations)

    def _spell(
        self, caption: str, tokens: Sequence[Token], span: Span, table: Mapping[str, str]
    ) -> tuple[str, str, int, int]:
        start, end = cover_graphemes(caption, tokens[span[0]].start, tokens[span[1] - 1].end)
        text = caption[start:end]
        own = tokens[slice(*span)]
        lowered = span_text(tokens, *span) if any(t.mended for t in own) else " ".join(text.lower().split())
        return text, table.get(lowered) or _drop_articles(lowered), start, end

    def _spell_object(self, caption: str, tokens: Sequence[Token], span: Span, phrase: Span) -> SceneObject:
        text, lemma, start, end = self._spell(caption, tokens, span, self.lexicon.objects)
        phrase_start, phrase_end = cover_graphemes(caption, tokens[phrase[0]].start, tokens[phrase[1] - 1].end)
        return SceneObject(start, end, text, lemma, min(start, phrase_start), max(end, phrase_end))

    def _spell_relation(
        self, caption: str, tokens: Sequence[Token], relation: TokenRelation, places: Places, head_end: int
    ) -> Relation:
        verb = spell_verb(self.lexicon, self.known_verbs, tokens[relation.verb].text) if relation.verb >= 0 else ""
        lemma = fill_template(relation.template, verb)
        if not places:
            return Relation(relation.head, relation.tail, "", lemma, head_end, head_end)
        start, end = cover_graphemes(caption, tokens[places[0]].start, tokens[places[-1]].end)
        return Relation(relation.head, relation.tail, caption[start:end], lemma, start, end)


def _drop_articles(phrase: str) -> str:
    """A phrase without articles inside it, as FACTUAL writes it: "taking photo" for "taking a photo"."""
    words = phrase.split(" ")
    return " ".join(word for i, word in enumerate(words) if not i or word not in ("a", "an"))


def cover_graphemes(text: str, start: int, end: int) -> tuple[int, int]:
    """
    Widen a range so that neither end cuts through a character.

    >>> cover_graphemes("cafe\u0301", 0, 4)
    (0, 5)
    """
    while splits_grapheme(text, start):
        start -= 1
    while splits_grapheme(text, end):
        end += 1
    return start, end
