"""The Knowledge-Enhanced Encoder: a transformer over the triples of a caption (DESIGN section 7)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from structclip_trainer.model.bert import BertLayers
from structclip_trainer.model.config import StructCLIPConfig
from structclip_trainer.model.precision import widen
from structclip_trainer.model.triples import TripleBatch


class KnowledgeEncoder(nn.Module):
    """
    Reads phrase vectors from CLIP's token embeddings (detached) through a learned map and encodes
    the triples of each caption.

    The triple (h, r, t) enters as ``h + r - t``, so (cat, is, black) and (black, is, cat) differ; summed over triples
    that form is blind to attributes exchanged between two objects, which only the transformer's layers see.
    Options: a table of its own in place of CLIP's; BERT's embeddings and layers, whose last norm is the layers' own.
    """

    def __init__(self, config: StructCLIPConfig) -> None:
        super().__init__()
        self.function, self.pooling = config.triple_function, config.pooling
        width, text = config.kee_width, config.clip_config.text_config
        self.bert = BertLayers(config) if config.kee_encoder == "bert" else None
        own = self.bert is None
        self.table = nn.Embedding(text.vocab_size, text.hidden_size) if own and config.phrase_table == "own" else None
        self.phrase_map = nn.Linear(text.hidden_size, width) if own else nn.Identity()
        self.phrase_norm = nn.LayerNorm(text.hidden_size) if own else nn.Identity()
        self.join = nn.Linear(3 * width, width) if self.function == "concat" else None
        self.positions = nn.Embedding(config.kee_triples, width) if config.triple_positions else None
        count = config.kee_layers if own else 0
        self.layers = nn.ModuleList([TripleLayer(width, config.kee_heads, config.kee_dropout) for _ in range(count)])
        self.final_norm = nn.LayerNorm(width) if own else nn.Identity()
        self.attention = nn.Linear(width, 1) if self.pooling == "attention" else None
        self.projection = nn.Linear(width, config.embedding_size, bias=not own)

    def forward(self, batch: TripleBatch, token_embeddings: Tensor) -> Tensor:
        """
        Encode a batch with CLIP's token embeddings (V, text width).

        Returns (R, D), one row for each caption that has triples, not normalised.
        """
        states = self._triples(self._phrases(batch, token_embeddings.detach()), batch.triples)
        if self.positions is not None:
            states = states + self.positions.weight[: states.shape[1]]
        for layer in self.layers:
            states = layer(states, batch.mask)
        if self.bert is not None:
            states = self.bert(states, batch.mask)
        pooled = self._pool(self.final_norm(states), batch.mask)
        return self.projection(pooled)  # type: ignore[no-any-return]

    @property
    def stack(self) -> nn.ModuleList:
        """The layers that triples go through."""
        return self.layers if self.bert is None else self.bert.layers

    def _phrases(self, batch: TripleBatch, token_embeddings: Tensor) -> Tensor:
        """(P, width): the mean over each phrase's word pieces."""
        if self.bert is not None:
            return self.bert.phrases(batch)
        table = token_embeddings if self.table is None else self.table.weight
        weights = batch.weights.to(table.dtype)
        raw = F.embedding_bag(batch.pieces, table, batch.offsets, mode="sum", per_sample_weights=weights)
        return self.phrase_map(self.phrase_norm(raw))  # type: ignore[no-any-return]

    def _triples(self, phrases: Tensor, triples: Tensor) -> Tensor:
        """(R, K, width) from phrase vectors (P, width)."""
        if self.join is not None:
            return self.join(phrases[triples].flatten(-2))  # type: ignore[no-any-return]
        sign = -1.0 if self.function == "h+r-t" else 1.0
        # made on the device: a copy from the host would wait for all that the device has to do
        signs = torch.cat([phrases.new_ones(2), phrases.new_full((1,), sign)])
        bags = triples.flatten(0, 1)
        summed = F.embedding_bag(bags, phrases, mode="sum", per_sample_weights=signs.expand(bags.shape))
        return summed.view(*triples.shape[:2], -1)

    def _pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """(R, width): attention over the triples that stand there, their mean, or the first one's state."""
        if self.pooling == "first":
            return states[:, 0]
        if self.attention is None:
            weights = mask.to(states.dtype)
            return (states * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
        scores = widen(self.attention(states).squeeze(-1)).masked_fill(~mask, float("-inf"))
        shares: Tensor = scores.softmax(-1).to(states.dtype)
        return (states * shares[..., None]).sum(1)


class TripleLayer(nn.Module):
    """One pre-norm transformer layer over the triples of a caption."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(R, K, width) to the same; ``mask`` (R, K) says which triples may be looked at."""
        states = states + F.dropout(self._attend(self.attention_norm(states), mask), self.dropout, self.training)
        return states + F.dropout(self.mlp(self.mlp_norm(states)), self.dropout, self.training)

    def _attend(self, states: Tensor, mask: Tensor) -> Tensor:
        rows, count, width = states.shape
        query, key, value = (
            self.qkv(states).view(rows, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        return self.out(seen.transpose(1, 2).reshape(rows, count, width))  # type: ignore[no-any-return]
