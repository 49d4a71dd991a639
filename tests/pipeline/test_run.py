"""The engine: the same bytes whatever happens, nothing lost without a reason."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem

from structclip_pipeline.plan import Plan, ShardTask
from structclip_pipeline.run import check_quarantine, run_plan
from structclip_pipeline.storage import open_read
from structclip_schemas.dataset import open_dataset
from structclip_schemas.errors import InputError, PlanMismatchError, QuarantineError, StructclipError
from structclip_schemas.tables import TABLES


def plan_of(words, size=4, **parameters):
    starts = range(0, len(words), size)
    shards = tuple(
        ShardTask(index, len(words[start : start + size]), {"start": start, "words": words[start : start + size]})
        for index, start in enumerate(starts)
    )
    inputs = ({"uri": "words", "sha256": "0" * 64, "rows": len(words)},)
    return Plan("graphs", {"size": size, **parameters}, inputs, "test 1 0", shards)


WORDS = ["a", "b", "", "d", "e", "", "g", "h", "i", "j"]


def left_out_rows(folder: Path):
    return [row for path in sorted(folder.glob("left_out-*")) for row in pq.read_table(path).to_pylist()]


def test_every_row_is_kept_or_left_out_with_a_reason(tmp_path, words_module):
    """The tally sums to the rows read, and the left_out files hold what is not in the shards."""
    manifest = run_plan(plan_of(WORDS), str(tmp_path / "out"), words_module.copy_words).manifest
    assert manifest.tally == {"kept": 8, "empty-caption": 2} and manifest.rows == 8
    assert [(row["caption_id"], row["row"], row["reason"]) for row in left_out_rows(tmp_path / "out")] == [
        ("c2", 2, "empty-caption"),
        ("c5", 5, "empty-caption"),
    ]
    assert manifest.without_negative == {"no-object": 8}


def test_a_finished_folder_holds_the_dataset_and_nothing_else(tmp_path, words_module):
    """No plan, staging folder or temporary file stays; left_out files only where there are such rows."""
    run_plan(plan_of(WORDS), str(tmp_path), words_module.copy_words)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "graphs-00000-of-00003.parquet",
        "graphs-00001-of-00003.parquet",
        "graphs-00002-of-00003.parquet",
        "left_out-00000-of-00003.parquet",
        "left_out-00001-of-00003.parquet",
        "manifest.json",
        "run.json",
    ]


def test_the_written_shards_pass_the_contract(tmp_path, words_module):
    """Dataset.verify accepts every shard, and files carry the contract's metadata."""
    plan = plan_of(WORDS)
    run_plan(plan, str(tmp_path), words_module.copy_words)
    dataset = open_dataset(str(tmp_path), "graphs", open_read)
    for shard in dataset.manifest.shards:
        dataset.verify(shard)
    metadata = pq.read_schema(tmp_path / "left_out-00000-of-00003.parquet").metadata
    assert metadata[b"structclip.plan_hash"].decode() == plan.hash
    assert pq.read_schema(tmp_path / "left_out-00000-of-00003.parquet").names == TABLES["left_out"].names


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, words_module, tree_hash, workers):
    """Promise 2, rows that raise included."""
    words = [*WORDS, "raise", "k", "raise", "l"]
    run_plan(plan_of(words), str(tmp_path / "here"), words_module.copy_words, workers=0)
    run_plan(plan_of(words), str(tmp_path / "there"), words_module.copy_words, workers=workers)
    assert tree_hash(tmp_path / "here") == tree_hash(tmp_path / "there")


def test_a_finished_plan_is_left_as_it_is(tmp_path, words_module):
    """A rerun writes nothing: every file keeps its time."""
    plan = plan_of(WORDS)
    run_plan(plan, str(tmp_path), words_module.copy_words)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = run_plan(plan, str(tmp_path), words_module.fail_always)
    assert again.idle and times == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_another_plan_is_refused_and_told_apart(tmp_path, words_module, tree_hash):
    """The message names the parameter that differs, and nothing is changed."""
    run_plan(plan_of(WORDS, seed=1), str(tmp_path), words_module.copy_words)
    before = tree_hash(tmp_path)
    with pytest.raises(PlanMismatchError, match="seed 1 there, 2 now"):
        run_plan(plan_of(WORDS, seed=2), str(tmp_path), words_module.copy_words)
    assert tree_hash(tmp_path) == before


def test_overwrite_leaves_the_same_folder_as_a_fresh_run(tmp_path, words_module, tree_hash):
    """Old shards of another count are gone; a stranger's file stays."""
    run_plan(plan_of(WORDS, size=2), str(tmp_path / "old"), words_module.copy_words)
    (tmp_path / "old" / "notes.txt").write_text("mine")
    run_plan(plan_of(WORDS), str(tmp_path / "old"), words_module.copy_words, overwrite=True)
    run_plan(plan_of(WORDS), str(tmp_path / "new"), words_module.copy_words)
    assert (tmp_path / "old" / "notes.txt").read_text() == "mine"
    (tmp_path / "old" / "notes.txt").unlink()
    assert tree_hash(tmp_path / "old") == tree_hash(tmp_path / "new")


def test_shards_without_a_plan_are_not_overwritten_silently(tmp_path, words_module):
    """A folder with stray shards is refused."""
    (tmp_path / "graphs-00000-of-00001.parquet").write_bytes(b"?")
    with pytest.raises(InputError, match=r"neither manifest.json nor plan.json"):
        run_plan(plan_of(WORDS), str(tmp_path), words_module.copy_words)


def test_a_failing_machine_is_not_blamed_on_the_rows(tmp_path, words_module):
    """Work that fails without any row stops the run; no manifest is written."""
    with pytest.raises(StructclipError, match=r"before it touches a row .*no parser here"):
        run_plan(plan_of(WORDS), str(tmp_path), words_module.fail_always)
    assert not (tmp_path / "manifest.json").exists() and (tmp_path / "plan.json").exists()


def test_rows_that_raise_are_quarantined_with_the_reason(tmp_path, words_module):
    """Only the rows to blame are left out, and the limit is checked on the finished dataset."""
    words = [*WORDS, "raise", "k", "raise"]
    manifest = run_plan(plan_of(words), str(tmp_path), words_module.copy_words).manifest
    assert manifest.tally == {"kept": 9, "empty-caption": 2, "quarantined": 2}
    assert [(r["caption_id"], r["detail"]) for r in left_out_rows(tmp_path) if r["reason"] == "quarantined"] == [
        ("c10", "ValueError: a bad word"),
        ("c12", "ValueError: a bad word"),
    ]
    with pytest.raises(QuarantineError, match="2 of 13 rows"):
        check_quarantine(manifest, 0.001)
    check_quarantine(manifest, 0.2)


@pytest.mark.slow
def test_a_row_that_kills_its_worker_is_quarantined_alone(tmp_path, words_module):
    """Neighbours in the same shard and in shards on the same worker are kept."""
    words = [*WORDS, "k", "die", "l", "m", "n"]
    manifest = run_plan(plan_of(words), str(tmp_path), words_module.copy_words, workers=2).manifest
    assert manifest.tally == {"kept": 12, "empty-caption": 2, "quarantined": 1}
    [row] = [r for r in left_out_rows(tmp_path) if r["reason"] == "quarantined"]
    assert row["caption_id"] == "c11" and row["detail"] == "the worker process died"


@pytest.mark.slow
def test_a_worker_killed_from_outside_costs_no_row(tmp_path, words_module):
    """Worker processes killed by signal 9, as an operating system short of memory does: the shard is made again."""
    import threading
    import time

    import psutil

    def kill_workers():
        for _ in range(2):
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and not list(tmp_path.glob("graphs-*")):
                time.sleep(0.05)
            workers = [p for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
            for worker in workers[:1]:
                worker.kill()
            time.sleep(0.5)

    killer = threading.Thread(target=kill_workers)
    killer.start()
    run = run_plan(plan_of(["slow"] * 80), str(tmp_path), words_module.copy_words, workers=2)
    killer.join()
    assert run.manifest.tally == {"kept": 80}


def test_a_broken_shard_is_made_anew_on_resume(tmp_path, words_module, tree_hash):
    """A finished shard is trusted only with its recorded bytes."""
    plan = plan_of([*WORDS[:8], "raise"])
    run_plan(plan, str(tmp_path / "whole"), words_module.copy_words)
    with pytest.raises(StructclipError):
        run_plan(plan, str(tmp_path / "cut"), _fail_on_last)
    shard = tmp_path / "cut" / "graphs-00000-of-00003.parquet"
    shard.write_bytes(shard.read_bytes()[:-1])
    run = run_plan(plan, str(tmp_path / "cut"), words_module.copy_words)
    assert run.resumed == 1 and tree_hash(tmp_path / "cut") == tree_hash(tmp_path / "whole")


def _fail_on_last(parameters, task):
    import structclip_test_words

    if task.index == 2:
        raise RuntimeError("the disk is gone")
    return structclip_test_words.copy_words(parameters, task)


def test_a_full_disk_ends_with_a_message_not_a_traceback(tmp_path, words_module):
    """An OSError of the work becomes an error that says what is kept."""

    def full(parameters, task):
        raise OSError(28, "No space left on device")

    with pytest.raises(StructclipError, match=r"No space left on device.*run the same command again"):
        run_plan(plan_of(WORDS), str(tmp_path), full)


def test_an_output_that_is_a_file_is_refused(tmp_path, words_module):
    """The message wants a folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="wanted a folder"):
        run_plan(plan_of(WORDS), str(tmp_path / "file"), words_module.copy_words)


def test_a_dataset_in_memory_has_the_bytes_of_one_on_disk(tmp_path, words_module):
    """Every path is an fsspec URL."""
    import fsspec

    run_plan(plan_of(WORDS), "memory://engine/out", words_module.copy_words)
    run_plan(plan_of(WORDS), str(tmp_path), words_module.copy_words)
    store = fsspec.filesystem("memory")
    names = sorted(path.rsplit("/", 1)[-1] for path in store.ls("/engine/out", detail=False))
    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in set(names) - {"run.json"}:
        assert store.cat(f"/engine/out/{name}") == (tmp_path / name).read_bytes()


def test_run_json_alone_holds_clock_and_host(tmp_path, words_module):
    """The manifest knows neither."""
    run_plan(plan_of(WORDS), str(tmp_path), words_module.copy_words)
    assert {"finished", "host", "workers", "rows_per_second"} <= json.loads((tmp_path / "run.json").read_text()).keys()
    assert "host" not in json.loads((tmp_path / "manifest.json").read_text())


class Crash(BaseException):
    """Stands for the end of the process."""


class Fuse:
    """Lets ``left`` renames and removals pass, then crashes before the next one."""

    def __init__(self, left, monkeypatch):
        self.left = left
        for owner, name in ((Path, "replace"), (LocalFileSystem, "rm")):
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _guarded(self, original):
        def call(*arguments, **options):
            if self.left == 0:
                raise Crash
            self.left -= 1
            return original(*arguments, **options)

        return call


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_crash_before_any_single_step_changes_no_byte_after_a_rerun(tmp_path, words_module, tree_hash, overwrite):
    """Every rename and removal in turn is the one that never happens; another plan's dataset may be there first."""
    plan = plan_of([*WORDS, "raise"])
    run_plan(plan, str(tmp_path / "whole"), words_module.copy_words)
    expected, crashes = tree_hash(tmp_path / "whole"), 0
    for steps in range(100):
        folder = str(tmp_path / f"cut{steps}")
        if overwrite:
            run_plan(plan_of(WORDS, size=3), folder, words_module.copy_words)
        with pytest.MonkeyPatch.context() as patch:
            Fuse(steps, patch)
            try:
                run_plan(plan, folder, words_module.copy_words, overwrite=overwrite)
            except Crash:
                crashes += 1
        if overwrite and (Path(folder) / "manifest.json").exists():
            run_plan(plan, folder, words_module.copy_words, overwrite=True)
        run_plan(plan, folder, words_module.copy_words)
        assert tree_hash(Path(folder)) == expected, f"after {steps} steps"
        if crashes < steps + 1:
            break
    assert crashes > 12
