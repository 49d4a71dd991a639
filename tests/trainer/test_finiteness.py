"""A step that is not finite is found, however late one looks, and changes no weight in the meantime."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch

from structclip_schemas.errors import InputError, NumericError
from structclip_trainer import loop
from structclip_trainer.config import build_settings
from structclip_trainer.finiteness import Evidence, FiniteWatch
from structclip_trainer.loop import train
from structclip_trainer.start import Options, prepare

SMALL = ("tiny.image_size=32", "tiny.patch_size=16", "tiny.width=32", "tiny.heads=2", "tiny.vision_layers=1")
SMALL += ("tiny.text_layers=1", "tiny.projection=16", "tiny.vocabulary=700", "batch_size=4", "kee_layers=1")
SMALL += ("kee_width=32", "kee_heads=2", "max_steps=9", "log_every=100", "num_workers=0")


def _evidence(step: int, loss: float = 1.0, norm: float = 1.0) -> Evidence:
    return Evidence(step, [f"c{step}"], {"loss": torch.tensor(loss)}, torch.tensor(norm))


@pytest.mark.parametrize(("loss", "norm"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, math.nan), (1.0, -math.inf)])
def test_a_failed_step_counts_against_all_later_ones(loss: float, norm: float) -> None:
    """Loss or gradient; steps before it are untouched."""
    watch = FiniteWatch()
    flags = [watch.judge(evidence).item() for evidence in (_evidence(1), _evidence(2, loss, norm), _evidence(3))]
    assert flags == [0, 1, 1]


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_the_first_failed_step_is_found_when_enough_followed(ahead: int) -> None:
    """The last ``ahead`` ones are not looked at."""
    watch, failing, found = FiniteWatch(ahead), 4, {}
    for step in range(1, 9):
        watch.judge(_evidence(step, math.nan if step == failing else 1.0))
        evidence = watch.find(everything=False)
        if evidence is not None:
            found[step] = evidence.step
            break
    assert found == {failing + ahead: failing}


def test_what_was_not_looked_at_is_looked_at_when_nothing_may_be_ahead() -> None:
    """As before a checkpoint is saved."""
    watch = FiniteWatch(ahead=1)
    watch.judge(_evidence(1, math.nan))
    assert watch.find(everything=False) is None
    found = watch.find()
    assert found is not None and found.step == 1


def test_a_failure_that_was_told_is_forgotten() -> None:
    """Whoever goes on after it begins anew."""
    watch = FiniteWatch()
    watch.judge(_evidence(1, math.nan))
    assert watch.find() is not None
    assert watch.judge(_evidence(2)).item() == 0
    assert watch.find() is None


def test_fused_adamw_that_is_told_of_a_failure_changes_nothing() -> None:
    """Weights, moments and the count of steps: what the loop relies on with a GPU."""
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer: Any = torch.optim.AdamW([weight], lr=0.1, fused=True)

    def step(failed: float) -> None:
        weight.grad = torch.full((3,), math.nan if failed else 0.5)
        optimizer.found_inf = torch.tensor(failed)
        optimizer.step()

    step(0.0)
    before = [weight.detach().clone(), *(value.clone() for value in optimizer.state[weight].values())]
    step(1.0)
    assert all(map(torch.equal, [weight.detach(), *optimizer.state[weight].values()], before))
    step(0.0)
    assert not torch.equal(weight.detach(), before[0])


class Failing:
    """A run whose third loss is no number, with a host one step ahead, and its weights as each step found them."""

    def __init__(self, training: Any, progress: Any) -> None:
        self.training, self.progress, self.steps = replace(training, watch=FiniteWatch(ahead=1)), progress, 0
        self.found: list[list[torch.Tensor]] = []
        self.combine = loop.combine_losses

    def state(self) -> list[torch.Tensor]:
        """Copies of weights and moments."""
        moments = [value for of_weight in self.training.optimizer.state.values() for value in of_weight.values()]
        return [value.detach().clone() for value in (*self.training.model.parameters(), *moments)]

    def __call__(self, *arguments: Any) -> Any:
        """In place of ``combine_losses``."""
        self.steps += 1
        self.found.append(self.state())
        loss, terms = self.combine(*arguments)
        return (loss * math.nan, terms | {"loss": loss * math.nan}) if self.steps == 3 else (loss, terms)


@pytest.fixture
def failing(make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a failing run with some settings."""

    def make(*assignments: str) -> Failing:
        data, settings = make_data(), build_settings("default", {}, [*SMALL, *assignments])
        run, shards = str(tmp_path / "run"), str(data.shards)
        options = Options(shards, str(data.images), "new:tiny", run, shards, False, "cpu")
        made = Failing(*prepare(options, settings, lambda _: None))
        monkeypatch.setattr(loop, "combine_losses", made)
        return made

    return make


def test_a_failed_step_changes_nothing_though_the_next_one_tells(failing: Any, tmp_path: Path) -> None:
    """Weights and moments after the run are those that the failed step found; its batch is on record."""
    run = failing()
    with pytest.raises(NumericError, match="step 3: loss"):
        train(run.training, run.progress)
    assert run.steps == 4
    assert not all(map(torch.equal, run.found[1], run.found[2]))
    assert all(map(torch.equal, run.found[2], run.found[3]))
    assert all(map(torch.equal, run.found[2], run.state()))
    assert json.loads((tmp_path / "run" / "failed_batch.json").read_text())["step"] == 3


@pytest.mark.parametrize("setting", ["save_every=3", "log_every=3", "validate_every=3"])
def test_a_failed_step_is_neither_saved_nor_logged_nor_validated(failing: Any, tmp_path: Path, setting: str) -> None:
    """It is told before."""
    run = failing(setting)
    with pytest.raises(NumericError, match="step 3: loss"):
        train(run.training, run.progress)
    assert run.steps == 3
    assert not (tmp_path / "run" / "latest").exists()
    assert (tmp_path / "run" / "log.jsonl").read_text() == ""


def test_a_failed_step_is_told_when_the_data_end_the_run_first(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of the error that came after it."""
    run = failing()
    monkeypatch.setattr(loop, "make_batches", _end_after_three(loop.make_batches))
    with pytest.raises(NumericError, match="step 3: loss"):
        train(run.training, run.progress)


def test_one_of_several_processes_tells_of_its_data_alone(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """To tell of the step it would have to wait for the others, who may be elsewhere."""
    run = failing()
    monkeypatch.setattr(loop, "make_batches", _end_after_three(loop.make_batches))
    ranks = Mock(wraps=run.training.ranks, world=2, first=True, rank=0)
    with pytest.raises(InputError, match="no more"):
        train(replace(run.training, ranks=ranks), run.progress)


def _end_after_three(make_batches: Any) -> Any:
    def batches(*arguments: Any) -> Any:
        made = make_batches(*arguments)
        for _ in range(3):
            yield next(made)
        raise InputError("no more")

    return batches
