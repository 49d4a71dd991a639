"""SigLIP by its adapter: full-length texts, sigmoid loss, training, evaluation, an export that transformers loads."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import SiglipModel, SiglipProcessor

from structclip_schemas.errors import InputError
from structclip_trainer.config import build_settings
from structclip_trainer.export import export_model
from structclip_trainer.images import Preprocessing
from structclip_trainer.loading import load_model
from structclip_trainer.loop import train
from structclip_trainer.model.new_tiny_siglip import (
    make_siglip_image_processor,
    make_tiny_siglip,
    train_siglip_tokenizer,
)
from structclip_trainer.settings import TinySettings
from structclip_trainer.sigmoid import sigmoid_loss
from structclip_trainer.start import Options, prepare

TINY = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=1, projection=16, vocabulary=700)
TEXTS = ["a red square", "a blue circle left of a yellow triangle"]


def _settings(*assignments: str) -> Any:
    small = [f"tiny.{name}={value}" for name, value in TINY.model_dump().items()]
    return build_settings(None, {}, ["batch_size=4", "log_every=1", "max_steps=3", *small, *assignments])


def _train(data: Any, run: Path, model: str, *assignments: str) -> None:
    options = Options(str(data.shards), str(data.images), model, str(run), str(data.shards), False, "cpu")
    train(*prepare(options, _settings(*assignments), lambda _: None))


@pytest.fixture
def siglip_folder(tmp_path: Path) -> Path:
    """A plain SigLIP as transformers saves it."""
    tokenizer = train_siglip_tokenizer(TEXTS * 3, TINY)
    make_tiny_siglip(TINY, tokenizer, 3).save_pretrained(tmp_path / "siglip")
    processor = SiglipProcessor(image_processor=make_siglip_image_processor(TINY), tokenizer=tokenizer)
    processor.save_pretrained(tmp_path / "siglip")
    return tmp_path / "siglip"


def _their_features(folder: Path) -> torch.Tensor:
    """Text embeddings as transformers' documentation makes them: padded to the full length, no mask."""
    processor = SiglipProcessor.from_pretrained(folder)
    inputs = processor(text=TEXTS, padding="max_length", max_length=64, return_tensors="pt")
    return SiglipModel.from_pretrained(folder).eval().get_text_features(input_ids=inputs["input_ids"]).pooler_output


def test_a_plain_siglip_gives_the_embeddings_of_transformers(siglip_folder: Path):
    """Evaluation pads each text to 64 tokens, whatever its batch."""
    from structclip_trainer.evaluation.comparisons import Statement
    from structclip_trainer.evaluation.embedding import Encoder, embed_statements

    model, tokenizer, image_processor = load_model(str(siglip_folder))
    encoder = Encoder(model, tokenizer, image_processor, 1, "cpu")
    plain, fused = embed_statements(encoder, [Statement(text, ()) for text in TEXTS], lambda _: None)
    theirs = torch.nn.functional.normalize(_their_features(siglip_folder), dim=-1)
    torch.testing.assert_close(torch.from_numpy(plain), theirs.detach())
    assert fused is None


def test_a_trimmed_text_is_refused_by_a_siglip(siglip_folder: Path):
    """Trimming, exact for CLIP, would move the place where SigLIP pools; nothing can do it silently."""
    model, tokenizer, _ = load_model(str(siglip_folder))
    with pytest.raises(ValueError, match="reads all 64"):
        model.encode_text(torch.tensor([tokenizer("a red square")["input_ids"]]))


def test_training_pixels_are_those_of_siglips_image_processor():
    """An oblong image is stretched to the square, as the processor does it."""
    processor = make_siglip_image_processor(TINY)
    image = Image.effect_noise((50, 23), 80).convert("RGB")
    ours = Preprocessing.from_processor(processor)
    theirs = processor(images=[image], return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(ours.normalised(torch.from_numpy(ours.pixels(image))[None]), theirs, atol=1e-6, rtol=0)


def test_our_loss_is_that_of_a_siglip_model(siglip_folder: Path):
    """Scale, bias and pairs as in SiglipModel's own loss."""
    theirs = SiglipModel.from_pretrained(siglip_folder).eval()
    ids = SiglipProcessor.from_pretrained(siglip_folder)(
        text=TEXTS, padding="max_length", max_length=64, return_tensors="pt"
    )["input_ids"]
    pixels = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = load_model(str(siglip_folder))[0]
    ours = sigmoid_loss(
        model.encode_images(pixels),
        model.encode_text(ids),
        model.logit_scale,
        model.logit_bias,
        torch.zeros(2, 2, dtype=torch.bool),
    )
    torch.testing.assert_close(
        ours.reshape(()), theirs(input_ids=ids, pixel_values=pixels, return_loss=True).loss.reshape(())
    )


@pytest.mark.parametrize("start", ["new:tiny-siglip", "folder"])
def test_a_siglip_trains_evaluates_and_exports(start: str, make_data: Any, siglip_folder: Path, tmp_path: Path):
    """A run with KEE and negatives, validation among it; plain transformers loads the export and gives its texts."""
    data, run = make_data(), tmp_path / "run"
    _train(data, run, start if start.startswith("new:") else str(siglip_folder))
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert "contrastive: sigmoid" in (run / "config.yaml").read_text()
    assert lines[0]["contrastive"] > 0
    assert any("validation" in line for line in lines)
    assert export_model(str(run), str(tmp_path / "export"))
    model = load_model(str(run))[0]
    ours = model.clip.get_text_features(input_ids=_ids(tmp_path / "export")).pooler_output
    torch.testing.assert_close(_their_features(tmp_path / "export"), ours)
    assert model.config.has_kee
    assert not SiglipModel.from_pretrained(tmp_path / "export", output_loading_info=True)[1]["missing_keys"]


def test_a_siglip_run_is_evaluated_by_the_command(make_data: Any, tmp_path: Path):
    """Plain, fused and blind rows, retrieval beside them."""
    from click.testing import CliRunner

    from structclip_trainer.cli.evaluate import evaluate

    data, run = make_data(), tmp_path / "run"
    _train(data, run, "new:tiny-siglip")
    arguments = [str(run), "--benchmarks", str(data.shards), "--retrieval", str(data.shards), "--json"]
    done = CliRunner().invoke(evaluate, [*arguments, "--images", str(data.images), "--device", "cpu"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["presets"]["run"]
    assert set(rows) == {"plain", "fused", "blind"}
    assert 0 <= rows["fused"]["swap_attribute"] <= 1
    assert 0 <= rows["plain"]["i2t_r1"] <= 1


def _ids(folder: Path) -> torch.Tensor:
    processor = SiglipProcessor.from_pretrained(folder)
    return processor(text=TEXTS, padding="max_length", max_length=64, return_tensors="pt")["input_ids"]


def test_scale_and_bias_of_a_siglip_learn(make_data: Any, siglip_folder: Path, tmp_path: Path):
    """Both move from where they stood, and a scale above 100 is not cut."""
    model = SiglipModel.from_pretrained(siglip_folder)
    torch.nn.init.constant_(model.logit_scale, 4.77)
    model.save_pretrained(siglip_folder)
    _train(make_data(), tmp_path / "run", str(siglip_folder), "learning_rate=1e-3", "warmup_steps=0")
    trained = load_model(str(tmp_path / "run"))[0]
    scale, bias = float(trained.logit_scale.detach()), float(trained.logit_bias.detach())
    assert scale > 110
    assert scale != pytest.approx(float(torch.tensor(4.77).exp()), rel=1e-6)
    assert bias != -10.0


def test_a_clip_is_not_trained_with_the_sigmoid_loss(make_data: Any, tmp_path: Path):
    """CLIP has no bias; the message names both ways out."""
    with pytest.raises(InputError, match=r"contrastive=infonce.*siglip"):
        _train(make_data(), tmp_path / "run", "new:tiny", "contrastive=sigmoid")


def test_frozen_towers_of_a_siglip_keep_their_weights(make_data: Any, siglip_folder: Path, tmp_path: Path):
    """``freeze`` knows SigLIP's parts."""
    _train(
        make_data(), tmp_path / "run", str(siglip_folder), "freeze=vision,text", "learning_rate=1e-2", "warmup_steps=0"
    )
    before, after = SiglipModel.from_pretrained(siglip_folder), load_model(str(tmp_path / "run"))[0].clip
    for name, weight in before.named_parameters():
        if name not in ("logit_scale", "logit_bias"):
            assert torch.equal(weight, after.get_parameter(name)), name


def test_a_missing_sentencepiece_is_named(siglip_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Released SigLIP models bring spiece.model; without the package the message has the line that installs it."""
    from structclip_trainer import extras

    (siglip_folder / "spiece.model").write_bytes(b"")
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "structclip\[siglip\]"'):
        load_model(str(siglip_folder))


def test_the_export_of_a_siglip_loads_without_structclip(siglip_folder: Path, tmp_path: Path):
    """AutoModel and AutoProcessor of plain transformers, structclip blocked."""
    export_model(str(siglip_folder), str(tmp_path / "export"))
    code = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0].startswith("structclip"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
from transformers import AutoModel, AutoProcessor
model, processor = AutoModel.from_pretrained(sys.argv[1]), AutoProcessor.from_pretrained(sys.argv[1])
print(type(model).__name__, type(processor).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "export"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["SiglipModel", "SiglipProcessor"]


def test_the_sentencepiece_tokenizer_of_released_siglips_is_read(siglip_folder: Path, make_data: Any, tmp_path: Path):
    """A SiglipTokenizer of our own making in place of the fast one: training reads it and the export keeps it."""
    spm = pytest.importorskip("sentencepiece")
    from transformers import SiglipTokenizer

    data = make_data()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(record.caption for record in data.records),
        model_prefix=str(tmp_path / "spiece"),
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    tokenizer = SiglipTokenizer(str(tmp_path / "spiece.model"))
    make_tiny_siglip(TINY, tokenizer, 3).save_pretrained(tmp_path / "theirs")
    SiglipProcessor(image_processor=make_siglip_image_processor(TINY), tokenizer=tokenizer).save_pretrained(
        tmp_path / "theirs"
    )
    _train(data, tmp_path / "run", str(tmp_path / "theirs"))
    export_model(str(tmp_path / "run"), str(tmp_path / "export"))
    assert type(SiglipProcessor.from_pretrained(tmp_path / "export").tokenizer) is SiglipTokenizer
    assert _ids(tmp_path / "export").tolist() == _ids(tmp_path / "theirs").tolist()
