"""The losses, in fp32 on normalised embeddings: contrastive terms and the comparison with hard negatives."""

import torch
import torch.nn.functional as F
from torch import Tensor


def contrastive_loss(
    images: Tensor, texts: Tensor, scale: Tensor, same: Tensor, negatives: Tensor | None = None
) -> Tensor:
    """
    InfoNCE both ways, the mean of the two (CLIP, arXiv 2103.00020).

    images, texts (B, D); ``same`` (B, B) bool: pairs off the diagonal that are no negatives for each other and are
    masked; ``negatives`` (N, D): further texts that every image must not match, image to text only (NegCLIP).
    """
    logits = scale * images @ texts.T
    logits = logits.masked_fill(same, float("-inf"))
    target = torch.arange(len(images), device=images.device)
    rows = logits if negatives is None else torch.cat([logits, scale * images @ negatives.T], dim=1)
    return (F.cross_entropy(rows, target) + F.cross_entropy(logits.T, target)) / 2


def max_hinge_loss(images: Tensor, texts: Tensor, margin: float, same: Tensor) -> Tensor:
    """
    Max of hinges on the cosine (VSE++, arXiv 1707.05612), both ways summed, mean over the batch.

    For each pair the hardest wrong caption and the hardest wrong image: relu(s_wrong + margin - s_right).
    """
    scores = images @ texts.T
    right = scores.diagonal()
    excluded = same | torch.eye(len(images), dtype=torch.bool, device=images.device)
    wrong = scores.masked_fill(excluded, float("-inf"))
    return (F.relu(wrong.amax(1) + margin - right) + F.relu(wrong.amax(0) + margin - right)).mean()


def paired_scores(images: Tensor, texts: Tensor, negatives: Tensor, negative_of: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines (N,) of the images that have a negative with their caption, and with their negative."""
    chosen = images[negative_of]
    return (chosen * texts[negative_of]).sum(-1), (chosen * negatives).sum(-1)


def hinge_loss(right: Tensor, wrong: Tensor, margin: float, scale: Tensor | float = 1.0) -> Tensor:
    """Mean over the pairs of relu(margin - scale (right - wrong)); zero without pairs."""
    return _mean(F.relu(margin - scale * (right - wrong)))


def softplus_loss(right: Tensor, wrong: Tensor, margin: float, scale: Tensor | float = 1.0) -> Tensor:
    """Mean over the pairs of log(1 + exp(margin - scale (right - wrong))); zero without pairs."""
    return _mean(F.softplus(margin - scale * (right - wrong)))


def _mean(values: Tensor) -> Tensor:
    return values.sum() / max(values.numel(), 1)
