"""What words mean to each other: synonyms, kinds of things, categories, opposites; derived from WordNet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from structclip_pipeline.negatives.lexicon import PERSONS
from structclip_pipeline.negatives.oppositions import ONE_THING
from structclip_pipeline.parser.inflection import singular

TABLE = Path(__file__).parent / "word_meanings" / "table.json"
"""Derived from WordNet 3.1, under its licence; ``deriving_thesaurus`` rebuilds it."""

Senses = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """
    Words and the synonym sets they belong to.

    ``parents``: more general sets of each set. ``labels``: the category that a set heads. ``nouns``, ``verbs``: the
    sets of a word's senses. ``synonyms``, ``opposites``: of adjectives.
    """

    parents: tuple[tuple[int, ...], ...]
    labels: Mapping[int, str]
    nouns: Senses
    verbs: Senses
    synonyms: Mapping[str, frozenset[str]]
    opposites: Mapping[str, tuple[str, ...]]

    def noun_senses(self, noun: str) -> tuple[int, ...]:
        """The sets of a noun in either number; a compound that is not known is what its last word is."""
        words = noun.lower()
        for form in (words, singular(words), words.rsplit(" ", 1)[-1], singular(words.rsplit(" ", 1)[-1])):
            if form in self.nouns:
                return self.nouns[form]
        return ()


@lru_cache(maxsize=1)
def shipped_thesaurus() -> Thesaurus:
    """The thesaurus of the shipped table, read once a process."""
    return thesaurus_from_json(TABLE.read_text(encoding="utf-8"))


def thesaurus_from_json(text: str) -> Thesaurus:
    """Read what ``deriving_thesaurus`` wrote."""
    content = json.loads(text)
    return Thesaurus(
        tuple(map(tuple, content["nodes"])),
        {node: label for label, nodes in content["labels"].items() for node in nodes},
        {word: tuple(senses) for word, senses in content["nouns"].items()},
        {word: tuple(senses) for word, senses in content["verbs"].items()},
        {word: frozenset(same) for word, (same, _) in content["adjectives"].items()},
        {word: tuple(opposite) for word, (_, opposite) in content["adjectives"].items() if opposite},
    )


@cache
def table_hash() -> str:
    """sha256 of the shipped table, which decides what replaces what."""
    return sha256(TABLE.read_bytes()).hexdigest()


def names_a_person(noun: str) -> bool:
    """Whether a lower-cased noun is a word for persons and for nothing else."""
    return noun in PERSONS or categories(noun) == ("person",)


@lru_cache(maxsize=100_000)
def categories(noun: str) -> tuple[str, ...]:
    """
    The categories of a noun's senses, each the nearest above it; empty for words unknown or abstract.

    >>> categories("dogs"), categories("fire hydrant")
    (('animal', 'food', 'device'), ('thing',))
    """
    book = shipped_thesaurus()
    return tuple(dict.fromkeys(label for sense in book.noun_senses(noun) for label in _nearest_labels(book, sense)))


@lru_cache(maxsize=200_000)
def nouns_overlap(first: str, second: str) -> bool:
    """
    Whether what one noun names may be called by the other: same word, synonyms, one a kind of the other, or alike.

    >>> nouns_overlap("puppy", "dogs"), nouns_overlap("man", "person"), nouns_overlap("dog", "cat")
    (True, True, False)
    """
    book = shipped_thesaurus()
    a, b = book.noun_senses(first), book.noun_senses(second)
    heads = {singular(noun.lower()) for noun in (first, second)}
    if len(heads) == 1 or any(heads <= group for group in _one_thing()):
        return True
    return any(s in _ancestors(t) for s in a for t in b) or any(t in _ancestors(s) for s in a for t in b)


def is_name(words: str) -> bool:
    """
    Whether words are written together too, or name what their last word does not: neither is to be replaced alone.

    >>> is_name("high chairs"), is_name("hot dog"), is_name("young man"), is_name("white bear")
    (True, True, False, False)
    """
    book, name = shipped_thesaurus(), singular(words.lower())
    if name.replace(" ", "") in book.nouns:
        return True
    own = {node for sense in book.nouns.get(name, ()) for node in _ancestors(sense)}
    return bool(own and categories(name)) and own.isdisjoint(book.noun_senses(name.rsplit(" ", 1)[-1]))


@lru_cache(maxsize=20_000)
def verbs_overlap(first: str, second: str) -> bool:
    """Whether one verb may say what another says: same word, synonyms, or one a way of doing the other."""
    book = shipped_thesaurus()
    a, b = book.verbs.get(first, ()), book.verbs.get(second, ())
    return first == second or any(s in _ancestors(t) or t in _ancestors(s) for s in a for t in b)


def adjectives_overlap(first: str, second: str) -> bool:
    """Whether one adjective may stand for another: same word, or synonyms."""
    book = shipped_thesaurus()
    return first == second or second in book.synonyms.get(first, ()) or first in book.synonyms.get(second, ())


def opposites(adjective: str) -> tuple[str, ...]:
    """WordNet's opposites of an adjective in alphabetical order."""
    return shipped_thesaurus().opposites.get(adjective.lower(), ())


@lru_cache(maxsize=50_000)
def _ancestors(sense: int) -> frozenset[int]:
    """A set and all sets more general than it."""
    parents = shipped_thesaurus().parents[sense]
    return frozenset({sense}).union(*(_ancestors(parent) for parent in parents))


@cache
def _one_thing() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.split()) for group in ONE_THING)


def _nearest_labels(book: Thesaurus, sense: int) -> list[str]:
    level = [sense]
    while level:
        found = sorted({book.labels[node] for node in level if node in book.labels})
        if found:
            return found
        level = [parent for node in level for parent in book.parents[node]]
    return []
