"""make-negatives with the kinds that replace: its statistics, its plan, and the same bytes whatever the workers."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from structclip_pipeline.cli.make_negatives import make_negatives
from structclip_pipeline.negatives.contexts import count_contexts
from structclip_pipeline.negatives.corpus_pass import load_contexts, load_counts
from structclip_pipeline.negatives.statistics import count_ngrams, write_counts
from structclip_pipeline.plan import Plan, ShardResult, ShardTask
from structclip_pipeline.run import run_plan
from structclip_schemas.errors import InputError
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord

Scene = Callable[..., SceneGraph]
KINDS = "replace_attribute,replace_object,replace_relation"
CUPS = [(colour, thing) for colour in ("red", "blue", "green") for thing in ("cup", "bowl")]


def _rows(_: Mapping[str, Any], shard: ShardTask) -> ShardResult:
    return ShardResult(list(shard.payload["rows"]))


def _record(scene: Scene, number: int) -> dict[str, Any]:
    colour, thing = CUPS[number % len(CUPS)]
    place = "on" if number % 2 else "under"
    graph = scene(
        caption := f"A {colour} {thing} {place} a table.",
        [f"A {colour} *{thing}*", "a *table*"],
        [(thing, colour)],
        [(thing, place, "table")],
    )
    return row_from_record(CaptionRecord(str(number), f"image {number}", None, None, caption, graph, "stub"))


@pytest.fixture
def graphs(scene: Scene, tmp_path: Path) -> Path:
    """Sixty captions of as many images in ten shards, which are merged in two steps."""
    shards = [[_record(scene, 6 * k + n) for n in range(6)] for k in range(10)]
    tasks = tuple(ShardTask(i, len(rows), {"rows": rows}) for i, rows in enumerate(shards))
    inputs = ({"uri": "captions.json", "sha256": "0" * 64, "rows": 60},)
    run_plan(Plan("graphs", {}, inputs, "stub", tasks), str(tmp_path / "graphs"), _rows)
    return tmp_path / "graphs"


def _run(graphs: Path, output: str, *options: str) -> Result:
    arguments = [str(graphs), "--output", str(graphs.parent / output), "--verify", "off", *options]
    return CliRunner().invoke(make_negatives, [*arguments, *([] if "--workers" in options else ["--workers", "0"])])


def _read(folder: Path, table: str = "negatives") -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob(f"{table}-*")) for row in pq.read_table(path).to_pylist()]


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name != "run.json"}


def _parameters(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text())["parameters"])


def test_words_come_from_the_corpus(graphs: Path) -> None:
    """Colours and sides that the corpus knows replace each other; right is null."""
    assert _run(graphs, "out", "--kinds", KINDS, "--per-caption", "64").exit_code == 0
    rows = _read(graphs.parent / "out")
    assert {v["caption"]: v["kind"] for v in rows[1]["negatives"]} == {
        "A blue bowl on a table.": "replace_attribute",
        "A green bowl on a table.": "replace_attribute",
        "A red bowl under a table.": "replace_relation",
    }
    variants = [variant for row in rows for variant in row["negatives"]]
    assert all(v["right"] is None and v["left"]["role"] in v["kind"] for v in variants)


def test_the_statistics_hold_every_context(graphs: Path) -> None:
    """Merged in two steps, the counts are those of all rows at once; the n-grams are there as ever."""
    assert _run(graphs, "out", "--kinds", KINDS).exit_code == 0
    location = str(graphs.parent / "out" / "statistics.parquet")
    assert load_contexts(location).equals(count_contexts(_read(graphs, "graphs")))
    assert len(load_counts(location).hashes) > 0


def test_pinned_statistics_are_used(graphs: Path) -> None:
    """The statistics of one run give another the same negatives."""
    assert _run(graphs, "own", "--kinds", KINDS).exit_code == 0
    pinned = str(graphs.parent / "own" / "statistics.parquet")
    assert _run(graphs, "pinned", "--kinds", KINDS, "--statistics", pinned).exit_code == 0
    assert _read(graphs.parent / "own") == _read(graphs.parent / "pinned")
    assert not (graphs.parent / "pinned" / "statistics.parquet").exists()


def test_statistics_without_contexts_are_refused(graphs: Path, tmp_path: Path) -> None:
    """The error says what is missing and what to give instead."""
    with (tmp_path / "ngrams.parquet").open("wb") as file:
        write_counts(file, count_ngrams(["a red cup"], [0]), "plan")
    error = _run(graphs, "pinned", "--kinds", KINDS, "--statistics", str(tmp_path / "ngrams.parquet")).exception
    assert isinstance(error, InputError)
    assert "without the contexts of words" in str(error)


def test_the_plan_names_the_thesaurus_where_words_are_replaced(graphs: Path) -> None:
    """Its hash and the rules are part of that plan alone: the plan of the swaps stays as it was."""
    assert _run(graphs, "swaps").exit_code == 0
    assert _run(graphs, "replaced", "--kinds", "swap_object,replace_object").exit_code == 0
    swaps, replaced = _parameters(graphs.parent / "swaps"), _parameters(graphs.parent / "replaced")
    assert "thesaurus" not in swaps
    assert swaps["statistics"] is None
    assert len(replaced["thesaurus"]) == 64
    assert set(replaced["rules"]) > set(swaps["rules"])


@pytest.mark.slow
def test_workers_do_not_matter(graphs: Path) -> None:
    """In this process or in two workers: the same bytes, statistics included."""
    assert _run(graphs, "zero", "--kinds", KINDS).exit_code == 0
    assert _run(graphs, "two", "--kinds", KINDS, "--workers", "2").exit_code == 0
    assert _digests(graphs.parent / "zero") == _digests(graphs.parent / "two")
