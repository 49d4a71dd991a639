"""The cards of checkpoints and exports: what stands in them, and what must not."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from structclip_trainer.config import build_settings
from structclip_trainer.export import export_model
from structclip_trainer.loop import train
from structclip_trainer.model_card import Subject, render_card
from structclip_trainer.provenance import newest_figures, stated_licence
from structclip_trainer.start import Options, prepare


@pytest.fixture
def trained(make_data: Any, tiny_options: list[str], tmp_path: Path) -> tuple[Any, Path]:
    """A dataset and a run on it with validation, two checkpoints."""
    data, run = make_data(), tmp_path / "run"
    options = Options(str(data.shards), str(data.images), "new:tiny", str(run), str(data.shards), False, "cpu")
    settings = build_settings(None, {}, [*tiny_options[1::2], "max_steps=4", "save_every=2", "seed=3"])
    train(*prepare(options, settings, lambda _: None))
    return data, run


def test_every_checkpoint_has_a_card(trained: tuple[Any, Path]):
    """Manifest hash, settings, figures of its own step, licences, loss at export; no path of this machine."""
    data, run = trained
    for step in (2, 4):
        card = (run / f"checkpoints/step-{step:09d}/README.md").read_text()
        assert hashlib.sha256((data.shards / "manifest.json").read_bytes()).hexdigest() in card
        assert f"| step {step} |" in card
        assert f"Validation while training, step {step}," in card
        assert "i2t_r1_plain" in card
        assert "default, 3" in card
        assert "batch_size: 8" in card
        assert "none, the weights were made here" in card
        assert "leaves the KEE behind" in card
        assert str(run.parent) not in card


def test_front_matter_is_yaml_that_the_hub_reads(trained: tuple[Any, Path]):
    """Library, task and tags."""
    card = (trained[1] / "checkpoints/step-000000004/README.md").read_text()
    assert yaml.safe_load(card.split("---\n")[1]) == {
        "library_name": "structclip",
        "pipeline_tag": "zero-shot-image-classification",
        "tags": ["clip", "structclip"],
    }


def test_an_export_repeats_how_its_checkpoint_was_trained(trained: tuple[Any, Path], tmp_path: Path):
    """The same tables of origin, figures and settings; what was lost at export."""
    _, run = trained
    export_model(str(run), str(tmp_path / "clip"))
    card = (tmp_path / "clip/README.md").read_text()
    checkpoint = (run / "checkpoints/step-000000004/README.md").read_text()
    assert card.split("## Figures")[1] == checkpoint.split("## Figures")[1]
    assert '"plain" row (lambda = 0)' in card
    assert "CLIPModel.from_pretrained" in card
    assert str(run.parent) not in card


def test_a_card_without_a_run_leaves_out_what_nobody_knows():
    """A plain model that was exported has no run behind it."""
    card = render_card(Subject("siglip", {}, has_kee=False, digest="ab" * 32))
    assert "| checkpoint | no run |" in card
    assert "SiglipModel.from_pretrained" in card
    assert "## Settings" not in card
    assert "not stated in its files" in card


def test_the_base_model_is_named_and_its_licence_repeated(tmp_path: Path):
    """A hub id as base_model; a folder by its last name, with the licence of its own card."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/README.md").write_text("---\nlicense: mit\n---\n# base\n")
    assert stated_licence(str(tmp_path / "base")) == "mit"
    assert stated_licence("openai/clip-vit-base-patch32") is None
    hub = render_card(Subject("clip", {"inputs": {"model": "openai/clip-vit-base-patch32"}}, has_kee=True))
    assert yaml.safe_load(hub.split("---\n")[1])["base_model"] == "openai/clip-vit-base-patch32"
    inputs = {"model": str(tmp_path / "base"), "model_is_folder": True, "model_licence": "mit"}
    folder = render_card(Subject("clip", {"inputs": inputs}, has_kee=True))
    assert "| base model | mit |" in folder
    assert "| trained from | base |" in folder
    assert str(tmp_path) not in folder


@pytest.mark.parametrize("content", ["no front matter", "---\n: [\n---\n", "---\n- a list\n---\n"])
def test_a_card_without_a_licence_states_none(content: str, tmp_path: Path):
    """Strangers' files never stop a training."""
    (tmp_path / "README.md").write_text(content)
    assert stated_licence(str(tmp_path)) is None


def test_figures_are_the_newest_up_to_the_step(tmp_path: Path):
    """A later line of the log is not this checkpoint's."""
    lines = ['{"step": 1, "loss": 3.0}', '{"step": 2, "validation": {"i2t_r1_plain": 0.5}}', '{"step": 3, "loss": 1.0}']
    (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n")
    assert newest_figures(str(tmp_path), 2) == {
        "loss": {"step": 1, "value": 3.0},
        "validation": {"step": 2, "value": {"i2t_r1_plain": 0.5}},
    }
