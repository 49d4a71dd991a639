"""Trackers: what is sent, to whom, and the words when one is missing."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from structclip_schemas.errors import InputError
from structclip_trainer import extras
from structclip_trainer.config import build_settings
from structclip_trainer.log import JsonLines
from structclip_trainer.loop import train
from structclip_trainer.reporting import flat_figures, report_to, run_id
from structclip_trainer.start import Options, prepare


@pytest.fixture
def train_with(make_data: Any, tiny_options: list[str], tmp_path: Path) -> Any:
    """Trains a tiny run in a folder named run with --report-to."""
    data = make_data()

    def run(names: str, *assignments: str, resume: bool = False) -> Path:
        where = tmp_path / "run"
        options = Options(
            str(data.shards), str(data.images), "new:tiny", str(where), str(data.shards), resume, "cpu", names
        )
        settings = build_settings(None, {}, [*tiny_options[1::2], "max_steps=3", *assignments])
        train(*prepare(options, settings, lambda _: None))
        return where

    return run


class FakeService(ModuleType):
    """Stands for wandb or trackio and remembers what it is sent."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.started: dict[str, Any] = {}
        self.sent: dict[int, dict[str, float]] = {}

    def init(self, **given: Any) -> None:
        """A run begins."""
        self.started = given

    def log(self, figures: dict[str, float], step: int) -> None:
        """Figures arrive."""
        self.sent.setdefault(step, {}).update(figures)


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_service_gets_settings_and_every_figure_of_the_log(name: str, train_with: Any, monkeypatch: Any):
    """What log.jsonl has, no more and no less."""
    service = FakeService(name)
    monkeypatch.setitem(sys.modules, name, service)
    monkeypatch.setattr(extras, "find_spec", lambda _: True)
    run = train_with(name)
    logged: dict[int, dict[str, float]] = {}
    for line in map(json.loads, (run / "log.jsonl").read_text().splitlines()):
        logged.setdefault(line["step"], {}).update(flat_figures(line))
    assert service.sent == logged
    assert service.started["name"] == "run"
    assert service.started["project"] == "structclip"
    assert service.started["config"]["batch_size"] == 8
    assert "validation/i2t_r1_plain" in service.sent[3]


def test_tensorboard_shows_the_figures_of_the_log(train_with: Any):
    """Read back by tensorboard's own reader."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train_with("tensorboard")
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    losses = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    wanted = [(line["step"], pytest.approx(line["loss"], rel=1e-6)) for line in losses if "loss" in line]
    assert [(event.step, event.value) for event in events.Scalars("loss")] == wanted
    assert events.Scalars("validation/i2t_r1_plain")[0].step == 3


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_resumed_run_is_continued_by_its_service(name: str, train_with: Any, monkeypatch: Any):
    """The same identity, and leave to go on."""
    service = FakeService(name)
    monkeypatch.setitem(sys.modules, name, service)
    monkeypatch.setattr(extras, "find_spec", lambda _: True)
    run = train_with(name, "save_every=1")
    first = service.started
    (run / "latest").write_text("step-000000002\n")
    train_with(name, "save_every=1", resume=True)
    assert service.started["resume"] == "allow"
    assert {**service.started, "resume": ""} == {**first, "resume": ""}


def test_runs_of_equal_name_in_two_folders_are_two_runs(tmp_path: Path):
    """Their identity holds the place."""
    assert run_id(str(tmp_path / "a/run")) != run_id(str(tmp_path / "b/run"))
    assert run_id(f"{tmp_path}/a/run/") == run_id(str(tmp_path / "a/run"))


def test_two_trackers_at_once(train_with: Any, monkeypatch: Any):
    """Names are separated by commas."""
    first, second = FakeService("wandb"), FakeService("trackio")
    monkeypatch.setitem(sys.modules, "wandb", first)
    monkeypatch.setitem(sys.modules, "trackio", second)
    monkeypatch.setattr(extras, "find_spec", lambda _: True)
    train_with("wandb, trackio", "max_steps=1")
    assert first.sent == second.sent != {}


def test_an_unknown_tracker_is_refused_before_anything_is_written(train_with: Any, tmp_path: Path):
    """The message names those that exist."""
    with pytest.raises(InputError, match="tensorboard, wandb, trackio"):
        train_with("tensorbord")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "trackio"])
def test_a_missing_package_is_named(name: str, train_with: Any, monkeypatch: Any):
    """With the line that installs it."""
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=rf'pip install "structclip\[{name}\]"'):
        train_with(name)


def test_tensorboard_wants_a_local_run():
    """Its writer knows no other stores."""
    pytest.importorskip("tensorboard")
    with pytest.raises(InputError, match="local runs only"):
        report_to(JsonLines("memory://runs/a/log.jsonl"), "tensorboard", "memory://runs/a", {}, 0)


def test_without_trackers_the_log_is_the_log_alone():
    """Also on the ranks that write nothing."""
    log = JsonLines("nowhere/log.jsonl")
    assert report_to(log, None, "nowhere", {}, 0) is log
    silent = JsonLines("nowhere/log.jsonl", writes=False)
    assert report_to(silent, "wandb", "nowhere", {}, 0) is silent


def test_only_numbers_are_figures():
    """Texts, lists and truth values stay in log.jsonl."""
    line = {"step": 4, "loss": 1, "warning": "flat", "ok": True, "totals": {"captions": 8}, "seen": [1]}
    assert flat_figures(line) == {"loss": 1.0, "totals/captions": 8.0}
