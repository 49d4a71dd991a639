"""Patches made by a matrix product are the convolution's."""

from typing import Any

import pytest
import torch
from torch import nn

from structclip_trainer.model.new_tiny import make_tiny_clip, train_tokenizer
from structclip_trainer.model.new_tiny_siglip import make_tiny_siglip
from structclip_trainer.model.patches import PatchProduct, is_patch_product, use_patch_product
from structclip_trainer.settings import TinySettings


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
    assert not is_patch_product(layer)


@pytest.mark.parametrize("make", [make_tiny_clip, make_tiny_siglip])
def test_a_model_keeps_its_embeddings_and_its_weights_names(make: Any) -> None:
    """CLIP and SigLIP, in fp64; the weights are the very same tensors in the same order."""
    tiny = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=1, projection=32, vocabulary=700)
    model = make(tiny, train_tokenizer(["a red square"], tiny), 3).double().eval()
    pixels = torch.randn(2, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    names, before = list(model.state_dict()), dict(model.named_parameters())
    plain = model.get_image_features(pixel_values=pixels).pooler_output
    use_patch_product(model.vision_model.embeddings)
    assert isinstance(model.vision_model.embeddings.patch_embedding, PatchProduct)
    product = model.get_image_features(pixel_values=pixels).pooler_output
    torch.testing.assert_close(product, plain, atol=1e-12, rtol=0)
    assert list(model.state_dict()) == names
    assert [(n, id(w)) for n, w in model.named_parameters()] == [(n, id(w)) for n, w in before.items()]
