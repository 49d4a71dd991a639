"""Where a model comes from: the run, the step of its checkpoint, its seed and the model it was trained from."""

import re
from dataclasses import dataclass
from typing import Any

from structclip_schemas.errors import InputError
from structclip_trainer.storage import read_text

_CHECKPOINT = re.compile(r"(?P<run>.*)/checkpoints/step-(?P<step>\d+)")


@dataclass(frozen=True)
class Origin:
    """Facts about a run's checkpoint; None where nothing says so (a plain CLIP folder has none)."""

    step: int | None = None
    seed: int | None = None
    base: str | None = None


def read_origin(location: str) -> Origin:
    """
    The origin of a run or a checkpoint folder: the checkpoint's name, the run's config.yaml (seed) and run.json (base).

    Raises InputError when one of these files is there but is no mapping.
    """
    location = location.rstrip("/")
    latest = read_text(f"{location}/latest")
    match = _CHECKPOINT.fullmatch(f"{location}/checkpoints/{latest.strip()}" if latest else location)
    if match is None:
        return Origin()
    seed = _mapping(f"{match['run']}/config.yaml").get("seed")
    base = _mapping(f"{match['run']}/run.json").get("model")
    return Origin(int(match["step"]), int(seed) if seed is not None else None, str(base) if base else None)


def _mapping(where: str) -> dict[str, Any]:
    """The mapping in a YAML or JSON file (YAML reads both), empty when the file is not there."""
    import yaml

    try:
        content = yaml.safe_load(read_text(where) or "{}")
    except yaml.YAMLError as error:
        raise InputError(f"{where}: no YAML ({str(error).splitlines()[0]}). Restore the run's file.") from error
    if not isinstance(content, dict):
        raise InputError(f"{where}: holds no settings, wanted a mapping. Restore the run's file.")
    return content
