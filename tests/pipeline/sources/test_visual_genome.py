"""Visual Genome's region descriptions: phrases as captions, read image by image."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.sources import document
from structclip_pipeline.sources.formats import detect_format
from structclip_pipeline.sources.rows import Columns, SourceRow, fault_of
from structclip_pipeline.sources.visual_genome import read_visual_genome
from structclip_schemas.errors import InputError

IMAGES = [
    {"id": 1, "regions": [{"region_id": 1382, "image_id": 1, "x": 4, "phrase": "the clock is green"}]},
    {"image_id": 2, "regions": [{"region_id": 3, "phrase": "a cup"}, {"region_id": 4, "phrase": None}, "x"]},
    {"image_id": 3, "regions": []},
]


def read(path) -> list[SourceRow]:
    return list(read_visual_genome(str(path), Columns()))


def test_regions_are_captions_of_their_image(tmp_path):
    """With the region's id; a region without a phrase or of another kind is left out."""
    (tmp_path / "region_descriptions.json").write_text(json.dumps(IMAGES))
    rows = read(tmp_path / "region_descriptions.json")
    assert detect_format(str(tmp_path / "region_descriptions.json")) == "visual-genome"
    assert rows[:2] == [
        SourceRow("the clock is green", "1382", "1", "1.jpg"),
        SourceRow("a cup", "3", "2", "2.jpg"),
    ]
    assert [fault_of(row).reason for row in rows[2:]] == ["row-without-caption", "unreadable-row"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "wanted a JSON list"),
        ('[{"regions": []}', "not JSON"),
        ('[{"regions": []},', "not JSON"),
        ("[3]", "image 0 has no list 'regions'"),
        ('[{"regions": []} {"regions": []}]', "not JSON"),
    ],
)
def test_another_file_is_an_input_error(tmp_path, content, message):
    """Cut off or of another shape."""
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "r.json")


@given(st.lists(st.recursive(st.integers() | st.text(max_size=4) | st.none(), st.lists, max_leaves=4), max_size=5))
@settings(deadline=None)
def test_a_list_read_in_pieces_is_the_list_read_whole(tmp_path_factory, values):
    """Wherever a piece ends: inside a number, a text, or between."""
    path = tmp_path_factory.mktemp("lists") / "l.json"
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1))
    for chunk in (1, 2, 3, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(document, "_CHUNK", chunk)
            assert list(document.iterate_records(str(path), "a list")) == values
