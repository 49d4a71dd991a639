"""Checkpoints: a ``save_pretrained`` folder plus ``trainer_state/``, published in one step, then the pointer."""

import io
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from structclip_schemas.errors import InputError
from structclip_trainer.distributed import ALONE, Ranks
from structclip_trainer.draws import draw_integer
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model_card import Subject, render_card
from structclip_trainer.order import Cursor
from structclip_trainer.provenance import PROVENANCE, gather_provenance
from structclip_trainer.run_folder import CHECKPOINTS, LATEST
from structclip_trainer.storage import (
    is_local,
    list_folder,
    local_path,
    open_file,
    publish_folder,
    read_text,
    remove_folder,
    write_bytes,
)

STATE = "trainer_state"


@dataclass(frozen=True)
class Progress:
    """How far a run is: optimiser steps done, where the stream of samples stands, and counts over all steps."""

    step: int
    cursor: Cursor
    totals: dict[str, int] = field(default_factory=dict)

    def after(self, cursor: Cursor, counts: dict[str, int]) -> "Progress":
        """The progress after one more step on a batch with these counts."""
        totals = {name: self.totals.get(name, 0) + count for name, count in counts.items()}
        return Progress(self.step + 1, cursor, totals)


def save_checkpoint(
    run: str,
    model: StructCLIPModel,
    processor: Any,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    keep: int,
    ranks: Ranks = ALONE,
) -> None:
    """
    Write RUN/checkpoints/step-…, then RUN/latest, then remove all but the last ``keep``.

    The first rank writes, with the random generators of all; the others wait until it is done.
    """
    random = ranks.exchange(_random_states())
    if ranks.first:
        _write_checkpoint(run, model, processor, _State(optimizer, progress, random), keep)
    ranks.wait()


@dataclass(frozen=True)
class _State:
    """What beside the model a run goes on from."""

    optimizer: torch.optim.Optimizer
    progress: Progress
    random: list[tuple[torch.Tensor, torch.Tensor | None]]


def _write_checkpoint(run: str, model: StructCLIPModel, processor: Any, state: _State, keep: int) -> None:
    name = f"step-{state.progress.step:09d}"
    folder = _temporary(run)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    _write_state(folder / STATE, state)
    _write_card(folder, run, model, state.progress.step)
    publish_folder(folder, f"{run}/{CHECKPOINTS}/{name}")
    write_bytes(f"{run}/{LATEST}", f"{name}\n".encode())
    names = [n for n in list_folder(f"{run}/{CHECKPOINTS}") if n.startswith("step-")]
    for old in names[:-keep]:
        remove_folder(f"{run}/{CHECKPOINTS}/{old}")


def latest_checkpoint(run: str) -> str | None:
    """The folder of the newest complete checkpoint, or None before the first."""
    name = read_text(f"{run}/{LATEST}")
    return f"{run}/{CHECKPOINTS}/{name.strip()}" if name else None


def load_state(checkpoint: str, optimizer: torch.optim.Optimizer, ranks: Ranks = ALONE) -> Progress:
    """
    Bring optimizer and random generators back to a checkpoint's state; with another number of ranks these start anew.

    Raises InputError when the folder has no such state or one of other weights.
    """
    where = f"{checkpoint}/{STATE}"
    try:
        content = json.loads(read_text(f"{where}/progress.json") or "")
        with open_file(f"{where}/optimizer.pt") as file:
            state = torch.load(io.BytesIO(file.read()), map_location="cpu", weights_only=True)
        optimizer.load_state_dict(state["optimizer"])
        progress = Progress(content["step"], Cursor.from_json(content["cursor"]), content["totals"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise InputError(
            f"{where}: no state to resume from ({error}). Start a new run with --model {checkpoint}."
        ) from error
    random = state["random"].view(-1, torch.get_rng_state().numel())
    if len(random) != ranks.world:
        seed_rank(progress.cursor.seed, progress.step, ranks)
        return progress
    torch.set_rng_state(random[ranks.rank].clone())  # of a part of a tensor it reads the beginning, or crashes
    if torch.cuda.is_available() and state["random_cuda"] is not None:
        torch.cuda.set_rng_state(state["random_cuda"].view(ranks.world, -1)[ranks.rank].clone())
    return progress


def seed_rank(seed: int, step: int, ranks: Ranks) -> None:
    """Give each of several ranks random numbers of its own."""
    torch.manual_seed(draw_integer("rank", seed, step, ranks.rank) >> 1)


def remove_leftovers(run: str) -> None:
    """Remove what a killed run left half-written or without pointing to it: it is written again."""
    latest = (read_text(f"{run}/{LATEST}") or "").strip()
    for name in list_folder(f"{run}/{CHECKPOINTS}"):
        if name.startswith(".") or name > latest:
            remove_folder(f"{run}/{CHECKPOINTS}/{name}")


def _random_states() -> tuple[torch.Tensor, torch.Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state() if torch.cuda.is_available() else None


def _write_state(folder: Path, state: _State) -> None:
    folder.mkdir()
    cpu, cuda = zip(*state.random, strict=True)
    content = {
        "optimizer": state.optimizer.state_dict(),
        "random": torch.stack(cpu),
        "random_cuda": None if None in cuda else torch.stack(cuda),
    }
    torch.save(content, folder / "optimizer.pt")
    progress = state.progress
    where = {"step": progress.step, "totals": progress.totals, "cursor": progress.cursor.to_json()}
    (folder / "progress.json").write_text(json.dumps(where, indent=1) + "\n", encoding="utf-8")


def _write_card(folder: Path, run: str, model: StructCLIPModel, step: int) -> None:
    """README.md, and what it says in trainer_state/provenance.json for the card of an export."""
    provenance = gather_provenance(run, step)
    content = json.dumps(provenance, indent=1, ensure_ascii=False) + "\n"
    (folder / STATE / PROVENANCE).write_text(content, encoding="utf-8")
    card = render_card(Subject("checkpoint", provenance, model.kee is not None, step=step))
    (folder / "README.md").write_text(card, encoding="utf-8")


def _temporary(run: str) -> Path:
    """A new folder on the file system of the run, hidden until it is finished."""
    if not is_local(run):
        return Path(tempfile.mkdtemp(prefix="structclip-"))
    parent = local_path(run) / CHECKPOINTS
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".step-", dir=parent))
    folder.chmod(0o755)
    return folder
