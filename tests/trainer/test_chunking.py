"""Losses made from a few rows of logits at a time equal those made from all, forward and gradient."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from structclip_trainer.chunking import (
    asserting_captions,
    chunked_contrastive_loss,
    chunked_max_hinge_loss,
    chunked_sigmoid_loss,
    chunked_unit_loss,
)
from structclip_trainer.config import build_settings
from structclip_trainer.losses import contrastive_loss, max_hinge_loss, unit_loss
from structclip_trainer.objective import rows_at_a_time
from structclip_trainer.pairing import Pairing
from structclip_trainer.sigmoid import sigmoid_loss


def _given(seed: int, count: int = 9, negatives: int = 4) -> tuple[list[Tensor], Tensor]:
    """Images, texts, negatives and scale, fp64, and identities of which some are equal."""
    generator = torch.Generator().manual_seed(seed)
    sizes = ((count, 5), (count, 5), (negatives, 5))
    made = [torch.randn(*size, generator=generator, dtype=torch.float64) for size in sizes]
    leaves = [torch.nn.functional.normalize(tensor, dim=-1).requires_grad_() for tensor in made]
    identities = torch.randint(0, 7, (count, 2), generator=generator)
    return [*leaves, torch.tensor(8.0, dtype=torch.float64, requires_grad=True)], identities


def _assert_equal(one: Tensor, other: Tensor, leaves: list[Tensor]) -> None:
    torch.testing.assert_close(one, other, atol=1e-12, rtol=0)
    gradients = [torch.autograd.grad(loss, leaves, allow_unused=True) for loss in (one, other)]
    for left, right in zip(*gradients, strict=True):
        assert (left is None) == (right is None)
        if left is not None and right is not None:
            torch.testing.assert_close(left, right, atol=1e-12, rtol=0)


@pytest.mark.parametrize("chunk", [1, 2, 4, 9, 100])
@pytest.mark.parametrize("with_negatives", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_contrastive(chunk: int, with_negatives: bool, seed: int) -> None:
    """InfoNCE does not depend on how many rows are made at a time; masks, negatives and the scale's gradient too."""
    (images, texts, wrong, scale), identities = _given(seed)
    negatives = wrong if with_negatives else None
    same = Pairing(identities, torch.empty(0)).same
    assert same.any()
    _assert_equal(
        chunked_contrastive_loss(images, texts, scale, identities, negatives, chunk),
        contrastive_loss(images, texts, scale, same, negatives),
        [images, texts, wrong, scale],
    )


def test_contrastive_where_all_are_the_same() -> None:
    """A batch in which no caption is wrong for any image costs nothing and gives no NaN."""
    (images, texts, _, scale), identities = _given(2)
    loss = chunked_contrastive_loss(images, texts, scale, torch.zeros_like(identities), None, 2)
    assert float(loss.detach()) == pytest.approx(0, abs=1e-12)
    assert all(bool(g.abs().max() < 1e-12) for g in torch.autograd.grad(loss, [images, texts, scale]))


@pytest.mark.parametrize("chunk", [1, 2, 4, 9, 100])
@pytest.mark.parametrize("margin", [0.0, 0.2, 1.5])
@pytest.mark.parametrize("mean_image", [False, True])
def test_max_hinge(chunk: int, margin: float, mean_image: bool) -> None:
    """The max of hinges does not depend on how many rows are made at a time."""
    (images, texts, wrong, scale), identities = _given(3)
    identities[0] = identities[1:].max() + 1
    same = Pairing(identities, torch.empty(0)).same
    _assert_equal(
        chunked_max_hinge_loss(images, texts, margin, identities, chunk, mean_image),
        max_hinge_loss(images, texts, margin, same, mean_image),
        [images, texts, wrong, scale],
    )


@pytest.mark.parametrize("chunk", [1, 2, 4, 9, 100])
@pytest.mark.parametrize("with_negatives", [False, True])
def test_sigmoid(chunk: int, with_negatives: bool) -> None:
    """SigLIP's loss does not depend on how many rows are made at a time."""
    (images, texts, wrong, scale), identities = _given(5)
    negatives = wrong if with_negatives else None
    bias = torch.tensor(-3.0, dtype=torch.float64, requires_grad=True)
    same = Pairing(identities, torch.empty(0)).same
    _assert_equal(
        chunked_sigmoid_loss(images, texts, scale, bias, identities, negatives, chunk),
        sigmoid_loss(images, texts, scale, bias, same, negatives),
        [images, texts, wrong, scale, bias],
    )


def test_max_hinge_without_wrong_pairs() -> None:
    """Where every caption is right for every image the max of hinges is zero, both ways of computing it."""
    (images, texts, _, _), identities = _given(4)
    identities = torch.zeros_like(identities)
    assert float(chunked_max_hinge_loss(images, texts, 0.2, identities, 2).detach()) == 0
    assert float(max_hinge_loss(images, texts, 0.2, Pairing(identities, torch.empty(0)).same).detach()) == 0


@pytest.mark.parametrize(
    ("count", "chunk", "rows"),
    [(64, None, None), (8192, None, None), (32_768, None, 1024), (64, 16, 16), (64, 64, None), (32_768, 50_000, None)],
)
def test_rows_at_a_time(count: int, chunk: int | None, rows: int | None) -> None:
    """Large batches are cut of themselves, others where the setting says so."""
    settings = build_settings(None, {}, [] if chunk is None else [f"loss_chunk={chunk}"])
    assert rows_at_a_time(count, settings) == rows


def _with_units(seed: int) -> tuple[list[Tensor], Pairing]:
    """Images (9), units (7), foils (4), scale, and a pairing in which words and images repeat."""
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (9, 7, 4)]
    leaves = [torch.nn.functional.normalize(tensor, dim=-1).requires_grad_() for tensor in made]
    assertions = torch.stack([torch.arange(20) % 9, torch.randint(0, 8, (20,), generator=generator)], 1)
    pairing = Pairing(
        torch.randint(0, 7, (9, 2), generator=generator),
        torch.empty(0, dtype=torch.long),
        unit_of=torch.tensor([0, 0, 2, 3, 5, 8, 8]),
        foil_of=torch.tensor([0, 2, 5, 6]),
        unit_texts=torch.randint(0, 8, (7,), generator=generator),
        assertions=assertions,
    )
    return [*leaves, torch.tensor(8.0, dtype=torch.float64, requires_grad=True)], pairing


@pytest.mark.parametrize("chunk", [1, 2, 4, 7, 100])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_units(chunk: int, seed: int) -> None:
    """The unit loss does not depend on how many units' logits are made at a time."""
    leaves, pairing = _with_units(seed)
    images, units, foils, scale = leaves
    whole = unit_loss(images, units, foils, pairing.unit_of, pairing.foil_of, pairing.asserted, scale)
    _assert_equal(chunked_unit_loss(images, units, foils, pairing, scale, chunk), whole, leaves)


@pytest.mark.parametrize("seed", range(5))
def test_asserting_captions(seed: int) -> None:
    """Each unit stands once beside each assertion of its words."""
    _, pairing = _with_units(seed)
    expected = [
        [unit, caption]
        for unit, text in enumerate(pairing.unit_texts.tolist())
        for caption, word in pairing.assertions.tolist()
        if word == text
    ]
    assert sorted(asserting_captions(pairing).tolist()) == sorted(expected)


def test_no_assertions() -> None:
    """Where nobody asserts anything there is no such pair."""
    _, pairing = _with_units(0)
    none = replace(pairing, assertions=torch.zeros(0, 2, dtype=torch.long))
    assert asserting_captions(none).shape == (0, 2)
