"""Contrastive losses of large batches: a few rows of logits at a time, memory linear in the batch."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from structclip_trainer.pairing import Pairing, same_rows


def chunked_contrastive_loss(
    images: Tensor, texts: Tensor, scale: Tensor, identities: Tensor, negatives: Tensor | None, chunk: int
) -> Tensor:
    """``contrastive_loss`` from ``chunk`` rows of logits at a time, the mask from ``identities`` (B, 2)."""
    columns = texts if negatives is None else torch.cat([texts, negatives])
    by_image, by_text = _LogSumExps.apply(images, columns, scale, identities, chunk)  # type: ignore[no-untyped-call]
    right = scale * (images * texts).sum(-1)
    loss: Tensor = ((by_image - right).mean() + (by_text - right).mean()) / 2
    return loss


def chunked_max_hinge_loss(
    images: Tensor, texts: Tensor, margin: float, identities: Tensor, chunk: int, mean_image: bool = False
) -> Tensor:
    """``max_hinge_loss`` from ``chunk`` rows of cosines at a time; of equally hard wrong pairs the first counts."""
    captions, pictures, any_wrong = _hardest(images, texts, identities, chunk)
    right = (images * texts).sum(-1)
    of_captions = F.relu((images * texts[captions]).sum(-1) + margin - right) * any_wrong
    if mean_image:
        return (of_captions + F.relu(_mean_images(images, texts, identities, chunk) + margin - right)).mean()
    return (of_captions + F.relu((images[pictures] * texts).sum(-1) + margin - right) * any_wrong).mean()


def _mean_images(images: Tensor, texts: Tensor, identities: Tensor, chunk: int) -> Tensor:
    """(B,) mean cosine of each caption with all images but those of equal image or text."""

    def total(images: Tensor, texts: Tensor, start: int) -> Tensor:
        same = same_rows(identities, start, start + len(images))
        return (images @ texts.T).masked_fill(same, 0).sum(0)

    starts = range(0, len(images), chunk)
    totals = [_remade(total, images[s : s + chunk], texts, s) for s in starts]
    counts = [(~same_rows(identities, s, min(s + chunk, len(images)))).sum(0) for s in starts]
    return sum(totals[1:], totals[0]) / sum(counts[1:], counts[0])


def _remade(function: Callable[..., Tensor], *arguments: Any) -> Tensor:
    """The function's value, which keeps nothing but the arguments and is computed again in the backward pass."""
    found: Tensor = checkpoint(function, *arguments, use_reentrant=False, preserve_rng_state=False)
    return found


def chunked_sigmoid_loss(
    images: Tensor,
    texts: Tensor,
    scale: Tensor,
    bias: Tensor,
    identities: Tensor,
    negatives: Tensor | None,
    chunk: int,
) -> Tensor:
    """``sigmoid_loss`` from ``chunk`` rows of logits at a time, made again in the backward pass."""
    columns = texts if negatives is None else torch.cat([texts, negatives])

    def total(images: Tensor, columns: Tensor, scale: Tensor, bias: Tensor, start: int) -> Tensor:
        logits = scale * images @ columns.T + bias
        places = torch.arange(len(images), device=images.device)
        signs = torch.ones_like(logits).index_put((places, places + start), logits.new_tensor(-1.0))
        same = same_rows(identities, start, start + len(images))
        excluded = F.pad(same, (0, len(columns) - len(identities)))
        return F.softplus(signs * logits).masked_fill(excluded, 0.0).sum()

    starts = range(0, len(images), chunk)
    parts = [_remade(total, images[s : s + chunk], columns, scale, bias, s) for s in starts]
    return torch.stack(parts).sum() / len(images)


def chunked_unit_loss(
    images: Tensor, units: Tensor, foils: Tensor, pairing: Pairing, scale: Tensor, chunk: int
) -> Tensor:
    """``unit_loss`` from the logits of ``chunk`` units at a time, made again in the backward pass."""
    assertions = asserting_captions(pairing)
    foil = units.new_full((len(units),), float("-inf"))
    foil = foil.index_put((pairing.foil_of,), scale * (foils * images[pairing.unit_of[pairing.foil_of]]).sum(-1))

    def total(images: Tensor, units: Tensor, foil: Tensor, scale: Tensor, start: int) -> Tensor:
        part = slice(start, start + chunk)
        owners = pairing.unit_of[part]
        by_unit, by_image = _asserted_rows(pairing, assertions, start, chunk)
        among_images = (scale * units[part] @ images.T).masked_fill(by_unit, float("-inf"))
        among_units = (scale * images[owners] @ units.T).masked_fill(by_image, float("-inf"))
        right = torch.arange(start, start + len(owners), device=owners.device)
        summed = F.cross_entropy(torch.cat([among_units, foil[part, None]], 1), right, reduction="sum")
        return (summed + F.cross_entropy(among_images, owners, reduction="sum")) / 2

    parts = [_remade(total, images, units, foil, scale, start) for start in range(0, len(units), chunk)]
    return torch.stack(parts).sum() / len(units)


def asserting_captions(pairing: Pairing) -> Tensor:
    """(M, 2): each unit with each caption that asserts its words; no more than there are, whatever the batch."""
    words, order = pairing.assertions[:, 1].sort()
    first, after = (torch.searchsorted(words, pairing.unit_texts, right=right) for right in (False, True))
    counts = after - first
    units = torch.repeat_interleave(counts)
    within = torch.arange(len(units), device=units.device) - (counts.cumsum(0) - counts)[units]
    return torch.stack([units, pairing.assertions[order[first[units] + within], 0]], 1)


def _asserted_rows(pairing: Pairing, assertions: Tensor, start: int, chunk: int) -> tuple[Tensor, Tensor]:
    """
    What is masked for the units from ``start`` on, their own pair aside.

    (c, B): captions whose image the unit is not wrong for; (c, U): units that the unit's image is not wrong for.
    """
    owners, pictures = pairing.unit_of[start : start + chunk], pairing.identities[:, 0]
    places = torch.arange(len(owners), device=owners.device)
    by_unit = pictures[owners, None] == pictures[None, :]
    here = assertions[(assertions[:, 0] >= start) & (assertions[:, 0] < start + len(owners))]
    by_unit[here[:, 0] - start, here[:, 1]] = True
    by_unit[places, owners] = False
    captions, which = torch.unique(owners, return_inverse=True)
    place = torch.full_like(pictures, -1).index_put((captions,), torch.arange(len(captions), device=owners.device))
    by_caption = pictures[captions, None] == pictures[pairing.unit_of][None, :]
    theirs = assertions[place[assertions[:, 1]] >= 0]
    by_caption[place[theirs[:, 1]], theirs[:, 0]] = True
    by_image = by_caption[which]
    by_image[places, places + start] = False
    return by_unit, by_image


class _LogSumExps(torch.autograd.Function):
    """
    Log-sum-exps of the masked logits: over the columns for each image (B,), over the images for each caption (B,).

    Keeps what it was given and the two results; the backward pass makes the logits again, row by row.
    """

    @staticmethod
    def forward(
        ctx: Any, images: Tensor, columns: Tensor, scale: Tensor, identities: Tensor, chunk: int
    ) -> tuple[Tensor, Tensor]:
        count = len(images)
        by_image, by_text = images.new_empty(count), images.new_full((count,), float("-inf"))
        for start in range(0, count, chunk):
            _, logits = _rows(images, columns, scale, identities, start, chunk)
            by_image[start : start + chunk] = logits.logsumexp(1)
            by_text = torch.logaddexp(by_text, logits[:, :count].logsumexp(0))
        ctx.save_for_backward(images, columns, scale, identities, by_image, by_text)
        ctx.chunk = chunk
        return by_image, by_text

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_images: Tensor, of_texts: Tensor) -> tuple[Tensor | None, ...]:
        images, columns, scale, identities, by_image, by_text = ctx.saved_tensors
        count, chunk = len(images), ctx.chunk
        to_images, to_columns, to_scale = torch.empty_like(images), torch.zeros_like(columns), torch.zeros_like(scale)
        for start in range(0, count, chunk):
            part = slice(start, start + chunk)
            cosines, logits = _rows(images, columns, scale, identities, start, chunk)
            share = (logits - by_image[part, None]).exp() * of_images[part, None]
            share[:, :count] += (logits[:, :count] - by_text).exp() * of_texts
            to_scale += (share * cosines).sum()
            to_images[part] = scale * share @ columns
            to_columns += scale * share.T @ images[part]
        return to_images, to_columns, to_scale, None, None


def _rows(
    images: Tensor, columns: Tensor, scale: Tensor, identities: Tensor, start: int, chunk: int
) -> tuple[Tensor, Tensor]:
    """Cosines and masked logits (c, C) of the images from ``start`` on."""
    stop = min(start + chunk, len(images))
    cosines = images[start:stop] @ columns.T
    logits = scale * cosines
    logits[:, : len(images)].masked_fill_(same_rows(identities, start, stop), float("-inf"))
    return cosines, logits


@torch.no_grad()
def _hardest(images: Tensor, texts: Tensor, identities: Tensor, chunk: int) -> tuple[Tensor, Tensor, Tensor]:
    """(B,) each: the hardest wrong caption of each image, the hardest wrong image of each caption, is there any."""
    count = len(images)
    captions = torch.empty(count, dtype=torch.long, device=images.device)
    pictures, best = torch.zeros_like(captions), images.new_full((count,), float("-inf"))
    for start in range(0, count, chunk):
        stop = min(start + chunk, count)
        scores = images[start:stop] @ texts.T
        excluded = same_rows(identities, start, stop)
        places = torch.arange(stop - start, device=images.device)
        excluded[places, places + start] = True
        scores.masked_fill_(excluded, float("-inf"))
        captions[start:stop] = scores.argmax(1)
        highest, at = scores.max(0)
        better = highest > best
        pictures, best = torch.where(better, at + start, pictures), torch.where(better, highest, best)
    return captions, pictures, best > float("-inf")
