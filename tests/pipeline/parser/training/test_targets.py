"""Targets: what gold graphs and teachers say as probabilities."""

import numpy as np

from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.training.augmentation import Example, cut_full_stop, join
from structclip_pipeline.parser.training.targets import (
    blend_targets,
    join_targets,
    read_targets,
    resize_targets,
    stack_rows,
)

NUMBERS = {"V on": 0, "on": 1}
GRAPH = TokenGraph(((1, 2), (5, 6)), (TokenAttribute(1, 4, 5),), (TokenRelation(0, 1, "V on", 2),))
"""a man sitting on red chair: words 0 to 5."""
TARGETS = read_targets(GRAPH, 6, NUMBERS)


def test_a_gold_graph_is_certain():
    """A gold graph gives one to its own tags, template, verb and owner and zero to all others."""
    assert TARGETS.tags.argmax(-1).tolist() == [0, 1, 0, 0, 3, 1]
    assert TARGETS.templates[0, 1].tolist() == [1, 0, 0]
    assert TARGETS.templates[1, 0].tolist() == [0, 0, 1]
    assert TARGETS.pointers[0, 1].tolist() == [0, 0, 1, 0, 0, 0]
    assert TARGETS.owners == {((4, 5), 0): 0.0, ((4, 5), 1): 1.0}


def test_an_unknown_template_is_none():
    """A relation whose template has no number counts as no relation."""
    targets = read_targets(GRAPH, 6, {"on": 0})
    assert targets.templates[0, 1].tolist() == [0, 1]
    assert not targets.pointers


def test_blending_weighs_both():
    """A blend of a share s is s of the teacher and the rest of the gold, a missing pointer counting as zeros."""
    silent = read_targets(TokenGraph(GRAPH.objects, GRAPH.attributes), 6, NUMBERS)
    mixed = blend_targets(TARGETS, silent, 0.25)
    np.testing.assert_allclose(mixed.templates[0, 1], [0.75, 0, 0.25])
    np.testing.assert_allclose(mixed.pointers[0, 1], [0, 0, 0.75, 0, 0, 0])
    np.testing.assert_allclose(mixed.tags, TARGETS.tags)


def test_joined_targets_are_the_joined_graphs_targets():
    """Joining targets says what the joined graph says of every pair within a caption."""
    first, second = (Example(tuple("abcdef"), GRAPH, TARGETS) for _ in range(2))
    both = join(first, second, ("and",))
    joined, wanted = join_targets(TARGETS, TARGETS, 1, 2), read_targets(both.graph, 13, NUMBERS)
    np.testing.assert_array_equal(joined.tags, wanted.tags)
    for pair, row in joined.templates.items():
        np.testing.assert_array_equal(row, wanted.templates[pair])
    for pair, row in joined.pointers.items():
        np.testing.assert_array_equal(row, wanted.pointers.get(pair, np.zeros(13)))
    assert joined.owners.items() <= wanted.owners.items()
    assert both.targets is not None and both.targets.tags.shape == (13, 5)


def test_a_full_stop_more_or_less_keeps_the_rest():
    """Targets of a caption that gained a full stop and lost it again are the same."""
    longer = resize_targets(TARGETS, 7)
    assert longer.tags[6].tolist() == [1, 0, 0, 0, 0]
    np.testing.assert_array_equal(resize_targets(longer, 6).tags, TARGETS.tags)
    np.testing.assert_array_equal(resize_targets(longer, 6).pointers[0, 1], TARGETS.pointers[0, 1])
    stopped = Example((*"abcdef", "."), GRAPH, longer)
    assert cut_full_stop(stopped).targets.tags.shape == (6, 5)


def test_rows_are_stacked_with_zeros():
    """Rows of different lengths become one matrix padded with zeros."""
    assert stack_rows([np.ones(1, np.float32), np.ones(3, np.float32)], 3).tolist() == [[1, 0, 0], [1, 1, 1]]
