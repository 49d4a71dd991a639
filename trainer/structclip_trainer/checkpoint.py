"""Checkpoints: a ``save_pretrained`` folder plus ``trainer_state/``, published in one step, then the pointer."""

import io
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from structclip_schemas.errors import InputError
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.order import Cursor
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
    run: str, model: StructCLIPModel, processor: Any, optimizer: torch.optim.Optimizer, progress: Progress, keep: int
) -> str:
    """Write RUN/checkpoints/step-…, then RUN/latest, then remove all but the last ``keep``; returns the name."""
    name = f"step-{progress.step:09d}"
    folder = _temporary(run)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    _write_state(folder / STATE, optimizer, progress)
    publish_folder(folder, f"{run}/{CHECKPOINTS}/{name}")
    write_bytes(f"{run}/{LATEST}", f"{name}\n".encode())
    names = [n for n in list_folder(f"{run}/{CHECKPOINTS}") if n.startswith("step-")]
    for old in names[:-keep]:
        remove_folder(f"{run}/{CHECKPOINTS}/{old}")
    return name


def latest_checkpoint(run: str) -> str | None:
    """The folder of the newest complete checkpoint, or None before the first."""
    name = read_text(f"{run}/{LATEST}")
    return f"{run}/{CHECKPOINTS}/{name.strip()}" if name else None


def load_state(checkpoint: str, optimizer: torch.optim.Optimizer) -> Progress:
    """
    Bring optimizer and random generators back to a checkpoint's state.

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
    torch.set_rng_state(state["random"])
    if torch.cuda.is_available() and state["random_cuda"] is not None:
        torch.cuda.set_rng_state(state["random_cuda"])
    return progress


def remove_leftovers(run: str) -> None:
    """Remove what a killed run left half-written."""
    for name in list_folder(f"{run}/{CHECKPOINTS}"):
        if name.startswith("."):
            remove_folder(f"{run}/{CHECKPOINTS}/{name}")


def _write_state(folder: Path, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
    folder.mkdir()
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
    state = {"optimizer": optimizer.state_dict(), "random": torch.get_rng_state(), "random_cuda": cuda}
    torch.save(state, folder / "optimizer.pt")
    content = {"step": progress.step, "totals": progress.totals, "cursor": progress.cursor.to_json()}
    (folder / "progress.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _temporary(run: str) -> Path:
    """A new folder on the file system of the run, hidden until it is finished."""
    if not is_local(run):
        return Path(tempfile.mkdtemp(prefix="structclip-"))
    parent = local_path(run) / CHECKPOINTS
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".step-", dir=parent))
    folder.chmod(0o755)
    return folder
