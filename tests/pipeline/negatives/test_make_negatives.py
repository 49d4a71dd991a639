"""The command make-negatives on a small graphs dataset of two shards, with a parser that knows these captions."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from structclip_pipeline.cli.make_negatives import make_negatives
from structclip_pipeline.negatives import task
from structclip_pipeline.negatives.selection import keyed_hash
from structclip_pipeline.plan import Plan, ShardResult, ShardTask
from structclip_pipeline.run import run_plan
from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import InputError, PlanMismatchError
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord

Scene = Callable[..., SceneGraph]
SOURCE = "stub 1 0"


def _rows(_: Mapping[str, Any], shard: ShardTask) -> ShardResult:
    return ShardResult(list(shard.payload["rows"]))


class Stub:
    """A parser that reads any caption as an empty graph."""

    source = SOURCE

    def parse(self, captions: list[str]) -> list[SceneGraph]:
        """One empty graph a caption."""
        return [SceneGraph() for _ in captions]


def _record(scene: Scene, index: int, image: str, case: tuple[Any, ...]) -> dict[str, Any]:
    graph = scene(*case)
    return row_from_record(CaptionRecord(str(index), image, f"{image}.jpg", "train", case[0], graph, SOURCE))


@pytest.fixture
def graphs(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five captions of three images in two shards; the second caption of an image asserts a negative of the first."""
    cup = ("A red cup on a blue table.", ["A red *cup*", "a blue *table*"], [("cup", "red"), ("table", "blue")], [("cup", "on", "table")])  # fmt: skip # noqa: E501
    said = ("a blue cup and a red table", ["a blue *cup*", "a red *table*"], [("cup", "blue"), ("table", "red")], [])
    rider = ("A dog chases a cat.", ["A *dog*", "a *cat*"], [], [("dog", "chases", "cat", "chase")])
    alone = ("A dog.", ["A *dog*"], [], [])
    first = [_record(scene, 0, "a", cup), _record(scene, 1, "a", said), _record(scene, 2, "b", rider)]
    second = [_record(scene, 3, "c", cup), _record(scene, 4, "c", alone)]
    shards = tuple(ShardTask(i, len(rows), {"rows": rows}) for i, rows in enumerate((first, second)))
    inputs = ({"uri": "captions.json", "sha256": "0" * 64, "rows": 5},)
    run_plan(Plan("graphs", {}, inputs, SOURCE, shards), str(tmp_path / "graphs"), _rows)
    monkeypatch.setattr(task, "parser_of", lambda _: Stub())
    return tmp_path / "graphs"


def _run(graphs: Path, *options: str, output: str = "negatives") -> Result:
    arguments = [str(graphs), "--output", str(graphs.parent / output), "--workers", "0", *options]
    return CliRunner().invoke(make_negatives, arguments)


def _read(graphs: Path, output: str = "negatives") -> list[dict[str, Any]]:
    folder = graphs.parent / output
    return [row for path in sorted(folder.glob("negatives-*")) for row in pq.read_table(path).to_pylist()]


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name != "run.json"}


def test_every_row_stays_in_order_and_shard(graphs: Path) -> None:
    """Rows, order and bounds are those of the graphs; a caption without a negative has an empty list and a reason."""
    assert _run(graphs).exit_code == 0
    dataset = open_dataset(str(graphs.parent / "negatives"), "negatives")
    assert [s.rows for s in dataset.manifest.shards] == [3, 2]
    rows = _read(graphs)
    assert [r["caption_id"] for r in rows] == ["0", "1", "2", "3", "4"]
    assert rows[4]["negatives"] == []
    assert sum(dataset.manifest.without_negative.values()) == sum(not r["negatives"] for r in rows)
    assert dataset.manifest.parent == hashlib.sha256((graphs / "manifest.json").read_bytes()).hexdigest()
    assert dataset.manifest.inputs[0]["uri"] == "captions.json"


def test_what_the_image_asserts_is_not_written(graphs: Path) -> None:
    """The attribute swap of the first caption is true by the second, of another image it is a negative."""
    assert _run(graphs, "--kinds", "swap_attribute").exit_code == 0
    rows = _read(graphs)
    assert rows[0]["negatives"] == []
    assert rows[3]["negatives"][0]["caption"] == "A blue cup on a red table."


def test_what_was_not_chosen_is_counted(graphs: Path) -> None:
    """Candidates are kept, cut, implausible or true of the image; run.json has the sums over shards."""
    assert _run(graphs).exit_code == 0
    counts = json.loads((graphs.parent / "negatives" / "run.json").read_text())["counts"]
    kept = sum(len(r["negatives"]) for r in _read(graphs))
    assert counts["negatives"] == kept == counts["round_trip_failed"]
    refused = counts["true_of_image"] + counts["implausible"]
    assert counts["candidates"] == kept + counts["cut"] + refused
    assert counts["true_of_image"] > 0


def test_one_negative_is_a_prefix_of_three(graphs: Path) -> None:
    """More a caption only adds to what one a caption chose."""
    assert _run(graphs, output="one").exit_code == 0
    assert _run(graphs, "--per-caption", "3", output="three").exit_code == 0
    for one, three in zip(_read(graphs, "one"), _read(graphs, "three"), strict=True):
        assert three["negatives"][:1] == one["negatives"]


def test_flag_scores_and_checks(graphs: Path) -> None:
    """By default plausibility and round trip are recorded; with off both are null."""
    assert _run(graphs).exit_code == 0
    assert _run(graphs, "--verify", "off", output="off").exit_code == 0
    flagged, plain = (_read(graphs, name)[2]["negatives"][0] for name in ("negatives", "off"))
    assert flagged["round_trip"] is False
    assert isinstance(flagged["plausibility"], float)
    assert plain["round_trip"] is None
    assert plain["plausibility"] is None


def test_drop_leaves_out_what_fails_the_round_trip(graphs: Path) -> None:
    """The stub reads no graph back, so nothing passes, and the reason says so."""
    assert _run(graphs, "--verify", "drop").exit_code == 0
    manifest = open_dataset(str(graphs.parent / "negatives"), "negatives").manifest
    assert manifest.without_negative["round-trip"] >= 2
    assert not any(r["negatives"] for r in _read(graphs))


def test_pinned_statistics_give_the_same_negatives(graphs: Path) -> None:
    """The statistics file of one run can be given to another; its hash is part of that plan."""
    assert _run(graphs, output="own").exit_code == 0
    pinned = graphs.parent / "own" / "statistics.parquet"
    assert _run(graphs, "--statistics", str(pinned), output="pinned").exit_code == 0
    assert _read(graphs, "own") == _read(graphs, "pinned")
    parameters = json.loads((graphs.parent / "pinned" / "manifest.json").read_text())["parameters"]
    assert parameters["statistics"] == hashlib.sha256(pinned.read_bytes()).hexdigest()


def test_a_rerun_does_nothing(graphs: Path) -> None:
    """The finished dataset is left as it is."""
    assert _run(graphs).exit_code == 0
    before = _digests(graphs.parent / "negatives")
    again = _run(graphs, "--json")
    assert json.loads(again.stdout)["idle"] is True
    assert _digests(graphs.parent / "negatives") == before


def test_another_plan_is_refused(graphs: Path) -> None:
    """Another seed does not go into the same folder."""
    assert _run(graphs).exit_code == 0
    assert isinstance(_run(graphs, "--seed", "1").exception, PlanMismatchError)


def test_a_dry_run_writes_nothing(graphs: Path) -> None:
    """Only the plan is printed."""
    assert _run(graphs, "--dry-run").exit_code == 0
    assert not (graphs.parent / "negatives").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kinds", "swap_verb"], "swap_verb"),
        (["--statistics", "nowhere.parquet"], "no such file"),
    ],
)
def test_bad_input_is_named(graphs: Path, options: list[str], message: str) -> None:
    """The error says what was found and what is known."""
    error = _run(graphs, *options).exception
    assert isinstance(error, InputError)
    assert message in str(error)


def test_another_parser_is_refused(graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The round trip needs the parser that made the graphs; without the round trip any graphs do."""
    monkeypatch.setattr(Stub, "source", "other 2 0")
    error = _run(graphs).exception
    assert isinstance(error, InputError)
    assert "stub 1 0" in str(error)
    assert "other 2 0" in str(error)
    assert _run(graphs, "--verify", "off").exit_code == 0


def _positives(graphs: Path, output: str = "negatives") -> list[list[dict[str, Any]]]:
    return [row["positives"] for row in _read(graphs, output)]


def test_positives_are_written_on_demand_alone(graphs: Path) -> None:
    """Without the option the column is empty; with it negatives and reasons are the same."""
    assert _run(graphs, "--verify", "off", output="plain").exit_code == 0
    assert _run(graphs, "--verify", "off", "--positives").exit_code == 0
    assert not any(_positives(graphs, "plain"))
    assert [[v["caption"] for v in group] for group in _positives(graphs)][1] == ["a red table and a blue cup"]
    plain, full = (_read(graphs, output) for output in ("plain", "negatives"))
    assert [row["negatives"] for row in plain] == [row["negatives"] for row in full]


def test_all_positives_are_written_in_hash_order(graphs: Path) -> None:
    """A caption gets every positive there is, ordered by the hash of seed, caption, rule and variant."""
    assert _run(graphs, "--verify", "off", "--positives", "--seed", "5").exit_code == 0
    first = _positives(graphs)[0]
    assert {v["caption"] for v in first} == {"A red cup on a table that is blue.", "A cup on a blue table is red."}
    keys = [keyed_hash([5, "0", v["rule"], v["caption"]]) for v in first]
    assert keys == sorted(keys)


def test_positives_that_read_otherwise_are_flagged_or_dropped(graphs: Path) -> None:
    """The stub reads nothing, so that each round trip fails."""
    assert _run(graphs, "--positives", output="flagged").exit_code == 0
    assert _run(graphs, "--positives", "--verify", "drop", output="dropped").exit_code == 0
    flagged = [v for group in _positives(graphs, "flagged") for v in group]
    assert {v["round_trip"] for v in flagged} == {False}
    assert all(v["plausibility"] is not None for v in flagged)
    assert not any(_positives(graphs, "dropped"))
    counts = json.loads((graphs.parent / "dropped" / "run.json").read_text())["counts"]
    assert (counts["positive_candidates"], counts["positives"]) == (len(flagged), 0)


@pytest.mark.slow
def test_workers_do_not_matter(graphs: Path) -> None:
    """In this process or in two workers: the same bytes."""
    assert _run(graphs, "--verify", "off", output="zero").exit_code == 0
    assert _run(graphs, "--verify", "off", "--workers", "2", output="two").exit_code == 0
    assert _digests(graphs.parent / "zero") == _digests(graphs.parent / "two")
