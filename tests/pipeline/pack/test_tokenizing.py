"""pack --tokenizer: ids of every text and phrase, under the hash of the tokenizer they are of."""

import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

import structclip_pipeline.pack.tokenizing as tokenizing
from structclip_pipeline.cli.group import pipeline
from structclip_schemas.errors import InputError
from structclip_schemas.tokens import TOKENIZER_KEY, TOKENS, tokenizer_hash


@pytest.fixture
def model(tmp_path):
    """A folder with a small tokenizer that puts a start and an end around a text."""
    words = ["[s]", "[e]", "[u]", "a", "cup", "dog", *(f"c{n}" for n in range(5)), "-", "0", "1"]
    own = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[u]"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    own.post_processor = processors.TemplateProcessing("[s] $A [e]", special_tokens=[("[s]", 0), ("[e]", 1)])
    folder = tmp_path / "model"
    PreTrainedTokenizerFast(tokenizer_object=own, unk_token="[u]").save_pretrained(folder)
    return folder


def pack(data, output, *more):
    done = CliRunner().invoke(
        pipeline,
        [
            *("pack", str(data.negatives), "--images", str(data.images), "--output", str(output)),
            *("--workers", "0", *more),
        ],
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    (path,) = output.glob("packed-*")
    return pq.read_table(path)


def test_ids_are_the_tokenizers_own(data, model, tmp_path, monkeypatch):
    """Of captions and variants with start and end, of phrases without; in the captions' order, in any portions."""
    monkeypatch.setattr(tokenizing, "_IMAGES", 2)
    table = pack(data, tmp_path / "out", "--tokenizer", str(model))
    tokenizer = AutoTokenizer.from_pretrained(model)
    assert table.schema.field("tokens").type == TOKENS.type
    for row in table.to_pylist():
        for caption, ids in zip(row["captions"], row["tokens"]["captions"], strict=True):
            assert ids["caption"] == tokenizer(caption["caption"])["input_ids"]
            assert ids["negatives"] == [tokenizer(n["caption"])["input_ids"] for n in caption["negatives"]]
            assert ids["positives"] == []
        phrases = {t[part] for c in row["captions"] for t in c["triples"] for part in ("head", "relation", "tail")}
        assert {p["text"] for p in row["tokens"]["phrases"]} == phrases


def test_the_hash_is_in_the_file_and_in_the_manifest(data, model, tmp_path):
    """And decides: with a tokenizer the plan is another one."""
    table = pack(data, tmp_path / "out", "--tokenizer", str(model))
    wanted = tokenizer_hash(AutoTokenizer.from_pretrained(model).backend_tokenizer.to_str())
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert table.schema.metadata[TOKENIZER_KEY.encode()].decode() == manifest["parameters"]["tokenizer"] == wanted
    plain = pack(data, tmp_path / "plain")
    assert TOKENIZER_KEY.encode() not in plain.schema.metadata
    assert plain.equals(table.drop_columns(["tokens"]))
    assert json.loads((tmp_path / "plain/manifest.json").read_text())["plan_hash"] != manifest["plan_hash"]


def test_a_run_stands_for_its_newest_checkpoint(data, model, tmp_path):
    """As for every command that takes a run."""
    checkpoint = tmp_path / "run/checkpoints/step-000000003"
    checkpoint.parent.mkdir(parents=True)
    model.rename(checkpoint)
    (tmp_path / "run/latest").write_text("step-000000003\n")
    assert "tokens" in pack(data, tmp_path / "out", "--tokenizer", str(tmp_path / "run")).column_names


def test_a_worker_with_another_tokenizer_is_refused(data, model, tmp_path):
    """Ids under a wrong hash would train a wrong model without a word."""
    captions = pq.read_table(next(data.negatives.glob("negatives-*")))
    with pytest.raises(InputError, match="not the tokenizer that the run was planned with"):
        tokenizing.token_column(captions, [1] * len(captions), str(model), "0" * 64)


def test_a_model_without_tokenizer_is_told_in_words(data, tmp_path):
    """Before anything is written."""
    with pytest.raises(InputError, match="does not load"):
        pack(data, tmp_path / "out", "--tokenizer", str(tmp_path))
    assert not (tmp_path / "out").exists()
