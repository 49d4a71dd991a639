"""Weights in a quarter of their space: matrices as whole numbers from -127 to 127 with one scale a row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structclip_pipeline.parser.forward import Floats

SCALE = ".scale"
"""Ending of the name of a matrix's scales."""


def pack_arrays(arrays: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    """Matrices as int8 with float16 scales of their rows, all else as float16."""
    packed: dict[str, NDArray[Any]] = {}
    for name, array in sorted(arrays.items()):
        if array.ndim == 2:
            scales = (np.abs(array).max(1, initial=0) / 127).astype(np.float16)
            divisors = np.where(scales > 0, scales, 1).astype(np.float32)
            packed[name] = np.clip(np.rint(array / divisors[:, None]), -127, 127).astype(np.int8)
            packed[name + SCALE] = scales
        else:
            packed[name] = array.astype(np.float16)
    return packed


def unpack_arrays(packed: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Float32 arrays of packed ones."""
    return {
        name: array.astype(np.float32) * packed[name + SCALE].astype(np.float32)[:, None]
        if name + SCALE in packed
        else array.astype(np.float32)
        for name, array in packed.items()
        if not name.endswith(SCALE)
    }
