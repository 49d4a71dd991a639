"""One step's objective: encode a batch once, combine the losses that the settings ask for, measure along the way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from structclip_trainer.batches import Batch, Parts
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
from structclip_trainer.settings import Settings
from structclip_trainer.sigmoid import sigmoid_loss


@dataclass(frozen=True)
class Embeddings:
    """Normalised embeddings of a batch: images (B, D), all its texts (T, D), plain and fused."""

    images: Tensor
    plain: Tensor
    fused: Tensor
    knowledge: Tensor | None

    def texts(self, kind: str) -> list[Tensor]:
        """The text embeddings that a loss on fused, plain or both sees."""
        return {"fused": [self.fused], "plain": [self.plain], "both": [self.fused, self.plain]}[kind]


def encode(model: StructCLIPModel, batch: Batch, preprocessing: Preprocessing, weight: float) -> Embeddings:
    """One call each of image tower, text tower and KEE; ``weight`` is the knowledge weight at this step."""
    images = model.encode_images(preprocessing.normalised(batch.pixels))
    plain = model.encode_text(batch.input_ids)
    if model.kee is None or batch.triples is None:
        return Embeddings(images, plain, plain, None)
    knowledge = model.encode_triples(batch.triples)
    present = batch.triples.has_triples & batch.keeps_knowledge
    return Embeddings(images, plain, model.fuse(plain, knowledge, present, weight), knowledge)


def knowledge_weight(settings: Settings, step: int) -> float:
    """Lambda at a step, grown from 0 over ``knowledge_warmup`` steps."""
    if step >= settings.knowledge_warmup:
        return settings.knowledge_weight
    return settings.knowledge_weight * step / settings.knowledge_warmup


def combine_losses(
    embeddings: Embeddings,
    batch: Batch,
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
        _contrast(embeddings.images, batch.parts(text), batch, scale, settings, bias, warming)
        for text in embeddings.texts(settings.contrastive_text)
    ]
    terms["contrastive"] = torch.stack(parts).mean()
    loss = terms["contrastive"]
    if settings.negative_loss != "none":
        compared = [
            _compare(embeddings.images, batch.parts(text), batch, scale, settings)
            for text in embeddings.texts(settings.negative_text)
        ]
        terms["negative"] = torch.stack(compared).mean()
        loss = loss + settings.negative_weight * terms["negative"]
    if settings.unit_weight > 0 and len(batch.unit_of):
        told = [
            _tell_units(embeddings.images, batch.parts(text), batch, scale)
            for text in embeddings.texts(settings.contrastive_text)
        ]
        terms["units"] = torch.stack(told).mean()
        loss = loss + settings.unit_weight * terms["units"]
    return loss, {"loss": loss, **terms}


def _contrast(
    images: Tensor, texts: Parts, batch: Batch, scale: Tensor, settings: Settings, bias: Tensor | None, warming: bool
) -> Tensor:
    if settings.contrastive == "max_hinge":
        return max_hinge_loss(images, texts.captions, settings.contrastive_margin, batch.same, warming)
    negatives = texts.negatives if settings.negative_columns else None
    if settings.contrastive == "sigmoid" and bias is not None:
        return sigmoid_loss(images, texts.captions, scale, bias, batch.same, negatives)
    return contrastive_loss(images, texts.captions, scale, batch.same, negatives)


def _compare(images: Tensor, texts: Parts, batch: Batch, scale: Tensor, settings: Settings) -> Tensor:
    right, wrong = compared_scores(images, texts, batch)
    factor = scale if settings.negative_on == "scaled" else 1.0
    compare = softplus_loss if settings.negative_loss == "softplus" else hinge_loss
    return compare(right, wrong, settings.negative_margin, factor)


def _tell_units(images: Tensor, texts: Parts, batch: Batch, scale: Tensor) -> Tensor:
    return unit_loss(images, texts.units, texts.foils, batch.unit_of, batch.foil_of, batch.asserted, scale)


def compared_scores(images: Tensor, texts: Parts, batch: Batch) -> tuple[Tensor, Tensor]:
    """Cosines (N,) that are compared: the lesser of caption's and positive's, and the negative's."""
    right, wrong = paired_scores(images, texts.captions, texts.negatives, batch.negative_of)
    positives = (images[batch.positive_of] * texts.positives).sum(-1)
    return weakest_right(right, positives, batch.positive_of, batch.negative_of), wrong


@torch.no_grad()
def measure(embeddings: Embeddings, batch: Batch, scale: Tensor, settings: Settings) -> dict[str, float]:
    """
    What is logged beside the losses: accuracies on the batch's negatives, share of active hinges, shift by the KEE.

    ``augmented_accuracy``: caption and positive both beat the negative; ``foil_accuracy``: a unit beats its foil.
    """
    found = {"logit_scale": float(scale)}
    for name, text in (("plain", embeddings.plain), ("fused", embeddings.fused)):
        if batch.negative_of.numel():
            found |= _measure_negatives(name, embeddings.images, batch.parts(text), batch, scale, settings)
        if batch.foil_of.numel():
            parts, images = batch.parts(text), embeddings.images[batch.unit_of]
            right, wrong = paired_scores(images, parts.units, parts.foils, batch.foil_of)
            found[f"foil_accuracy_{name}"] = _share(right > wrong)
    if embeddings.knowledge is not None:
        found["knowledge_shift"] = float((embeddings.fused - embeddings.plain).norm(dim=-1).mean())
    return found


def _measure_negatives(
    name: str, images: Tensor, texts: Parts, batch: Batch, scale: Tensor, settings: Settings
) -> dict[str, float]:
    right, wrong = paired_scores(images, texts.captions, texts.negatives, batch.negative_of)
    weakest, _ = compared_scores(images, texts, batch)
    factor = scale if settings.negative_on == "scaled" else 1.0
    found = {
        f"swap_accuracy_{name}": _share(right > wrong),
        f"hinge_active_{name}": _share(factor * (weakest - wrong) < settings.negative_margin),
    }
    if batch.positive_of.numel():
        with_positive = torch.isin(batch.negative_of, batch.positive_of)
        found[f"augmented_accuracy_{name}"] = _share((weakest > wrong)[with_positive])
    return found


def _share(hits: Tensor) -> float:
    return float(hits.float().mean())


@torch.no_grad()
def measure_knowledge(model: StructCLIPModel, batch: Batch) -> dict[str, float]:
    """The mean norm of the KEE's embeddings before normalising; without dropout, so no random number is used up."""
    if model.kee is None or batch.triples is None or not batch.triples.rows.numel():
        return {}
    model.kee.eval()
    embeddings = model.kee(batch.triples, model.clip.text_model.embeddings.token_embedding.weight)
    model.kee.train()
    return {"knowledge_norm": float(embeddings.float().norm(dim=-1).mean())}
