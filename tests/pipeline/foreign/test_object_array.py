"""numpy's arrays of objects are read as data, and nothing in them is run."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.foreign.object_array import read_object_array
from structclip_schemas.errors import InputError

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300)
records = st.lists(
    st.dictionaries(st.text(max_size=5), leaves | st.lists(leaves, max_size=3) | st.tuples(leaves), max_size=4),
    min_size=1,
    max_size=5,
)


def _saved(path: Path, content: Any) -> bytes:
    array = np.empty(len(content), dtype=object)
    array[:] = content
    np.save(path, array)
    return path.read_bytes()


@given(records)
def test_plain_records_are_read_as_numpy_reads_them(tmp_path_factory, content):
    """What numpy would load, with its guard off, is what is read without running anything."""
    path = tmp_path_factory.mktemp("arrays") / "a.npy"
    data = _saved(path, content)
    assert read_object_array(data, "a.npy") == np.load(path, allow_pickle=True).tolist()


def test_repeated_values_are_shared(tmp_path):
    """Texts and lists that occur many times are found again by their place."""
    shared = ["x"]
    content = [{"id": n, "same": shared, "text": "a caption"} for n in range(600)]
    assert read_object_array(_saved(tmp_path / "a.npy", content), "a.npy") == content


def test_arrays_of_older_numpy_are_read():
    """Protocol 3 with numpy's old module names, as files published before numpy 2 have it."""
    data = (
        b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02C\x01bq\x03\x87q\x04Rq\x05"
        b"(K\x01K\x01\x85q\x06cnumpy\ndtype\nq\x07X\x02\x00\x00\x00O8q\x08\x89\x88\x87q\tRq\n"
        b"(K\x03X\x01\x00\x00\x00|q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x0cb\x89]q\r"
        b"}q\x0eX\x07\x00\x00\x00captionq\x0fX\x05\x00\x00\x00a catq\x10satq\x11b."
    )
    assert read_object_array(data, "a.npy") == [{"caption": "a cat"}]


class _Evil:
    """An object whose loading makes a folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def test_code_in_a_file_is_not_run(tmp_path):
    """A file that names a function is refused with its name and a way out; the function is not called."""
    made = tmp_path / "made"
    data = _saved(tmp_path / "a.npy", [{"id": 1}, _Evil(str(made))])
    with pytest.raises(InputError, match=r"it names posix\.mkdir.*runs no code.*as JSON"):
        read_object_array(data, "a.npy")
    assert not made.exists()


def test_other_arrays_are_refused(tmp_path):
    """An array of numbers is none of records."""
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(InputError, match="an array of int64"):
        read_object_array((tmp_path / "a.npy").read_bytes(), "a.npy")


@given(st.data())
def test_a_damaged_file_is_an_input_error(tmp_path_factory, data):
    """Cut off or with a byte changed anywhere: read, or refused as what it is."""
    whole = _saved(tmp_path_factory.mktemp("arrays") / "a.npy", [{"id": 1, "caption": "a cat", "list": [1, None]}])
    place = data.draw(st.integers(8, len(whole) - 1))
    cut = whole[:place] if data.draw(st.booleans()) else whole[:place] + b"\xff" + whole[place + 1 :]
    try:
        json.dumps(read_object_array(cut, "a.npy"), default=str)
    except InputError as error:
        assert "a.npy" in str(error)
