"""The precision in which embeddings are compared: fp32, or fp64 where a model computes in fp64."""

import torch
from torch import Tensor


def widen(tensor: Tensor) -> Tensor:
    """The tensor in fp32; fp64 stays as it is."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()
