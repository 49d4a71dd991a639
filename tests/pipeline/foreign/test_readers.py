"""Each foreign format, read as its makers write it."""

import json
from pathlib import Path

import numpy as np
import pytest

from structclip_pipeline.foreign.ce_clip import read_ce_clip
from structclip_pipeline.foreign.importing import READERS
from structclip_pipeline.foreign.negclip import read_negclip
from structclip_pipeline.foreign.structure_clip import read_structure_clip
from structclip_schemas.errors import InputError

TSV = "\ttitle\tfilepath\tneg_caption\tneg_image\n"


def test_negclip_rows(tmp_path: Path) -> None:
    """Title, image with COCO's number, the list of negatives; a row whose list is none says so."""
    path = tmp_path / "a.tsv"
    path.write_text(
        TSV
        + "0\tA cat on a dog.\tcoco/val2014/COCO_val2014_000000184613.jpg\t['A dog on a cat .', \"it's\"]\t[1]\n"
        + "1\ta cat\tx.jpg\t[]\t[1]\n2\ta cat\tx.jpg\t__import__('os').getcwd()\t[1]\n"
    )
    first, empty, bad = read_negclip(str(path))
    assert (first.caption, first.image_id, first.caption_id) == ("A cat on a dog.", "184613", None)
    assert [(n.caption, n.kind) for n in first.negatives] == [("A dog on a cat .", "pos_swap"), ("it's", "pos_swap")]
    assert (empty.negatives, empty.not_made, empty.unreadable) == ((), 1, None)
    assert bad.unreadable is not None
    assert "no list of texts" in bad.unreadable


def test_structure_clip_rows(tmp_path: Path) -> None:
    """Both forms of the released files; triples that stayed the caption's are noted."""
    path = tmp_path / "a.json"
    record = {"image_id": 7, "image_path": "x/1.jpg", "true_caption": "a cat", "false_caption": "a dog"}
    triples = {"true_triples": [["a", "on", "b"]], "false_triples": [["a", "on", "b"]]}
    path.write_text(json.dumps([{**record, **triples}, {"id": 3, "image": "x/2.jpg", "text": "t", "neg_text": "n"}, 5]))
    first, second, third = read_structure_clip(str(path))
    assert (first.image_id, first.image, first.triples_unchanged) == ("7", "x/1.jpg", True)
    assert (second.caption, second.image_id, second.triples_unchanged) == ("t", "2", False)
    assert [n.caption for n in second.negatives] == ["n"]
    assert third.unreadable == "a int, wanted an object"


ANNOTATION = {
    "image_id": 9,
    "id": 41,
    "caption": "a red cat sits",
    "relation_aug_caption": "###",
    "adj_aug_caption": "a big cat sits",
    "noun_aug_caption": "a red dog sits",
    "verb_aug_caption": "a red cat runs",
    "valid_caption": [1, 0, 1, 1, 0],
}


@pytest.mark.parametrize("form", ["npy", "json"])
def test_ce_clip_rows(tmp_path: Path, form: str) -> None:
    """Four places, each of its kind; ### and what valid_caption rules out were not made."""
    path = tmp_path / f"a.{form}"
    if form == "npy":
        np.save(path, np.array([ANNOTATION], dtype=object))
    else:
        path.write_text(json.dumps([ANNOTATION]))
    (row,) = read_ce_clip(str(path))
    assert (row.caption_id, row.image_id) == ("41", "9")
    assert row.image == "train2014/COCO_train2014_000000000009.jpg"
    made = [(n.caption, n.kind) for n in row.negatives]
    assert made == [("a big cat sits", "replace_attribute"), ("a red dog sits", "replace_object")]
    assert row.not_made == 2


@pytest.mark.parametrize("name", list(READERS))
@pytest.mark.parametrize("content", ["", "[]", "{}", "a\tb\n1\t2\n", '[{"caption": "a cat"}]', "[1, 2"])
def test_other_files_are_refused(tmp_path: Path, name: str, content: str) -> None:
    """Whatever else is given, the error names the file and what was wanted."""
    path = tmp_path / "other"
    path.write_text(content)
    with pytest.raises(InputError, match="other"):
        READERS[name](str(path))


@pytest.mark.parametrize("name", list(READERS))
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """No such file, and a folder instead of a file."""
    with pytest.raises(InputError, match="no such file"):
        READERS[name](str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="is a folder"):
        READERS[name](str(tmp_path))
