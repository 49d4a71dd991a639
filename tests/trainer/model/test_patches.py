"""Patches made by a matrix product are the convolution's."""

from typing import Any

import pytest
import torch
from torch import nn

from structclip_trainer.model.patches import PatchProduct, is_product, multiply_patches


@pytest.mark.parametrize(("size", "bias"), [((12, 8), True), ((13, 11), False)])
def test_values_and_gradients_are_the_convolutions(size: tuple[int, int], bias: bool) -> None:
    """In fp64, whole patches and some pixels left over."""
    convolution = nn.Conv2d(3, 5, (4, 4), (4, 4), bias=bias).double()
    product = PatchProduct(convolution)
    found: list[Any] = []
    for layer in (convolution, product):
        pixels = torch.randn(2, 3, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        pixels.requires_grad_()
        made = layer(pixels)
        gradients = torch.autograd.grad((made * made.detach().cos()).sum(), [pixels, *layer.parameters()])
        found.append([made, *gradients])
    torch.testing.assert_close(found[1], found[0], atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 4, 4, 2),
        nn.Conv2d(3, 4, 4, 4, padding=1),
        nn.Conv2d(3, 6, 4, 4, groups=3),
        nn.Conv2d(3, 4, 4, 4, dilation=2),
        nn.Linear(3, 4),
    ],
)
def test_other_layers_are_left_alone(layer: nn.Module) -> None:
    """Overlaps, margins, groups, gaps and what is no convolution."""
    assert not is_product(layer)


def test_a_towers_weights_keep_their_names() -> None:
    """And their values are the very same tensors."""
    embeddings = nn.Module()
    embeddings.patch_embedding = nn.Conv2d(3, 4, 4, 4, bias=False)
    before = dict(embeddings.named_parameters())
    multiply_patches(embeddings)
    assert isinstance(embeddings.patch_embedding, PatchProduct)
    assert dict(embeddings.named_parameters()) == before
