"""The model from Python: processor, Auto classes, saving, loading, pushing."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import AutoConfig, AutoModel, AutoProcessor

from structclip_trainer.config import build_settings
from structclip_trainer.loop import train
from structclip_trainer.model import StructCLIPConfig, StructCLIPModel, StructCLIPProcessor
from structclip_trainer.start import Options, prepare

TEXTS = ["a red square left of a blue circle", "a red square"]
TRIPLES = [[("square", "left of", "circle"), ("square", "is", "red"), ("circle", "is", "blue")], []]
IMAGE = Image.new("RGB", (40, 30), "red")


@pytest.fixture(params=["new:tiny", "new:tiny-siglip"])
def run(request: Any, make_data: Any, tiny_options: list[str], tmp_path: Path) -> Path:
    """A finished run of either family."""
    data, assignments = make_data(), tiny_options[1::2]
    options = Options(str(data.shards), str(data.images), request.param, str(tmp_path / "run"), None, False, "cpu")
    train(*prepare(options, build_settings(None, {}, [*assignments, "max_steps=2"]), lambda _: None))
    return tmp_path / "run"


def test_a_run_is_usable_from_python(run: Path):
    """Loaded by the run's folder; texts with triples are fused, those without keep their plain embedding."""
    model, processor = StructCLIPModel.from_pretrained(run), StructCLIPProcessor.from_pretrained(run)
    with torch.no_grad():
        out = model(**processor(text=TEXTS, images=[IMAGE], triples=TRIPLES))
    assert out.logits_per_image.shape == (1, 2)
    assert not torch.allclose(out.text_embeds[0], out.plain_text_embeds[0])
    torch.testing.assert_close(out.text_embeds[1], out.plain_text_embeds[1])


def test_logits_of_the_model_are_those_of_its_parts(run: Path):
    """Scale and, for SigLIP, bias; the weight of knowledge can be set to 0."""
    model, processor = StructCLIPModel.from_pretrained(run), StructCLIPProcessor.from_pretrained(run)
    inputs = processor(text=TEXTS, images=[IMAGE], triples=TRIPLES)
    with torch.no_grad():
        out = model(**inputs, knowledge_weight=0.0)
        dots = torch.tensor([[float(i @ t) for t in out.plain_text_embeds] for i in out.image_embeds])
        wanted = model.logit_scale * dots + (0 if model.logit_bias is None else model.logit_bias)
        torch.testing.assert_close(out.logits_per_image, wanted, atol=1e-5, rtol=1e-5)
        plain = model(**processor(text=TEXTS, images=[IMAGE]))
    torch.testing.assert_close(plain.logits_per_image, out.logits_per_image)


def test_the_auto_classes_know_structclip(run: Path):
    """A checkpoint says what it is."""
    from structclip_trainer.run_folder import newest_checkpoint

    folder = newest_checkpoint(str(run))
    assert type(AutoConfig.from_pretrained(folder)) is StructCLIPConfig
    assert type(AutoModel.from_pretrained(folder)) is StructCLIPModel
    assert type(AutoProcessor.from_pretrained(folder)) is StructCLIPProcessor


def test_saving_and_loading_changes_nothing(run: Path, tmp_path: Path):
    """Weights, configuration, tokens, pixels and triples."""
    model, processor = StructCLIPModel.from_pretrained(run), StructCLIPProcessor.from_pretrained(run)
    model.save_pretrained(tmp_path / "saved")
    processor.save_pretrained(tmp_path / "saved")
    again, reader = AutoModel.from_pretrained(tmp_path / "saved"), AutoProcessor.from_pretrained(tmp_path / "saved")
    assert {**again.config.to_dict(), "_name_or_path": ""} == {**model.config.to_dict(), "_name_or_path": ""}
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), model.state_dict().values(), strict=True))
    ours, theirs = (p(text=TEXTS, images=[IMAGE], triples=TRIPLES) for p in (processor, reader))
    assert torch.equal(ours["input_ids"], theirs["input_ids"])
    assert torch.equal(ours["pixel_values"], theirs["pixel_values"])
    assert torch.equal(ours["triples"].pieces, theirs["triples"].pieces)


def test_triples_are_read_as_the_tables_hold_them(run: Path):
    """Mappings and tuples mean the same; K cuts, counted."""
    processor = StructCLIPProcessor.from_pretrained(run)
    mappings = [[{"head": h, "relation": r, "tail": t, "head_object": 0} for h, r, t in of] for of in TRIPLES]
    ours, theirs = processor(text=TEXTS, triples=TRIPLES), processor(text=TEXTS, triples=mappings)
    assert torch.equal(ours["triples"].triples, theirs["triples"].triples)
    processor.kee_triples = 2
    assert processor(text=TEXTS, triples=TRIPLES)["triples"].truncated == 1


def test_texts_and_triples_must_be_as_many(run: Path):
    """A forgotten list is named, not silently left out."""
    processor = StructCLIPProcessor.from_pretrained(run)
    with pytest.raises(ValueError, match="2 texts and 1 lists of triples"):
        processor(text=TEXTS, triples=TRIPLES[:1])


def test_a_text_too_long_is_cut(run: Path):
    """As in training, at the length of the text tower."""
    processor, model = StructCLIPProcessor.from_pretrained(run), StructCLIPModel.from_pretrained(run)
    ids = processor(text="red square " * 100)["input_ids"]
    assert ids.shape[1] == model.config.clip_config.text_config.max_position_embeddings


def test_push_to_hub_uploads_weights_configuration_and_processor(run: Path, monkeypatch: pytest.MonkeyPatch):
    """The upload is recorded instead of made."""
    from huggingface_hub import HfApi, ModelCard
    from huggingface_hub.errors import EntryNotFoundError

    uploaded: set[str] = set()

    def no_card(*_: Any, **__: Any) -> None:
        raise EntryNotFoundError("none")

    def record(self: Any, *, repo_id: str, operations: Any, **_: Any) -> str:
        assert repo_id == "someone/structclip"
        uploaded.update(operation.path_in_repo for operation in operations)
        return "uploaded"

    monkeypatch.setattr(HfApi, "create_repo", lambda self, repo_id, **_: type("Url", (), {"repo_id": repo_id}))
    monkeypatch.setattr(HfApi, "create_commit", record)
    monkeypatch.setattr(ModelCard, "load", no_card)
    model, processor = StructCLIPModel.from_pretrained(run), StructCLIPProcessor.from_pretrained(run)
    assert model.push_to_hub("someone/structclip") == "uploaded"
    assert processor.push_to_hub("someone/structclip") == "uploaded"
    assert {"model.safetensors", "config.json", "processor_config.json", "tokenizer.json"} <= uploaded


def test_the_processor_reads_triples_as_the_model_was_trained_to(make_data: Any, tmp_path: Path):
    """Cut, padded phrases and empty triples (preset official) come with the files; so does the run's own reading."""
    reading = ["phrase_pieces=3", "phrase_padding=true", "empty_triples=true", "kee_layers=1", "kee_width=32"]
    small = ["tiny.image_size=32", "tiny.width=32", "tiny.heads=2", "tiny.projection=16", "tiny.vocabulary=700"]
    data = make_data()
    options = Options(str(data.shards), str(data.images), "new:tiny", str(tmp_path / "run"), None, False, "cpu")
    settings = build_settings(None, {}, [*reading, *small, "max_steps=1", "batch_size=4"])
    train(*prepare(options, settings, lambda _: None))
    model, processor = (part.from_pretrained(tmp_path / "run") for part in (StructCLIPModel, StructCLIPProcessor))
    ours = processor(text=TEXTS, triples=TRIPLES)["triples"]
    mappings = [[{"head": h, "relation": r, "tail": t} for h, r, t in of] for of in TRIPLES]
    theirs = model.read_triples(mappings, processor.tokenizer)
    assert torch.equal(ours.pieces, theirs.pieces)
    assert torch.equal(ours.weights, theirs.weights)
    assert ours.has_triples.tolist() == [True, True]
