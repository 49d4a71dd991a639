"""The gradient of one step's loss over micro-batches and ranks: exactly that of the undivided batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor

from structclip_trainer.batches import Batch
from structclip_trainer.distributed import Ranks
from structclip_trainer.objective import Embeddings
from structclip_trainer.pairing import Pairing, join_pairings, join_texts

_T = TypeVar("_T")
Encode = Callable[[Batch], Embeddings]
Combine = Callable[[Embeddings, Pairing], tuple[Tensor, dict[str, Tensor]]]


@dataclass(frozen=True)
class Outcome:
    """The loss and its terms over the whole batch, and the embeddings and pairing it was made from."""

    loss: Tensor
    terms: dict[str, Tensor]
    embeddings: Embeddings
    pairing: Pairing


def backpropagate(encode: Encode, combine: Combine, batches: Sequence[Batch], ranks: Ranks) -> Outcome:
    """
    Add this rank's part of the loss's gradient to the weights; the sum over ranks is the whole gradient.

    Every rank computes the loss of the whole batch. Several micro-batches are encoded twice (Gao et al., "Scaling deep
    contrastive learning batch size under memory limited setup", arXiv 2101.06983): without graph for the loss
    and the embeddings' gradients, then one by one with the graph and with the same random numbers.
    """
    pairings, device = [batch.pairing for batch in batches], batches[0].input_ids.device
    if len(batches) == 1:
        outcome = _evaluate([encode(batches[0])], pairings, combine, ranks)
        torch.autograd.backward(outcome.loss)
        return outcome
    states, leaves = [], []
    with torch.no_grad():
        for batch in batches:
            states.append(_random_state(device))
            leaves.append(_as_leaves(encode(batch)))
    outcome = _evaluate(leaves, pairings, combine, ranks)
    torch.autograd.backward(outcome.loss)
    for batch, leaf, state in zip(batches, leaves, states, strict=True):
        _set_random_state(state, device)
        _pass_on(encode(batch), leaf)
    return outcome


def split_evenly(items: Sequence[_T], parts: int) -> list[list[_T]]:
    """
    The items in their order in so many parts, whose sizes differ by one at most.

    >>> split_evenly("abcde", 2)
    [['a', 'b'], ['c', 'd', 'e']]
    """
    bounds = [len(items) * part // parts for part in range(parts + 1)]
    return [list(items[start:stop]) for start, stop in pairwise(bounds)]


def join_embeddings(parts: Sequence[Embeddings], pairings: Sequence[Pairing]) -> Embeddings:
    """The embeddings of a batch made of parts, in the order of :func:`join_pairings`."""
    if len(parts) == 1:
        return parts[0]
    plain = join_texts([part.plain for part in parts], pairings)
    unfused = all(part.fused is part.plain for part in parts)
    fused = plain if unfused else join_texts([part.fused for part in parts], pairings)
    return Embeddings(torch.cat([part.images for part in parts]), plain, fused)


def gather_embeddings(embeddings: Embeddings, pairing: Pairing, ranks: Ranks) -> tuple[Embeddings, Pairing]:
    """Embeddings and pairing of all ranks together; this rank's own embeddings with their graph."""
    if ranks.world == 1:
        return embeddings, pairing
    unfused = embeddings.fused is embeddings.plain
    own = [embeddings.images, embeddings.plain, *([] if unfused else [embeddings.fused])]
    gathered = ranks.gather([*own, *pairing.tensors])
    pairings = [Pairing(*of_rank[len(own) :]) for of_rank in gathered]
    parts = [Embeddings(of_rank[0], of_rank[1], of_rank[1 if unfused else 2]) for of_rank in gathered]
    return join_embeddings(parts, pairings), join_pairings(pairings)


def _evaluate(parts: Sequence[Embeddings], pairings: Sequence[Pairing], combine: Combine, ranks: Ranks) -> Outcome:
    joined = join_embeddings(parts, pairings), join_pairings(pairings)
    embeddings, pairing = gather_embeddings(*joined, ranks)
    loss, terms = combine(embeddings, pairing)
    return Outcome(loss, terms, embeddings, pairing)


def _as_leaves(embeddings: Embeddings) -> Embeddings:
    """The same values, collecting gradients of their own."""
    plain = embeddings.plain.detach().requires_grad_()
    fused = plain if embeddings.fused is embeddings.plain else embeddings.fused.detach().requires_grad_()
    return Embeddings(embeddings.images.detach().requires_grad_(), plain, fused)


def _pass_on(embeddings: Embeddings, leaves: Embeddings) -> None:
    """Carry the gradients that the leaves collected through the model, in one backward pass."""
    pairs = [(embeddings.images, leaves.images), (embeddings.plain, leaves.plain)]
    if leaves.fused is not leaves.plain:
        pairs.append((embeddings.fused, leaves.fused))
    reached = [(value, leaf.grad) for value, leaf in pairs if value.requires_grad and leaf.grad is not None]
    if reached:
        torch.autograd.backward([value for value, _ in reached], [gradient for _, gradient in reached])


def _random_state(device: torch.device) -> tuple[Tensor, Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _set_random_state(state: tuple[Tensor, Tensor | None], device: torch.device) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], device)
