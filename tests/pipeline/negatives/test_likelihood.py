"""Limits of plausibility, with doubts counted in."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.candidates import swap_candidates
from structclip_pipeline.negatives.likelihood import (
    DOUBT,
    MOST_LOST,
    MOST_OUTDONE,
    Weighed,
    lost_likelihood,
    rank_candidates,
    weigh,
)
from structclip_schemas.variant import Variant

VARIANT = Variant("a cat", "swap_object", (), (), None, None, "rule/1")


def weighed(*losses):
    return [Weighed(replace(VARIANT, caption=str(number)), lost) for number, lost in enumerate(losses)]


def test_a_candidate_far_behind_the_best_of_its_caption_is_outdone():
    """What loses more than the allowed step against the best one comes behind, wherever the best one stands."""
    likely, outdone, implausible = rank_candidates(weighed(MOST_OUTDONE + 0.5, 0.4, MOST_OUTDONE + 0.3, MOST_LOST + 1))
    assert [[v.caption for v in rank] for rank in (likely, outdone, implausible)] == [["1", "2"], ["0"], ["3"]]


@given(st.lists(st.floats(0, 20), max_size=8))
def test_ranks_part_the_candidates_and_the_best_plausible_one_is_likely(losses):
    """Nothing is lost, and the first rank is empty only where all are implausible."""
    candidates = weighed(*losses)
    ranks = rank_candidates(candidates)
    assert sorted(v.caption for rank in ranks for v in rank) == sorted(c.variant.caption for c in candidates)
    plausible = [c for c in candidates if c.lost <= MOST_LOST]
    assert bool(ranks[0]) == bool(plausible)
    assert not plausible or min(plausible, key=lambda c: c.lost).variant in ranks[0]


def test_short_captions_may_lose_as_much_as_long_ones():
    """What counts is the likelihood of the whole text."""
    assert lost_likelihood(replace(VARIANT, plausibility=-1.0)) == 3
    assert lost_likelihood(replace(VARIANT, plausibility=-1.0, caption="a cat on a mat")) == 6


def test_what_is_better_than_the_caption_loses_nothing():
    """A candidate that is likelier than its caption ties with it."""
    assert lost_likelihood(replace(VARIANT, plausibility=0.4)) == 0


def test_a_doubtful_candidate_counts_as_less_likely_than_its_words(scene):
    """But only where words were counted: with ``--verify off`` nothing is known of either."""
    graph = scene("a dog in front of a cat", ["a *dog*", "a *cat*"], [], [("dog", "in front of", "cat")])
    [variant] = swap_candidates("a dog in front of a cat", graph, ("swap_object",))
    assert weigh(graph, [variant])[0].lost == 0
    assert weigh(graph, [replace(variant, plausibility=0.0)])[0].lost == DOUBT


def test_what_only_forgiven_rules_forbid_is_never_plausible(scene):
    """However likely its words are."""
    candidates = weigh(scene("a cat", ["a *cat*"]), [replace(VARIANT, plausibility=0.5)], {"a cat"})
    assert rank_candidates(candidates)[2] == [candidates[0].variant]
