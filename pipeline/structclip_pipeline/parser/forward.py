"""The forward pass in numpy: the arithmetic of :mod:`structclip_pipeline.parser.training.network`, time first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from structclip_pipeline.parser.features import UNKNOWN, hash_ngrams

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
_ROWS = 16
"""Row counts of matrix products are padded to a multiple, so that a row's result does not depend on its neighbours."""

_MOST_WORDS = 8_192
"""Projections of words held at once: 64 MiB of them."""

_SMALL = 1_000_000
"""OpenBLAS multiplies matrices with fewer products by another kernel, which rounds otherwise: they are padded too."""


@dataclass(frozen=True)
class Weights:
    """The trained arrays by torch's names, float32, and the vocabulary they belong to."""

    arrays: Mapping[str, Floats]
    words: tuple[str, ...]


class ForwardPass:
    """Encodes captions and scores tags, pairs and owners; holds the input projections of words it met."""

    def __init__(self, weights: Weights) -> None:
        self._arrays = weights.arrays
        layers = sum(name.startswith("encoder.weight_hh_") for name in weights.arrays) // 2
        self._layers = [
            (_Cell.read(weights.arrays, f"l{i}"), _Cell.read(weights.arrays, f"l{i}_reverse")) for i in range(layers)
        ]
        self._inputs = [np.concatenate([cell.w_input for cell in pair], 1) for pair in self._layers]
        self._numbers = {word: i for i, word in enumerate(weights.words)}
        self._rows: dict[str, int] = {}
        self._projected = np.zeros((0, self._inputs[0].shape[1]), np.float32)

    def encode(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """States (L, B, 2H) of lower-cased words, B padded to a multiple of 16; beyond a sentence's end arbitrary."""
        states = self._first_inputs(sentences)
        active = _mask_active(states.shape, [len(words) for words in sentences])
        for layer, (forward, backward) in enumerate(self._layers):
            if layer:
                states = _multiply(states, self._inputs[layer])
            length, rows, width = states.shape
            joined = np.empty((length, rows, width // 4), np.float32)
            forward.run(states[..., : width // 2], joined[..., : width // 8], range(length), None)
            backward.run(states[..., width // 2 :], joined[..., width // 8 :], range(length - 1, -1, -1), active)
            states = joined
        return states

    def score_tags(self, states: Floats) -> Floats:
        """Scores (L, B, 5) of each token's tag."""
        return self._linear(states, "tag")

    def score_pairs(self, states: Floats, objects: Integers, pairs: Integers, present: Floats) -> tuple[Floats, Floats]:
        """Template scores (p, T + 1) and the pairs' joined states; arguments as in the network's Batch."""
        spans = _gather(states, objects)
        heads, tails = self._linear(spans, "head"), self._linear(spans, "tail")
        between = self._linear(_mean_between(states, objects[pairs[:, 0]], objects[pairs[:, 1]]), "between")
        places = self._arrays["distance.weight"][pairs[:, 2]] + self._arrays["rank.weight"][pairs[:, 3]]
        joined = np.maximum(heads[pairs[:, 0]] + tails[pairs[:, 1]] + between + places, 0)
        scores = self._linear(joined, "template")
        scores[:, :-1] += (present * self._arrays["presence"]).sum(1)
        return scores, joined

    def score_pointers(self, states: Floats, sentences: Integers, joined: Floats) -> Floats:
        """Scores (n, L) of the token that a pair's verb is, from the pairs' joined states."""
        keys = self._linear(states, "key")[:, sentences]
        scores: Floats = np.einsum("pd,lpd->pl", self._linear(joined, "query"), keys)
        return scores

    def score_owners(self, states: Floats, objects: Integers, attributes: Integers, owners: Integers) -> Floats:
        """Scores (q,) above zero where the object has the attribute."""
        owned = self._linear(_gather(states, attributes), "owner_attribute")[owners[:, 0]]
        owning = self._linear(_gather(states, objects), "owner_object")[owners[:, 1]]
        places = self._arrays["owner_distance.weight"][owners[:, 2]] + self._arrays["owner_rank.weight"][owners[:, 3]]
        return self._linear(np.maximum(owned + owning + places, 0), "owner")[:, 0]

    def _linear(self, x: Floats, name: str) -> Floats:
        product = _multiply(x, self._arrays[f"{name}.weight"].T)
        bias = self._arrays.get(f"{name}.bias")
        return product if bias is None else product + bias

    def _first_inputs(self, sentences: Sequence[Sequence[str]]) -> Floats:
        self._meet({w for words in sentences for w in words})
        length = max(len(words) for words in sentences)
        places = np.zeros((length, -(-len(sentences) // _ROWS) * _ROWS), np.int64)
        for column, words in enumerate(sentences):
            places[: len(words), column] = [self._rows[w] for w in words]
        return self._projected[places]

    def _meet(self, words: set[str]) -> None:
        """Project words that are new; all others are forgotten where they would be too many."""
        if len(self._rows) + len(words) > _MOST_WORDS:
            self._rows.clear()
        new = sorted(words - self._rows.keys())
        first = len(self._rows)
        self._rows.update({word: first + i for i, word in enumerate(new)})
        if len(self._rows) > len(self._projected):
            grown = np.zeros((2 * len(self._rows), self._projected.shape[1]), np.float32)
            grown[:first] = self._projected[:first]
            self._projected = grown
        self._projected[first : first + len(new)] = self._project_words(new)

    def _project_words(self, words: Sequence[str]) -> Floats:
        """Input of the first layer's two directions (n, 8H) for words."""
        width = self._inputs[0].shape[0]
        embedded = np.stack([self._embed(word) for word in words]) if words else np.zeros((0, width), np.float32)
        return _multiply(embedded, self._inputs[0])

    def _embed(self, word: str) -> Floats:
        number = self._numbers.get(word, UNKNOWN)
        learned = self._arrays["word.weight"]
        parts = [learned[number if number < len(learned) else UNKNOWN]]
        parts.append(self._arrays["gram.weight"][hash_ngrams(word)].mean(0))
        if "meaning.weight" in self._arrays:
            parts.append(self._arrays["meaning.weight"][number])
        return np.concatenate(parts)


@dataclass(frozen=True)
class _Cell:
    """
    One direction of one LSTM layer, its weights transposed and its gates in the order input, forget, output, new.

    The first three are halved: sigmoid(x) is (tanh(x / 2) + 1) / 2, so that one tanh serves all four.
    """

    w_input: Floats
    w_hidden: Floats
    bias: Floats

    @classmethod
    def read(cls, arrays: Mapping[str, Floats], name: str) -> Self:
        bias = arrays[f"encoder.bias_ih_{name}"] + arrays[f"encoder.bias_hh_{name}"]
        weights = arrays[f"encoder.weight_ih_{name}"], arrays[f"encoder.weight_hh_{name}"]
        return cls(_arrange(weights[0]), _arrange(weights[1]), _arrange(bias[:, None])[0])

    def run(self, inputs: Floats, states: Floats, steps: range, active: Floats | None) -> None:
        """Fill states (L, B, H) from projected inputs (L, B, 4H), step by step; inactive rows stay zero."""
        size = states.shape[-1]
        hidden = np.zeros(states.shape[1:], np.float32)
        cell = np.zeros_like(hidden)
        gates = np.empty(inputs.shape[1:], np.float32)
        for step in steps:
            np.matmul(hidden, self.w_hidden, out=gates)
            gates += inputs[step]
            gates += self.bias
            np.tanh(gates, out=gates)
            gates[:, : 3 * size] *= 0.5
            gates[:, : 3 * size] += 0.5
            cell *= gates[:, size : 2 * size]
            cell += gates[:, :size] * gates[:, 3 * size :]
            if active is not None:
                cell *= active[step]
            hidden = np.tanh(cell) * gates[:, 2 * size : 3 * size]
            states[step] = hidden


def _arrange(weights: Floats) -> Floats:
    """Torch's (4H, n) in the order input, forget, new, output as (n, 4H) in ours."""
    opened, forget, new, output = np.split(weights, 4)
    return np.ascontiguousarray(np.concatenate([0.5 * opened, 0.5 * forget, 0.5 * output, new]).T.astype(np.float32))


def _mask_active(shape: tuple[int, ...], lengths: Sequence[int]) -> Floats:
    """(L, B, 1) one within a sentence, zero beyond it."""
    padded = np.array([*lengths, *[0] * (shape[1] - len(lengths))])
    mask: Floats = (np.arange(shape[0])[:, None] < padded[None, :]).astype(np.float32)[..., None]
    return mask


def _multiply(x: Floats, weights: Floats) -> Floats:
    """X @ weights over the last axis, each row's result the same to the bit whatever the other rows are."""
    flat = x.reshape(-1, x.shape[-1])
    if weights.shape[1] == 1:
        column: Floats = np.sum(flat * weights[:, 0], -1, keepdims=True)
        return column.reshape(*x.shape[:-1], 1)
    rows = max(len(flat), _SMALL // weights.size + 1)
    padding = rows + -rows % _ROWS - len(flat)
    if padding:
        flat = np.concatenate([flat, np.zeros((padding, flat.shape[1]), np.float32)])
    product: Floats = flat @ weights
    return product[: len(product) - padding].reshape(*x.shape[:-1], weights.shape[1])


def _gather(states: Floats, spans: Integers) -> Floats:
    return np.concatenate([states[spans[:, 1], spans[:, 0]], states[spans[:, 2], spans[:, 0]]], -1)


def _mean_between(states: Floats, head: Integers, tail: Integers) -> Floats:
    """Mean state of the tokens between two spans, zero without any; added up token by token, whatever the batch."""
    first = np.minimum(head[:, 2], tail[:, 2]) + 1
    count = np.maximum(np.maximum(head[:, 1], tail[:, 1]) - first, 0)
    total = np.zeros((len(head), states.shape[-1]), np.float32)
    for offset in range(int(count.max(initial=0))):
        rows = np.flatnonzero(count > offset)
        total[rows] += states[first[rows] + offset, head[rows, 0]]
    mean: Floats = total / np.maximum(count, 1)[:, None].astype(np.float32)
    return mean
