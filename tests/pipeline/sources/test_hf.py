"""Datasets of the datasets library: folders, splits, lists of captions, and the hub only when asked."""

from pathlib import Path

import datasets
import pytest

from structclip_pipeline.sources.formats import detect_format, mark_of
from structclip_pipeline.sources.hf import read_hf
from structclip_pipeline.sources.rows import Columns, SourceRow
from structclip_schemas.errors import InputError


def saved(folder: Path, data: object) -> str:
    data.save_to_disk(str(folder))
    return str(folder)


@pytest.fixture
def two_splits() -> datasets.DatasetDict:
    return datasets.DatasetDict(
        {
            "train": datasets.Dataset.from_dict({"caption": ["a cup", None], "caption_id": [3, 4], "image_id": [1, 2]}),
            "test": datasets.Dataset.from_dict({"caption": ["a dog"], "caption_id": [5], "image_id": [7]}),
        }
    )


def test_splits_are_read_in_order_with_their_names(tmp_path, two_splits):
    """The format of the folder is found by itself."""
    url = saved(tmp_path / "d", two_splits)
    assert detect_format(url) == "hf"
    assert list(read_hf(url, Columns())) == [
        SourceRow("a cup", "3", "1", None, "train"),
        SourceRow(None, "4", "2", None, "train"),
        SourceRow("a dog", "5", "7", None, "test"),
    ]


def test_a_list_of_captions_gives_a_row_each(tmp_path):
    """Their ids are numbered; pictures are not decoded, a column split says more than the dataset's."""
    data = datasets.Dataset.from_dict(
        {
            "sentences": [["a cup", "the cup"], []],
            "caption_id": ["x", "y"],
            "split": ["restval", "train"],
            "image": [{"bytes": b"no picture", "path": None}] * 2,
        },
        features=datasets.Features(
            {
                "sentences": datasets.List(datasets.Value("string")),
                "caption_id": datasets.Value("string"),
                "split": datasets.Value("string"),
                "image": datasets.Image(),
            }
        ),
    )
    assert list(read_hf(saved(tmp_path / "d", data), Columns("sentences"))) == [
        SourceRow("a cup", "x-0", None, None, "restval"),
        SourceRow("the cup", "x-1", None, None, "restval"),
    ]


def test_the_digest_is_of_the_rows_not_of_the_files(tmp_path, two_splits):
    """Saved twice, in other shards, it is the same; another word makes another."""
    first = saved(tmp_path / "a", two_splits)
    two_splits.save_to_disk(str(tmp_path / "b"), num_shards={"train": 2, "test": 1})
    other = two_splits.map(lambda row: {"caption": (row["caption"] or "") + "!"})
    hashes = [mark_of(url, "hf", Columns()) for url in (first, str(tmp_path / "b"), saved(tmp_path / "c", other))]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_missing_column_is_named(tmp_path, two_splits):
    """With those found."""
    with pytest.raises(InputError, match="no column 'text'; found caption, caption_id, image_id"):
        list(read_hf(saved(tmp_path / "d", two_splits), Columns("text")))


def test_a_column_of_numbers_is_no_caption(tmp_path, two_splits):
    """The type is named."""
    with pytest.raises(InputError, match="of type int64, wanted text or a list of texts"):
        list(read_hf(saved(tmp_path / "d", two_splits), Columns("image_id")))


def test_a_folder_that_only_looks_saved_is_an_input_error(tmp_path):
    """A state file alone is no dataset."""
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(InputError, match="not a dataset saved by save_to_disk"):
        list(read_hf(str(tmp_path), Columns()))


def test_only_a_hub_id_is_asked_for_from_the_hub(tmp_path, monkeypatch):
    """A missing folder never turns into a download; a hub id does, with its configuration."""
    asked = []

    def load(name, configuration):
        asked.append((name, configuration))
        return datasets.Dataset.from_dict({"caption": ["a cup"]})

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(InputError, match="no such folder, and no hub id"):
        list(read_hf(str(tmp_path / "none"), Columns()))
    assert not asked
    for url in ("owner/name", "hf://datasets/owner/name:en"):
        assert [row.caption for row in read_hf(url, Columns())] == ["a cup"]
    assert asked == [("owner/name", None), ("owner/name", "en")]
    assert detect_format("hf://datasets/owner/name") == "hf"


def test_a_hub_that_cannot_be_reached_is_an_input_error(monkeypatch):
    """The library's own error stands in the message."""

    def load(name, configuration):
        raise ConnectionError("no network")

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(InputError, match=r"owner/name: cannot be loaded .*ConnectionError: no network.*save_to_disk"):
        list(read_hf("owner/name", Columns()))
