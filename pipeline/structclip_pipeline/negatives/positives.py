"""Hard positives of a caption: other words or another order, the same meaning."""

from collections import Counter
from collections.abc import Iterable

from structclip_pipeline.negatives.candidates import Candidates, Swap, build_variant
from structclip_pipeline.negatives.exchange import Refusal
from structclip_pipeline.negatives.move_attribute import ASSERTING_RULE, NAMING_RULE, STATING_RULE, move_attributes
from structclip_pipeline.negatives.reorder_attributes import RULE as ATTRIBUTE_RULE
from structclip_pipeline.negatives.reorder_attributes import reorder_attributes
from structclip_pipeline.negatives.reorder_objects import RULE as OBJECT_RULE
from structclip_pipeline.negatives.reorder_objects import reorder_objects
from structclip_pipeline.negatives.reverse_participle import RULE as PARTICIPLE_RULE
from structclip_pipeline.negatives.reverse_participle import reverse_participles
from structclip_pipeline.negatives.reverse_relation import CONVERSE_RULE, SYMMETRIC_RULE, reverse_relations
from structclip_pipeline.negatives.selection import keyed_hash
from structclip_schemas.edits import folded_words
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import Variant

RESTATEMENTS: dict[str, tuple[Swap, ...]] = {
    "reorder_attributes": (reorder_attributes,),
    "reorder_objects": (reorder_objects,),
    "reverse_relation": (reverse_relations, reverse_participles),
    "move_attribute": (move_attributes,),
}
POSITIVE_RULES = (
    ATTRIBUTE_RULE,
    OBJECT_RULE,
    SYMMETRIC_RULE,
    CONVERSE_RULE,
    PARTICIPLE_RULE,
    STATING_RULE,
    ASSERTING_RULE,
    NAMING_RULE,
)


def examine_positives(caption: str, graph: SceneGraph) -> Candidates:
    """
    Every hard positive of a caption, in order of kind and place, and how often each rule refused one: pure.

    They differ from the caption and from each other as folded words.
    """
    refusals: Counter[str] = Counter()
    variants: dict[tuple[str, ...], Variant] = {}
    original = folded_words(caption)
    for restate in (restate for group in RESTATEMENTS.values() for restate in group):
        for outcome in restate(caption, graph):
            if isinstance(outcome, Refusal):
                refusals[outcome.reason] += 1
                continue
            variant = build_variant(caption, outcome)
            words = folded_words(variant.caption)
            if words != original:
                variants.setdefault(words, variant)
    return Candidates(tuple(variants.values()), refusals)


def order_positives(variants: Iterable[Variant], caption_id: str, seed: int) -> list[Variant]:
    """Positives by the hash of seed, caption, rule and variant, as the contract orders variants."""
    return sorted(variants, key=lambda v: keyed_hash([seed, caption_id, v.rule, v.caption]))
