"""The gradient from micro-batches is the undivided batch's, for every preset."""

from typing import Any

import pytest
import torch

from structclip_trainer.accumulation import Outcome, backpropagate, join_embeddings, split_evenly
from structclip_trainer.batches import Batch
from structclip_trainer.config import build_settings
from structclip_trainer.distributed import ALONE
from structclip_trainer.loop import Training, train
from structclip_trainer.objective import Embeddings, combine_losses, encode
from structclip_trainer.order import Cursor
from structclip_trainer.pairing import Pairing, join_pairings
from structclip_trainer.presets import PRESETS
from structclip_trainer.samples import Sample
from structclip_trainer.start import Options, prepare
from structclip_trainer.stream import stream_batches

SAMPLES = 10


def _prepare(data: Any, run: str, preset: str, assignments: list[str], model: str = "new:tiny") -> Training:
    settings = build_settings(preset, {}, assignments)
    options = Options(str(data.shards), str(data.images), model, run, None, False, "cpu")
    training = prepare(options, settings, lambda _: None)[0]
    training.model.double().train()
    return training


def _samples(training: Training) -> list[Sample]:
    cursor = Cursor(0, training.reader.corpus.manifest_hash)
    return next(stream_batches(training.reader, cursor, SAMPLES, 2, 0, lambda _: None))[0]


def _gradient(training: Training, parts: int) -> tuple[Outcome, dict[str, torch.Tensor]]:
    """Outcome and gradients of one step on the same samples, in so many micro-batches, random numbers alike."""
    batches = [training.collator.collate(part) for part in split_evenly(_samples(training), parts)]
    model = training.model
    model.zero_grad(set_to_none=True)
    torch.manual_seed(5)

    def encode_one(batch: Batch) -> Any:
        return encode(model, batch, training.preprocessing, 0.2)

    def combine(embeddings: Embeddings, pairing: Pairing) -> Any:
        return combine_losses(embeddings, pairing, model.logit_scale, training.settings, model.logit_bias)

    outcome = backpropagate(encode_one, combine, batches, ALONE)
    return outcome, {name: w.grad.clone() for name, w in model.named_parameters() if w.grad is not None}


@pytest.fixture
def small(tiny_options: list[str]) -> list[str]:
    """Settings of a small model without dropout; hard positives take part where a preset has negatives."""
    kee = ["kee_layers=2", "kee_width=32", "kee_heads=2", "kee_dropout=0"]
    return [*(option for option in tiny_options if option != "--set"), *kee, "positives=true"]


@pytest.mark.parametrize("chunk", [[], ["loss_chunk=3"]])
@pytest.mark.parametrize("preset", PRESETS)
def test_exact_for_every_preset(make_data: Any, small: list[str], tmp_path: Any, preset: str, chunk: list[str]) -> None:
    """Loss and gradient from 2, 3 and 10 micro-batches are those of the undivided batch, fp64, to 1e-9."""
    training = _prepare(make_data(images=12, captions=3, more=True), str(tmp_path / "run"), preset, [*small, *chunk])
    _assert_exact(training)


@pytest.mark.parametrize("chunk", [[], ["loss_chunk=3"]])
def test_exact_for_siglip(make_data: Any, small: list[str], tmp_path: Any, chunk: list[str]) -> None:
    """So are they with SigLIP's loss, whose scale and bias learn."""
    data, run = make_data(images=12, captions=3, more=True), str(tmp_path / "run")
    _assert_exact(_prepare(data, run, "default", [*small, *chunk], "new:tiny-siglip"))


def _assert_exact(training: Training) -> None:
    whole, expected = _gradient(training, 1)
    for parts in (2, 3, SAMPLES):
        outcome, found = _gradient(training, parts)
        torch.testing.assert_close(outcome.loss, whole.loss, atol=1e-9, rtol=0)
        assert outcome.terms.keys() == whole.terms.keys()
        assert found.keys() == expected.keys()
        for name in expected:
            torch.testing.assert_close(found[name], expected[name], atol=1e-9, rtol=0)


def test_dropout_is_replayed(make_data: Any, small: list[str], tmp_path: Any) -> None:
    """With dropout the second pass drops what the first dropped: the gradient is that of one graph over all parts."""
    training = _prepare(
        make_data(images=12, captions=3, more=True), str(tmp_path / "run"), "default", [*small, "kee_dropout=0.5"]
    )
    _, found = _gradient(training, 3)
    model = training.model
    model.zero_grad(set_to_none=True)
    torch.manual_seed(5)
    batches = [training.collator.collate(part) for part in split_evenly(_samples(training), 3)]
    parts, pairings = [encode(model, b, training.preprocessing, 0.2) for b in batches], [b.pairing for b in batches]
    joined = join_embeddings(parts, pairings), join_pairings(pairings)
    loss, _terms = combine_losses(*joined, model.logit_scale, training.settings)
    torch.autograd.backward(loss)
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            torch.testing.assert_close(found[name], weight.grad, atol=1e-9, rtol=0)


def test_frozen_tower(make_data: Any, small: list[str], tmp_path: Any) -> None:
    """A frozen tower takes part without gradients of its own."""
    training = _prepare(make_data(images=12), str(tmp_path / "run"), "infonce", [*small, "freeze=vision"])
    _, found = _gradient(training, 2)
    assert not [name for name in found if "vision" in name or "visual" in name]
    torch.testing.assert_close(found, _gradient(training, 1)[1], atol=1e-9, rtol=0)


def test_trains_in_micro_batches(make_data: Any, small: list[str], tmp_path: Any) -> None:
    """A run in micro-batches ends with the weights of one without, as far as fp32 goes, and counts every caption."""
    weights = []
    for accumulate in (1, 3):
        settings = build_settings("default", {}, [*small, "max_steps=4", f"accumulate={accumulate}"])
        data, run = make_data(), str(tmp_path / f"run{accumulate}")
        training, progress = prepare(
            Options(str(data.shards), str(data.images), "new:tiny", run, None, False, "cpu"), settings, lambda _: None
        )
        progress = train(training, progress)
        assert progress.totals["captions"] == 4 * settings.batch_size
        weights.append(torch.cat([w.detach().flatten() for w in training.model.parameters()]))
    torch.testing.assert_close(weights[0], weights[1], atol=2e-4, rtol=0)
