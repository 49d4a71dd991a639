"""What exchanges ask of each object of a caption, whatever it is exchanged with: read once a caption."""

from dataclasses import dataclass

from structclip_pipeline.negatives import noun_rules, phrase_rules
from structclip_pipeline.negatives.memory import remember_last
from structclip_pipeline.negatives.number import object_number
from structclip_schemas.graph import SceneGraph, SceneObject


@dataclass(frozen=True, slots=True)
class Mention:
    """
    One object where its caption names it.

    ``phrase`` is the object with its phrase's "of" taken along; ``is_clear`` and ``phrase_is_clear`` tell whether the
    object's own phrase and that one are whole. The rest is what the rules of the same names say.
    """

    caption: str
    graph: SceneGraph
    index: int
    item: SceneObject
    phrase: SceneObject
    number: str
    is_pronoun: bool
    is_no_noun: bool
    is_partitive: bool
    overlaps_another: bool
    overlaps_a_stranger: bool
    has_loose_attribute: bool
    shares_attribute: bool
    is_clear: bool
    phrase_is_clear: bool


@remember_last
def read_mentions(caption: str, graph: SceneGraph) -> tuple[Mention, ...]:
    """Every object of a graph as exchanges see it, in the graph's order."""
    return tuple(_read_mention(caption, graph, index) for index in range(len(graph.objects)))


def _read_mention(caption: str, graph: SceneGraph, index: int) -> Mention:
    item, phrase = graph.objects[index], phrase_rules.with_complement(caption, graph, index)
    clear = phrase_rules.has_clear_phrase(caption, graph, item)
    overlaps_another = phrase_rules.overlaps_another(graph, index)
    return Mention(
        caption,
        graph,
        index,
        item,
        phrase,
        object_number(caption, item),
        noun_rules.is_pronoun(item),
        noun_rules.is_no_noun(caption, item),
        noun_rules.is_partitive(caption, item),
        overlaps_another,
        overlaps_another and phrase_rules.overlaps_a_stranger(graph, index),
        phrase_rules.has_loose_attribute(graph, index),
        phrase_rules.shares_attribute(graph, index),
        clear,
        clear if phrase is item else phrase_rules.has_clear_phrase(caption, graph, phrase),
    )
