"""Fusion of a caption's text embedding with its knowledge embedding."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from structclip_trainer.model.config import StructCLIPConfig
from structclip_trainer.model.precision import widen


class Fusion(nn.Module):
    """
    ``normalize(text) + weight * normalize(kee)``, renormalised; captions without triples keep their text embedding.

    ``gate`` scales the knowledge term by a learned value between 0 and 1 for each dimension, ``concat`` reads it from
    text and knowledge side by side.
    """

    def __init__(self, config: StructCLIPConfig) -> None:
        super().__init__()
        size = config.embedding_size
        self.kind, self.renormalise = config.fusion, config.renormalise
        self.gate = nn.Linear(2 * size, size) if self.kind == "gate" else None
        self.mix = nn.Linear(2 * size, size) if self.kind == "concat" else None

    def forward(self, text: Tensor, kee: Tensor, has_triples: Tensor, weight: float | Tensor) -> Tensor:
        """(B, D) from text (B, D), knowledge (B, D) and which captions have triples (B,), all fp32."""
        text, kee = F.normalize(widen(text), dim=-1), F.normalize(widen(kee), dim=-1)
        term = kee
        if self.gate is not None:
            term = kee * self.gate(torch.cat([text, kee], -1)).sigmoid()
        elif self.mix is not None:
            term = self.mix(torch.cat([text, kee], -1))
        present = has_triples.to(text.dtype)[:, None]
        fused = text + weight * present * term
        return F.normalize(fused, dim=-1) if self.renormalise else fused
