"""The network in torch, for training only; :mod:`structclip_pipeline.parser.forward` is the same in numpy."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from structclip_pipeline.parser.features import BUCKETS
from structclip_pipeline.parser.shapes import FARTHEST, FARTHEST_RANK, TAGS, Shapes


@dataclass(frozen=True)
class Batch:
    """
    Captions of one batch; spans and pairs are flat lists over the batch.

    ``words`` (U,) numbers of the distinct words, ``grams`` and ``offsets`` their n-grams for an embedding bag,
    ``places`` (B, L) which distinct word stands where, ``lengths`` (B,). ``objects`` and ``attributes`` (n, 3):
    caption, first token, last token. ``pairs`` (p, 4): head, tail, clipped distance, clipped rank distance,
    the last two from 0.
    ``owners`` (q, 4) the same of attribute and object. ``present`` (p, 2, T) as TemplateWords marks it.
    """

    words: Tensor
    grams: Tensor
    offsets: Tensor
    places: Tensor
    lengths: Tensor
    objects: Tensor
    attributes: Tensor
    pairs: Tensor
    owners: Tensor
    present: Tensor


@dataclass(frozen=True)
class Scores:
    """``tags`` (B, L, 5), ``templates`` (p, T + 1) with "none" last, ``pointers`` (p, L), ``owners`` (q,)."""

    tags: Tensor
    templates: Tensor
    pointers: Tensor
    owners: Tensor


class Network(nn.Module):
    """Embeddings, a bidirectional LSTM, a tagger, a pair scorer with a pointer, and an owner scorer."""

    def __init__(self, vocabulary: int, templates: int, shapes: Shapes, dropout: float) -> None:
        super().__init__()
        width = 2 * shapes.hidden
        self.word = nn.Embedding(vocabulary, shapes.word)
        self.gram = nn.EmbeddingBag(BUCKETS, shapes.ngram, mode="mean")
        nn.init.normal_(self.word.weight, std=0.1)
        nn.init.normal_(self.gram.weight, std=0.3)
        self.encoder = nn.LSTM(
            shapes.word + shapes.ngram,
            shapes.hidden,
            shapes.layers,
            bidirectional=True,
            batch_first=True,
            dropout=dropout,
        )
        self.tag = nn.Linear(width, len(TAGS))
        self.head = nn.Linear(2 * width, shapes.pair)
        self.tail = nn.Linear(2 * width, shapes.pair, bias=False)
        self.between = nn.Linear(width, shapes.pair, bias=False)
        self.distance = nn.Embedding(2 * FARTHEST + 1, shapes.pair)
        self.rank = nn.Embedding(2 * FARTHEST_RANK + 1, shapes.pair)
        self.template = nn.Linear(shapes.pair, templates + 1)
        self.presence = nn.Parameter(torch.zeros(2, templates))
        self.query = nn.Linear(shapes.pair, shapes.pointer)
        self.key = nn.Linear(width, shapes.pointer, bias=False)
        self.owner_attribute = nn.Linear(2 * width, shapes.pair)
        self.owner_object = nn.Linear(2 * width, shapes.pair, bias=False)
        self.owner_distance = nn.Embedding(2 * FARTHEST + 1, shapes.pair)
        self.owner_rank = nn.Embedding(2 * FARTHEST_RANK + 1, shapes.pair)
        self.owner = nn.Linear(shapes.pair, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> Scores:
        """Score a batch whose spans are given."""
        states = self.dropout(self._encode(batch))
        objects, attributes = _gather(states, batch.objects), _gather(states, batch.attributes)
        pair = self._pair(states, objects, batch)
        sentences = batch.objects[batch.pairs[:, 0], 0]
        pointers = torch.einsum("pd,pld->pl", self.query(pair), self.key(states)[sentences])
        return Scores(
            self.tag(states), self._score_templates(pair, batch), pointers, self._own(objects, attributes, batch)
        )

    def _score_templates(self, pair: Tensor, batch: Batch) -> Tensor:
        hint = nn.functional.pad((batch.present * self.presence).sum(1), (0, 1))
        scores: Tensor = self.template(pair) + hint
        return scores

    def _encode(self, batch: Batch) -> Tensor:
        embedded = torch.cat([self.word(batch.words), self.gram(batch.grams, batch.offsets)], -1)
        embedded = self.dropout(embedded[batch.places])
        packed = nn.utils.rnn.pack_padded_sequence(embedded, batch.lengths, batch_first=True, enforce_sorted=False)
        states: Tensor
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.encoder(packed)[0], batch_first=True, total_length=batch.places.shape[1]
        )
        return states

    def _pair(self, states: Tensor, objects: Tensor, batch: Batch) -> Tensor:
        head, tail = batch.pairs[:, 0], batch.pairs[:, 1]
        between = self.between(_mean_between(states, batch.objects[head], batch.objects[tail]))
        places = self.distance(batch.pairs[:, 2]) + self.rank(batch.pairs[:, 3])
        joined = self.head(objects)[head] + self.tail(objects)[tail] + between + places
        pair: Tensor = self.dropout(torch.relu(joined))
        return pair

    def _own(self, objects: Tensor, attributes: Tensor, batch: Batch) -> Tensor:
        attribute, owner = batch.owners[:, 0], batch.owners[:, 1]
        places = self.owner_distance(batch.owners[:, 2]) + self.owner_rank(batch.owners[:, 3])
        joined = self.owner_attribute(attributes)[attribute] + self.owner_object(objects)[owner] + places
        owned: Tensor = self.owner(self.dropout(torch.relu(joined)))
        return owned[:, 0]


def _gather(states: Tensor, spans: Tensor) -> Tensor:
    return torch.cat([states[spans[:, 0], spans[:, 1]], states[spans[:, 0], spans[:, 2]]], -1)


def _mean_between(states: Tensor, head: Tensor, tail: Tensor) -> Tensor:
    """Mean state of the tokens between two spans, zero without any."""
    sums = torch.cumsum(nn.functional.pad(states, (0, 0, 1, 0)), 1)
    first = torch.minimum(head[:, 2], tail[:, 2]) + 1
    last = torch.maximum(torch.maximum(head[:, 1], tail[:, 1]), first)
    total = sums[head[:, 0], last] - sums[head[:, 0], first]
    return total / (last - first).clamp(min=1)[:, None]
