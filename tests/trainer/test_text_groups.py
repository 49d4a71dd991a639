"""Grouping texts by length reads fewer tokens and gives the same embeddings."""

from itertools import combinations, pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from structclip_trainer.model.new_tiny import make_tiny_clip, train_tokenizer
from structclip_trainer.settings import TinySettings
from structclip_trainer.text import pad_tokens
from structclip_trainer.text_groups import group_by_length

LENGTHS = st.lists(st.integers(2, 20), min_size=1, max_size=12)


def _cost(lengths: list[int], cuts: tuple[int, ...]) -> int:
    ordered, edges = sorted(lengths), (0, *cuts, len(lengths))
    return sum((end - start) * ordered[end - 1] for start, end in pairwise(edges))


@given(LENGTHS, st.integers(1, 4), st.integers(1, 3))
def test_every_text_is_in_one_group_that_is_long_enough(lengths: list[int], most: int, least: int) -> None:
    """The order holds each row once, and no text is cut."""
    groups = group_by_length(lengths, most, least)
    if groups is None:
        return
    assert sorted(groups.order.tolist()) == list(range(len(lengths)))
    assert groups.order[groups.back].tolist() == list(range(len(lengths)))
    assert 2 <= len(groups.sizes) <= most and min(groups.sizes) >= least
    for rows, length in zip(groups.order.split(groups.sizes), groups.lengths, strict=True):
        assert max(lengths[row] for row in rows.tolist()) == length


@given(LENGTHS, st.integers(1, 4), st.integers(1, 3))
def test_no_other_cuts_read_fewer_tokens(lengths: list[int], most: int, least: int) -> None:
    """Against every way to cut the ordered texts where their length changes."""
    groups, count = group_by_length(lengths, most, least), len(lengths)
    found = max(lengths) * count if groups is None else sum(map(int.__mul__, groups.sizes, groups.lengths))
    ordered = sorted(lengths)
    changes = [place for place in range(1, count) if ordered[place - 1] < ordered[place]]
    ways = [cuts for n in range(most) for cuts in combinations(changes, n)]
    fits = [c for c in ways if all(b - a >= least for a, b in zip((0, *c), (*c, count), strict=True))]
    assert found == min([_cost(lengths, cuts) for cuts in fits] + [max(lengths) * count])


def test_a_small_batch_is_one_group() -> None:
    """What the golden trace and small models see does not change."""
    assert group_by_length([3] * 127 + [40] * 128) is None
    groups = group_by_length([3] * 128 + [40] * 128)
    assert groups is not None and groups.lengths == (3, 40)


@pytest.fixture
def clip() -> Any:
    """A small causal text tower in fp64."""
    tiny = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=2, projection=16, vocabulary=700)
    return make_tiny_clip(tiny, train_tokenizer(["a red square"], tiny), 3).double().eval()


def test_embeddings_and_gradients_are_those_of_one_group(clip: Any) -> None:
    """A causal tower reads nothing of what is padded on the right."""
    start, end = clip.config.text_config.bos_token_id, clip.config.text_config.eos_token_id
    lengths = [3, 9, 4, 5, 12, 3, 8]
    ids = pad_tokens([[start, *range(5, 3 + n), end] for n in lengths], end)
    groups = group_by_length(lengths, least=2)
    assert groups is not None

    def encode(texts: torch.Tensor) -> torch.Tensor:
        return clip.get_text_features(input_ids=texts).pooler_output

    target = torch.randn(len(lengths), 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gradients = []
    for embeddings in (encode(ids), groups.encode(ids, encode)):
        clip.zero_grad()
        (embeddings * target).sum().backward()
        gradients.append([p.grad.clone() for p in clip.text_model.parameters()])
    torch.testing.assert_close(groups.encode(ids, encode), encode(ids), atol=1e-12, rtol=0)
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-10, rtol=0)
