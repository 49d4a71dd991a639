"""structclip-export: a plain CLIP that transformers loads where structclip is not installed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structclip_schemas.commands import run_command
from structclip_schemas.errors import InputError, PlanMismatchError

_BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0].startswith("structclip"):
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Blocker())
import json, sys
import torch
from PIL import Image
from transformers import AutoProcessor, AutoTokenizer, CLIPModel, pipeline
folder, picture = sys.argv[1:]
model = CLIPModel.from_pretrained(folder).eval()
processor, tokenizer = AutoProcessor.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
texts = ["a red cube", "a blue ball left of a cube"]
image = Image.open(picture).convert("RGB")
inputs = processor(text=texts, images=[image], return_tensors="pt", padding=True)
assert inputs["input_ids"].tolist() == tokenizer(texts, padding=True)["input_ids"]
with torch.no_grad():
    out = model(**inputs)
classify = pipeline("zero-shot-image-classification", model=folder)
labels = classify(image, candidate_labels=["cube", "ball"])
print(json.dumps({"text": out.text_embeds.tolist(), "image": out.image_embeds.tolist(), "labels": len(labels)}))
"""


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a run."""
    from structclip_trainer.export import export_model

    folder = tmp_path_factory.mktemp("exports") / "clip"
    assert export_model(str(run), str(folder))
    return folder


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_the_export_loads_without_structclip(exported: Path, run: Path, images: Path) -> None:
    """Plain transformers gives the embeddings of the run's plain rows to 1e-6, and its pipeline works."""
    import torch
    from PIL import Image

    from structclip_trainer.loading import load_model

    picture = images / "red-blue.png"
    done = subprocess.run(
        [sys.executable, "-c", _BLOCKED, exported, picture], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    model, tokenizer, processor = load_model(str(run))
    tokens = tokenizer(["a red cube", "a blue ball left of a cube"], padding=True, return_tensors="pt")
    pixels = processor(images=[Image.open(picture).convert("RGB")], return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        text, image = model.encode_text(**tokens), model.encode_images(pixels)
    assert torch.allclose(torch.tensor(found["text"]), text, atol=1e-6, rtol=0)
    assert torch.allclose(torch.tensor(found["image"]), image, atol=1e-6, rtol=0)
    assert found["labels"] == 2


def test_the_card_says_what_is_lost_and_where_from(exported: Path, run: Path) -> None:
    """KEE, step and the hash of the source's weights."""
    import hashlib

    card = (exported / "README.md").read_text()
    digest = hashlib.sha256((run / "checkpoints/step-000000012/model.safetensors").read_bytes()).hexdigest()
    assert "KEE" in card
    assert "step 12" in card
    assert digest in card
    assert str(run) not in card


def test_no_knowledge_weights_are_exported(exported: Path) -> None:
    """The names are CLIP's own."""
    assert not any(name.startswith(("kee", "fusion", "clip.")) for name in _weights(exported))


def test_a_rerun_does_nothing(exported: Path, run: Path) -> None:
    """The same export again leaves the folder as it is and says so."""
    from structclip_trainer.export import export_model

    before = _content(exported)
    assert not export_model(str(run / "checkpoints/step-000000012"), f"{exported}/")
    assert _content(exported) == before


def test_a_killed_export_is_made_again_with_the_same_bytes(
    exported: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Death before the rename leaves no export; the next run clears the rest away and writes the same bytes."""
    from structclip_trainer import export

    code = (
        "import os; from structclip_trainer import export; "
        "export.publish_folder = lambda *_: os.kill(os.getpid(), 9); "
        f"export.export_model({str(run)!r}, {str(tmp_path / 'clip')!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -9
    assert not (tmp_path / "clip").exists()
    assert list(tmp_path.iterdir())
    assert export.export_model(str(run), str(tmp_path / "clip"))
    assert _content(tmp_path / "clip") == _content(exported)
    assert [path.name for path in tmp_path.iterdir()] == ["clip"]


@pytest.mark.parametrize("what", ["stranger", "other", "damaged"])
def test_a_folder_of_something_else_is_refused(
    what: str, run: Path, make_run: Callable[[str, int], Path], tmp_path: Path
) -> None:
    """A stranger's folder, another export and a changed one are left as they are."""
    from structclip_trainer.export import export_model

    output = tmp_path / "clip"
    if what == "stranger":
        output.mkdir()
        (output / "thesis.txt").write_text("mine")
    else:
        export_model(str(run if what == "damaged" else make_run("other", 9)), str(output))
    if what == "damaged":
        (output / "config.json").write_text("{}")
    before = _content(output)
    with pytest.raises(PlanMismatchError, match="another --output"):
        export_model(str(run), str(output))
    assert _content(output) == before


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_interpolation_mixes_every_parameter(alpha: float, run: Path, clip_folder: Path, tmp_path: Path) -> None:
    """(1 - alpha) base + alpha tuned; the base is what the run's run.json names."""
    import torch

    from structclip_trainer.export import export_model

    export_model(str(run), str(tmp_path / "mixed"), alpha=alpha)
    base, mixed = _weights(clip_folder), _weights(tmp_path / "mixed")
    tuned = _weights(run / "checkpoints/step-000000012")
    assert mixed.keys() == base.keys()
    for name, value in mixed.items():
        wanted = (1 - alpha) * base[name].double() + alpha * tuned[f"clip.{name}"].double()
        assert torch.allclose(value.double(), wanted, atol=1e-7), name
    assert f"{alpha:.6g} times the trained" in (tmp_path / "mixed/README.md").read_text().replace("\n", " ")


def test_interpolation_with_another_architecture_is_refused(run: Path, tmp_path: Path, tokenizer: Any) -> None:
    """The base must have the same parameters."""
    import torch

    from structclip_trainer.export import interpolated

    with pytest.raises(InputError, match="--base"):
        interpolated({"a": torch.zeros(2)}, {"a": torch.zeros(3)}, 0.5)
    with pytest.raises(InputError, match="--base"):
        interpolated({"a": torch.zeros(2)}, {"b": torch.zeros(2)}, 0.5)


def test_without_a_base_interpolation_is_refused(make_run: Callable[[str, int], Path], tmp_path: Path) -> None:
    """A run trained from scratch has no base model; the message asks for one."""
    from structclip_trainer.export import export_model

    run = make_run("scratch", 5)
    (run / "run.json").write_text('{"model": "new:tiny"}')
    with pytest.raises(InputError, match="new:tiny"):
        export_model(str(run), str(tmp_path / "mixed"), alpha=0.5)


def test_a_folder_that_is_no_checkpoint_is_answered_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one error line, nothing written."""
    from structclip_trainer.cli.export import export

    (tmp_path / "empty").mkdir()
    args = [str(tmp_path / "empty"), "--format", "clip", "--output", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["structclip-export", *args])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as left:
        run_command(export)
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert str(tmp_path / "empty") in told
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_the_command_says_what_it_did(exported: Path, run: Path) -> None:
    """Running it again is not an error."""
    from click.testing import CliRunner

    from structclip_trainer.cli.export import export

    result = CliRunner().invoke(export, [str(run), "--format", "clip", "--output", str(exported)])
    assert result.exit_code == 0
    assert "nothing to do" in result.output
