"""Validation while training: retrieval among held-out images and accuracy on their hard negatives."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from structclip_trainer.batches import Batch, Collator
from structclip_trainer.corpus import Corpus, Row
from structclip_trainer.images import ImageFaultError, Preprocessing
from structclip_trainer.losses import paired_scores
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.objective import encode
from structclip_trainer.order import Place
from structclip_trainer.samples import Sample, draw_negative, read_picture

_BATCH = 256


@dataclass(frozen=True)
class ValidationSet:
    """One caption each of up to a thousand images, with one negative each where there is one."""

    batches: list[Batch]
    kinds: list[str]
    left_out: list[dict[str, str | None]]


def read_validation(
    corpus: Corpus, root: str, preprocessing: Preprocessing, collator: Collator, images: int
) -> ValidationSet:
    """The first caption of each of the first ``images`` images; rows without a readable image are noted."""
    samples: dict[str, Sample] = {}
    left_out: list[dict[str, str | None]] = []
    for row in corpus.rows():
        if len(samples) >= images:
            break
        if row.image_key in samples:
            continue
        try:
            pixels = preprocessing.pixels(read_picture(root, row))
        except ImageFaultError as fault:
            content = {"caption_id": row.caption_id, "image": row.image, "reason": fault.reason, "detail": str(fault)}
            left_out.append(content)
            continue
        samples[row.image_key] = _sample(row, pixels)
    chosen = list(samples.values())
    parts = [chosen[at : at + _BATCH] for at in range(0, len(chosen), _BATCH)]
    batches = [collator.collate(part) for part in parts]
    kinds = [s.negative.kind for s in chosen if s.negative is not None]
    return ValidationSet(batches, kinds, left_out)


def _sample(row: Row, pixels: np.ndarray) -> Sample:
    """The row with one of its negatives, drawn once for all so that every kind has its share."""
    negative = draw_negative(row, (), False, 0, 0, row.caption_id)
    return Sample(Place(0, 0, 0), row, pixels, negative, keeps_knowledge=True)


@torch.no_grad()
def validate(
    model: StructCLIPModel, held_out: ValidationSet, preprocessing: Preprocessing, device: torch.device, weight: float
) -> dict[str, float]:
    """Recall at 1 both ways and accuracy on negatives (all, and each kind), of plain and fused text; strict >."""
    model.eval()
    images, texts = [], defaultdict(list)
    hits: dict[str, list[Tensor]] = defaultdict(list)
    for batch in held_out.batches:
        moved = batch.to(device)
        embeddings, count = encode(model, moved, preprocessing, weight), len(batch.caption_ids)
        images.append(embeddings.images)
        for name, text in (("plain", embeddings.plain), ("fused", embeddings.fused)):
            texts[name].append(text[:count])
            right, wrong = paired_scores(embeddings.images, text[:count], text[count:], moved.pairing.negative_of)
            hits[name].append((right > wrong).cpu())
    model.train()
    found: dict[str, float] = {"images": float(sum(map(len, images)))}
    for name in ("plain", "fused"):
        found |= {f"{key}_{name}": value for key, value in _recall(torch.cat(images), torch.cat(texts[name])).items()}
        found |= {f"{key}_{name}": value for key, value in _accuracy(torch.cat(hits[name]), held_out.kinds).items()}
    return found


def _recall(images: Tensor, texts: Tensor) -> dict[str, float]:
    scores = images @ texts.T
    right = scores.diagonal()
    better_texts = (scores >= right[:, None]).sum(1) == 1
    better_images = (scores >= right[None, :]).sum(0) == 1
    return {"i2t_r1": float(better_texts.float().mean()), "t2i_r1": float(better_images.float().mean())}


def _accuracy(hits: Tensor, kinds: list[str]) -> dict[str, float]:
    """All and by kind; without the kinds where a negative that equals its caption after truncation was not used."""
    if not len(hits):
        return {}
    found = {"swap_accuracy": float(hits.float().mean())}
    for kind in sorted(set(kinds)) if len(kinds) == len(hits) else []:
        of_kind = torch.tensor([k == kind for k in kinds])
        found[kind] = float(hits[of_kind].float().mean())
    return found
