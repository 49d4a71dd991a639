"""The KEE in plain loops, fp64: one caption, one triple, one head, one word piece at a time."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Phrase = Callable[[str], Tensor]


def norm(x: Tensor, layer: nn.LayerNorm) -> Tensor:
    """Layer norm of one vector, from its definition."""
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    return (x - mean) / torch.sqrt(variance + layer.eps) * layer.weight + layer.bias


def linear(x: Tensor, layer: nn.Linear) -> Tensor:
    """A linear map of one vector, row by row."""
    rows = torch.stack([sum(w * v for w, v in zip(row, x, strict=True)) for row in layer.weight])
    return rows if layer.bias is None else rows + layer.bias


def gelu(x: Tensor) -> Tensor:
    """The exact GELU."""
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def attend(queries: list[Tensor], keys: list[Tensor], values: list[Tensor], heads: int) -> list[Tensor]:
    """Multi-head attention of every vector to every vector."""
    size, out = len(queries[0]) // heads, []
    for query in queries:
        parts = []
        for head in range(heads):
            at = slice(head * size, (head + 1) * size)
            scores = [torch.exp(query[at] @ key[at] / math.sqrt(size)) for key in keys]
            parts.append(sum(s * value[at] for s, value in zip(scores, values, strict=True)) / sum(scores))
        out.append(torch.cat(parts))
    return out


def pre_norm_layer(states: list[Tensor], layer: Any) -> list[Tensor]:
    """X + attention(norm x), then x + mlp(norm x)."""
    mapped = [linear(norm(x, layer.attention_norm), layer.qkv).chunk(3) for x in states]
    seen = attend(*([part[i] for part in mapped] for i in range(3)), heads=layer.heads)
    states = [x + linear(s, layer.out) for x, s in zip(states, seen, strict=True)]
    first, _, second = layer.mlp
    return [x + linear(gelu(linear(norm(x, layer.mlp_norm), first)), second) for x in states]


def bert_layer(states: list[Tensor], layer: Any, heads: int) -> list[Tensor]:
    """norm(x + attention x), then norm(x + mlp x): BERT's order."""
    own, out = layer.attention.self, layer.attention.output
    parts = [[linear(x, part) for x in states] for part in (own.query, own.key, own.value)]
    seen = attend(*parts, heads=heads)
    states = [norm(x + linear(s, out.dense), out.LayerNorm) for x, s in zip(states, seen, strict=True)]
    inner = [linear(gelu(linear(x, layer.intermediate.dense)), layer.output.dense) for x in states]
    return [norm(x + i, layer.output.LayerNorm) for x, i in zip(states, inner, strict=True)]


def triple(parts: list[Tensor], function: str, kee: Any) -> Tensor:
    """One triple's vector from those of head, relation and tail."""
    head, relation, tail = parts
    if function == "concat":
        return linear(torch.cat(parts), kee.join)
    return head + relation - tail if function == "h+r-t" else head + relation + tail


def pool(states: list[Tensor], pooling: str, kee: Any) -> Tensor:
    """One vector of a caption's triples."""
    if pooling == "first":
        return states[0]
    if pooling == "mean":
        return sum(states) / len(states)
    scores = [torch.exp(linear(x, kee.attention)[0]) for x in states]
    return sum(s * x for s, x in zip(scores, states, strict=True)) / sum(scores)


def knowledge(triples: list[dict[str, str]], phrase: Phrase, kee: Any, heads: int) -> Tensor:
    """The KEE's embedding of one caption, not normalised."""
    names = ("head", "relation", "tail")
    states = [triple([phrase(t[name]) for name in names], kee.function, kee) for t in triples]
    if kee.positions is not None:
        states = [x + kee.positions.weight[place] for place, x in enumerate(states)]
    for layer in kee.layers:
        states = pre_norm_layer(states, layer)
    if kee.bert is None:
        states = [norm(x, kee.final_norm) for x in states]
    else:
        for layer in kee.bert.bert.encoder.layer:
            states = bert_layer(states, layer, heads)
    return linear(pool(states, kee.pooling, kee), kee.projection)
