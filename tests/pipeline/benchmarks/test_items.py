"""Reading the benchmarks' own files, and what is said about a wrong one."""

import json
from pathlib import Path
from typing import Any

import pytest

from structclip_pipeline.benchmarks.formats import READERS
from structclip_pipeline.benchmarks.items import Item, read_demo, read_sugarcrepe
from structclip_schemas.errors import InputError


def written(path: Path, content: Any) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def test_a_demo_item_keeps_its_id_split_and_kind(tmp_path: Path) -> None:
    """The kind becomes the group."""
    record = {"id": "7-0", "image": "test/7.png", "image_id": 7, "split": "test", "kind": "swap_object"}
    url = written(tmp_path / "b.json", [{**record, "true_caption": "a cup", "false_caption": "a table"}])
    assert read_demo(url) == [Item("7-0", "test/7.png", "7", "test", "swap_object", "a cup", ("a table",))]


def test_a_sugarcrepe_item_gets_the_images_coco_id(tmp_path: Path) -> None:
    """Its own id is the file's stem and its row, its group the file's stem."""
    record = {"filename": "000000085329.jpg", "caption": "a cup", "negative_caption": "a table"}
    url = written(tmp_path / "swap_att.json", {"0": record})
    item = Item("swap_att-000000000000", "000000085329.jpg", "85329", None, "swap_att", "a cup", ("a table",))
    assert read_sugarcrepe(url) == [item]


def test_every_item_of_sugarcrepe_is_read(shared_data: Path) -> None:
    """The seven files as published, each item with both captions and an image."""
    for path in sorted((shared_data / "sugarcrepe_dev").glob("*.json")):
        items = read_sugarcrepe(str(path))
        assert len(items) == len(json.loads(path.read_text()))
        assert all(item.image and item.true_caption and all(item.false_captions) for item in items)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", [b"{oops", b"[]", b"{}", b"3", b'[{"a": 1}]', b'{"a": {"b": 1}}', b"\xff\xfe", b""])
def test_a_file_of_another_kind_is_an_input_error(tmp_path: Path, name: str, content: bytes) -> None:
    """The message names the file."""
    (tmp_path / "wrong.json").write_bytes(content)
    with pytest.raises(InputError, match=r"wrong\.json"):
        READERS[name](str(tmp_path / "wrong.json"))


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_or_a_folder_is_an_input_error(tmp_path: Path, name: str) -> None:
    """Both are named."""
    with pytest.raises(InputError, match="no such file"):
        READERS[name](str(tmp_path / "none.json"))
    with pytest.raises(InputError, match="is a folder"):
        READERS[name](str(tmp_path))
