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
    The origin of a run or a checkpoint folder, from the checkpoint's name and the run's config.yaml.

    Raises InputError when config.yaml is there but is no YAML mapping.
    """
    location = location.rstrip("/")
    latest = read_text(f"{location}/latest")
    match = _CHECKPOINT.fullmatch(f"{location}/checkpoints/{latest.strip()}" if latest else location)
    if match is None:
        return Origin()
    settings = _settings(f"{match['run']}/config.yaml")
    seed, base = settings.get("seed"), settings.get("model")
    return Origin(int(match["step"]), int(seed) if seed is not None else None, str(base) if base else None)


def _settings(where: str) -> dict[str, Any]:
    import yaml

    try:
        settings = yaml.safe_load(read_text(where) or "{}")
    except yaml.YAMLError as error:
        raise InputError(f"{where}: no YAML ({str(error).splitlines()[0]}). Restore the run's config.yaml.") from error
    if not isinstance(settings, dict):
        raise InputError(f"{where}: holds no settings, wanted a mapping. Restore the run's config.yaml.")
    return settings
