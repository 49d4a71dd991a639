"""The network in torch, for training only; :mod:`structclip_pipeline.parser.forward` is the same in numpy."""

import torch
from torch import Tensor, nn

from structclip_pipeline.parser.features import BUCKETS
from structclip_pipeline.parser.shapes import Shapes
from structclip_pipeline.parser.training.scorer import Batch, Scorer


class Network(Scorer):
    """
    Embeddings and a bidirectional LSTM under the scorer.

    ``meanings`` (words, meaning) are what a teacher knows of words, learned from or not; they are not trained.
    """

    def __init__(
        self, vocabulary: int, templates: int, shapes: Shapes, dropout: float, meanings: Tensor | None = None
    ) -> None:
        super().__init__(2 * shapes.hidden, templates, shapes.pair, shapes.pointer, dropout)
        self.word = nn.Embedding(vocabulary, shapes.word)
        self.gram = nn.EmbeddingBag(BUCKETS, shapes.ngram, mode="mean")
        nn.init.normal_(self.word.weight, std=0.1)
        nn.init.normal_(self.gram.weight, std=0.3)
        self.meaning = None if meanings is None else nn.Embedding.from_pretrained(meanings)  # type: ignore[no-untyped-call]
        self.encoder = nn.LSTM(
            shapes.word + shapes.ngram + (0 if meanings is None else meanings.shape[1]),
            shapes.hidden,
            shapes.layers,
            bidirectional=True,
            batch_first=True,
            dropout=dropout,
        )

    def encode(self, batch: Batch) -> Tensor:
        """States (B, L, 2 * hidden) of the words."""
        parts = [self.word(batch.words), self.gram(batch.grams, batch.offsets)]
        if self.meaning is not None:
            parts.append(self.meaning(batch.meanings))
        embedded = self.dropout(torch.cat(parts, -1)[batch.places])
        packed = nn.utils.rnn.pack_padded_sequence(embedded, batch.lengths, batch_first=True, enforce_sorted=False)
        states: Tensor
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.encoder(packed)[0], batch_first=True, total_length=batch.places.shape[1]
        )
        return states
