"""What is chosen of a shard's candidates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives import making
from structclip_pipeline.negatives.likelihood import MOST_LOST
from structclip_pipeline.negatives.making import MOST_LIMITED, Demand, make_negatives, order_candidates
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


@given(st.lists(st.floats(-6, 0.5), max_size=14), st.integers(1, 20), st.integers(1, 20))
def test_fewer_are_always_a_prefix_of_more(plausibilities, fewer, more):
    """Rank by rank, on both sides of ``MOST_LIMITED``, beyond which the implausible come too."""
    kinds = ("swap_attribute", "swap_object")
    allowed = [replace(_variant(p), kind=kinds[i % 2], caption=f"a dog {i} cat") for i, p in enumerate(plausibilities)]
    ranks = allowed[::3], allowed[1::3], allowed[2::3]

    def choose(count):
        return order_candidates("1", ranks, Demand(kinds, count, 0, "flag"))[:count]

    few, many = choose(min(fewer, more)), choose(max(fewer, more))
    assert many[: len(few)] == few
    assert all(v in ranks[0] for v in many[: min(len(ranks[0]), len(many))])
    assert all(v in ranks[0] + ranks[1] for v in choose(MOST_LIMITED))
    assert len(choose(MOST_LIMITED + len(allowed) + 1)) == len(allowed)


def _variant(plausibility):
    return Variant("a cat", "swap_object", (), (), None, None, "rule/1", plausibility=plausibility)
