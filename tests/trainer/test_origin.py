"""The origin of runs and checkpoints."""

from pathlib import Path

import pytest

from structclip_schemas.errors import InputError
from structclip_trainer.origin import Origin, read_origin


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder without weights."""
    folder = tmp_path / "default"
    (folder / "checkpoints" / "step-000000040").mkdir(parents=True)
    (folder / "latest").write_text("step-000000040\n")
    (folder / "config.yaml").write_text("seed: 7\n")
    (folder / "run.json").write_text('{"model": "base/clip"}')
    return folder


def test_a_run_stands_at_its_latest_checkpoint(run: Path) -> None:
    """Step, seed and base."""
    assert read_origin(f"{run}/") == Origin(40, 7, "base/clip")


def test_a_checkpoint_knows_its_run(run: Path) -> None:
    """The same from the checkpoint's own folder."""
    assert read_origin(str(run / "checkpoints/step-000000040")) == Origin(40, 7, "base/clip")


def test_other_models_have_no_origin(tmp_path: Path) -> None:
    """A plain folder or a hub id says nothing."""
    assert read_origin(str(tmp_path)) == Origin()
    assert read_origin("openai/clip-vit-base-patch32") == Origin()


@pytest.mark.parametrize("content", ["[1]", "a: b: c"])
def test_a_broken_config_is_named(run: Path, content: str) -> None:
    """The message names the file."""
    (run / "config.yaml").write_text(content)
    with pytest.raises(InputError, match=r"config\.yaml"):
        read_origin(str(run))
