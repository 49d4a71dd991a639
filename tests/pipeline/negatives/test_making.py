"""What is chosen of a shard's candidates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives import making
from structclip_pipeline.negatives.making import (
    MOST_LIMITED,
    MOST_LOST,
    MOST_OUTDONE,
    Demand,
    is_plausible,
    lost_likelihood,
    make_negatives,
    order_candidates,
    without_outdone,
)
from structclip_pipeline.negatives.statistics import count_ngrams
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import Variant


@pytest.fixture
def row(scene, monkeypatch):
    """A row with one candidate, whose graph the test's own builder made."""
    graph: SceneGraph = scene("a dog under a cat", ["a *dog*", "a *cat*"], [], [("dog", "under", "cat")])
    monkeypatch.setattr(making, "graph_from_row", lambda row: graph)
    return {"caption_id": "1", "image_id": "1", "caption": "a dog under a cat"}


def parse_nothing(texts):
    """A parser that finds no object."""
    return [SceneGraph((), (), ())] * len(texts)


@pytest.mark.parametrize(("behind", "made"), [(-MOST_LOST + 0.1, 1), (-MOST_LOST - 0.1, 0)])
def test_what_nobody_would_write_is_left_out_and_counted(row, monkeypatch, behind, made):
    """A candidate that falls too far behind its caption is counted as implausible, and so is its caption."""
    monkeypatch.setattr(
        making, "mean_log_probabilities", lambda counts, texts, folds: np.array([-1.0, -1.0 + behind / 6])
    )
    made_of = make_negatives([row], Demand(("swap_object",), 1, 0, "flag"), count_ngrams([], []), parse_nothing)
    assert (made_of.counts["negatives"], made_of.counts["implausible"]) == (made, 1 - made)
    assert made_of.without_negative == ({} if made else {"implausible": 1})


def test_without_statistics_nothing_is_implausible(row):
    """With ``--verify off`` no candidate is judged by its words."""
    found = make_negatives([row], Demand(("swap_object",), 1, 0, "off"), None, None)
    assert (found.counts["negatives"], found.counts["implausible"]) == (1, 0)


def test_a_candidate_far_behind_the_best_of_its_caption_is_outdone():
    """What loses more than the allowed step against the best one goes; what is better than the caption ties."""
    variants = [_variant(p / 3) for p in (0.4, 0.1, -MOST_OUTDONE + 0.01, -MOST_OUTDONE - 0.01)]
    assert without_outdone(variants) == variants[:3]
    assert without_outdone(variants[3:]) == variants[3:]


@given(st.lists(st.floats(-6, 0.5), max_size=14), st.integers(1, 20), st.integers(1, 20))
def test_fewer_are_always_a_prefix_of_more(plausibilities, fewer, more):
    """On both sides of ``MOST_LIMITED``, behind which the unlikely ones come last and nothing is refused any more."""
    kinds = ("swap_attribute", "swap_object")
    allowed = [replace(_variant(p), kind=kinds[i % 2], caption=f"a dog {i} cat") for i, p in enumerate(plausibilities)]
    plausible = [v for v in allowed if is_plausible(v)]

    def choose(count):
        return order_candidates("1", allowed, plausible, Demand(kinds, count, 0, "flag"))[:count]

    few, many = choose(min(fewer, more)), choose(max(fewer, more))
    assert many[: len(few)] == few
    likely = without_outdone(plausible)
    assert all(v in likely for v in many[: min(len(likely), len(many))])
    assert len(choose(MOST_LIMITED + len(allowed) + 1)) == len(allowed)


def test_short_captions_may_lose_as_much_as_long_ones():
    """What counts is the likelihood of the whole text."""
    assert lost_likelihood(_variant(-1.0)) == 3
    assert lost_likelihood(replace(_variant(-1.0), caption="a cat on a mat")) == 6


def _variant(plausibility):
    return Variant("a cat", "swap_object", (), (), None, None, "rule/1", plausibility=plausibility)
