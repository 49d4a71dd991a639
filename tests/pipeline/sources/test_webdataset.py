"""WebDataset tars: which member is the caption, ids by key, broken samples, broken tars."""

import io
import json
import random
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.sources import formats
from structclip_pipeline.sources.formats import detect_format, mark_of
from structclip_pipeline.sources.rows import Columns, SourceRow, fault_of
from structclip_pipeline.sources.webdataset import read_webdataset
from structclip_schemas.errors import InputError


def tar(path: Path, members: dict[str, object], mode: str = "w") -> str:
    with tarfile.open(path, mode) as file:
        for name, content in members.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return str(path)


def read(url: str, **columns: str) -> list[SourceRow]:
    return list(read_webdataset(url, Columns(**columns)))


@pytest.mark.parametrize(("name", "mode"), [("00000.tar", "w"), ("00000.tar.gz", "w:gz"), ("shard", "w")])
def test_img2datasets_samples_have_their_key_as_id_and_their_member_as_image(tmp_path, name, mode):
    """Picture, text and metadata of a sample; the format is found by the ending or by the content."""
    members = {
        "000000007.jpg": b"\xff\xd8",
        "000000007.txt": b"a red cup\n",
        "000000007.json": {"key": "000000007", "caption": "a red cup", "url": "u", "status": "success"},
        "000000009.txt": b"a dog",
    }
    url = tar(tmp_path / name, members, mode)
    assert detect_format(url) == "webdataset"
    assert read(url) == [
        SourceRow("a red cup", "000000007", "000000007", "000000007.jpg"),
        SourceRow("a dog", "000000009", "000000009", None),
    ]


def test_several_captions_of_a_sample_are_rows_of_one_image(tmp_path):
    """As in Karpathy's split as tars: ids are numbered, the image is the same."""
    url = tar(tmp_path / "c.tar", {"a/1.png": b"", "a/1.json": {"captions": ["a cup", "the cup"], "split": "val"}})
    assert read(url) == [
        SourceRow("a cup", "a/1-0", "a/1", "a/1.png", "val"),
        SourceRow("the cup", "a/1-1", "a/1", "a/1.png", "val"),
    ]


def test_the_caption_column_is_an_entry_or_an_ending(tmp_path):
    """One tar, three columns."""
    members = {"1.json": {"long": "a long text", "caption": "a cup"}, "1.llava": b"a cup, red", "1.txt": b"cup"}
    url = tar(tmp_path / "c.tar", members)
    found = [read(url, caption=column)[0].caption for column in ("long", "llava", "txt", "caption")]
    assert found == ["a long text", "a cup, red", "cup", "a cup"]


def test_a_column_that_no_sample_has_is_an_error_that_shows_one(tmp_path):
    """The user learns what there is."""
    url = tar(tmp_path / "c.tar", {"1.jpg": b"", "1.txt": b"a cup"})
    with pytest.raises(InputError, match=r"no sample has a caption 'long'; '1' has jpg, txt.*--caption-column"):
        read(url, caption="long")


def test_a_broken_sample_is_left_out_alone(tmp_path):
    """No JSON, a JSON list, no UTF-8, no caption: each has a reason, the others are read."""
    members = {
        "1.json": b"{oops",
        "2.json": [1],
        "3.txt": b"caf\xe9",
        "4.jpg": b"",
        "5.json": {"caption": 3},
        "6.txt": b"a cup",
    }
    faults = [fault_of(row) for row in read(tar(tmp_path / "c.tar", members))]
    reasons = [fault and fault.reason for fault in faults]
    wanted = ["unreadable-row"] * 2 + ["invalid-unicode", "row-without-caption", "unreadable-row", None]
    assert reasons == wanted


def test_hidden_members_and_folders_are_no_samples(tmp_path):
    """As macOS leaves in its tars."""
    url = tar(tmp_path / "c.tar", {"._1.txt": b"x", "a/._2.json": b"x", "README": b"x", "1.txt": b"a cup"})
    assert [row.caption_id for row in read(url)] == ["1"]


@pytest.mark.parametrize("name", ["c.tar", "c.tar.gz"])
def test_a_tar_that_is_cut_off_is_an_input_error(tmp_path, name):
    """A download that broke off must not pass for a shorter file."""
    members: dict[str, object] = {f"{i}.txt": random.Random(i).randbytes(3000) for i in range(20)}
    url = tar(tmp_path / name, members, "w:gz" if name.endswith("gz") else "w")
    Path(url).write_bytes(Path(url).read_bytes()[:20_000])
    with pytest.raises(InputError, match="not a WebDataset tar"):
        read(url)


def test_a_tar_without_samples_holds_no_captions(tmp_path):
    """It is an error, as for every source."""
    with pytest.raises(InputError, match="holds no captions"):
        read(tar(tmp_path / "c.tar", {}))


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6, unique=True))
def test_every_sample_gives_its_text_in_the_tars_order(tmp_path_factory, keys):
    """Whatever the keys are."""
    path = tmp_path_factory.mktemp("tars") / "c.tar"
    rows = read(tar(path, {f"{key}.txt": f"text of {key}".encode() for key in keys}))
    assert [(row.caption_id, row.caption) for row in rows] == [(key, f"text of {key}") for key in keys]


def test_a_tar_in_a_store_with_etags_is_not_read_for_its_hash(tmp_path, monkeypatch):
    """Its size and ETag say as much; a local one has its sha256."""
    url = tar(tmp_path / "c.tar", {"1.txt": b"a cup"})
    assert set(mark_of(url, "webdataset", Columns())) == {"sha256"}
    monkeypatch.setattr(formats, "fingerprint", lambda url: (7, "tag"))
    assert mark_of(url, "webdataset", Columns()) == {"size": 7, "etag": "tag"}
