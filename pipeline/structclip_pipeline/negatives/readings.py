"""Whether the parser's reading of a variant lets it be a negative: for variants that no graph was edited for."""

from structclip_pipeline.negatives.true_of_image import Assertions, is_asserted
from structclip_schemas.graph import SceneGraph, Triple, lemma_set
from structclip_schemas.variant import Variant

SAME_GRAPH, NOTHING_ADDED, TRUE_OF_IMAGE = "same-graph", "nothing-added", "true-of-image"


def reading_fault(variant: Variant, original: SceneGraph, others: Assertions) -> str | None:
    """
    Why a variant whose triples are the parser's reading is no negative of a caption with this graph; None for none.

    same-graph: it reads as the caption does, case aside; nothing-added: all it says the caption says; true-of-image:
    another caption of the image says it.
    """
    triples = original.triples()
    if _folded(variant.triples) == _folded(triples):
        return SAME_GRAPH
    if lemma_set(variant.triples) <= lemma_set(triples):
        return NOTHING_ADDED
    return TRUE_OF_IMAGE if is_asserted(variant, triples, others) else None


def _folded(triples: tuple[Triple, ...]) -> set[tuple[str, ...]]:
    return {tuple(lemma.lower() for lemma in t.lemmas) for t in triples}
