"""The three failure signatures, each provoked on purpose, and logs of runs that go well."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_trainer.config import build_settings
from structclip_trainer.log import read_lines
from structclip_trainer.loop import train
from structclip_trainer.signatures import BEGIN, FALLING, FLAT, HIGH_HINGE, RECENT, Chance, find_signatures, start_watch
from structclip_trainer.start import Options, prepare

SETTINGS = build_settings("default", {}, ["contrastive=infonce", "batch_size=64"])
CHANCE = Chance.of(SETTINGS)


def _lines(count: int, accuracy: Any, contrastive: Any = 3.0, negative: Any = 0.5) -> list[dict[str, Any]]:
    """Lines of training; values are numbers or functions of how far the run is, from 0 to 1."""
    lines = []
    for n in range(count):
        a, c, g = (v(n / count) if callable(v) else v for v in (accuracy, contrastive, negative))
        line = {"step": 10 * n, "loss": c + g, "contrastive": c, "negative": g}
        lines.append({**line, "swap_accuracy_plain": a, "swap_accuracy_fused": a - 0.01})
    return lines


def _validations(*recalls: float) -> list[dict[str, Any]]:
    return [
        {"step": 500 * n, "validation": {"images": 1000.0, "i2t_r1_plain": r, "t2i_r1_plain": r}}
        for n, r in enumerate(recalls, start=1)
    ]


def _names(records: list[dict[str, Any]]) -> list[str]:
    return [signature.name for signature in find_signatures(records, CHANCE)]


GOOD = _lines(100, lambda x: 0.5 + 0.4 * x, lambda x: 4 - 3.5 * x, lambda x: 0.7 - 0.6 * x)


def test_a_good_run_has_none() -> None:
    """Accuracy and retrieval that rise and losses that fall give no warning."""
    assert _names(GOOD + _validations(0.1, 0.3, 0.29, 0.4)) == []


def test_flat_swap_accuracy() -> None:
    """Accuracy that stays at chance is named, with what to try; accuracy that is good from the start is not."""
    (found,) = find_signatures(_lines(100, 0.51), CHANCE)
    assert (found.name, found.step) == (FLAT, 990)
    assert "negative_on=scaled" in str(found)
    assert _names(_lines(100, 0.9)) == []
    assert _names(_lines(BEGIN + RECENT - 1, 0.51)) == []


def test_falling_retrieval() -> None:
    """Recall that is twice below its best is named; one dip, or a fall within the noise of the images, is not."""
    assert _names(_validations(0.5, 0.4, 0.38)) == [FALLING]
    assert _names(_validations(0.5, 0.4, 0.5)) == []
    assert _names(_validations(0.5, 0.48, 0.48)) == []
    assert _names(_validations(0.5, 0.3)) == []


def test_high_hinge_low_contrastive() -> None:
    """Images and captions told apart while negatives are not: named, unless both are still high or both low."""
    assert _names(_lines(100, 0.8, contrastive=0.4, negative=0.65)) == [HIGH_HINGE]
    assert _names(_lines(100, 0.8, contrastive=3.0, negative=0.65)) == []
    assert _names(_lines(100, 0.8, contrastive=0.4, negative=0.2)) == []


@pytest.mark.parametrize(
    ("preset", "contrastive", "negative"),
    [
        ("default", math.log(64), math.log(2)),
        ("paper", math.log(64), 0.2),
        ("official", 0.4, 0.1),
        ("infonce", math.log(64), None),
    ],
)
def test_chance(preset: str, contrastive: float, negative: float | None) -> None:
    """What the losses are when all scores are equal."""
    settings = build_settings(preset, {}, [] if preset == "official" else ["contrastive=infonce"])
    assert Chance.of(settings) == Chance(pytest.approx(contrastive), negative and pytest.approx(negative))


def test_presets_without_negatives_are_quiet() -> None:
    """Lines without negatives give no warning about them."""
    plain = [{k: line[k] for k in ("step", "loss", "contrastive")} for line in _lines(100, 0.5, 0.1)]
    assert _names(plain) == []


def test_a_watch_reports_once() -> None:
    """A signature is reported when it first shows; a resumed run, whose log has the warning, is silent about it."""
    watch, log = start_watch(SETTINGS, []), []
    for line in _lines(100, 0.51):
        log += [line, *(signature.record() for signature in watch.see(line))]
    assert [line["warning"] for line in log if "warning" in line] == [FLAT]
    resumed = start_watch(SETTINGS, log)
    assert [s for line in _lines(50, 0.51) for s in resumed.see(line)] == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.lists(st.floats(0, 1), max_size=8))
def test_a_watch_finds_what_the_whole_log_shows(accuracies: list[float], recalls: list[float]) -> None:
    """Keeping only the beginning, the end and the validations loses nothing."""
    log = [line for accuracy in accuracies for line in _lines(1, accuracy, 0.1, 0.7)] + _validations(*recalls)
    watch, found = start_watch(SETTINGS, []), set()
    for place, line in enumerate(log, start=1):
        found |= {s.name for s in find_signatures(log[:place], CHANCE)}
        watch.see(line)
    assert watch.reported == found


def _train(data: Any, run: Path, preset: str, *assignments: str, model: str = "new:tiny") -> list[dict[str, Any]]:
    """The log of a run of a small model that is validated on its own training data."""
    small = ["tiny.image_size=32", "tiny.width=32", "tiny.heads=2", "tiny.vision_layers=1", "tiny.text_layers=1"]
    small += ["tiny.projection=16", "tiny.vocabulary=700", "batch_size=8", "log_every=1", "num_workers=0", "threads=1"]
    settings = build_settings(preset, {}, [*small, "save_every=100", "kee_learning_rate=1e-3", *assignments])
    options = Options(str(data.shards), str(data.images), model, str(run), str(data.shards), False, "cpu")
    train(*prepare(options, settings, print))
    return read_lines(f"{run}/log.jsonl")


def _warned(log: list[dict[str, Any]]) -> list[str]:
    return [line["warning"] for line in log if "warning" in line]


@pytest.mark.slow
def test_a_run_that_learns_nothing(make_data: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A learning rate of almost nothing: the accuracy on negatives is flat, said in the log and on the screen."""
    rates = ("learning_rate=1e-12", "kee_learning_rate=1e-12")
    log = _train(make_data(images=16, shards=1), tmp_path / "run", "default", "max_steps=60", *rates)
    assert _warned(log) == [FLAT]
    assert f"warning {FLAT}" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_that_forgets(make_data: Any, tmp_path: Path) -> None:
    """A run that learned well, taken up at a rate that destroys what it knows: retrieval falls."""
    data = make_data(images=16, shards=1)
    assert _warned(_train(data, tmp_path / "good", "default", "max_steps=100", "learning_rate=3e-3")) == []
    harmful = ("max_steps=24", "learning_rate=0.03", "warmup_steps=40", "validate_every=4")
    assert _warned(_train(data, tmp_path / "bad", "default", *harmful, model=str(tmp_path / "good"))) == [FALLING]


@pytest.mark.slow
def test_a_run_with_empty_negatives(make_data: Any, tmp_path: Path) -> None:
    """Negatives that say what the caption says, at hardly any weight: a high hinge beside a low contrastive loss."""

    def emptied(record: Any) -> Any:
        return replace(record, negatives=tuple(replace(v, caption=f"{record.caption} .") for v in record.negatives))

    data = make_data(images=16, shards=1, change=emptied)
    stubborn = ("max_steps=120", "learning_rate=3e-3", "warmup_steps=2", "negative_weight=1e-6")
    log = _train(data, tmp_path / "run", "paper", *stubborn)
    assert HIGH_HINGE in _warned(log)
