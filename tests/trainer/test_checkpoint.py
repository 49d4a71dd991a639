"""Checkpoints are complete or not there, on every store, and the pointer names a complete one."""

from pathlib import Path
from typing import Any

import fsspec
import pytest
import torch

from structclip_trainer.checkpoint import Progress, latest_checkpoint, load_state, save_checkpoint
from structclip_trainer.config import build_settings
from structclip_trainer.distributed import Ranks
from structclip_trainer.loop import Training, train
from structclip_trainer.start import Options, prepare

OptionList = list[str]


def _start(data: Any, run: str, tiny_options: OptionList, resume: bool = False, **more: int) -> Any:
    assignments = [o for o in tiny_options if o != "--set"] + [f"{name}={value}" for name, value in more.items()]
    options = Options(str(data.shards), str(data.images), "new:tiny", run, None, resume, "cpu")
    return prepare(options, build_settings("infonce", {}, assignments), lambda _: None)


def _save(training: Training, progress: Progress, keep: int = 3) -> None:
    save_checkpoint(training.run, training.model, training.processor, training.optimizer, progress, keep)


def test_an_upload_that_breaks_off(
    make_data: Any, tiny_options: OptionList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file of a checkpoint an upload fails at, the pointer names the one before, which resumes the run."""
    data, run = make_data(), f"memory://{tmp_path.name}/run"
    training, progress = _start(data, run, tiny_options, max_steps=2, save_every=1)
    files = fsspec.filesystem("memory")
    progress = train(training, progress)
    count = len(files.find(f"/{tmp_path.name}/run/checkpoints/step-000000002"))
    put = type(files).put_file
    left: list[int] = []

    def put_some(self: Any, source: str, target: str, *given: Any, **named: Any) -> None:
        if not left:
            raise OSError("the connection is gone")
        left.pop()
        put(self, source, target, *given, **named)

    for broken in range(count):
        left[:] = range(broken)
        monkeypatch.setattr(type(files), "put_file", put_some)
        with pytest.raises(OSError, match="connection"):
            _save(training, Progress(3, progress.cursor))
        monkeypatch.setattr(type(files), "put_file", put)
        assert latest_checkpoint(run) == f"{run}/checkpoints/step-000000002"
    _again, resumed = _start(data, run, tiny_options, resume=True, max_steps=2, save_every=1)
    assert resumed == progress
    assert not files.exists(f"/{tmp_path.name}/run/checkpoints/step-000000003")


def test_a_checkpoint_nobody_points_to(make_data: Any, tiny_options: OptionList, tmp_path: Path) -> None:
    """A kill before the pointer moves leaves a checkpoint of a future that is done again; it never displaces others."""
    data, run = make_data(), tmp_path / "run"
    training, progress = _start(data, str(run), tiny_options, max_steps=4, save_every=2, keep_last=1)
    train(training, progress)
    (run / "latest").write_text("step-000000002\n")
    (run / "checkpoints" / "step-000000004").rename(run / "checkpoints" / "step-000000002")
    (run / "checkpoints" / "step-000000009").mkdir()
    training, progress = _start(data, str(run), tiny_options, resume=True, max_steps=4, save_every=2, keep_last=1)
    _save(training, Progress(3, progress.cursor), keep=1)
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-000000003"]
    assert latest_checkpoint(str(run)) == f"{run}/checkpoints/step-000000003"


def test_another_number_of_ranks(make_data: Any, tiny_options: OptionList, tmp_path: Path) -> None:
    """Each of two ranks that take up one process's run has random numbers of its own, the same every time."""
    data, run = make_data(), tmp_path / "run"
    train(*_start(data, str(run), tiny_options, max_steps=1))
    training, _ = _start(data, str(run), tiny_options, resume=True, max_steps=1)
    drawn = []
    for rank in (0, 1, 0):
        load_state(str(latest_checkpoint(str(run))), training.optimizer, Ranks(rank, 2))
        drawn.append(float(torch.rand(())))
    assert drawn[0] == drawn[2] != drawn[1]
