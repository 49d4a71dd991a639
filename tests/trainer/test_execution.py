"""LoRA, freezing, gradient checkpointing, bf16 and compilation: what each changes and what it must not."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from transformers import AutoModel, CLIPModel

from structclip_schemas.errors import InputError
from structclip_trainer import execution, extras, text_lines
from structclip_trainer.config import build_settings
from structclip_trainer.execution import compile_parts
from structclip_trainer.export import export_model
from structclip_trainer.loading import load_model
from structclip_trainer.loop import Training, train
from structclip_trainer.model.lora import merge_lora
from structclip_trainer.objective import combine_losses, encode
from structclip_trainer.start import Options, prepare

SMALL = {"image_size": 32, "width": 32, "heads": 2, "vision_layers": 2, "text_layers": 2, "projection": 16}


def _prepare(
    data: Any,
    run: Path,
    *assignments: str,
    model: str = "new:tiny",
    resume: bool = False,
    validation: str | None = None,
) -> Any:
    small = [f"tiny.{name}={value}" for name, value in {**SMALL, "vocabulary": 700}.items()]
    common = ["batch_size=4", "log_every=1", "max_steps=4", "warmup_steps=0", "knowledge_warmup=0"]
    settings = build_settings(None, {}, [*common, *small, *assignments])
    options = Options(str(data.shards), str(data.images), model, str(run), validation, resume, "cpu")
    return prepare(options, settings, lambda _: None)


def _losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]


def _gradients(training: Training) -> dict[str, torch.Tensor]:
    batch = next(iter(_batches(training)))
    training.model.train()
    embeddings = encode(training.model, batch, training.preprocessing, 0.2)
    model = training.model
    loss, _ = combine_losses(embeddings, batch.pairing, model.logit_scale, training.settings, model.logit_bias)
    torch.autograd.backward(loss)
    return {name: w.grad for name, w in model.named_parameters() if w.grad is not None}


def _batches(training: Training) -> Any:
    from structclip_trainer.loop import make_batches
    from structclip_trainer.order import Cursor

    return (b[0] for b, _ in make_batches(training, Cursor(0, training.reader.corpus.manifest_hash), 2))


@pytest.mark.parametrize("model", ["new:tiny", "new:tiny-siglip"])
def test_lora_changes_no_weight_of_the_towers_until_the_export_merges(model: str, make_data: Any, tmp_path: Path):
    """A merged export is a plain model whose embeddings are those of the run with its updates beside the weights."""
    pytest.importorskip("peft")
    data, run = make_data(), tmp_path / "run"
    training, progress = _prepare(data, run, "lora_rank=2", "learning_rate=1e-2", model=model)
    before = {n: w.clone() for n, w in training.model.clip.named_parameters() if "lora_" not in n}
    train(training, progress)
    after = dict(training.model.clip.named_parameters())
    moved = {name for name, weight in before.items() if not torch.equal(weight, after[name])}
    assert moved == {name for name in before if name.startswith("logit_")}
    assert any(float(w.detach().abs().max()) > 0 for n, w in after.items() if "lora_B" in n)
    loaded, _, _ = load_model(str(run))
    export_model(str(run), str(tmp_path / "export"))
    plain = AutoModel.from_pretrained(tmp_path / "export").eval()
    assert plain.num_parameters() == sum(w.numel() for w in before.values())
    ids = next(_batches(training)).input_ids
    pixels = torch.randn(2, 3, 32, 32)
    for ours, theirs in (
        (loaded.clip.get_text_features(input_ids=ids), plain.get_text_features(input_ids=ids)),
        (loaded.clip.get_image_features(pixel_values=pixels), plain.get_image_features(pixel_values=pixels)),
    ):
        torch.testing.assert_close(ours.pooler_output, theirs.pooler_output, atol=1e-5, rtol=1e-5)


def test_lora_starts_as_the_model_it_is_put_on(make_data: Any, tmp_path: Path):
    """B is 0 at first: the first loss with updates is the first loss without."""
    pytest.importorskip("peft")
    data = make_data()
    for name, rank in (("plain", 0), ("lora", 2)):
        train(*_prepare(data, tmp_path / name, f"lora_rank={rank}", "max_steps=1"))
    assert _losses(tmp_path / "plain") == pytest.approx(_losses(tmp_path / "lora"), rel=1e-6)


def test_a_resumed_lora_run_takes_the_same_steps(make_data: Any, tmp_path: Path):
    """Checkpoints keep weights and updates apart, so that a resumed run is the undisturbed one bit for bit."""
    pytest.importorskip("peft")
    data = make_data()
    train(*_prepare(data, tmp_path / "whole", "lora_rank=2", "save_every=2"))
    shutil.copytree(tmp_path / "whole", tmp_path / "halves")
    (tmp_path / "halves" / "latest").write_text("step-000000002\n")
    train(*_prepare(data, tmp_path / "halves", "lora_rank=2", "save_every=2", resume=True))
    whole, halves = (load_model(str(tmp_path / name))[0].state_dict() for name in ("whole", "halves"))
    assert whole.keys() == halves.keys()
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_a_run_from_a_lora_run_starts_from_the_merged_model(make_data: Any, tmp_path: Path):
    """Without lora_rank the second run trains the merged weights, plain ones."""
    pytest.importorskip("peft")
    data = make_data()
    train(*_prepare(data, tmp_path / "first", "lora_rank=2"))
    training, _ = _prepare(data, tmp_path / "second", model=str(tmp_path / "first"))
    merged = load_model(str(tmp_path / "first"))[0]
    merge_lora(merged.clip)
    for name, weight in training.model.clip.state_dict().items():
        torch.testing.assert_close(weight, merged.clip.state_dict()[name])


def test_lora_leaves_a_frozen_tower_without_updates(make_data: Any, tmp_path: Path):
    """Freeze and lora_rank together: only the other tower learns."""
    pytest.importorskip("peft")
    training, _ = _prepare(make_data(), tmp_path / "run", "lora_rank=2", "freeze=vision")
    learning = [n for n, w in training.model.clip.named_parameters() if w.requires_grad]
    assert any(n.startswith("text_model") for n in learning)
    assert not any(n.startswith("vision") for n in learning)


def test_a_missing_peft_is_named(make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The message has the line that installs it."""
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'lora_rank.*pip install "structclip\[lora\]"'):
        _prepare(make_data(), tmp_path / "run", "lora_rank=2")


@pytest.mark.parametrize("model", ["new:tiny", "new:tiny-siglip"])
def test_gradient_checkpointing_gives_the_same_gradients(model: str, make_data: Any, tmp_path: Path):
    """Equal to the last bit, and the towers' layers are really run twice."""
    data = make_data()
    plain, _ = _prepare(data, tmp_path / "plain", model=model)
    twice, _ = _prepare(data, tmp_path / "twice", "gradient_checkpointing=true", model=model)
    calls = {"plain": 0, "twice": 0}
    for name, training in (("plain", plain), ("twice", twice)):
        layer = training.model.clip.vision_model.encoder.layers[0].mlp
        layer.register_forward_pre_hook(lambda *_, name=name: calls.__setitem__(name, calls[name] + 1))
    ours, theirs = _gradients(twice), _gradients(plain)
    assert calls == {"plain": 1, "twice": 2}
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_bf16_keeps_weights_in_fp32_and_losses_near(make_data: Any, tmp_path: Path):
    """Autocast touches the towers' arithmetic only."""
    data = make_data()
    for precision in ("fp32", "bf16"):
        train(*_prepare(data, tmp_path / precision, f"precision={precision}"))
    exact, rounded = _losses(tmp_path / "fp32"), _losses(tmp_path / "bf16")
    assert exact != rounded
    assert rounded == pytest.approx(exact, rel=0.1)
    model = load_model(str(tmp_path / "bf16"))[0]
    assert {w.dtype for w in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("setting", ["lora_rank=0", "lora_rank=2", "gradient_checkpointing=true", "kee_encoder=bert"])
def test_a_compiled_model_has_the_same_weights_names_and_gradients(make_data: Any, tmp_path: Path, setting: str):
    """Traced by dynamo (its eager backend needs no compiler): nothing is renamed, gradients agree."""
    if "lora" in setting:
        pytest.importorskip("peft")
    data = make_data()
    plain, _ = _prepare(data, tmp_path / "plain", setting, "kee_dropout=0")
    compiled, _ = _prepare(data, tmp_path / "compiled", setting, "kee_dropout=0")
    compile_parts(compiled.model, backend="eager")
    ours, theirs = _gradients(compiled), _gradients(plain)
    assert compiled.model.state_dict().keys() == plain.model.state_dict().keys()
    for name, gradient in theirs.items():
        torch.testing.assert_close(ours[name], gradient, atol=1e-6, rtol=1e-5)


def test_the_setting_compile_compiles(make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``compile`` reaches every layer of both towers and of the KEE."""
    compiled: list[torch.nn.Module] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **_: compiled.append(self))
    model = _prepare(make_data(), tmp_path / "run", "compile=true")[0].model
    towers = model.clip.vision_model, model.clip.text_model
    assert compiled == [*(layer for tower in towers for layer in tower.encoder.layers), *model.kee.layers]


def test_layers_of_a_kind_are_compiled_once(make_data: Any, tmp_path: Path):
    """More layers, and batches of another number of texts, need no more compilations."""
    data, counts = make_data(), []
    for layers in (2, 4):
        sizes = [f"{name}={layers}" for name in ("tiny.vision_layers", "tiny.text_layers", "kee_layers")]
        training, _ = _prepare(data, tmp_path / str(layers), *sizes)
        torch._dynamo.reset()
        counter = CompileCounter()
        compile_parts(training.model, backend=counter)
        for batch in _batches(training):
            encode(training.model, batch, training.preprocessing, 0.2)
        counts.append(counter.frame_count)
    assert counts[0] == counts[1] <= 4


@torch._dynamo.config.patch(recompile_limit=8, fail_on_recompile_limit_hit=True)
def test_all_that_a_run_does_is_compiled(make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two passes, validation, measures, LoRA, texts in lines and in rows: torch gives up on none of it."""
    pytest.importorskip("peft")
    monkeypatch.setattr(execution, "compile_parts", partial(compile_parts, backend="eager"))
    data = make_data(more=True)
    torch._dynamo.reset()
    for least in (4, 10_000):
        monkeypatch.setattr(text_lines, "LEAST_TEXTS", least)
        monkeypatch.setattr(text_lines, "WIDTH", 24)
        more = ("compile=true", "lora_rank=2", "accumulate=2", "validate_every=1", "precision=bf16")
        training, progress = _prepare(data, tmp_path / str(least), *more, validation=str(data.shards))
        assert (next(iter(_batches(training))).lines is not None) == (least == 4)
        train(training, progress)


@pytest.mark.slow
def test_a_compiled_run_trains_and_exports(make_data: Any, tmp_path: Path):
    """With the real compiler, to an export that plain transformers loads."""
    small = ("tiny.vision_layers=1", "tiny.text_layers=1", "kee=false", "negative_loss=none", "freeze=vision")
    train(*_prepare(make_data(), tmp_path / "run", "compile=true", "max_steps=2", *small))
    export_model(str(tmp_path / "run"), str(tmp_path / "export"))
    assert not CLIPModel.from_pretrained(tmp_path / "export", output_loading_info=True)[1]["missing_keys"]
