"""structclip-pipeline audit, command by command, on small datasets."""

import csv
import json

import pyarrow.parquet as pq
import pytest

from structclip_pipeline.audit.sheet import lines_of, sheet_text
from structclip_schemas.dataset import open_dataset

CUP = {"caption_id": "1", "image_id": "10", "caption": "a red cup on a table"}
DOG = {"caption_id": "2", "image_id": "11", "caption": "a dog bites a man"}
OLD, NEW, BLUE = (
    ("red", word, "swap_attribute", gap) for word, gap in (("old", -0.11), ("new", 0.12), ("blue", -0.13))
)
MAN = ("man", "boy", "swap_object", 0.0)


@pytest.fixture
def negatives(write):
    """Four negatives and a positive of three captions in two shards."""
    cup = {**CUP, "negatives": [OLD, NEW, BLUE]}
    dog = {**DOG, "negatives": [MAN], "positives": [("man", "person", "move_attribute", None)]}
    return write("negatives", [[cup, dog], [{"caption_id": "3"}]])


def test_a_sample_is_a_sheet_and_a_page(negatives, pipeline_command, tmp_path):
    """All five variants, unanswered, with the texts of the dataset."""
    code, out, _ = pipeline_command("audit", "sample", negatives, "--output", tmp_path / "audit")
    assert code == 0
    assert "negative swap_attribute: 3 of 3" in out
    lines = lines_of((tmp_path / "audit/sheet.csv").read_text(), "")
    assert len(lines) == 5
    found = {line.key: (line.kind, line.variant) for line in lines}
    assert found["1", "negative", 1] == ("swap_attribute", "a new cup on a table")
    assert found["2", "positive", 0] == ("move_attribute", "a dog bites a person")
    assert {line.grammatical for line in lines} == {None}
    assert (tmp_path / "audit/page.html").read_text().startswith("<!doctype html>")


def test_a_sample_can_be_of_one_list(negatives, pipeline_command, tmp_path):
    """--only positive leaves the negatives out."""
    pipeline_command("audit", "sample", negatives, "--only", "positive", "--output", tmp_path / "audit")
    lines = lines_of((tmp_path / "audit/sheet.csv").read_text(), "")
    assert [line.list_name for line in lines] == ["positive"]


def test_a_benchmark_is_sampled_too(write, pipeline_command, tmp_path):
    """Its false captions are negatives."""
    folder = write("benchmark", [[{**DOG, "negatives": [MAN]}]], "benchmark")
    assert pipeline_command("audit", "sample", folder, "--output", tmp_path / "audit")[0] == 0


def test_a_sample_is_the_same_again(negatives, pipeline_command, tmp_path, tree_hash):
    """A rerun writes the same bytes, and heals a page that is missing."""
    arguments = ("audit", "sample", negatives, "--n", 3, "--seed", 4, "--output", tmp_path / "audit")
    pipeline_command(*arguments)
    before = tree_hash(tmp_path / "audit")
    (tmp_path / "audit/page.html").unlink()
    assert pipeline_command(*arguments)[0] == 0
    assert tree_hash(tmp_path / "audit") == before


def test_answers_are_not_overwritten(negatives, pipeline_command, tmp_path):
    """A sheet with answers in it stays, unless --overwrite is given."""
    arguments = ("audit", "sample", negatives, "--output", tmp_path / "audit")
    pipeline_command(*arguments)
    sheet = tmp_path / "audit/sheet.csv"
    sheet.write_text(sheet.read_text().replace(",,\n", ",yes,yes\n"))
    marked = sheet.read_text()
    code, _, err = pipeline_command(*arguments)
    assert (code, sheet.read_text()) == (2, marked)
    assert "--overwrite" in err
    assert pipeline_command(*arguments, "--overwrite")[0] == 0
    assert sheet.read_text() != marked


def test_nothing_to_sample_is_said(write, pipeline_command, tmp_path):
    """A dataset without variants makes no sheet."""
    code, _, err = pipeline_command("audit", "sample", write("none", [[{}]]), "--output", tmp_path / "audit")
    assert code == 2
    assert "its 1 rows hold no negatives and positives" in err
    assert not (tmp_path / "audit").exists()


@pytest.fixture
def sheets(negatives, pipeline_command, tmp_path):
    """The sheet, marked by two people who differ in one answer."""
    pipeline_command("audit", "sample", negatives, "--only", "negative", "--output", tmp_path / "audit")
    text = (tmp_path / "audit/sheet.csv").read_text()
    first = text.replace(",,\n", ",yes,yes\n")
    (tmp_path / "first.csv").write_text(first)
    (tmp_path / "second.csv").write_text(first.replace(",yes,yes\n", ",yes,no\n", 1))
    return tmp_path / "first.csv", tmp_path / "second.csv"


def test_a_score_is_printed(sheets, pipeline_command):
    """Shares with intervals by kind and together."""
    code, out, _ = pipeline_command("audit", "score", sheets[1])
    assert code == 0
    assert out.count("negative swap_") == 2
    assert "75.0% (30% to 95%)" in out.splitlines()[-1]


def test_two_annotators_are_compared(sheets, pipeline_command):
    """The JSON holds both sheets' scores, agreement and kappa."""
    code, out, _ = pipeline_command("audit", "score", *sheets, "--json")
    content = json.loads(out)
    assert (code, len(content["sheets"])) == (0, 2)
    meaning = content["agreement"]["groups"][-1]["meaning"]
    assert (meaning["answered"], meaning["share"], meaning["kappa"]) == (4, 0.75, 0.0)
    assert content["agreement"]["groups"][-1]["grammatical"]["kappa"] is None
    assert "75.0%, kappa 0.00" in pipeline_command("audit", "score", *sheets)[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "cannot be read"),
        (["{folder}"], "cannot be read"),
        (["{folder}/first.csv"] * 3, "3 sheets given, wanted one or two"),
        (["{folder}/latin.csv"], "no UTF-8 text"),
    ],
)
def test_sheets_that_cannot_be_scored_are_named(sheets, pipeline_command, tmp_path, arguments, says):
    """Exit code 2 and no traceback."""
    (tmp_path / "latin.csv").write_bytes("é".encode("latin-1"))
    code, _, err = pipeline_command("audit", "score", *(a.format(folder=tmp_path) for a in arguments))
    assert code == 2
    assert says in err


@pytest.fixture
def benchmark(write):
    """Two items: one of an image that was trained on, one whose words were."""
    seen = {"caption_id": "b1", "image": "val2017/000000000011.jpg", "caption": "a cat"}
    read = {"caption_id": "b2", "image_id": "99", "caption": "A RED cup, on a table", "negatives": [("RED", "old", "benchmark:x", None)]}  # fmt: skip # noqa: E501
    return write("benchmark", [[seen, read]], "benchmark")


def test_leakage_is_found_and_listed(negatives, benchmark, pipeline_command, tmp_path):
    """An image, a caption and a negative; exit code 2, counts in the JSON, lines in the CSV."""
    listed = tmp_path / "leaks.csv"
    code, out, err = pipeline_command("audit", "leakage", negatives, benchmark, "--json", "--output", listed)
    content = json.loads(out)
    assert (code, content["shared"]) == (2, True)
    assert content["image"] == {"benchmark": 2, "shared": 1, "train_captions": 1}
    assert [content[what]["shared"] for what in ("caption", "negative")] == [1, 1]
    assert "leaks.csv" in err
    rows = list(csv.DictReader(listed.open(newline="")))
    found = {(row["what"], row["train_caption_id"], row["benchmark_caption_id"]) for row in rows}
    assert found == {("image", "2", "b1"), ("caption", "1", "b2"), ("negative", "1", "b2")}


def test_what_is_allowed_is_reported_only(negatives, benchmark, pipeline_command):
    """--allow takes sorts out of the exit code, not out of the report."""
    arguments = ("audit", "leakage", negatives, benchmark)
    assert pipeline_command(*arguments, "--allow", "caption", "--allow", "negative")[0] == 2
    code, out, _ = pipeline_command(*arguments, "--allow", "caption", "--allow", "negative", "--allow", "image")
    assert code == 0
    assert "images shared: 1 of the benchmark's 2, in 1 training captions" in out


def test_datasets_apart_end_well(write, benchmark, pipeline_command):
    """Nothing shared is exit code 0; a graphs dataset has no negatives to compare."""
    code, out, _ = pipeline_command(
        "audit", "leakage", write("graphs", [[DOG | {"image_id": "7"}]], "graphs"), benchmark
    )
    assert code == 0
    assert "images shared: 0 of the benchmark's 2" in out


def test_a_balance_is_a_dataset_like_others(negatives, pipeline_command, tmp_path):
    """Rows, order and bounds stay; one less plausible negative goes for the lack of a more plausible one to match."""
    output = tmp_path / "balanced"
    code, out, err = pipeline_command("audit", "balance", negatives, "--output", output, "--workers", 0)
    assert code == 0
    assert "without a negative: none-before 1" in out
    assert "kept 3 of 4 negatives; a text-only model prefers the caption to 50.0% of them (before: 62.5%)" in err
    dataset = open_dataset(str(output), "negatives")
    assert [shard.rows for shard in dataset.manifest.shards] == [2, 1]
    rows = [row for shard in dataset.manifest.shards for row in dataset.rows(shard)]
    kept = [variant["caption"] for variant in rows[0]["negatives"]]
    assert len(kept) == 2
    assert "a new cup on a table" in kept
    assert [len(rows[1]["negatives"]), len(rows[1]["positives"])] == [1, 1]
    assert json.loads((output / "run.json").read_text())["counts"] == {"balanced_away": 1, "negatives": 3}
    assert pipeline_command("verify", output)[0] == 0


def test_captions_that_lose_all_are_counted(write, pipeline_command, tmp_path):
    """Nothing on the other side of zero: the row stays, its list is empty, the manifest says why."""
    folder = write("one_sided", [[{**CUP, "negatives": [OLD, BLUE]}]])
    pipeline_command("audit", "balance", folder, "--output", tmp_path / "balanced", "--workers", 0)
    manifest = open_dataset(str(tmp_path / "balanced"), "negatives").manifest
    assert (manifest.rows, manifest.without_negative) == (1, {"balanced-away": 1})


def test_negatives_without_plausibility_cannot_be_balanced(write, pipeline_command, tmp_path):
    """The error says which option makes it; nothing is written."""
    folder = write("off", [[{**CUP, "negatives": [("red", "old", "swap_attribute", None)]}]])
    code, _, err = pipeline_command("audit", "balance", folder, "--output", tmp_path / "balanced", "--workers", 0)
    assert code == 2
    assert "--verify flag or drop" in err
    assert not (tmp_path / "balanced").exists()


@pytest.mark.slow
def test_workers_do_not_matter_to_a_balance(negatives, pipeline_command, tmp_path, tree_hash):
    """In this process or in two workers: the same bytes."""
    for name, workers in (("zero", 0), ("two", 2)):
        pipeline_command("audit", "balance", negatives, "--output", tmp_path / name, "--workers", workers)
    assert tree_hash(tmp_path / "zero") == tree_hash(tmp_path / "two")


def test_a_packed_dataset_is_searched_for_leaks(benchmark, negatives, pipeline_command, tmp_path):
    """Its captions count, and its images by their ids."""
    from structclip_schemas.manifest import Manifest, Shard
    from structclip_schemas.tables import with_metadata, write_rows

    caption = pq.read_table(negatives / "negatives-00000-of-00002.parquet").to_pylist()[0]
    row = {"image_id": caption["image_id"], "pixels": {"bytes": b"", "path": "x.jpg"}, "captions": [caption]}
    (tmp_path / "packed").mkdir()
    with (tmp_path / "packed/packed-00000-of-00001.parquet").open("wb") as file:
        write_rows(file, [row], with_metadata("packed", "s 1 0", "0"))
    shard = Shard("packed-00000-of-00001.parquet", 1, 0, "")
    manifest = Manifest("packed", 1, (shard,), "0", (), {}, "s 1 0", None, {"kept": 1})
    (tmp_path / "packed/manifest.json").write_text(manifest.to_json())
    code, out, _ = pipeline_command("audit", "leakage", tmp_path / "packed", benchmark, "--json")
    assert code == 2
    assert json.loads(out)["caption"]["shared"] == 1


def test_the_sheet_is_sorted_by_chance(write, pipeline_command, tmp_path):
    """Neither by kind nor by caption, so that who reads half of it has read a fair half."""
    rows = [{"caption_id": str(n), "negatives": [("cup", "mug", ("k1", "k2")[n % 2], None)]} for n in range(40)]
    pipeline_command("audit", "sample", write("many", [rows]), "--n", 20, "--output", tmp_path / "audit")
    lines = lines_of((tmp_path / "audit/sheet.csv").read_text(), "")
    assert sheet_text(lines) == (tmp_path / "audit/sheet.csv").read_text()
    for order in ([line.kind for line in lines], [int(line.caption_id) for line in lines]):
        assert order != sorted(order)
