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


def max_hinge_loss(images: Tensor, texts: Tensor, margin: float, same: Tensor, mean_image: bool = False) -> Tensor:
    """
    Max of hinges on the cosine (VSE++, arXiv 1707.05612), both ways summed, mean over the batch.

    For each pair the hardest wrong caption and the hardest wrong image: relu(s_wrong + margin - s_right). With
    ``mean_image`` the mean over all images, the right one among them, stands in for the hardest wrong image (how the
    released Structure-CLIP begins). A pair without a wrong one costs nothing.
    """
    scores = images @ texts.T
    right = scores.diagonal()
    excluded = same | torch.eye(len(images), dtype=torch.bool, device=images.device)
    wrong = scores.masked_fill(excluded, float("-inf"))
    image = scores.masked_fill(same, 0).sum(0) / (~same).sum(0) if mean_image else wrong.amax(0)
    return (F.relu(wrong.amax(1) + margin - right) + F.relu(image + margin - right)).mean()


def paired_scores(images: Tensor, texts: Tensor, negatives: Tensor, negative_of: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines (N,) of the images that have a negative with their caption, and with their negative."""
    chosen = images[negative_of]
    return (chosen * texts[negative_of]).sum(-1), (chosen * negatives).sum(-1)


def weakest_right(right: Tensor, positives: Tensor, positive_of: Tensor, negative_of: Tensor, count: int) -> Tensor:
    """
    (N,) min(s(caption), s(positive)) of the images that have a negative; s(caption) where there is no positive.

    ``right`` (N,) are the captions' scores, ``positives`` (P,) the positives', ``count`` the captions there are. A
    negative that scores below both meets SugarCrepe++'s condition (arXiv 2406.11171) and that of the augmented accuracy
    (arXiv 2409.17958).
    """
    if not positives.numel():
        return right
    of_caption = positives.new_full((count,), float("inf")).index_put((positive_of,), positives)
    return torch.minimum(right, of_caption[negative_of])


def unit_loss(
    images: Tensor, units: Tensor, foils: Tensor, unit_of: Tensor, foil_of: Tensor, asserted: Tensor, scale: Tensor
) -> Tensor:
    """
    Contrastive term over short true captions, each with its foil; mean over the units, zero without any.

    images (B, D), units (U, D), foils (F, D); whose unit, which unit's foil; ``asserted`` (U, B) as a Batch has it.
    For a unit u of image i: half the cross-entropy of u among the batch's units that i does not assert and u's own
    foil, half that of i among the images that do not assert u (L_unit of CS-CLIP, arXiv 2602.23906, without its false
    negatives).
    """
    if not len(units):
        return (images.sum() + units.sum()) * 0
    scores = (scale * units @ images.T).masked_fill(asserted, float("-inf"))
    others = (unit_of[:, None] == unit_of[None, :]).fill_diagonal_(False)
    of_image = scores.T[unit_of].masked_fill(others, float("-inf"))
    foil = scores.new_full((len(units),), float("-inf"))
    foil = foil.index_put((foil_of,), scale * (foils * images[unit_of[foil_of]]).sum(-1))
    right = torch.arange(len(units), device=units.device)
    among_units = F.cross_entropy(torch.cat([of_image, foil[:, None]], 1), right)
    return (among_units + F.cross_entropy(scores, unit_of)) / 2


def hinge_loss(right: Tensor, wrong: Tensor, margin: float, scale: Tensor | float = 1.0) -> Tensor:
    """Mean over the pairs of relu(margin - scale (right - wrong)); zero without pairs."""
    return _mean(F.relu(margin - scale * (right - wrong)))


def softplus_loss(right: Tensor, wrong: Tensor, margin: float, scale: Tensor | float = 1.0) -> Tensor:
    """Mean over the pairs of log(1 + exp(margin - scale (right - wrong))); zero without pairs."""
    return _mean(F.softplus(margin - scale * (right - wrong)))


def _mean(values: Tensor) -> Tensor:
    return values.sum() / max(values.numel(), 1)
