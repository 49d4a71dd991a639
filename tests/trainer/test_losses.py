"""Every loss against a slow implementation in plain Python loops, fp64, forward and gradient."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from structclip_trainer.losses import (
    contrastive_loss,
    hinge_loss,
    max_hinge_loss,
    paired_scores,
    softplus_loss,
    unit_loss,
    weakest_right,
)

SCALE = 7.0


def _embeddings(seed: int, count: int = 5, negatives: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(n, 4, generator=generator, dtype=torch.float64) for n in (count, count, negatives)]
    images, texts, wrong = [(t / t.norm(dim=-1, keepdim=True)).requires_grad_() for t in made]
    return images, texts, wrong


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return sum((a[d] * b[d] for d in range(len(a))), torch.zeros((), dtype=torch.float64))


def _log_sum_exp(values: list[Tensor]) -> Tensor:
    return torch.log(sum((torch.exp(v) for v in values), torch.zeros((), dtype=torch.float64)))


def _slow_contrastive(images: Tensor, texts: Tensor, same: Tensor, negatives: Tensor | None) -> Tensor:
    count, total = len(images), torch.zeros((), dtype=torch.float64)
    for i in range(count):
        allowed = [j for j in range(count) if j == i or not same[i, j]]
        row = [SCALE * _dot(images[i], texts[j]) for j in allowed]
        row += [] if negatives is None else [SCALE * _dot(images[i], n) for n in negatives]
        column = [SCALE * _dot(images[j], texts[i]) for j in allowed]
        right = SCALE * _dot(images[i], texts[i])
        total = total + (_log_sum_exp(row) - right) / 2 + (_log_sum_exp(column) - right) / 2
    return total / count


def _slow_max_hinge(images: Tensor, texts: Tensor, margin: float, same: Tensor) -> Tensor:
    count, total = len(images), torch.zeros((), dtype=torch.float64)
    for i in range(count):
        right = _dot(images[i], texts[i])
        wrong = [j for j in range(count) if j != i and not same[i, j]]
        caption = max((_dot(images[i], texts[j]) for j in wrong), key=lambda s: float(s.detach()))
        image = max((_dot(images[j], texts[i]) for j in wrong), key=lambda s: float(s.detach()))
        for score in (caption, image):
            total = total + torch.clamp(score + margin - right, min=0)
    return total / count


def _slow_pairs(
    images: Tensor, texts: Tensor, negatives: Tensor, of: list[int], term: Callable[[Tensor], Tensor]
) -> Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for n, i in enumerate(of):
        total = total + term(_dot(images[i], texts[i]) - _dot(images[i], negatives[n]))
    return total / len(of)


def _agree(fast: Tensor, slow: Tensor, leaves: tuple[Tensor, ...]) -> None:
    assert float(fast.detach()) == pytest.approx(float(slow.detach()), abs=1e-12)
    fast_gradients = torch.autograd.grad(fast, leaves, retain_graph=True, allow_unused=True)
    slow_gradients = torch.autograd.grad(slow, leaves, allow_unused=True)
    for one, other in zip(fast_gradients, slow_gradients, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            torch.testing.assert_close(one, other, atol=1e-12, rtol=0)


def _same(count: int, *pairs: tuple[int, int]) -> Tensor:
    same = torch.zeros(count, count, dtype=torch.bool)
    for i, j in pairs:
        same[i, j] = same[j, i] = True
    return same


@pytest.mark.parametrize("with_negatives", [False, True])
@pytest.mark.parametrize("pairs", [(), ((0, 1),), ((1, 4), (2, 3))])
def test_contrastive(with_negatives: bool, pairs: tuple[tuple[int, int], ...]) -> None:
    """InfoNCE, with equal captions masked and negatives as columns, is the sum over pairs of its formula."""
    images, texts, wrong = _embeddings(1)
    negatives = wrong if with_negatives else None
    same = _same(5, *pairs)
    fast = contrastive_loss(images, texts, torch.tensor(SCALE, dtype=torch.float64), same, negatives)
    _agree(fast, _slow_contrastive(images, texts, same, negatives), (images, texts, wrong))


@pytest.mark.parametrize("margin", [0.0, 0.2, 1.5])
def test_max_hinge(margin: float) -> None:
    """The max of hinges takes the hardest wrong caption and the hardest wrong image of each pair."""
    images, texts, _ = _embeddings(2)
    same = _same(5, (0, 3))
    _agree(max_hinge_loss(images, texts, margin, same), _slow_max_hinge(images, texts, margin, same), (images, texts))


@pytest.mark.parametrize(("margin", "scale"), [(0.2, 1.0), (0.0, SCALE), (1.0, SCALE)])
def test_hinge_and_softplus(margin: float, scale: float) -> None:
    """Both comparisons with the negative are means over the captions that have one."""
    images, texts, wrong = _embeddings(3)
    of = [4, 0, 2]
    right, other = paired_scores(images, texts, wrong, torch.tensor(of))
    leaves = (images, texts, wrong)
    slow = _slow_pairs(images, texts, wrong, of, lambda d: torch.clamp(margin - scale * d, min=0))
    _agree(hinge_loss(right, other, margin, scale), slow, leaves)
    slow = _slow_pairs(images, texts, wrong, of, lambda d: torch.log(1 + torch.exp(margin - scale * d)))
    _agree(softplus_loss(right, other, margin, scale), slow, leaves)


def test_no_negative_at_all() -> None:
    """A batch without negatives has a comparison of zero, with a gradient of zero and not of NaN."""
    images, texts, wrong = _embeddings(4, negatives=0)
    right, other = paired_scores(images, texts, wrong, torch.tensor([], dtype=torch.long))
    for loss in (hinge_loss(right, other, 0.2), softplus_loss(right, other, 0.0, SCALE)):
        assert float(loss.detach()) == 0
        assert all(bool(g.eq(0).all()) for g in torch.autograd.grad(loss, (images, texts), retain_graph=True))


def test_softplus_of_equal_scores() -> None:
    """A negative that scores like its caption costs log 2."""
    score = torch.tensor([0.3], dtype=torch.float64)
    assert float(softplus_loss(score, score, 0.0, SCALE)) == pytest.approx(math.log(2))


def test_max_hinge_with_the_mean_image() -> None:
    """While it warms up, the mean score over all images, the right one among them, stands for the hardest image."""
    images, texts, _ = _embeddings(5)
    total = torch.zeros((), dtype=torch.float64)
    for i in range(5):
        right, scores = _dot(images[i], texts[i]), [_dot(images[j], texts[i]) for j in range(5)]
        caption = max((_dot(images[i], texts[j]) for j in range(5) if j != i), key=lambda s: float(s.detach()))
        total = total + torch.clamp(caption + 0.2 - right, min=0) + torch.clamp(sum(scores) / 5 + 0.2 - right, min=0)
    _agree(max_hinge_loss(images, texts, 0.2, _same(5), mean_image=True), total / 5, (images, texts))


@pytest.mark.parametrize("scaled", [False, True])
def test_hinge_with_positives(scaled: bool) -> None:
    """max(0, margin - min(s(caption), s(positive)) + s(negative)) and log(1 + exp(...)) of scaled scores."""
    images, texts, wrong = _embeddings(6)
    positives = torch.stack([images[2], -images[4]]).detach().requires_grad_()  # one above its caption, one below
    of, positive_of = [4, 0, 2], [2, 4]
    right, other = paired_scores(images, texts, wrong, torch.tensor(of))
    beside = (images[positive_of] * positives).sum(-1)
    weakest = weakest_right(right, beside, torch.tensor(positive_of), torch.tensor(of), 5)
    total = torch.zeros((), dtype=torch.float64)
    for n, i in enumerate(of):
        scores = [_dot(images[i], texts[i])]
        scores += [_dot(images[i], positives[p]) for p, owner in enumerate(positive_of) if owner == i]
        least = min(scores, key=lambda s: float(s.detach()))
        gap = least - _dot(images[i], wrong[n])
        total = total + (torch.log(1 + torch.exp(-SCALE * gap)) if scaled else torch.clamp(0.2 - gap, min=0))
    fast = softplus_loss(weakest, other, 0.0, SCALE) if scaled else hinge_loss(weakest, other, 0.2)
    _agree(fast, total / 3, (images, texts, wrong, positives))


def _slow_units(
    images: Tensor, units: Tensor, foils: Tensor, of: list[int], foil_of: list[int], asserted: Tensor
) -> Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for u, i in enumerate(of):
        right = SCALE * _dot(images[i], units[u])
        others = [v for v, j in enumerate(of) if j != i and not asserted[v, i]]
        row = [right] + [SCALE * _dot(images[i], units[v]) for v in others]
        row += [SCALE * _dot(images[i], foils[f]) for f, v in enumerate(foil_of) if v == u]
        column = [SCALE * _dot(images[j], units[u]) for j in range(len(images)) if j == i or not asserted[u, j]]
        total = total + (_log_sum_exp(row) - right) / 2 + (_log_sum_exp(column) - right) / 2
    return total / len(of)


def test_units() -> None:
    """A unit is told from other units and its own foil, its image from other images; what both assert is masked."""
    images, units, foils = _embeddings(8)
    of, foil_of = [0, 0, 1, 3, 4], [0, 2, 3]
    asserted = torch.zeros(5, 5, dtype=torch.bool)
    asserted[0, 1] = asserted[2, 0] = asserted[4, 2] = True
    fast = unit_loss(
        images, units, foils, torch.tensor(of), torch.tensor(foil_of), asserted, torch.tensor(SCALE).double()
    )
    _agree(fast, _slow_units(images, units, foils, of, foil_of, asserted), (images, units, foils))


def test_no_units_at_all() -> None:
    """A batch without units has a unit loss of zero, with a gradient of zero."""
    images, units, foils = _embeddings(9, negatives=0)
    none = torch.zeros(0, dtype=torch.long)
    loss = unit_loss(images, units[:0], foils, none, none, torch.zeros(0, 5, dtype=torch.bool), torch.tensor(SCALE))
    assert float(loss.detach()) == 0
    assert bool(torch.autograd.grad(loss, images)[0].eq(0).all())
