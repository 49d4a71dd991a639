"""Run by test_distributed, alone or by torchrun: one step's loss and gradient for each preset."""

import sys
from pathlib import Path

import torch

from structclip_trainer.config import build_settings
from structclip_trainer.distributed import Ranks, join_ranks
from structclip_trainer.loop import compute_gradient, make_batches
from structclip_trainer.order import Cursor
from structclip_trainer.start import Options, prepare

CASES = {
    "default": ("new:tiny", "default", []),
    "paper": ("new:tiny", "paper", []),
    "official": ("new:tiny", "official", []),
    "negclip": ("new:tiny", "negclip", []),
    "infonce": ("new:tiny", "infonce", []),
    "on plain and fused, in chunks": ("new:tiny", "default", ["contrastive_text=both", "loss_chunk=3"]),
    "siglip with negatives as columns": ("new:tiny-siglip", "negclip", []),
    "in micro-batches": ("new:tiny", "default", ["accumulate=2"]),
}


def compute(case: str, data: Path, run: Path, assignments: list[str], ranks: Ranks) -> dict[str, torch.Tensor]:
    """Loss terms and gradients, fp64, of the first batch."""
    model, preset, more = CASES[case]
    settings = build_settings(preset, {}, [*assignments, *more])
    options = Options(str(data / "negatives"), str(data / "images"), model, str(run), None, False, "cpu")
    training, _ = prepare(options, settings, lambda _: None, ranks)
    training.model.double().train()
    batches, _ = next(make_batches(training, Cursor(0, training.reader.corpus.manifest_hash), 1))
    outcome = compute_gradient(training, batches, step=5)
    gradients = {name: w.grad for name, w in training.model.named_parameters() if w.grad is not None}
    return {**{f"term {name}": value.detach() for name, value in outcome.terms.items()}, **gradients}


if __name__ == "__main__":
    folder, saved, *given = sys.argv[1:]
    with join_ranks(torch.device("cpu")) as found:
        for number, name in enumerate(CASES):
            values = compute(name, Path(folder), Path(f"{saved}-{number}"), given, found)
            if found.first:
                torch.save(values, f"{saved}-{number}.pt")
