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
    only_plausible,
    weigh,
    without_outdone,
)
from structclip_schemas.variant import Variant

VARIANT = Variant("a cat", "swap_object", (), (), None, None, "rule/1")


def weighed(*losses):
    return [Weighed(VARIANT, lost) for lost in losses]


def test_a_candidate_far_behind_the_best_of_its_caption_is_outdone():
    """What loses more than the allowed step against the best one goes, wherever the best one stands."""
    assert without_outdone(weighed(0.4, MOST_OUTDONE + 0.3, MOST_OUTDONE + 0.5)) == weighed(0.4, MOST_OUTDONE + 0.3)
    assert without_outdone(weighed(9.0)) == weighed(9.0)


@given(st.lists(st.floats(0, 20), max_size=8))
def test_the_best_plausible_candidate_always_stays(losses):
    """Whatever goes, a caption with a plausible candidate keeps its best one."""
    kept = without_outdone(only_plausible(weighed(*losses)))
    plausible = [lost for lost in losses if lost <= MOST_LOST]
    assert bool(kept) == bool(plausible)
    assert not kept or min(plausible) in [candidate.lost for candidate in kept]


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
