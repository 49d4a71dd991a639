"""Word classes of a caption: a bigram tagger over a small table, corrected by what the scene graph reads."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from structclip_pipeline.negatives.lexicon import PREPOSITIONS
from structclip_pipeline.negatives.words import tokens
from structclip_schemas.graph import SceneGraph

TABLE = Path(__file__).parent / "word_classes" / "table.json"
"""Counted from the English treebank, under its licence; ``counting_word_classes`` rebuilds it."""

NOUN, PLURAL, PROPER, ADJECTIVE, ADVERB, VERB, AUXILIARY = "NOUN", "NOUNS", "PROPN", "ADJ", "ADV", "VERB", "AUX"
OPEN = (NOUN, PLURAL, PROPER, ADJECTIVE, ADVERB, VERB)
"""Tags a word that the table does not hold may have."""

LONGEST_SUFFIX = 4
_START, _END = "^", "$"
_SMOOTHING = 0.1

LogScores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TagTable:
    """Counts of tags by lower-cased form, by ending of rare forms, and by the tag before ("^" start, "$" end)."""

    forms: Mapping[str, Mapping[str, int]]
    suffixes: Mapping[str, Mapping[str, int]]
    transitions: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark ``caption[start:end]`` and its tag."""

    start: int
    end: int
    text: str
    tag: str


class Tagger:
    """The most probable tags of words under a table: a tag by its word, times a tag by the tag before."""

    def __init__(self, table: TagTable) -> None:
        self._table = table
        self._totals = {t: sum(row[t] for row in table.transitions.values() if t in row) for t in table.transitions}
        self._following = {tag: _following(row, [*self._totals, _END]) for tag, row in table.transitions.items()}
        self._scores = lru_cache(maxsize=50_000)(self._score)

    def tag(self, words: Sequence[str]) -> tuple[str, ...]:
        """One tag a word, in order; a word without a capital is no name."""
        best: dict[str, tuple[float, tuple[str, ...]]] = {_START: (0.0, ())}
        for word in words:
            best = {tag: self._step(best, tag, score) for tag, score in self._scores(word).items()}
        return self._step(best, _END, 0.0)[1][:-1]

    def _step(
        self, best: Mapping[str, tuple[float, tuple[str, ...]]], tag: str, score: float
    ) -> tuple[float, tuple[str, ...]]:
        before = max(best, key=lambda b: best[b][0] + self._following[b][tag])
        reached, path = best[before]
        return reached + self._following[before][tag] + score, (*path, tag)

    def _score(self, word: str) -> LogScores:
        """Log P(tag | word) - log P(tag), which is P(word | tag) up to a constant of the word."""
        counts = self._counts(word.lower())
        if word == word.lower() and len(counts) > 1:
            counts = {tag: count for tag, count in counts.items() if tag != PROPER}
        total = sum(counts.values())
        return {tag: math.log(count / total) - math.log(max(self._totals[tag], 1)) for tag, count in counts.items()}

    def _counts(self, word: str) -> Mapping[str, int]:
        known = self._table.forms.get(word)
        if known is not None:
            return known
        if not any(character.isalpha() for character in word):
            return {"NUM": 1} if any(character.isdigit() for character in word) else {"PUNCT": 1}
        endings = (word[-length:] for length in range(min(LONGEST_SUFFIX, len(word) - 1), 0, -1))
        return next((self._table.suffixes[e] for e in endings if e in self._table.suffixes), self._table.suffixes[""])


@lru_cache(maxsize=1)
def shipped_tagger() -> Tagger:
    """The tagger of the shipped table, read once a process."""
    return Tagger(table_from_json(TABLE.read_text(encoding="utf-8")))


def table_from_json(text: str) -> TagTable:
    """Read what ``counting_word_classes`` wrote."""
    content = json.loads(text)
    return TagTable(content["forms"], content["suffixes"], content["transitions"])


def table_hash() -> str:
    """sha256 of the shipped table, which decides what pos makes."""
    return sha256(TABLE.read_bytes()).hexdigest()


def read_words(caption: str, graph: SceneGraph, tagger: Tagger) -> list[Word]:
    """
    Words and marks of a caption with their tags.

    Where the tagger reads an open class, the graph's reading wins: heads of objects are nouns, attributes adjectives,
    the verbs of relations verbs. What the tagger reads as closed (numbers, determiners, prepositions) stays so.
    """
    found = tokens(caption)
    tags = tagger.tag([text for text, _, _ in found])
    readings = _readings(graph)
    words = []
    for (text, start, end), tag in zip(found, tags, strict=True):
        reading = readings.get(start)
        words.append(Word(start, end, text, _merged(tag, reading, text) if reading and tag in OPEN else tag))
    return words


def _following(row: Mapping[str, int], tags: Sequence[str]) -> dict[str, float]:
    total = sum(row.values()) + _SMOOTHING * len(tags)
    return {tag: math.log((row.get(tag, 0) + _SMOOTHING) / total) for tag in tags}


def _readings(graph: SceneGraph) -> dict[int, str]:
    """Class by the offset where a word starts; objects outrank attributes, which outrank relations."""
    readings: dict[int, str] = {}
    for relation in graph.relations:
        if relation.text and relation.lemma.split(" ")[0] not in PREPOSITIONS:
            readings[relation.start] = VERB
    for attribute in graph.attributes:
        readings.update((attribute.start + start, ADJECTIVE) for _, start, _ in tokens(attribute.text))
    for item in graph.objects:
        readings.update((item.start + start, NOUN) for _, start, _ in tokens(item.text))
    return readings


def _merged(tag: str, reading: str, text: str) -> str:
    """The graph's class; the tagger knows a plural from a singular, and a noun it did not see by its ending."""
    if reading != NOUN:
        return reading
    if tag in (NOUN, PLURAL):
        return tag
    return PLURAL if text.lower().endswith("s") and not text.lower().endswith("ss") else NOUN
