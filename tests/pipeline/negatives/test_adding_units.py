"""make-negatives --units: counts, plan, and rows that are otherwise the same in any order."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from structclip_pipeline.cli.make_negatives import make_negatives
from structclip_pipeline.negatives.adding_units import add_units
from structclip_pipeline.negatives.contexts import count_contexts
from structclip_pipeline.negatives.making import Made, negatives_row
from structclip_pipeline.negatives.neighbours import neighbours_from
from structclip_pipeline.plan import Plan, ShardResult, ShardTask
from structclip_pipeline.run import run_plan
from structclip_pipeline.verification import verify_dataset
from structclip_schemas.dataset import open_dataset
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord

Scene = Callable[..., SceneGraph]
PAIRS = [(a, b) for a in ("red", "blue", "green") for b in ("white", "brown")]


@pytest.fixture
def rows(scene: Scene) -> list[dict[str, Any]]:
    """Two captions an image: cups on tables in two colours."""
    made = []
    for number in range(24):
        cup, table = PAIRS[number % len(PAIRS)]
        caption = f"There is a {cup} cup on a {table} table"
        graph = scene(
            caption,
            [f"a {cup} *cup*", f"a {table} *table*"],
            [("cup", cup), ("table", table)],
            [("cup", "on", "table")],
        )
        made.append(
            row_from_record(CaptionRecord(str(number), f"image {number // 2}", None, None, caption, graph, "stub"))
        )
    return made


def _work(_: Mapping[str, Any], shard: ShardTask) -> ShardResult:
    return ShardResult(list(shard.payload["rows"]))


@pytest.fixture
def graphs(rows: list[dict[str, Any]], tmp_path: Path) -> Path:
    """Those captions in two shards."""
    tasks = tuple(ShardTask(k, 12, {"rows": rows[12 * k : 12 * k + 12]}) for k in range(2))
    inputs = ({"uri": "captions.json", "sha256": "0" * 64, "rows": 24},)
    run_plan(Plan("graphs", {}, inputs, "stub", tasks), str(tmp_path / "graphs"), _work)
    return tmp_path / "graphs"


def _run(graphs: Path, output: str, *options: str) -> Path:
    folder = graphs.parent / output
    arguments = [str(graphs), "--output", str(folder), "--verify", "off", "--workers", "0", *options]
    done = CliRunner().invoke(make_negatives, arguments)
    assert done.exit_code == 0, done.output
    return folder


def _read(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("negatives-*")) for row in pq.read_table(path).to_pylist()]


def test_negatives_and_positives_are_the_same_with_and_without_units(graphs: Path) -> None:
    """All columns but units; and the plan without units is as it was."""
    plain, full = (_run(graphs, name, "--positives", *more) for name, more in (("plain", ()), ("full", ("--units",))))
    assert [{**row, "units": []} for row in _read(full)] == _read(plain)
    assert all(row["units"] for row in _read(full))
    assert "units" not in json.loads((plain / "manifest.json").read_text())["parameters"]


def test_what_was_made_is_counted_and_passes_verify(graphs: Path) -> None:
    """The counts of run.json are those of the rows."""
    folder = _run(graphs, "out", "--units")
    verify_dataset(open_dataset(str(folder), "negatives"), lambda rows: None)
    units = [unit for row in _read(folder) for unit in row["units"]]
    counts = json.loads((folder / "run.json").read_text())["counts"]
    assert counts["units_object"] == sum(unit["kind"] == "object" for unit in units) > 0
    assert counts["units_relation"] == sum(unit["kind"] == "relation" for unit in units) > 0
    kinds = Counter(unit["foil_kind"] for unit in units)
    assert counts["unit_without_foil"] == kinds.pop(None, 0)
    assert {f"unit_foil_{kind}": number for kind, number in kinds.items()}.items() <= counts.items()


def test_the_order_of_rows_changes_no_unit(rows: list[dict[str, Any]]) -> None:
    """Each is drawn by seed and caption_id; another seed may draw others."""
    neighbours = neighbours_from(count_contexts(rows))

    def units(order: list[dict[str, Any]], seed: int = 0) -> dict[str, Any]:
        made = add_units(Made([negatives_row(row, []) for row in order], Counter(), Counter()), seed, neighbours)
        return {row["caption_id"]: row["units"] for row in made.rows}

    assert units(rows) == units(rows[::-1]) == units(rows[1::2] + rows[::2])
