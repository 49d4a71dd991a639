"""One step's objective: encode a batch once, combine the losses that the settings ask for, measure along the way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from structclip_trainer.batches import Batch
from structclip_trainer.chunking import (
    chunked_contrastive_loss,
    chunked_max_hinge_loss,
    chunked_sigmoid_loss,
    chunked_unit_loss,
)
from structclip_trainer.images import Preprocessing
from structclip_trainer.losses import (
    contrastive_loss,
    hinge_loss,
    max_hinge_loss,
    paired_scores,
    softplus_loss,
    unit_loss,
    weakest_right,
)
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.pairing import Pairing, Parts
from structclip_trainer.settings import Settings
from structclip_trainer.sigmoid import sigmoid_loss

_WHOLE, _CHUNK = 8192, 1024  # captions whose logits are made at once, rows at a time beyond


@dataclass(frozen=True)
class Embeddings:
    """
    Normalised embeddings of a batch: images (B, D), all its texts (T, D), plain and fused.

    Without KEE, ``fused`` is the very tensor ``plain``.
    """

    images: Tensor
    plain: Tensor
    fused: Tensor

    def texts(self, kind: str) -> list[Tensor]:
        """The text embeddings that a loss on fused, plain or both sees."""
        return {"fused": [self.fused], "plain": [self.plain], "both": [self.fused, self.plain]}[kind]


def encode(model: StructCLIPModel, batch: Batch, preprocessing: Preprocessing, weight: float) -> Embeddings:
    """One call each of image tower, text tower and KEE; ``weight`` is the knowledge weight at this step."""
    images = model.encode_images(preprocessing.normalised(batch.pixels).to(model.dtype))
    plain = model.encode_text(batch.input_ids) if batch.lines is None else model.encode_text_lines(batch.lines)
    if model.kee is None or batch.triples is None:
        return Embeddings(images, plain, plain)
    knowledge = model.encode_triples(batch.triples)
    present = batch.triples.has_triples & batch.keeps_knowledge
    return Embeddings(images, plain, model.fuse(plain, knowledge, present, weight))


def knowledge_weight(settings: Settings, step: int) -> float:
    """Lambda at a step, grown from 0 over ``knowledge_warmup`` steps."""
    if step >= settings.knowledge_warmup:
        return settings.knowledge_weight
    return settings.knowledge_weight * step / settings.knowledge_warmup


def combine_losses(
    embeddings: Embeddings,
    pairing: Pairing,
    scale: Tensor,
    settings: Settings,
    bias: Tensor | None = None,
    step: int | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """
    The loss (scalar, fp32) and its terms and measures, by name.

    ``bias`` is SigLIP's; ``step`` counts from 0, None: after any warm-up.
    """
    terms: dict[str, Tensor] = {}
    warming = step is not None and step < settings.contrastive_warmup
    parts = [
        _contrast(embeddings.images, pairing.parts(text), pairing, scale, settings, bias, warming)
        for text in embeddings.texts(settings.contrastive_text)
    ]
    terms["contrastive"] = torch.stack(parts).mean()
    loss = terms["contrastive"]
    if settings.negative_loss != "none":
        compared = [
            _compare(embeddings.images, pairing.parts(text), pairing, scale, settings)
            for text in embeddings.texts(settings.negative_text)
        ]
        terms["negative"] = torch.stack(compared).mean()
        loss = loss + settings.negative_weight * terms["negative"]
    if settings.unit_weight > 0 and len(pairing.unit_of):
        told = [
            _tell_units(embeddings.images, pairing.parts(text), pairing, scale, settings)
            for text in embeddings.texts(settings.contrastive_text)
        ]
        terms["units"] = torch.stack(told).mean()
        loss = loss + settings.unit_weight * terms["units"]
    return loss, {"loss": loss, **terms}


def _contrast(
    images: Tensor,
    texts: Parts,
    pairing: Pairing,
    scale: Tensor,
    settings: Settings,
    bias: Tensor | None,
    warming: bool,
) -> Tensor:
    captions, negatives = texts.captions, texts.negatives if settings.negative_columns else None
    chunk, margin, same_as = rows_at_a_time(pairing.count, settings), settings.contrastive_margin, pairing.identities
    if settings.contrastive == "max_hinge":
        if chunk is None:
            return max_hinge_loss(images, captions, margin, pairing.same, warming)
        return chunked_max_hinge_loss(images, captions, margin, same_as, chunk, warming)
    if settings.contrastive == "sigmoid" and bias is not None:
        if chunk is None:
            return sigmoid_loss(images, captions, scale, bias, pairing.same, negatives)
        return chunked_sigmoid_loss(images, captions, scale, bias, same_as, negatives, chunk)
    if chunk is None:
        return contrastive_loss(images, captions, scale, pairing.same, negatives)
    return chunked_contrastive_loss(images, captions, scale, same_as, negatives, chunk)


def rows_at_a_time(count: int, settings: Settings) -> int | None:
    """How many rows of logits a contrastive loss over ``count`` captions makes at a time; None: all of them."""
    if settings.loss_chunk is not None:
        return settings.loss_chunk if settings.loss_chunk < count else None
    return None if count <= _WHOLE else _CHUNK


def _compare(images: Tensor, texts: Parts, pairing: Pairing, scale: Tensor, settings: Settings) -> Tensor:
    right, wrong = compared_scores(images, texts, pairing)
    factor = scale if settings.negative_on == "scaled" else 1.0
    compare = softplus_loss if settings.negative_loss == "softplus" else hinge_loss
    return compare(right, wrong, settings.negative_margin, factor)


def _tell_units(images: Tensor, texts: Parts, pairing: Pairing, scale: Tensor, settings: Settings) -> Tensor:
    chunk = rows_at_a_time(pairing.count, settings)
    if chunk is not None:
        return chunked_unit_loss(images, texts.units, texts.foils, pairing, scale, chunk)
    return unit_loss(images, texts.units, texts.foils, pairing.unit_of, pairing.foil_of, pairing.asserted, scale)


def compared_scores(images: Tensor, texts: Parts, pairing: Pairing) -> tuple[Tensor, Tensor]:
    """Cosines (N,) that are compared: the lesser of caption's and positive's, and the negative's."""
    right, wrong = paired_scores(images, texts.captions, texts.negatives, pairing.negative_of)
    positives = (images[pairing.positive_of] * texts.positives).sum(-1)
    return weakest_right(right, positives, pairing.positive_of, pairing.negative_of, pairing.count), wrong


@torch.no_grad()
def measure(embeddings: Embeddings, pairing: Pairing, scale: Tensor, settings: Settings) -> dict[str, float]:
    """
    What is logged beside the losses: accuracies on the batch's negatives, share of active hinges, shift by the KEE.

    ``augmented_accuracy``: caption and positive both beat the negative; ``foil_accuracy``: a unit beats its foil.
    """
    found = {"logit_scale": float(scale)}
    for name, text in (("plain", embeddings.plain), ("fused", embeddings.fused)):
        if pairing.negative_of.numel():
            found |= _measure_negatives(name, embeddings.images, pairing.parts(text), pairing, scale, settings)
        if pairing.foil_of.numel():
            parts, images = pairing.parts(text), embeddings.images[pairing.unit_of]
            right, wrong = paired_scores(images, parts.units, parts.foils, pairing.foil_of)
            found[f"foil_accuracy_{name}"] = _share(right > wrong)
    if embeddings.fused is not embeddings.plain:
        found["knowledge_shift"] = float((embeddings.fused - embeddings.plain).norm(dim=-1).mean())
    return found


def _measure_negatives(
    name: str, images: Tensor, texts: Parts, pairing: Pairing, scale: Tensor, settings: Settings
) -> dict[str, float]:
    right, wrong = paired_scores(images, texts.captions, texts.negatives, pairing.negative_of)
    weakest, _ = compared_scores(images, texts, pairing)
    factor = scale if settings.negative_on == "scaled" else 1.0
    found = {
        f"swap_accuracy_{name}": _share(right > wrong),
        f"hinge_active_{name}": _share(factor * (weakest - wrong) < settings.negative_margin),
    }
    if pairing.positive_of.numel():
        with_positive = torch.isin(pairing.negative_of, pairing.positive_of)
        found[f"augmented_accuracy_{name}"] = _share((weakest > wrong)[with_positive])
    return found


def _share(hits: Tensor) -> float:
    return float(hits.float().mean())


@torch.no_grad()
def knowledge_norms(model: StructCLIPModel, batch: Batch) -> Tensor:
    """
    (R,) fp32: the norms of the KEE's embeddings before normalising, of the texts with triples; empty without KEE.

    Without dropout, so no random number is used up.
    """
    if model.kee is None or batch.triples is None or not batch.triples.rows.numel():
        return torch.empty(0, device=batch.input_ids.device)
    model.kee.eval()
    embeddings = model.kee(batch.triples, model.clip.text_model.embeddings.token_embedding.weight)
    model.kee.train()
    norms: Tensor = embeddings.float().norm(dim=-1)
    return norms
