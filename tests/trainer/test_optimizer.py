"""Groups of the optimiser, the learning rate's course, the logit scale's bound."""

import math

import pytest
import torch
from transformers import CLIPConfig

from structclip_trainer.config import build_settings
from structclip_trainer.model import StructCLIPConfig, StructCLIPModel
from structclip_trainer.optimizer import bound_logit_scale, clip_gradients, freeze_towers, make_optimizer, rate_factor


@pytest.fixture
def model() -> StructCLIPModel:
    """A model of a few thousand weights."""
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    clip = CLIPConfig(
        text_config={**tower, "vocab_size": 20}, vision_config={**tower, "image_size": 16, "patch_size": 8}
    )
    return StructCLIPModel(StructCLIPConfig(clip_config=clip, kee_width=16, kee_heads=2, kee_layers=1))


def test_groups(model: StructCLIPModel) -> None:
    """KEE and CLIP have their own rates; biases, norms and the logit scale do not decay; no weight is forgotten."""
    settings = build_settings(None, {}, ["learning_rate=1e-5", "kee_learning_rate=1e-3"])
    names = {id(weight): name for name, weight in model.named_parameters()}
    seen = []
    for group in make_optimizer(model, settings).param_groups:
        for weight in group["params"]:
            name = names[id(weight)]
            seen.append(name)
            assert group["peak"] == (1e-3 if name.startswith("kee.") else 1e-5)
            assert (group["weight_decay"] == 0) == (weight.ndim < 2)
    assert sorted(seen) == sorted(names.values())


def test_frozen_tower(model: StructCLIPModel) -> None:
    """A frozen tower is not in the optimiser."""
    freeze_towers(model, ("vision",))
    settings = build_settings(None, {}, ["learning_rate=1", "kee_learning_rate=1"])
    learned = {id(w) for group in make_optimizer(model, settings).param_groups for w in group["params"]}
    assert all(("vision" in n or "visual" in n) != (id(w) in learned) for n, w in model.named_parameters())


@pytest.mark.parametrize(("step", "factor"), [(0, 0.1), (9, 1.0), (10, 1.0), (60, 0.5), (110, 0.0)])
def test_cosine(step: int, factor: float) -> None:
    """Ten steps up, then a cosine that is half way down in the middle and ends at 0."""
    settings = build_settings(None, {}, ["max_steps=110", "warmup_steps=10"])
    assert rate_factor(step, settings) == pytest.approx(factor)


def test_constant() -> None:
    """The constant schedule stays at the peak."""
    settings = build_settings(None, {}, ["schedule=constant", "warmup_steps=0"])
    assert {rate_factor(step, settings) for step in range(0, 1000, 100)} == {1.0}


def test_logit_scale_bound(model: StructCLIPModel) -> None:
    """The logit scale stays at or under 100."""
    with torch.no_grad():
        model.clip.logit_scale.fill_(9.0)
    bound_logit_scale(model, 100.0)
    assert float(model.logit_scale.detach()) == pytest.approx(100, rel=1e-5)


@pytest.mark.parametrize(("largest", "after"), [(1.0, 1.0), (0.0, None)])
def test_clipping(model: StructCLIPModel, largest: float, after: float | None) -> None:
    """The norm before clipping is returned; 0 leaves gradients as they are."""
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    count = sum(weight.numel() for weight in model.parameters())
    assert float(clip_gradients(model, largest)) == pytest.approx(math.sqrt(count), rel=1e-4)
    norm = math.sqrt(sum(float(weight.grad.square().sum()) for weight in model.parameters()))
    assert norm == pytest.approx(after or math.sqrt(count), rel=1e-3)
