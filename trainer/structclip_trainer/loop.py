"""The training loop: batches in, optimiser steps, log lines, validations and checkpoints out."""

import json
import math
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch

from structclip_schemas.commands import Interrupted
from structclip_schemas.errors import NumericError
from structclip_trainer.batches import Batch, Collator
from structclip_trainer.checkpoint import Progress, save_checkpoint
from structclip_trainer.display import Display
from structclip_trainer.images import Preprocessing
from structclip_trainer.interruption import StopRequest
from structclip_trainer.log import JsonLines, LeftOutRecord
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.objective import combine_losses, encode, knowledge_weight, measure, measure_knowledge
from structclip_trainer.optimizer import bound_logit_scale, clip_gradients, gradient_norms, rate_factor, set_rates
from structclip_trainer.order import Cursor
from structclip_trainer.samples import SampleReader
from structclip_trainer.settings import Settings
from structclip_trainer.storage import write_bytes
from structclip_trainer.stream import prefetch, stream_batches
from structclip_trainer.validation import ValidationSet, validate

FAILED_BATCH = "failed_batch.json"
_READY_BATCHES = 4


@dataclass(frozen=True)
class Training:
    """Everything a run works with."""

    run: str
    settings: Settings
    model: StructCLIPModel
    processor: Any
    optimizer: torch.optim.Optimizer
    reader: SampleReader
    collator: Collator
    preprocessing: Preprocessing
    device: torch.device
    log: JsonLines
    left_out: LeftOutRecord
    held_out: ValidationSet | None


def train(training: Training, progress: Progress) -> Progress:
    """
    Train from a place of progress to the last step and save there.

    Raises Interrupted after saving when SIGINT or SIGTERM came, NumericError when a loss or gradient is not finite,
    InputError when the data give no batches.
    """
    settings = training.settings
    if progress.step >= settings.max_steps:
        return progress
    training.model.train()
    batches = prefetch(_make_batches(training, progress.cursor), _READY_BATCHES if settings.num_workers else 0)
    try:
        with StopRequest() as stop, Display(settings.max_steps, progress.step) as display:
            return _run_steps(training, progress, batches, stop, display)
    finally:
        batches.close()
        training.log.flush()
        training.left_out.lines.flush()


def _make_batches(training: Training, cursor: Cursor) -> Generator[tuple[Batch, Cursor], None, None]:
    settings = training.settings
    stream = stream_batches(
        training.reader,
        cursor,
        settings.batch_size,
        training.reader.corpus.window,
        settings.num_workers,
        training.left_out.add,
    )
    for samples, after in stream:
        yield training.collator.collate(samples), after


def _run_steps(
    training: Training,
    progress: Progress,
    batches: Generator[tuple[Batch, Cursor], None, None],
    stop: StopRequest,
    display: Display,
) -> Progress:
    settings, meter = training.settings, Meter()
    while progress.step < settings.max_steps:
        meter.wait()
        batch, cursor = next(batches)
        meter.work()
        number = progress.step + 1
        logged = number % settings.log_every == 0 or number == settings.max_steps
        line = take_step(training, batch.to(training.device), progress.step, logged)
        progress = progress.after(cursor, batch.counts)
        display.step(number)
        if logged:
            line |= {
                "step": number,
                "epoch": cursor.epoch,
                "totals": progress.totals,
                **meter.read(settings.batch_size),
            }
            training.log.add(line)
            display.show(line)
        _keep(training, progress, stop, display)
    return progress


def _keep(training: Training, progress: Progress, stop: StopRequest, display: Display) -> None:
    """Validate and save where the settings say so, or where a signal asks for it."""
    settings, step = training.settings, progress.step
    last = step == settings.max_steps
    saves = last or step % settings.save_every == 0 or stop.number is not None
    validates = last or step % (settings.validate_every or settings.save_every) == 0
    if training.held_out is not None and validates and stop.number is None:
        found = validate(
            training.model, training.held_out, training.preprocessing, training.device, settings.knowledge_weight
        )
        training.log.add({"step": step, "validation": found})
        display.say(f"step {step}: validation  " + "  ".join(f"{k} {v:.4g}" for k, v in found.items()))
    if saves:
        save_checkpoint(
            training.run, training.model, training.processor, training.optimizer, progress, settings.keep_last
        )
        training.log.flush()
    if stop.number is not None and not last:
        display.say(f"step {step}: saved, go on with --resume")
        raise Interrupted(stop.number)


def take_step(training: Training, batch: Batch, step: int, measured: bool) -> dict[str, Any]:
    """
    One optimiser step on a batch; returns losses, gradient norm and measures when ``measured`` (else nothing).

    Raises NumericError, before any weight is changed, when a loss or the gradient's norm is not finite.
    """
    settings, model, optimizer = training.settings, training.model, training.optimizer
    factor = rate_factor(step, settings)
    set_rates(optimizer, factor)
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and training.device.type == "cuda")
    weight = knowledge_weight(settings, step)
    with torch.autocast(training.device.type, torch.bfloat16, enabled=bf16):
        embeddings = encode(model, batch, training.preprocessing, weight)
    loss, terms = combine_losses(embeddings, batch, model.logit_scale, settings, model.logit_bias, step)
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    parts = gradient_norms(model) if measured else {}
    norm = clip_gradients(model, settings.grad_clip)
    if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
        raise NumericError(_failure(training.run, batch, step + 1, terms, norm))
    found: dict[str, Any] = {}
    if measured:
        found = {**{name: float(value.detach()) for name, value in terms.items()}, "gradient_norm": float(norm)}
        found |= parts | measure(embeddings, batch, model.logit_scale.detach(), settings)
        found |= measure_knowledge(model, batch)
        found |= {"learning_rate": factor * float(settings.learning_rate or 0), "knowledge_weight": weight}
    optimizer.step()
    bound_logit_scale(model, settings.max_logit_scale or math.inf)
    return found


def _failure(run: str, batch: Batch, step: int, terms: dict[str, torch.Tensor], norm: torch.Tensor) -> str:
    """Write the batch's ids beside the log; returns the message."""
    values = {**{name: float(value.detach()) for name, value in terms.items()}, "gradient_norm": float(norm)}
    wrong = [name for name, value in values.items() if value != value or abs(value) == float("inf")]
    content = {"step": step, "values": {k: str(v) for k, v in values.items()}, "caption_ids": batch.caption_ids}
    where = f"{run}/{FAILED_BATCH}"
    write_bytes(where, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return (
        f"step {step}: {', '.join(wrong)} not finite. The batch's {len(batch.caption_ids)} caption ids "
        f"({', '.join(batch.caption_ids[:3])}, …) are in {where}. No weight was changed by this step; "
        "lower --set learning_rate or look at these rows, then go on with --resume."
    )


class Meter:
    """Time spent waiting for data and working since it was last read."""

    def __init__(self) -> None:
        self.started = self.mark = time.perf_counter()
        self.waited, self.steps = 0.0, 0

    def wait(self) -> None:
        """The wait for a batch begins."""
        self.mark = time.perf_counter()

    def work(self) -> None:
        """The batch is here."""
        self.waited += time.perf_counter() - self.mark
        self.steps += 1

    def read(self, batch_size: int) -> dict[str, float]:
        """Samples a second and the share of time spent waiting for data."""
        now = time.perf_counter()
        elapsed = max(now - self.started, 1e-9)
        found = {
            "samples_per_second": round(self.steps * batch_size / elapsed, 1),
            "data_wait": round(self.waited / elapsed, 4),
        }
        self.started, self.waited, self.steps = now, 0.0, 0
        return found
