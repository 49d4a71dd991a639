"""What scores spans and pairs from the states of a caption's words; any encoder may give the states."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import torch
from torch import Tensor, nn

from structclip_pipeline.parser.shapes import FARTHEST, FARTHEST_RANK, TAGS


@dataclass(frozen=True)
class Batch:
    """
    Captions of one batch; spans and pairs are flat lists over the batch.

    ``sentences`` the words themselves, ``words`` and ``meanings`` (U,) numbers of the distinct words, ``grams`` and
    ``offsets`` their n-grams for an embedding bag, ``places`` (B, L) which distinct word stands where, ``lengths``
    (B,). ``objects`` and ``attributes`` (n, 3): caption, first token, last token. ``pairs`` (p, 4): head, tail, clipped
    distance, clipped rank distance, the last two from 0. ``owners`` (q, 4) the same of attribute and object.
    ``present`` (p, 2, T) as TemplateWords marks it.
    """

    sentences: Sequence[Sequence[str]]
    words: Tensor
    meanings: Tensor
    grams: Tensor
    offsets: Tensor
    places: Tensor
    lengths: Tensor
    objects: Tensor
    attributes: Tensor
    pairs: Tensor
    owners: Tensor
    present: Tensor

    def to(self, device: torch.device) -> Self:
        """The same batch on a device; ``lengths`` stay where packing sequences wants them, on the CPU."""
        names = (field.name for field in fields(self) if field.name not in ("sentences", "lengths"))
        return replace(self, **{name: getattr(self, name).to(device, non_blocking=True) for name in names})


@dataclass(frozen=True)
class Scores:
    """``tags`` (B, L, 5), ``templates`` (p, T + 1) with "none" last, ``pointers`` (p, L), ``owners`` (q,)."""

    tags: Tensor
    templates: Tensor
    pointers: Tensor
    owners: Tensor

    def cpu(self) -> "Scores":
        """The same scores on the CPU."""
        return Scores(self.tags.cpu(), self.templates.cpu(), self.pointers.cpu(), self.owners.cpu())


class Scorer(nn.Module):
    """A tagger, a pair scorer with a pointer, and an owner scorer over states (B, L, width)."""

    def __init__(self, width: int, templates: int, pair: int, pointer: int, dropout: float) -> None:
        super().__init__()
        self.tag = nn.Linear(width, len(TAGS))
        self.head = nn.Linear(2 * width, pair)
        self.tail = nn.Linear(2 * width, pair, bias=False)
        self.between = nn.Linear(width, pair, bias=False)
        self.distance = nn.Embedding(2 * FARTHEST + 1, pair)
        self.rank = nn.Embedding(2 * FARTHEST_RANK + 1, pair)
        self.template = nn.Linear(pair, templates + 1)
        self.presence = nn.Parameter(torch.zeros(2, templates))
        self.query = nn.Linear(pair, pointer)
        self.key = nn.Linear(width, pointer, bias=False)
        self.owner_attribute = nn.Linear(2 * width, pair)
        self.owner_object = nn.Linear(2 * width, pair, bias=False)
        self.owner_distance = nn.Embedding(2 * FARTHEST + 1, pair)
        self.owner_rank = nn.Embedding(2 * FARTHEST_RANK + 1, pair)
        self.owner = nn.Linear(pair, 1)
        self.dropout = nn.Dropout(dropout)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.tag.weight.device

    def forward(self, batch: Batch) -> Scores:
        """Score a batch whose spans are given."""
        states = self.dropout(self.encode(batch))
        joined = self.join_pairs(states, batch.objects, batch.pairs)
        pointers = self.score_pointers(states, batch.objects[batch.pairs[:, 0], 0], joined)
        owners = self.score_owners(states, batch.objects, batch.attributes, batch.owners)
        return Scores(self.tag(states), self.score_templates(joined, batch.present), pointers, owners)

    def encode(self, batch: Batch) -> Tensor:
        """States (B, L, width) of the words."""
        raise NotImplementedError

    def join_pairs(self, states: Tensor, objects: Tensor, pairs: Tensor) -> Tensor:
        """One state (p, pair) a pair of objects."""
        spans = _gather(states, objects)
        head, tail = pairs[:, 0], pairs[:, 1]
        between = self.between(_mean_between(states, objects[head], objects[tail]))
        places = self.distance(pairs[:, 2]) + self.rank(pairs[:, 3])
        joined: Tensor = self.dropout(torch.relu(self.head(spans)[head] + self.tail(spans)[tail] + between + places))
        return joined

    def score_templates(self, joined: Tensor, present: Tensor) -> Tensor:
        """Scores (p, T + 1) of joined pairs, "none" last."""
        scores: Tensor = self.template(joined) + nn.functional.pad((present * self.presence).sum(1), (0, 1))
        return scores

    def score_pointers(self, states: Tensor, sentences: Tensor, joined: Tensor) -> Tensor:
        """Scores (p, L) of the token that a pair's verb is; ``sentences`` (p,) tells each pair's caption."""
        return torch.einsum("pd,pld->pl", self.query(joined), self.key(states)[sentences])

    def score_owners(self, states: Tensor, objects: Tensor, attributes: Tensor, owners: Tensor) -> Tensor:
        """Scores (q,) above zero where the object has the attribute."""
        attribute = self.owner_attribute(_gather(states, attributes))[owners[:, 0]]
        owner = self.owner_object(_gather(states, objects))[owners[:, 1]]
        places = self.owner_distance(owners[:, 2]) + self.owner_rank(owners[:, 3])
        owned: Tensor = self.owner(self.dropout(torch.relu(attribute + owner + places)))
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
