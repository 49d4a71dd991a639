"""The training loop: batches in, optimiser steps, log lines, validations and checkpoints out."""

import json
import math
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch

from structclip_schemas.commands import Interrupted
from structclip_schemas.errors import InputError, NumericError
from structclip_trainer.accumulation import Outcome, backpropagate, split_evenly
from structclip_trainer.batches import Batch, Collator, add_counts
from structclip_trainer.checkpoint import Progress, save_checkpoint
from structclip_trainer.display import Display
from structclip_trainer.distributed import Ranks
from structclip_trainer.finiteness import Evidence, FiniteWatch
from structclip_trainer.images import Preprocessing
from structclip_trainer.interruption import StopRequest
from structclip_trainer.log import LeftOutRecord, RunLog
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.objective import Embeddings, combine_losses, encode, knowledge_norms, knowledge_weight, measure
from structclip_trainer.optimizer import bound_logit_scale, clip_gradients, gradient_norms, rate_factor, set_rates
from structclip_trainer.order import Cursor
from structclip_trainer.pairing import Pairing
from structclip_trainer.samples import SampleReader
from structclip_trainer.settings import Settings
from structclip_trainer.shares import Share
from structclip_trainer.signatures import Signature
from structclip_trainer.storage import write_bytes
from structclip_trainer.stream import prefetch, stream_batches
from structclip_trainer.validation import ValidationSet, validate

FAILED_BATCH = "failed_batch.json"
_READY_BATCHES = 4
_RANK_PATIENCE = 1.0  # seconds

Batches = Generator[tuple[list[Batch], Cursor], None, None]


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
    log: RunLog
    left_out: LeftOutRecord
    held_out: ValidationSet | None
    ranks: Ranks
    watch: FiniteWatch


def train(training: Training, progress: Progress) -> Progress:
    """
    Train from a place of progress to the last step and save there.

    Raises Interrupted after saving when SIGINT or SIGTERM came, NumericError when a loss or gradient is not finite,
    InputError when the data give no batches; of the last two, in one process, the one that came first.
    """
    settings = training.settings
    if progress.step >= settings.max_steps:
        return progress
    training.model.train()
    patience = None if training.ranks.world == 1 else _RANK_PATIENCE
    made = make_batches(training, progress.cursor, settings.max_steps - progress.step)
    batches = prefetch(made, _READY_BATCHES if settings.num_workers else 0, patience)
    try:
        with (
            StopRequest(patient=training.ranks.world > 1) as stop,
            Display(settings.max_steps, progress.step, training.ranks.first) as display,
        ):
            return _run_steps(training, progress, batches, stop, display)
    except InputError:
        if training.ranks.world == 1:  # the others may be elsewhere
            check_finite(training)
        raise
    finally:
        batches.close()
        training.log.flush()
        training.left_out.lines.flush()


def make_batches(training: Training, cursor: Cursor, count: int) -> Batches:
    """The rank's share of so many batches, each in its micro-batches, with the cursor after it."""
    settings, ranks = training.settings, training.ranks
    stream = stream_batches(
        training.reader,
        cursor,
        settings.batch_size,
        training.reader.corpus.window,
        settings.num_workers,
        training.left_out.add,
        Share(ranks.rank, ranks.world, ranks.exchange_streamed),
    )
    for _, (samples, after) in zip(range(count), stream, strict=False):
        parts = split_evenly(samples, settings.accumulate)
        yield [training.collator.collate(part).pinned_for(training.device) for part in parts], after


def _run_steps(
    training: Training,
    progress: Progress,
    batches: Batches,
    stop: StopRequest,
    display: Display,
) -> Progress:
    settings, meter = training.settings, Meter()
    while progress.step < settings.max_steps:
        meter.wait()
        micro_batches, cursor = next(batches)
        meter.work()
        number = progress.step + 1
        logged = number % settings.log_every == 0 or number == settings.max_steps
        moved = [batch.to(training.device) for batch in micro_batches]
        line = take_step(training, moved, progress.step, logged)
        progress = progress.after(cursor, _count(training.ranks, micro_batches))
        display.step(number)
        if logged:
            line |= {
                "step": number,
                "epoch": cursor.epoch,
                "totals": progress.totals,
                **meter.read(settings.batch_size),
            }
            warn(training.log.add(line), display)
            display.show(line)
        _keep(training, progress, training.ranks.agree(stop.number or 0), display)
    return progress


def _count(ranks: Ranks, batches: list[Batch]) -> dict[str, int]:
    """The counts of the whole batch."""
    return add_counts(ranks.exchange(add_counts(batch.counts for batch in batches)))


def _keep(training: Training, progress: Progress, signal: int, display: Display) -> None:
    """Validate and save where the settings say so, or where a signal (0: none) to any rank asks for it."""
    settings, step = training.settings, progress.step
    last = step == settings.max_steps
    saves = last or step % settings.save_every == 0 or signal > 0
    validates = last or step % (settings.validate_every or settings.save_every) == 0
    if saves or validates:
        check_finite(training)
    if training.held_out is not None and validates and not signal:
        found = validate(
            training.model, training.held_out, training.preprocessing, training.device, settings.knowledge_weight
        )
        warned = training.log.add({"step": step, "validation": found})
        display.say(f"step {step}: validation  " + "  ".join(f"{k} {v:.4g}" for k, v in found.items()))
        warn(warned, display)
    if saves:
        training.log.flush()
        save_checkpoint(
            training.run,
            training.model,
            training.processor,
            training.optimizer,
            progress,
            settings.keep_last,
            training.ranks,
        )
        training.log.flush()
    if signal and not last:
        display.say(f"step {step}: saved, go on with --resume")
        raise Interrupted(signal)


def warn(found: list[Signature], display: Display) -> None:
    """Say each failure signature."""
    for signature in found:
        display.say(str(signature))


def take_step(training: Training, batches: list[Batch], step: int, measured: bool) -> dict[str, Any]:
    """
    One optimiser step on a batch, given in micro-batches; returns losses, gradient norm and measures when
    ``measured`` (else nothing).

    Raises NumericError when a loss or the gradient's norm is not finite. Where the device is not waited for (the
    watch's ``ahead``, and not ``measured``), the next step or :func:`check_finite` raises it; until then the optimiser
    leaves weights and moments alone.
    """
    settings, model, optimizer = training.settings, training.model, training.optimizer
    factor = rate_factor(step, settings)
    set_rates(optimizer, factor)
    outcome = compute_gradient(training, batches, step)
    parts = gradient_norms(model) if measured else {}
    norm = clip_gradients(model, settings.grad_clip)
    terms = {name: value.detach() for name, value in outcome.terms.items()}
    failed = training.watch.judge(Evidence(step + 1, [name for b in batches for name in b.caption_ids], terms, norm))
    check_finite(training, everything=measured)
    found: dict[str, Any] = {}
    if measured:
        found = {**{name: float(value) for name, value in terms.items()}, "gradient_norm": float(norm)}
        found |= parts | measure(outcome.embeddings, outcome.pairing, model.logit_scale.detach(), settings)
        found |= _measure_knowledge(training, batches)
        found |= {
            "learning_rate": factor * float(settings.learning_rate or 0),
            "knowledge_weight": knowledge_weight(settings, step),
        }
    if training.watch.ahead:
        optimizer.found_inf = failed  # type: ignore[attr-defined]  # fused AdamW changes nothing then
    optimizer.step()
    bound_logit_scale(model, settings.max_logit_scale or math.inf)
    return found


def compute_gradient(training: Training, batches: list[Batch], step: int) -> Outcome:
    """The loss over the whole batch, its gradient in the weights, the same on every rank."""
    settings, model, ranks = training.settings, training.model, training.ranks
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and training.device.type == "cuda")
    weight = knowledge_weight(settings, step)

    def encode_one(batch: Batch) -> Embeddings:
        with torch.autocast(training.device.type, torch.bfloat16, enabled=bf16):
            return encode(model, batch, training.preprocessing, weight)

    def combine(embeddings: Embeddings, pairing: Pairing) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        bias = None if model.logit_bias is None else ranks.shared(model.logit_bias)
        return combine_losses(embeddings, pairing, ranks.shared(model.logit_scale), settings, bias, step)

    training.optimizer.zero_grad(set_to_none=True)
    outcome = backpropagate(encode_one, combine, batches, ranks)
    ranks.sum_gradients(model)
    return outcome


def _measure_knowledge(training: Training, batches: list[Batch]) -> dict[str, float]:
    """The mean norm of the KEE's embeddings over the whole batch."""
    norms = torch.cat([knowledge_norms(training.model, batch) for batch in batches])
    norms = torch.cat([of_rank[0] for of_rank in training.ranks.gather([norms])])
    return {"knowledge_norm": float(norms.mean())} if len(norms) else {}


def check_finite(training: Training, everything: bool = True) -> None:
    """Raise NumericError if a step failed, of those that the watch finds; waits for the device to tell."""
    evidence = training.watch.find(everything)
    if evidence is not None:
        raise NumericError(_describe_failure(training, evidence))


def _describe_failure(training: Training, evidence: Evidence) -> str:
    """Write the batch's ids beside the log; returns the message."""
    caption_ids = [name for of_rank in training.ranks.exchange(evidence.caption_ids) for name in of_rank]
    values = {name: float(value) for name, value in {**evidence.terms, "gradient_norm": evidence.norm}.items()}
    wrong = [name for name, value in values.items() if value != value or abs(value) == float("inf")]
    content = {"step": evidence.step, "values": {k: str(v) for k, v in values.items()}, "caption_ids": caption_ids}
    where = f"{training.run}/{FAILED_BATCH}"
    if training.ranks.first:
        write_bytes(where, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return (
        f"step {evidence.step}: {', '.join(wrong)} not finite. The batch's {len(caption_ids)} caption ids "
        f"({', '.join(caption_ids[:3])}, …) are in {where}. No weight was changed by this step; "
        "lower --set learning_rate or look at these rows, then go on with --resume."
    )


class Meter:
    """Time spent waiting for data and working since it was last read; a GPU may be working while the host waits."""

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
