"""Embeddings of a model for evaluation: every distinct text, triple list and picture once, in fp32."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from structclip_schemas.errors import NumericError
from structclip_trainer.evaluation.comparisons import Statement
from structclip_trainer.evaluation.metrics import Floats
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.family import padded_length
from structclip_trainer.text import longest_text, pad_tokens, tokenize_captions

Lemmas = tuple[tuple[str, str, str], ...]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Encoder:
    """A model in evaluation mode with its tokenizer, its image processor, and where and how it computes."""

    model: StructCLIPModel
    tokenizer: Any
    image_processor: Any
    batch_size: int
    device: str

    @property
    def has_kee(self) -> bool:
        """Whether the model has fused embeddings of its own."""
        return self.model.kee is not None


def embed_images(encoder: Encoder, images: Sequence[Any]) -> Floats:
    """(B, D) embeddings of decoded RGB images; raises NumericError when one is not finite."""
    pixels = encoder.image_processor(images=list(images), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        return _finite(encoder.model.encode_images(pixels.to(encoder.device)), "image")


def embed_statements(
    encoder: Encoder, statements: Sequence[Statement], advance: Callable[[int], None]
) -> tuple[Floats, Floats | None]:
    """
    Plain and fused embeddings (N, D) of texts; fused is None for a model without a KEE.

    Equal texts share one computation, so a tie between them is exact. ``advance`` is told the texts done.
    """
    token_ids = _token_ids(encoder, [s.text for s in statements])
    texts, text_index = _distinct(token_ids)
    with torch.inference_mode():
        text = _in_batches(encoder, texts, len, lambda batch: _encode_text(encoder, batch), advance)
        plain = _finite(text[torch.tensor(text_index)], "text")
        if not encoder.has_kee:
            return plain, None
        lemmas, lemma_index = _distinct([tuple(t.lemmas for t in s.triples) for s in statements])
        kee = _in_batches(encoder, lemmas, len, lambda batch: _encode_triples(encoder, batch), lambda _: None)
        pairs, pair_index = _distinct(list(zip(text_index, lemma_index, strict=True)))
        has_triples = torch.tensor([bool(lemmas[k]) or encoder.model.config.empty_triples for _, k in pairs])
        rows = torch.tensor(pairs).reshape(-1, 2)
        fused = _fuse(encoder, text[rows[:, 0]], kee[rows[:, 1]], has_triples)
        return plain, _finite(fused[torch.tensor(pair_index)], "fused text")


def _token_ids(encoder: Encoder, texts: list[str]) -> list[tuple[int, ...]]:
    longest = longest_text(encoder.model.clip.config)
    return [tuple(ids) for ids in tokenize_captions(texts, encoder.tokenizer, longest)]


def _distinct(keys: Iterable[Key]) -> tuple[list[Key], list[int]]:
    """The distinct keys in order of their first appearance, and for every key its place among them."""
    places: dict[Key, int] = {}
    index = [places.setdefault(key, len(places)) for key in keys]
    return list(places), index


def _in_batches(
    encoder: Encoder,
    keys: list[Key],
    length: Callable[[Key], int],
    encode: Callable[[list[Key]], Tensor],
    advance: Callable[[int], None],
) -> Tensor:
    """(len(keys), D) on the CPU, computed in batches of like length so that little is padded."""
    result = torch.zeros(len(keys), encoder.model.config.embedding_size)
    order = sorted(range(len(keys)), key=lambda i: length(keys[i]))
    for start in range(0, len(order), encoder.batch_size):
        batch = order[start : start + encoder.batch_size]
        result[batch] = encode([keys[i] for i in batch]).cpu()
        advance(len(batch))
    return result


def _encode_text(encoder: Encoder, batch: list[tuple[int, ...]]) -> Tensor:
    full = padded_length(encoder.model.config.clip_config)
    if full is not None:
        return encoder.model.encode_text(pad_tokens(batch, encoder.tokenizer.pad_token_id, full).to(encoder.device))
    padded = encoder.tokenizer.pad({"input_ids": [list(ids) for ids in batch]}, padding=True, return_tensors="pt")
    tensors = padded.to(encoder.device)
    return encoder.model.encode_text(tensors["input_ids"], tensors["attention_mask"])


def _encode_triples(encoder: Encoder, batch: list[Lemmas]) -> Tensor:
    spelled = [[{"head": h, "relation": r, "tail": t} for h, r, t in lemmas] for lemmas in batch]
    triples = encoder.model.read_triples(spelled, encoder.tokenizer)
    return encoder.model.encode_triples(triples.to(encoder.device))


def _fuse(encoder: Encoder, text: Tensor, kee: Tensor, has_triples: Tensor) -> Tensor:
    device = encoder.device
    return encoder.model.fuse(text.to(device), kee.to(device), has_triples.to(device)).cpu()


def _finite(embeddings: Tensor, what: str) -> Floats:
    """The embeddings as numpy; raises NumericError when the model gave something that is no number."""
    array: Floats = embeddings.cpu().numpy().astype(np.float32)
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).any(axis=1).sum())
        raise NumericError(
            f"{bad} of {len(array)} {what} embeddings are not finite. The model's weights are damaged or its training "
            "diverged: evaluate an earlier checkpoint."
        )
    return array
