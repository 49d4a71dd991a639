"""Plans: what enters the hash, and where shards end."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.plan import Plan, ShardTask
from structclip_pipeline.staging import Selection, open_sources, read_staged, stage
from structclip_schemas.errors import InputError

PLAN = Plan("graphs", {"seed": 0}, ({"uri": "/a/b.csv", "sha256": "1" * 64, "rows": 3},), "p 1 2", ())


def test_paths_and_payloads_do_not_enter_the_hash():
    """The same file elsewhere, staged elsewhere, is the same plan."""
    moved = replace(PLAN, inputs=({**PLAN.inputs[0], "uri": "s3://c/d.csv"},), shards=(ShardTask(0, 3, {"rows": "x"}),))
    assert moved.hash == PLAN.hash


@pytest.mark.parametrize(
    "change",
    [
        {"table": "negatives"},
        {"parameters": {"seed": 1}},
        {"inputs": ({"uri": "/a/b.csv", "sha256": "2" * 64, "rows": 3},)},
        {"graph_source": "p 1 3"},
    ],
)
def test_what_decides_the_content_enters_the_hash(change):
    """Table, parameters, input bytes, parser."""
    assert replace(PLAN, **change).hash != PLAN.hash


@given(
    images=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    shard_rows=st.integers(1, 12),
    limit=st.none() | st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_shards_cut_between_images_and_lose_no_row(tmp_path_factory, images, shard_rows, limit):
    """Every row once, in order; no image in two shards; no shard over its size unless one image alone is."""
    folder = tmp_path_factory.mktemp("plan")
    annotations = [{"id": f"{i}.{c}", "image_id": i, "caption": "a"} for i, n in enumerate(images) for c in range(n)]
    (folder / "c.json").write_text(json.dumps({"images": [], "annotations": annotations}))
    selection = Selection(shard_rows=shard_rows, limit=limit)
    staged = stage(open_sources((str(folder / "c.json"),), selection), selection, str(folder / "out"))
    shards = [read_staged(task.payload["rows"]) for task in staged.tasks]
    assert [r["caption_id"] for rows in shards for r in rows] == [a["id"] for a in annotations][:limit]
    assert max(Counter(i for rows in shards for i in {r["image_id"] for r in rows}).values()) == 1
    for rows in shards:
        assert len(rows) <= shard_rows or len({r["image_id"] for r in rows}) == 1


def test_several_sources_keep_their_own_row_numbers(tmp_path):
    """Rows count from zero in each file; two files of one name are told apart."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.csv").write_text(f"caption,caption_id\na cup,{name}1\na dog,{name}2\n")
    uris = (str(tmp_path / "a" / "c.csv"), str(tmp_path / "b" / "c.csv"))
    staged = stage(open_sources(uris, Selection()), Selection(), str(tmp_path / "out"))
    rows = read_staged(staged.tasks[0].payload["rows"])
    assert [(r["source"], r["row"]) for r in rows] == [("0:c.csv", 0), ("0:c.csv", 1), ("1:c.csv", 0), ("1:c.csv", 1)]
    assert staged.rows == (2, 2) and not staged.made_ids


def test_duplicates_across_sources_are_found(tmp_path):
    """Ids are unique in the dataset, not in a file only."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("caption,caption_id\na cup,1\n")
    uris = (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    with pytest.raises(InputError, match="the sources: 1 caption id"):
        stage(open_sources(uris, Selection()), Selection(), None)
