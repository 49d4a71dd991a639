"""Sending a run's log to trackers beside log.jsonl (``--report-to``): tensorboard, wandb, trackio."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from structclip_schemas.errors import InputError
from structclip_trainer.extras import require_package
from structclip_trainer.log import JsonLines
from structclip_trainer.storage import is_local, local_path

PROJECT = "structclip"


class Tracker(Protocol):
    """Where figures are sent."""

    def report(self, figures: dict[str, float], step: int) -> None:
        """Send the figures of a step."""
        ...

    def flush(self) -> None:
        """Bring what was sent to its place."""
        ...


@dataclass
class ReportedLog(JsonLines):
    """A log whose numbers go to trackers too, under the names of the log, validation's as ``validation/…``."""

    trackers: list[Tracker] = field(default_factory=list)

    def add(self, content: dict[str, Any]) -> None:
        """Append one object and report its numbers."""
        super().add(content)
        figures = flat_figures(content)
        if figures and "step" in content:
            for tracker in self.trackers:
                tracker.report(figures, int(content["step"]))

    def flush(self) -> None:
        """Bring a remote file and the trackers up to date."""
        super().flush()
        for tracker in self.trackers:
            tracker.flush()


def report_to(log: JsonLines, names: str | None, run: str, settings: Mapping[str, Any], step: int) -> JsonLines:
    """
    The log, with the trackers that are named (separated by commas) behind it.

    Steps after ``step``, which a resumed run does again, are dropped where the tracker can. Raises InputError for an
    unknown name, a missing package, or a place that the tracker cannot write to.
    """
    if not names or not log.writes:
        return log
    trackers = [TRACKERS[name](run, settings, step) for name in check_trackers(names)]
    return ReportedLog(log.location, log.writes, log.lines, trackers)


def check_trackers(names: str | None) -> list[str]:
    """The named trackers; raises InputError when one is unknown or its package is not installed."""
    wanted = [name.strip() for name in (names or "").split(",") if name.strip()]
    for name in wanted:
        if name not in TRACKERS:
            raise InputError(f"--report-to {name}: wanted one or more of {', '.join(TRACKERS)}, separated by commas.")
        require_package(name, name, f"--report-to {name}")
    return wanted


def flat_figures(content: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The numbers of a log line by name, those of nested objects behind a slash; without the step."""
    found: dict[str, float] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            found |= flat_figures(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and name != "step":
            found[f"{prefix}{name}"] = float(value)
    return found


@dataclass
class TensorboardTracker:
    """Event files in RUN/tensorboard."""

    writer: Any

    def report(self, figures: dict[str, float], step: int) -> None:
        """One scalar for each figure."""
        for name, value in figures.items():
            self.writer.add_scalar(name, value, step)

    def flush(self) -> None:
        """Write the events out."""
        self.writer.flush()


@dataclass
class ServiceTracker:
    """wandb, or trackio, which has the same functions."""

    log: Callable[..., Any]

    def report(self, figures: dict[str, float], step: int) -> None:
        """One call with all figures."""
        self.log(figures, step=step)

    def flush(self) -> None:
        """Nothing: these send by themselves."""


def _tensorboard(run: str, settings: Mapping[str, Any], step: int) -> Tracker:
    if not is_local(run):
        raise InputError(f"--report-to tensorboard writes to local runs only, not to {run}. Leave it out.")
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(local_path(run) / "tensorboard"), purge_step=step + 1 if step else None)
    writer.add_text("settings", "\n".join(f"    {name}: {value}" for name, value in settings.items()), step)
    return TensorboardTracker(writer)


def _wandb(run: str, settings: Mapping[str, Any], _step: int) -> Tracker:
    import wandb

    wandb.init(project=PROJECT, name=run_name(run), id=run_id(run), config=dict(settings), resume="allow")
    return ServiceTracker(wandb.log)


def _trackio(run: str, settings: Mapping[str, Any], step: int) -> Tracker:
    import trackio

    trackio.init(project=PROJECT, name=run_name(run), config=dict(settings), resume="allow" if step else "never")
    return ServiceTracker(trackio.log)


def run_name(run: str) -> str:
    """The run's folder, as trackers name it."""
    return run.rstrip("/").rsplit("/", 1)[-1]


def run_id(run: str) -> str:
    """The run's name with a hash of its place, so that a resumed run is continued and one of equal name is not."""
    place = str(local_path(run).resolve()) if is_local(run) else run
    return f"{run_name(run)}-{hashlib.blake2b(place.encode(), digest_size=4).hexdigest()}"


TRACKERS: dict[str, Callable[[str, Mapping[str, Any], int], Tracker]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "trackio": _trackio,
}
