"""Readers and strangers' bytes: rows or an InputError, never anything else."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.sources.formats import READERS, detect_format
from structclip_pipeline.sources.rows import Columns, fault_of
from structclip_schemas.errors import InputError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["images", "annotations", "sentences", "regions", "phrase", "caption", "id", "image_id", "raw", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
HEADED = st.binary(max_size=60).map(lambda data: b"caption,id\n" + data)


def read_all(path, kind):
    with suppress(InputError):
        for row in READERS[kind](str(path), Columns()):
            fault_of(row)


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "hf"])  # its sources are folders
@given(data=st.binary(max_size=60) | HEADED | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_rows_or_an_input_error(tmp_path_factory, kind, data):
    """No reader lets another exception out, whatever the file holds."""
    path = tmp_path_factory.mktemp("bytes") / "file"
    path.write_bytes(data)
    read_all(path, kind)
    with suppress(InputError):
        detect_format(str(path))


@given(
    st.fixed_dictionaries(
        {},
        optional={"images": st.lists(JSON, max_size=3), "annotations": st.lists(JSON, max_size=3)},
    )
)
@settings(max_examples=150, deadline=None)
def test_documents_of_almost_the_right_shape_give_rows_or_an_input_error(tmp_path_factory, document):
    """Both documents with anything inside their lists."""
    path = tmp_path_factory.mktemp("documents") / "file.json"
    path.write_text(json.dumps(document))
    read_all(path, "coco")
    read_all(path, "karpathy")


def test_a_caption_of_ten_megabytes_is_one_left_out_row(tmp_path):
    """It neither stops the reader nor its neighbours."""
    (tmp_path / "c.csv").write_text("caption\n" + "word " * 2_000_000 + "\na cup\n")
    faults = [fault_of(row) for row in READERS["csv"](str(tmp_path / "c.csv"), Columns())]
    assert [fault and fault.reason for fault in faults] == ["caption-too-long", None]
