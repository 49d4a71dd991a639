"""SigLIP's loss against plain Python loops in fp64, forward and gradient, and against transformers' own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from structclip_trainer.sigmoid import sigmoid_loss


def _unit(seed: int, count: int) -> Tensor:
    drawn = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (drawn / drawn.norm(dim=-1, keepdim=True)).requires_grad_()


def _slow(images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, same: Tensor, negatives: Tensor | None) -> Tensor:
    """Equation 1 of arXiv 2303.15343, pair by pair: -log(1 / (1 + exp(z (-t x.y - b)))), z = 1 or -1."""
    total = torch.zeros((), dtype=torch.float64)
    for i in range(len(images)):
        pairs = [(texts[j], 1.0 if i == j else -1.0) for j in range(len(texts)) if i == j or not same[i, j]]
        pairs += [] if negatives is None else [(negative, -1.0) for negative in negatives]
        for text, z in pairs:
            cosine = sum((images[i][d] * text[d] for d in range(4)), torch.zeros((), dtype=torch.float64))
            total = total - torch.log(1 / (1 + torch.exp(z * (-scale * cosine - bias))))
    return total / len(images)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**20), st.integers(1, 5), st.integers(0, 3), st.floats(0.5, 20), st.floats(-10, 2), st.booleans()
)
def test_the_sigmoid_loss_is_that_of_its_equation(seed, count, negatives, scale, bias, masked):
    """Value and every gradient, scale and bias included, agree with loops to 1e-9."""
    images, texts, wrong = _unit(seed, count), _unit(seed + 1, count), _unit(seed + 2, negatives)
    t = torch.tensor(scale, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(bias, dtype=torch.float64, requires_grad=True)
    same = torch.zeros(count, count, dtype=torch.bool)
    if masked and count > 1:
        same[0, 1] = same[1, 0] = True
    given_negatives = wrong if negatives else None
    learned = [images, texts, t, b, *([wrong] if negatives else [])]
    fast = sigmoid_loss(images, texts, t, b, same, given_negatives)
    slow = _slow(images, texts, t, b, same, given_negatives)
    torch.testing.assert_close(fast, slow, rtol=1e-9, atol=1e-9)
    for ours, theirs in zip(torch.autograd.grad(fast, learned), torch.autograd.grad(slow, learned), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-9)


def test_a_huge_logit_gives_a_finite_loss():
    """No overflow where exp would have one."""
    images = torch.eye(2)
    loss = sigmoid_loss(images, -images, torch.tensor(1e4), torch.tensor(0.0), torch.zeros(2, 2, dtype=torch.bool))
    assert math.isfinite(float(loss))
    assert float(loss) == pytest.approx(1e4 + math.log(2), rel=1e-6)
