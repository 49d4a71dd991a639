"""
What is wrong with negatives that other projects published, each defect a name.

*Faults* break the contract: such a negative is left out. *Flaws* are counted and the negative is kept.
"""

from collections import Counter
from collections.abc import Iterable

from structclip_pipeline.negatives.lexicon import ARTICLES, PRONOUNS
from structclip_pipeline.negatives.relation_rules import is_symmetric
from structclip_pipeline.sources.rows import SourceRow, fault_of
from structclip_schemas.edits import Edit, folded_words
from structclip_schemas.graph import SceneGraph, lemma_set

UNREADABLE, SAME_TEXT, CARRIED_OVER, UNRELATED, REPEATED = (
    "unreadable",
    "same-text",
    "carried-over",
    "unrelated",
    "repeated",
)
PRONOUN, SYMMETRIC, CAPITAL_LOST = "pronoun", "symmetric-relation", "capital-lost"

Words = tuple[str, ...]


def text_fault(caption: str, negative: str, previous: Iterable[Words]) -> str | None:
    """
    Why a negative's text is none, before anything is parsed; None when nothing is wrong with it.

    ``previous``: folded words of the negatives of the row before, if that row has another caption. unreadable: empty,
    too long or no Unicode; same-text: the caption's own words; carried-over: a negative of the row before; unrelated:
    less than half of the longer text's words are in both, so that it was made of something else.
    """
    if fault_of(SourceRow(negative)) is not None:
        return UNREADABLE
    words, own = folded_words(negative), folded_words(caption)
    if words == own:
        return SAME_TEXT
    if words in set(previous):
        return CARRIED_OVER
    return UNRELATED if _is_unrelated(own, words) else None


def text_flaws(caption: str, negative: str, edits: tuple[Edit, ...]) -> list[str]:
    """
    Flaws that texts and edits show.

    pronoun: a pronoun or expletive was exchanged or replaced ("that", "himself"); capital-lost: the caption opens with
    a capital, the negative does not, which tells them apart without the image.
    """
    pronoun = any(_is_pronoun(side) for edit in edits for side in (edit.before, edit.after))
    lost = caption.lstrip()[:1].isupper() and negative.lstrip()[:1].islower()
    return [PRONOUN] * pronoun + [CAPITAL_LOST] * lost


def graph_flaws(original: SceneGraph, changed: SceneGraph) -> list[str]:
    """Flaws that the graphs show: all that changed is the direction of a symmetric relation ("next to")."""
    differ = lemma_set(original.triples()) != lemma_set(changed.triples())
    return [SYMMETRIC] if differ and _undirected(original) == _undirected(changed) else []


def _is_unrelated(own: Words, words: Words) -> bool:
    return 2 * (Counter(own) & Counter(words)).total() < max(len(own), len(words))


def _is_pronoun(text: str) -> bool:
    words = [word for word in folded_words(text) if word not in ARTICLES]
    return bool(words) and all(word in PRONOUNS for word in words)


def _undirected(graph: SceneGraph) -> set[tuple[str, ...]]:
    count = len(graph.relations)
    directed = [triple.lemmas for triple in graph.triples()]
    symmetric = [is_symmetric(relation) for relation in graph.relations] + [False] * (len(directed) - count)
    return {
        (*sorted((head, tail)), relation) if either_way else (head, tail, relation)
        for (head, relation, tail), either_way in zip(directed, symmetric, strict=True)
    }
