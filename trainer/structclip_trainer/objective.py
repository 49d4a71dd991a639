"""One step's objective: encode a batch once, combine the losses that the settings ask for, measure along the way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from structclip_trainer.batches import Batch
from structclip_trainer.images import Preprocessing
from structclip_trainer.losses import contrastive_loss, hinge_loss, max_hinge_loss, paired_scores, softplus_loss
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.settings import Settings
from structclip_trainer.sigmoid import sigmoid_loss


@dataclass(frozen=True)
class Embeddings:
    """Normalised embeddings of a batch: images (B, D), text of captions and negatives (B + N, D), plain and fused."""

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
    embeddings: Embeddings, batch: Batch, scale: Tensor, settings: Settings, bias: Tensor | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss (scalar, fp32) and its terms and measures, by name; ``bias`` is SigLIP's."""
    count = len(batch.caption_ids)
    terms: dict[str, Tensor] = {}
    parts = [
        _contrast(embeddings.images, text, count, batch, scale, settings, bias)
        for text in embeddings.texts(settings.contrastive_text)
    ]
    terms["contrastive"] = torch.stack(parts).mean()
    loss = terms["contrastive"]
    if settings.negative_loss != "none":
        compared = [
            _compare(embeddings.images, text, count, batch, scale, settings)
            for text in embeddings.texts(settings.negative_text)
        ]
        terms["negative"] = torch.stack(compared).mean()
        loss = loss + settings.negative_weight * terms["negative"]
    return loss, {"loss": loss, **terms}


def _contrast(
    images: Tensor, texts: Tensor, count: int, batch: Batch, scale: Tensor, settings: Settings, bias: Tensor | None
) -> Tensor:
    if settings.contrastive == "max_hinge":
        return max_hinge_loss(images, texts[:count], settings.contrastive_margin, batch.same)
    negatives = texts[count:] if settings.negative_columns else None
    if settings.contrastive == "sigmoid" and bias is not None:
        return sigmoid_loss(images, texts[:count], scale, bias, batch.same, negatives)
    return contrastive_loss(images, texts[:count], scale, batch.same, negatives)


def _compare(images: Tensor, texts: Tensor, count: int, batch: Batch, scale: Tensor, settings: Settings) -> Tensor:
    right, wrong = paired_scores(images, texts[:count], texts[count:], batch.negative_of)
    factor = scale if settings.negative_on == "scaled" else 1.0
    compare = softplus_loss if settings.negative_loss == "softplus" else hinge_loss
    return compare(right, wrong, settings.negative_margin, factor)


@torch.no_grad()
def measure(embeddings: Embeddings, batch: Batch, scale: Tensor, settings: Settings) -> dict[str, float]:
    """What is logged beside the losses: accuracy on the batch's negatives, share of active hinges, the KEE's norm."""
    count, found = len(batch.caption_ids), {"logit_scale": float(scale)}
    if batch.negative_of.numel():
        for name, texts in (("plain", embeddings.plain), ("fused", embeddings.fused)):
            right, wrong = paired_scores(embeddings.images, texts[:count], texts[count:], batch.negative_of)
            found[f"swap_accuracy_{name}"] = float((right > wrong).float().mean())
            factor = scale if settings.negative_on == "scaled" else 1.0
            active = factor * (right - wrong) < settings.negative_margin
            found[f"hinge_active_{name}"] = float(active.float().mean())
    if embeddings.knowledge is not None:
        found["knowledge_shift"] = float((embeddings.fused - embeddings.plain).norm(dim=-1).mean())
    return found


@torch.no_grad()
def measure_knowledge(model: StructCLIPModel, batch: Batch) -> dict[str, float]:
    """The mean norm of the KEE's embeddings before normalising; without dropout, so no random number is used up."""
    if model.kee is None or batch.triples is None or not batch.triples.rows.numel():
        return {}
    model.kee.eval()
    embeddings = model.kee(batch.triples, model.clip.text_model.embeddings.token_embedding.weight)
    model.kee.train()
    return {"knowledge_norm": float(embeddings.float().norm(dim=-1).mean())}
