"""Preparing runs: storage elsewhere, plain CLIP as a start, resuming without a checkpoint."""

from pathlib import Path
from typing import Any

import fsspec
import pytest
import torch
from transformers import CLIPModel, CLIPProcessor

from structclip_schemas.errors import InputError
from structclip_trainer.config import build_settings
from structclip_trainer.loading import load_model, resolve_model
from structclip_trainer.loop import train
from structclip_trainer.model.new_models import NEW_TINY
from structclip_trainer.model.new_tiny import make_image_processor, make_tiny_clip, train_tokenizer
from structclip_trainer.settings import TinySettings
from structclip_trainer.start import Options, prepare

TINY = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=1, projection=16, vocabulary=700)


def _settings(*assignments: str) -> Any:
    small = [f"tiny.{name}={value}" for name, value in TINY.model_dump().items()]
    return build_settings(None, {}, ["batch_size=4", "log_every=1", "max_steps=3", *small, *assignments])


def _options(data: Any, run: str, model: str = NEW_TINY, resume: bool = False) -> Options:
    return Options(str(data.shards), str(data.images), model, run, None, resume, "cpu")


def _silent(_text: str) -> None:
    return None


@pytest.fixture
def clip_folder(tmp_path: Path) -> Path:
    """A plain CLIP as transformers saves it."""
    tokenizer = train_tokenizer(["a red square left of a blue circle"], TINY)
    make_tiny_clip(TINY, tokenizer, 3).save_pretrained(tmp_path / "clip")
    CLIPProcessor(image_processor=make_image_processor(TINY), tokenizer=tokenizer).save_pretrained(tmp_path / "clip")
    return tmp_path / "clip"


def test_plain_clip_folder(clip_folder: Path) -> None:
    """A plain CLIP loads without KEE, with the very weights of transformers."""
    model, tokenizer, _ = load_model(str(clip_folder))
    assert not model.config.has_kee
    ids = torch.tensor([tokenizer("a red square")["input_ids"]])
    theirs = CLIPModel.from_pretrained(clip_folder).eval().get_text_features(input_ids=ids).pooler_output
    torch.testing.assert_close(model.encode_text(ids), theirs / theirs.norm(dim=-1, keepdim=True))


def test_training_from_plain_clip(make_data: Any, clip_folder: Path, tmp_path: Path) -> None:
    """Training starts from a plain CLIP folder and puts a KEE beside it."""
    training, progress = prepare(_options(make_data(), str(tmp_path / "run"), str(clip_folder)), _settings(), _silent)
    assert training.model.config.has_kee
    assert training.settings.learning_rate == 1e-5
    assert train(training, progress).step == 3
    assert load_model(str(tmp_path / "run"))[0].config.has_kee


def test_run_on_another_store(make_data: Any, tmp_path: Path) -> None:
    """A run in a store that is no local disk is written, resumed and loaded there."""
    data = make_data()
    run = f"memory://{tmp_path.name}/run"
    assert train(*prepare(_options(data, run), _settings(), _silent)).step == 3
    with pytest.raises(InputError, match="holds a run already"):
        prepare(_options(data, run), _settings(), _silent)
    _training, progress = prepare(_options(data, run, resume=True), _settings(), _silent)
    assert progress.step == 3
    assert load_model(run)[0].config.has_kee
    files = fsspec.filesystem("memory")
    assert files.cat(f"/{tmp_path.name}/run/latest") == b"step-000000003\n"
    assert files.cat(f"/{tmp_path.name}/run/log.jsonl").count(b"\n") == 3


def test_resume_before_the_first_checkpoint(make_data: Any, tmp_path: Path) -> None:
    """--resume without a complete checkpoint starts at step 0, also where a half-written one lies."""
    data, run = make_data(), tmp_path / "run"
    (run / "checkpoints" / ".step-half").mkdir(parents=True)
    prepare(_options(data, str(run)), _settings(), _silent)
    _training, progress = prepare(_options(data, str(run), resume=True), _settings(), _silent)
    assert progress.step == 0
    assert list((run / "checkpoints").iterdir()) == []


def test_resume_with_other_data(make_data: Any, tmp_path: Path) -> None:
    """A run is not resumed on another dataset."""
    run = str(tmp_path / "run")
    train(*prepare(_options(make_data(), run), _settings(), _silent))
    with pytest.raises(InputError, match="not the dataset"):
        prepare(_options(make_data(images=13), run, resume=True), _settings(), _silent)


def test_required_parts(make_data: Any, tmp_path: Path) -> None:
    """When no caption has what is required, the run says so instead of turning for ever."""
    data = make_data()
    settings = _settings("require=attributes", "max_bad_images=1")
    (data.images / "part").rename(data.images / "elsewhere")
    training, progress = prepare(_options(data, str(tmp_path / "run")), settings, _silent)
    with pytest.raises(InputError, match="without one usable row"):
        train(training, progress)


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json"])
def test_incomplete_model(clip_folder: Path, missing: str) -> None:
    """A model folder that lacks a file is refused in words."""
    (clip_folder / missing).unlink()
    with pytest.raises(InputError, match="does not load"):
        load_model(str(clip_folder))


def test_folder_without_model(tmp_path: Path) -> None:
    """A run without a finished checkpoint is no model yet."""
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(InputError, match="no finished checkpoint"):
        resolve_model(str(tmp_path))
