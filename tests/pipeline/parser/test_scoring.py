"""The scorer, against the formula written out."""

import pytest

from structclip_pipeline.parser.scoring import score_graphs


def test_f1_of_tuples():
    """Two of three predicted tuples are right, two of four gold ones found: F1 is 4 / 7."""
    predicted = [[("man", "is", "tall"), ("dog",)]]
    gold = [[("man", "ride", "dogs"), ("man", "is", "old")]]
    assert score_graphs(predicted, gold).spice == pytest.approx(100 * 4 / 7)


def test_sets_match_whatever_the_order():
    """Order and number of repeats do not matter for set match; another word does."""
    gold = [[("man", "on", "bench"), ("bench", "is", "red")]] * 2
    predicted = [[("benches", "is", "red"), ("man", "on", "bench")], [("man", "on", "bench"), ("bench", "is", "blue")]]
    assert score_graphs(predicted, gold).set_match == 50


def test_two_empty_graphs_agree():
    """Nothing predicted where nothing is to be found counts as right."""
    assert score_graphs([[]], [[]]).spice == 100
