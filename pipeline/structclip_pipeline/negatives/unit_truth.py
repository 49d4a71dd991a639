"""Whether the captions of an image say what a foil says: by words, and by triples whose words may name the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from structclip_pipeline.negatives.contexts import name_object
from structclip_pipeline.negatives.images import group_by_image
from structclip_pipeline.negatives.relation_rules import mean_the_same as are_one_predicate
from structclip_pipeline.negatives.swap_attribute import mean_the_same as are_one_attribute
from structclip_pipeline.negatives.thesaurus import adjectives_overlap, nouns_overlap
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import SceneGraph, Triple, lemma_set

_IS = "is"
Lemmas = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """The folded words of an image's captions and their lemma triples, lower case."""

    texts: tuple[str, ...]
    triples: frozenset[Lemmas]


def said_of_images(rows: Sequence[tuple[str | None, str, SceneGraph]]) -> list[Said]:
    """What all captions of its image say, its own too, for each of (image_id, caption, graph)."""
    of_image = group_by_image(image for image, _, _ in rows)
    gathered = {image: _gather(rows[k] for k in places) for image, places in of_image.items()}
    return [_gather([row]) if row[0] is None else gathered[row[0]] for row in rows]


def _gather(rows: Iterable[tuple[str | None, str, SceneGraph]]) -> Said:
    kept = list(rows)
    triples = (lemmas for _, _, graph in kept for lemmas in lemma_set(graph.triples()))
    return Said(
        tuple(sorted({_spaced(caption) for _, caption, _ in kept})),
        frozenset((head.lower(), relation.lower(), tail.lower()) for head, relation, tail in triples),
    )


def is_said(text: str, triples: tuple[Triple, ...], truth: tuple[Triple, ...], said: Said) -> bool:
    """
    Whether the image's captions say what a foil says: its words one after another, or every triple that it adds.

    Nouns are taken for one another where one may name what the other names ("man", "person"), attributes and
    predicates where they are synonyms. A foil that adds no triple adds nothing.
    """
    words = _spaced(text)
    if any(words in other for other in said.texts):
        return True
    added = lemma_set(triples) - lemma_set(truth)
    return all(any(_may_say(known, new) for known in said.triples) for new in added)


def _spaced(text: str) -> str:
    """Folded words with a space on both sides of each, so that whole words alone are found in it."""
    return f" {' '.join(folded_words(text))} "


def _may_say(known: Lemmas, new: Lemmas) -> bool:
    head, relation, tail = (word.lower() for word in new)
    if not _may_name(known[0], head):
        return False
    if relation == _IS or known[1] == _IS:
        same = are_one_attribute(known[2], tail) or adjectives_overlap(known[2], tail)
        return known[1] == relation == _IS and same
    return are_one_predicate(known[1], relation) and _may_name(known[2], tail)


def _may_name(first: str, second: str) -> bool:
    a, b = name_object(first), name_object(second)
    return a.split()[-1:] == b.split()[-1:] or nouns_overlap(a, b)
