"""SigLIP's contrastive loss: every pair of image and text is a yes-or-no question of its own."""

import torch
import torch.nn.functional as F
from torch import Tensor


def sigmoid_loss(
    images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, same: Tensor, negatives: Tensor | None = None
) -> Tensor:
    """
    The sum over all pairs of -log sigmoid(z (scale x.y + bias)), a B-th of it (SigLIP, arXiv 2303.15343, equation 1).

    z is 1 on the diagonal and -1 elsewhere. images, texts (B, D); ``same`` (B, B) bool: pairs that are no negatives
    for each other and are left out; ``negatives`` (N, D): further texts that match no image.
    """
    logits = scale * images @ texts.T + bias
    signs = 2 * torch.eye(len(images), dtype=logits.dtype, device=logits.device) - 1
    total = F.softplus(-signs * logits).masked_fill(same, 0.0).sum()
    if negatives is not None:
        total = total + F.softplus(scale * images @ negatives.T + bias).sum()
    return total / len(images)
