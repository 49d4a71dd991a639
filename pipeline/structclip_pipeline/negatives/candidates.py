"""All candidates of a caption: every allowed exchange as a variant, every refused one as a counted reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from structclip_pipeline.negatives.editing import build_edits
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.meaning import read_facts, repeats_a_word, says_the_same
from structclip_pipeline.negatives.swap_attribute import exchange_attributes
from structclip_pipeline.negatives.swap_modifiers import exchange_modifiers, exchange_runs
from structclip_pipeline.negatives.swap_object import exchange_objects
from structclip_pipeline.negatives.swap_relation import exchange_relations
from structclip_schemas.edits import apply_edits, folded_words
from structclip_schemas.graph import SceneGraph, lemma_set
from structclip_schemas.variant import DEFAULT_KINDS, Variant

Swap = Callable[[str, SceneGraph], Iterator[Outcome]]
Swaps = Mapping[str, tuple[Swap, ...]]
"""What makes the candidates of each kind."""

SWAPS = {
    "swap_attribute": (exchange_attributes, exchange_runs),
    "swap_object": (exchange_objects, exchange_modifiers),
    "swap_relation": (exchange_relations,),
}

FORGIVABLE = frozenset(
    (
        *("vague-attribute", "attribute-order", "person-colour", "usual-colour", "part-and-whole", "one-kind"),
        *("with-each-other", "one-owner", "one-scene", "company", "body-part", "among", "purpose", "scenery"),
        "shared-plural",
    )
)
"""Rules against exchanges that a picture may or may not deny, and against an odd order of adjectives."""

DOUBTFUL_SWAPS: Swaps = {
    kind: tuple(partial(swap, forgiven=FORGIVABLE) for swap in swaps) for kind, swaps in SWAPS.items()
}
"""Swaps whose candidates a person has to look through, for those who ask for many a caption."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    The variants a caption allows, in order of kind and place, and how often each rule refused an exchange.

    ``doubtful`` are the captions of variants that only forgiven rules forbid.
    """

    variants: tuple[Variant, ...]
    refusals: Counter[str]
    doubtful: frozenset[str] = frozenset()


def swap_candidates(caption: str, graph: SceneGraph, kinds: Iterable[str] = DEFAULT_KINDS) -> list[Variant]:
    """
    Every negative the swaps of the given kinds make of a caption: pure, in order of kind and place.

    They differ from the caption and from each other as folded words, and say something else than the graph does.
    """
    return list(examine(caption, graph, kinds).variants)


def examine(
    caption: str,
    graph: SceneGraph,
    kinds: Iterable[str] = DEFAULT_KINDS,
    swaps: Swaps = SWAPS,
) -> Candidates:
    """The candidates of :func:`swap_candidates`, made by ``swaps``, together with the reasons of what was refused."""
    refusals: Counter[str] = Counter()
    variants: dict[tuple[str, ...], Variant] = {}
    original, truth = folded_words(caption), read_facts(graph, graph.triples())
    for kind in kinds:
        for outcome in (outcome for swap in swaps[kind] for outcome in swap(caption, graph)):
            if isinstance(outcome, Refusal):
                refusals[outcome.reason] += 1
                continue
            variant = build_variant(caption, outcome)
            words = folded_words(variant.caption)
            if words == original or says_the_same(graph, variant, truth):
                refusals["same-meaning"] += 1
            elif repeats_a_word(words) and not repeats_a_word(original):
                refusals["repeated-word"] += 1
            else:
                variants.setdefault(words, variant)
    return Candidates(tuple(variants.values()), refusals)


def examine_widely(caption: str, graph: SceneGraph, kinds: Iterable[str], swaps: Swaps = SWAPS) -> Candidates:
    """The candidates of :func:`examine`, and behind them the doubtful ones."""
    found = examine(caption, graph, kinds, swaps)
    forgiving = examine(caption, graph, [kind for kind in kinds if kind in DOUBTFUL_SWAPS], DOUBTFUL_SWAPS)
    known = {folded_words(v.caption) for v in found.variants}
    said = lemma_set(graph.triples())
    doubtful = [v for v in forgiving.variants if folded_words(v.caption) not in known and lemma_set(v.triples) != said]
    return Candidates((*found.variants, *doubtful), found.refusals, frozenset(v.caption for v in doubtful))


def build_variant(caption: str, exchange: Exchange) -> Variant:
    """The variant that an exchange makes of a caption. Raises ValueError when its replacements overlap."""
    edits = build_edits(caption, list(exchange.replacements))
    return Variant(
        caption=apply_edits(caption, edits),
        kind=exchange.kind,
        triples=exchange.triples,
        edits=edits,
        left=exchange.left,
        right=exchange.right,
        rule=exchange.rule,
    )
