"""Negatives that another caption of the same image asserts are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from structclip_pipeline.negatives.images import group_by_image
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import SceneGraph, Triple, lemma_set
from structclip_schemas.variant import Variant

Lemmas = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Assertions:
    """What captions of an image say: their folded words and the union of their lemma triples."""

    texts: frozenset[tuple[str, ...]]
    triples: frozenset[Lemmas]


def assertions_of(captions: Iterable[tuple[str, SceneGraph]]) -> Assertions:
    """Gather what captions with their graphs assert."""
    pairs = list(captions)
    return Assertions(
        frozenset(folded_words(caption) for caption, _ in pairs),
        frozenset(lemmas for _, graph in pairs for lemmas in lemma_set(graph.triples())),
    )


def assertions_of_others(
    said: Sequence[tuple[str | None, str, SceneGraph]], wanted: Sequence[bool]
) -> list[Assertions]:
    """
    What the other captions of its image assert, for each of (image_id, caption, graph).

    Nothing where the image is unknown or ``wanted`` is False.
    """
    of_image = group_by_image(image for image, _, _ in said)
    return [
        assertions_of(said[k][1:] for k in of_image.get(image or "", ()) if k != index and asked)
        for index, ((image, _, _), asked) in enumerate(zip(said, wanted, strict=True))
    ]


def is_asserted(variant: Variant, original: tuple[Triple, ...], others: Assertions) -> bool:
    """
    Whether the image's other captions say what a negative says.

    True when the words are those of another caption, or when every triple that the negative adds to its caption's
    stands in another caption's graph. A negative that adds no triple says nothing that the caption does not.
    """
    if folded_words(variant.caption) in others.texts:
        return True
    return lemma_set(variant.triples) - lemma_set(original) <= others.triples
