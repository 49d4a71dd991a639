"""Preset official as a run: its KEE from a BERT that the user names, its schedule, its files."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from structclip_schemas.errors import InputError
from structclip_trainer.config import build_settings
from structclip_trainer.loading import load_model
from structclip_trainer.loop import train
from structclip_trainer.objective import combine_losses, encode
from structclip_trainer.start import Options, prepare

SMALL = ("batch_size=4", "log_every=1", "num_workers=0", "max_steps=2", "tiny.image_size=32", "tiny.width=32")
SMALL += ("tiny.heads=2", "tiny.vision_layers=1", "tiny.text_layers=1", "tiny.projection=16", "tiny.vocabulary=700")
SMALL_KEE = ("kee_layers=2", "kee_width=32", "kee_heads=2")


def _prepare(data: Any, run: Path, preset: str, *assignments: str, model: str = "new:tiny") -> Any:
    settings = build_settings(preset, {}, [*SMALL, *assignments])
    return prepare(Options(str(data.shards), str(data.images), model, str(run), None, False, "cpu"), settings, print)


@pytest.fixture
def bert_folder(tmp_path: Path) -> Path:
    """A BERT of three small layers with the words of the tiny dataset."""
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] red green blue yellow square circle triangle left of beside next to is"
    vocabulary = {word: number for number, word in enumerate(words.split())}
    torch.manual_seed(1)
    shape = {"hidden_size": 32, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(vocabulary), **shape)).save_pretrained(tmp_path / "bert")
    BertTokenizer(vocab=vocabulary).save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


def test_it_starts_from_the_users_bert(make_data: Any, bert_folder: Path, tmp_path: Path) -> None:
    """The KEE begins with the named BERT's weights and tokenizer, and a checkpoint carries both."""
    training, progress = _prepare(make_data(), tmp_path / "run", "official", f"kee_bert={bert_folder}", *SMALL_KEE)
    own, theirs = training.model.kee.bert.bert, BertModel.from_pretrained(bert_folder)
    for name, weight in own.state_dict().items():
        assert torch.equal(weight, theirs.state_dict()[name])
    assert len(own.encoder.layer) == 2
    assert train(training, progress).step == 2
    model, tokenizer, _ = load_model(str(tmp_path / "run"))
    triples = [[{"head": "red square", "relation": "left of", "tail": "circle"}], []]
    read = model.read_triples(triples, tokenizer)
    assert read.pieces[:5].tolist() == [2, 5, 9, 3, 0]  # [CLS] red square [SEP] [PAD]
    trained = training.model.eval()
    assert torch.equal(model.encode_triples(read), trained.encode_triples(trained.read_triples(triples, tokenizer)))


def test_it_starts_fresh_without_one(make_data: Any, tmp_path: Path) -> None:
    """Without kee_bert the KEE has BERT's form with fresh weights and reads CLIP's word pieces."""
    training, progress = _prepare(make_data(), tmp_path / "run", "official", *SMALL_KEE)
    assert training.model.phrase_tokenizer is None
    assert training.collator.reading.padding
    assert train(training, progress).step == 2


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (("kee_layers=9", "kee_width=32", "kee_heads=2"), "3 layers of width 32"),
        (("kee_layers=2", "kee_width=64", "kee_heads=2"), "wanted 2 of 64"),
        (("kee_encoder=structclip",), "only read by kee_encoder=bert"),
        (("phrase_pieces=null",), "Set phrase_pieces"),
        (("kee_bert=nowhere/at/all", *SMALL_KEE), "no BERT"),
    ],
)
def test_what_does_not_fit_is_refused(
    make_data: Any, bert_folder: Path, tmp_path: Path, assignments: tuple[str, ...], said: str
) -> None:
    """A BERT of another shape, none at all, and settings that need each other are refused in words that help."""
    with pytest.raises(InputError, match=said):
        _prepare(make_data(), tmp_path / "run", "official", f"kee_bert={bert_folder}", *assignments)


def test_epochs_are_counted_in_steps(make_data: Any, tmp_path: Path) -> None:
    """Ten passes over 24 captions in batches of 4 are 60 steps; naming max_steps is naming no epochs."""
    data = make_data()
    settings = build_settings("official", {}, [*SMALL[:3], *SMALL[4:], *SMALL_KEE])
    training, _ = prepare(
        Options(str(data.shards), str(data.images), "new:tiny", str(tmp_path / "run"), None, False, "cpu"),
        settings,
        print,
    )
    assert (training.settings.max_steps, training.settings.epochs) == (60, None)
    assert build_settings("official", {}, ["max_steps=7"]).epochs is None


def test_one_call_for_all_texts(make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Captions, negatives, positives, units and foils go through text tower and KEE in one call each."""
    training, progress = _prepare(make_data(more=True), tmp_path / "run", "default", "positives=true")
    calls: list[str] = []
    for part in (training.model.clip.text_model, training.model.kee):
        part.register_forward_hook(lambda module, _inputs, _output: calls.append(type(module).__name__))
    batches = []
    collate = type(training.collator).collate
    monkeypatch.setattr(
        type(training.collator), "collate", lambda self, s: batches.append(collate(self, s)) or batches[-1]
    )
    train(training, progress)
    batch = batches[0]
    assert min(map(len, batch.pairing.parts(batch.input_ids))) > 0
    calls.clear()
    embeddings = encode(training.model, batch, training.preprocessing, 0.2)
    assert calls == ["CLIPTextModel", "KnowledgeEncoder"]
    _loss, terms = combine_losses(embeddings, batch.pairing, training.model.logit_scale, training.settings)
    assert {"contrastive", "negative", "units"} <= set(terms)
