"""The three replacements by kind, bound to what a corpus and an image's captions tell."""

from collections.abc import Sequence

from structclip_pipeline.negatives.candidates import Swap
from structclip_pipeline.negatives.image_words import words_of_images
from structclip_pipeline.negatives.neighbours import Neighbours
from structclip_pipeline.negatives.replace_attribute import RULE as ATTRIBUTE_RULE
from structclip_pipeline.negatives.replace_attribute import replace_attributes
from structclip_pipeline.negatives.replace_object import RULE as OBJECT_RULE
from structclip_pipeline.negatives.replace_object import replace_objects
from structclip_pipeline.negatives.replace_relation import RULE as RELATION_RULE
from structclip_pipeline.negatives.replace_relation import replace_relations
from structclip_pipeline.negatives.replacing import Lookup, Replace, bind
from structclip_schemas.graph import SceneGraph

REPLACEMENTS: dict[str, Replace] = {
    "replace_attribute": replace_attributes,
    "replace_object": replace_objects,
    "replace_relation": replace_relations,
}
REPLACEMENT_RULES = (ATTRIBUTE_RULE, OBJECT_RULE, RELATION_RULE)


def replacements_of(
    neighbours: Neighbours, said: Sequence[tuple[str | None, str, SceneGraph]]
) -> list[dict[str, tuple[Swap, ...]]]:
    """What makes the candidates of each kind, for each caption of (image_id, caption, graph) with its image's words."""
    return [
        {kind: (bind(replace, Lookup(neighbours, words)),) for kind, replace in REPLACEMENTS.items()}
        for words in words_of_images(said)
    ]
