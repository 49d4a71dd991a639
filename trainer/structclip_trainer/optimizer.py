"""AdamW in groups (CLIP and KEE, with and without decay), the learning rate's schedule, the logit scale's bound."""

import math
from typing import Any

import torch
from torch import nn

from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.family import family_of
from structclip_trainer.settings import Settings


def make_optimizer(model: StructCLIPModel, settings: Settings) -> torch.optim.AdamW:
    """
    AdamW over the weights that learn; every group carries its ``peak`` learning rate.

    KEE and fusion have their own rate; biases, norms and the logit scale do not decay unless ``decay_all``.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            decays = settings.decay_all or weight.ndim >= 2
            groups.setdefault((name.startswith(("kee.", "fusion.")), decays), []).append(weight)
    rates = {True: settings.kee_learning_rate, False: settings.learning_rate}
    described: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": settings.weight_decay * decays, "lr": rates[kee], "peak": rates[kee]}
        for (kee, decays), weights in sorted(groups.items())
    ]
    return torch.optim.AdamW(described, betas=(0.9, settings.beta2), eps=settings.epsilon, fused=True)


def freeze_towers(model: StructCLIPModel, towers: tuple[str, ...]) -> None:
    """Stop the named towers (vision, text) from learning, their projections included."""
    family = family_of(model.config.clip_config)
    parts = {"vision": family.vision, "text": family.text}
    for tower in towers:
        for part in parts[tower](model.clip):
            part.requires_grad_(False)


def rate_factor(step: int, settings: Settings) -> float:
    """The share of the peak learning rate at a step (from 0): linear warm-up, then constant or a cosine to 0."""
    warmup = min(settings.warmup_steps, settings.max_steps)
    if step < warmup:
        return (step + 1) / warmup
    if settings.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, settings.max_steps - warmup)))


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set every group's learning rate to a share of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def clip_gradients(model: StructCLIPModel, largest: float) -> torch.Tensor:
    """The norm of all gradients before they are scaled down to at most ``largest`` (0: left as they are)."""
    weights = [weight for weight in model.parameters() if weight.grad is not None]
    return nn.utils.clip_grad_norm_(weights, largest if largest > 0 else math.inf)


def gradient_norms(model: StructCLIPModel) -> dict[str, float]:
    """The norms of CLIP's and of the KEE's gradients."""
    norms = {}
    for part, module in (("clip", model.clip), ("kee", model.kee)):
        gradients = [w.grad for w in module.parameters() if w.grad is not None] if module is not None else []
        if gradients:
            norms[f"gradient_norm_{part}"] = float(nn.utils.get_total_norm(gradients))
    return norms


@torch.no_grad()
def bound_logit_scale(model: StructCLIPModel, largest: float) -> None:
    """Keep the logit scale at or under ``largest``."""
    model.clip.logit_scale.clamp_(max=math.log(largest))
