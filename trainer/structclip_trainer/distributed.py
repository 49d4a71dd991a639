"""Ranks: the processes that torchrun starts, what they tell each other."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from structclip_schemas.errors import InputError

_T = TypeVar("_T")
_PATIENCE = timedelta(hours=1)
_BUCKET = 25_000_000


@dataclass(frozen=True)
class Ranks:
    """
    The processes of one run, this one being number ``rank`` of ``world``.

    Every method but :meth:`shared` is called by all ranks at the same place. ``loop`` and ``stream`` are the groups
    over which the training loop and the thread that makes batches talk on the CPU.
    """

    rank: int = 0
    world: int = 1
    loop: Any = None
    stream: Any = None

    @property
    def first(self) -> bool:
        """Whether this is the rank that writes."""
        return self.rank == 0

    def gather(self, tensors: Sequence[Tensor]) -> list[list[Tensor]]:
        """
        Each rank's tensors, in the order of ranks; this rank's own are the very ones given, with their graph.

        The first sizes may differ from rank to rank.
        """
        if self.world == 1:
            return [list(tensors)]
        sizes = self.exchange([len(tensor) for tensor in tensors])
        found = [self._gather(tensor, [of[at] for of in sizes]) for at, tensor in enumerate(tensors)]
        return [list(of_rank) for of_rank in zip(*found, strict=True)]

    def _gather(self, tensor: Tensor, sizes: Sequence[int]) -> list[Tensor]:
        padded = tensor.new_zeros(max(sizes), *tensor.shape[1:])
        padded[: len(tensor)] = tensor.detach()
        found = [torch.empty_like(padded) for _ in sizes]
        if padded.numel():
            dist.all_gather(found, padded)
        parts = [part[:size] for part, size in zip(found, sizes, strict=True)]
        parts[self.rank] = tensor
        return parts

    def shared(self, value: Tensor) -> Tensor:
        """A value that all ranks compute the loss with: its gradient is shared out so that their sum is right."""
        if self.world == 1 or not value.requires_grad:
            return value
        held = value.view_as(value)
        held.register_hook(lambda gradient: gradient / self.world)  # type: ignore[no-untyped-call]
        return held

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace every gradient by the sum over ranks; a weight without one anywhere keeps none."""
        if self.world == 1:
            return
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        present = torch.tensor([weight.grad is not None for weight in weights], dtype=torch.uint8)
        dist.all_reduce(present, dist.ReduceOp.MAX, group=self.loop)
        used = [weight for weight, there in zip(weights, present.tolist(), strict=True) if there]
        for weight in used:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        for bucket in _buckets([weight.grad for weight in used if weight.grad is not None]):
            flat = torch.cat([gradient.flatten() for gradient in bucket])
            dist.all_reduce(flat)
            for gradient, summed in zip(bucket, torch.split(flat, [g.numel() for g in bucket]), strict=True):
                gradient.copy_(summed.view_as(gradient))

    def agree(self, number: int) -> int:
        """The largest of the ranks' numbers."""
        if self.world == 1:
            return number
        told = torch.tensor(number)
        dist.all_reduce(told, dist.ReduceOp.MAX, group=self.loop)
        return int(told)

    def exchange(self, value: _T) -> list[_T]:
        """Every rank's value, in their order, for the training loop."""
        return _exchange(value, self.world, self.loop)

    def exchange_streamed(self, value: _T) -> list[_T]:
        """Every rank's value, in their order, for the thread that makes batches."""
        return _exchange(value, self.world, self.stream)

    def wait(self) -> None:
        """Wait until every rank is here."""
        if self.world > 1:
            dist.barrier(group=self.loop)

    def align(self, model: nn.Module) -> None:
        """Give every rank the first one's weights."""
        if self.world > 1:
            for tensor in model.state_dict().values():
                dist.broadcast(tensor, 0)


ALONE = Ranks()


def _exchange(value: _T, world: int, group: Any) -> list[_T]:
    if world == 1:
        return [value]
    found: list[Any] = [None] * world
    dist.all_gather_object(found, value, group=group)
    return found


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Gradients in the given order, put together up to some million numbers of one type."""
    bucket: list[Tensor] = []
    for gradient in gradients:
        if bucket and (gradient.dtype != bucket[0].dtype or sum(g.numel() for g in bucket) > _BUCKET):
            yield bucket
            bucket = []
        bucket.append(gradient)
    if bucket:
        yield bucket


@contextmanager
def join_ranks(device: torch.device) -> Iterator[Ranks]:
    """
    The ranks that torchrun started (its environment variables say so), or this process alone.

    A rank that fails leaves the others as they are: torchrun ends them.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    groups = [dist.new_group(backend="gloo", timeout=_PATIENCE) for _ in range(2)]
    yield Ranks(dist.get_rank(), world, *groups)
    dist.barrier(group=groups[0])
    dist.destroy_process_group()


def local_device(device: torch.device) -> torch.device:
    """The device of this rank: under torchrun each has a GPU of its own. Raises InputError when there are too few."""
    if device.type != "cuda" or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return device
    here, found = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if here >= found:
        raise InputError(
            f"{found} GPUs here and more processes than that. Use torchrun --nproc-per-node {found}, or --device cpu."
        )
    return torch.device("cuda", here)
