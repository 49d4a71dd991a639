"""Every reader: what it gives for a good file, and what it says about a bad one."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from structclip_pipeline.sources.formats import READERS, detect_format
from structclip_pipeline.sources.rows import LONGEST_CAPTION, Columns, SourceRow, fault_of
from structclip_schemas.errors import InputError

COCO = {
    "images": [{"id": 7, "file_name": "seven.jpg"}, {"id": 9, "file_name": "nine.jpg"}],
    "annotations": [
        {"id": 3, "image_id": 9, "caption": "a cat"},
        {"id": 1, "image_id": 7, "caption": "a dog"},
        {"id": 2, "image_id": 9, "caption": "a black cat"},
    ],
}
KARPATHY = {
    "dataset": "coco",
    "images": [
        {
            "cocoid": 42,
            "imgid": 0,
            "filepath": "val2014",
            "filename": "x.jpg",
            "split": "restval",
            "sentences": [{"raw": "a cup", "sentid": 5}, {"raw": "the cup", "sentid": 6}],
        },
        {"imgid": 1, "filename": "y.jpg", "split": "test", "sentences": [{"raw": "a dog", "sentid": 7}]},
    ],
}


def write(folder: Path, name: str, content: object) -> str:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def read(url: str, kind: str | None = None, **columns: str) -> list[SourceRow]:
    return list(READERS[kind or detect_format(url)](url, Columns(**columns)))


def test_coco_is_grouped_by_image_in_order_of_first_captions(tmp_path):
    """Captions of one image stand together in file order, with the annotation's id and the image's file name."""
    rows = read(write(tmp_path, "captions.json", COCO))
    assert rows == [
        SourceRow("a cat", "3", "9", "nine.jpg"),
        SourceRow("a black cat", "2", "9", "nine.jpg"),
        SourceRow("a dog", "1", "7", "seven.jpg"),
    ]


def test_karpathy_gives_sentences_with_split_and_path(tmp_path):
    """Cocoid before imgid, filepath before filename, flickr without both."""
    assert read(write(tmp_path, "dataset.json", KARPATHY)) == [
        SourceRow("a cup", "5", "42", "val2014/x.jpg", "restval"),
        SourceRow("the cup", "6", "42", "val2014/x.jpg", "restval"),
        SourceRow("a dog", "7", "1", "y.jpg", "test"),
    ]


@pytest.mark.parametrize(("name", "mark"), [("c.csv", ","), ("c.tsv", "\t"), ("noextension", "\t")])
def test_delimited_files_keep_captions_verbatim(tmp_path, name, mark):
    """Quotes, line breaks and spaces inside a field stay; image_id and split come from columns of that name."""
    header = mark.join(["caption", "image_id", "split", "path"])
    text = f'{header}\n"a ""red"" cup,\n  on a table "{mark}12{mark}train{mark}a.jpg\n'
    assert read(write(tmp_path, name, text), image="path") == [
        SourceRow('a "red" cup,\n  on a table ', None, "12", "a.jpg", "train")
    ]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    """Spreadsheets write one."""
    assert read(write(tmp_path, "c.csv", b"\xef\xbb\xbfcaption\na cup\n"))[0].caption == "a cup"


def test_bytes_that_are_no_utf8_make_the_row_faulty_not_the_file(tmp_path):
    """The broken row is left out as invalid-unicode; its neighbour is read."""
    rows = read(write(tmp_path, "c.csv", b"caption\ncaf\xe9\na cup\n"))
    faults = [fault_of(row) for row in rows]
    assert faults[0] is not None and faults[0].reason == "invalid-unicode" and faults[1] is None


def test_a_csv_row_of_another_width_is_unreadable(tmp_path):
    """Its columns may be shifted, so none of them is trusted."""
    [bad, good] = read(write(tmp_path, "c.csv", "caption,split\na cup, red,train\na dog,val\n"))
    assert fault_of(bad).reason == "unreadable-row" and "3 fields" in bad.unreadable
    assert good == SourceRow("a dog", split="val")


def test_jsonl_leaves_broken_later_lines_to_the_tally(tmp_path):
    """Numbers become text ids; a broken line, a list and a number for a caption are unreadable; blank lines no rows."""
    lines = ['{"caption": "a cup", "caption_id": 3}', "", '{"caption": ', "[1]", '{"caption": 4}', '{"other": 1}']
    rows = read(write(tmp_path, "c.jsonl", "\n".join(lines)))
    assert rows[0] == SourceRow("a cup", "3")
    assert [fault_of(row).reason for row in rows[1:]] == ["unreadable-row"] * 3 + ["row-without-caption"]


def test_a_lone_surrogate_in_json_is_an_invalid_caption(tmp_path):
    r"""JSON can spell "\ud800", Arrow cannot store it."""
    [row] = read(write(tmp_path, "c.jsonl", '{"caption": "a \\ud800 cup"}'))
    assert fault_of(row).reason == "invalid-unicode"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_reads_every_kind_of_text(tmp_path, kind):
    """Plain, large and dictionary text; integer ids as text; an image column of bytes is not taken for a path."""
    pixels = pa.array([{"bytes": b"x", "path": None}, None])
    table = pa.table({"text": pa.array(["a cup", None]).cast(kind), "image_id": [4, None], "image": pixels})
    pq.write_table(table, tmp_path / "c.parquet")
    assert read(str(tmp_path / "c.parquet"), caption="text") == [SourceRow("a cup", None, "4"), SourceRow(None)]


def test_parquet_with_invalid_utf8_is_read_row_by_row(tmp_path):
    """A stranger's writer may have stored any bytes as text."""
    raw = pa.array([b"caf\xe9", b"a cup"], pa.binary())
    table = pa.table({"caption": pa.Array.from_buffers(pa.string(), 2, raw.buffers())})
    pq.write_table(table, tmp_path / "c.parquet")
    faults = [fault_of(row) for row in read(str(tmp_path / "c.parquet"))]
    assert faults[0].reason == "invalid-unicode" and faults[1] is None


@pytest.mark.parametrize(
    ("caption", "reason"),
    [("", "empty-caption"), (" \t\u3000", "empty-caption"), ("a" * (LONGEST_CAPTION + 1), "caption-too-long")],
)
def test_unusable_captions_have_a_reason(caption, reason):
    """Empty, white space only, and far too long."""
    assert fault_of(SourceRow(caption)).reason == reason


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.json", "hello, world", "not a COCO captions file .*not JSON"),
        ("c.json", "[1, 2]", "a JSON list, wanted an object"),
        ("c.json", '{"a": 1,\n"b": 2}', "no list 'annotations' in it; keys found: 'a', 'b'"),
        (
            "instances.json",
            {"images": [], "annotations": [{"id": 1, "bbox": []}]},
            "no annotation has a caption; the first has id, bbox",
        ),
        ("k.json", '{"images": [{"filename": "x"}, {"sentences": []}]}', "image 0 has no list 'sentences'"),
        ("c.csv", "text,image\na cup,x\n", "no column 'caption'; found text, image"),
        ("c.jsonl", '{"text": "a cup"}\n', "no column 'caption'; found text"),
        ("c.jsonl", "a cup\n", "not JSON lines .line 1: not JSON"),
        ("c.parquet", "no parquet at all", "not Parquet"),
        ("c.bin", "words without any mark", "format not recognised"),
        ("c.csv", "", "holds no captions"),
        ("c.json", " \n", "holds no captions"),
    ],
)
def test_a_file_that_is_not_what_it_claims_gets_a_clear_error(tmp_path, name, content, message):
    """InputError that says what was found and what was wanted."""
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, name, content))


def test_a_parquet_caption_column_of_another_type_is_named(tmp_path):
    """Lists of captions are not guessed at."""
    pq.write_table(pa.table({"caption": [["a", "b"]]}), tmp_path / "c.parquet")
    with pytest.raises(InputError, match=r"of type list<.*>, wanted text"):
        read(str(tmp_path / "c.parquet"))


def test_formats_are_found_by_content_when_the_name_says_nothing(tmp_path):
    """coco, karpathy, JSON lines and Parquet without an extension."""
    pq.write_table(pa.table({"caption": ["a"]}), tmp_path / "p")
    found = {
        "coco": write(tmp_path, "a", COCO),
        "karpathy": write(tmp_path, "b", json.dumps(KARPATHY, indent=1)),
        "jsonl": write(tmp_path, "c", '{"caption": "a"}\n'),
        "parquet": str(tmp_path / "p"),
    }
    assert {kind: detect_format(url) for kind, url in found.items()} == {kind: kind for kind in found}
