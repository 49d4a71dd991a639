"""Weights in less space."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from structclip_pipeline.parser.packing import pack_arrays, unpack_arrays

MATRICES = arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.floats(-4, 4, width=32))


@given(MATRICES)
def test_a_row_is_kept_to_half_a_step(matrix):
    """Every number of a packed row is off by little more than half of a 127th of the row's largest."""
    kept = unpack_arrays(pack_arrays({"a": matrix}))["a"]
    largest = np.abs(matrix).max(1, keepdims=True)
    assert (np.abs(kept - matrix) <= 0.006 * largest + 1e-4).all()


@given(MATRICES)
def test_packing_again_changes_nothing(matrix):
    """What was packed once is packed to the same bytes again."""
    once = pack_arrays({"a": matrix})
    again = pack_arrays(unpack_arrays(once))
    assert all((once[name] == again[name]).all() for name in once)


def test_vectors_stay_in_half_precision():
    """Biases are stored as float16."""
    assert pack_arrays({"b": np.ones(3, np.float32)})["b"].dtype == np.float16
