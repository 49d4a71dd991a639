"""How a checkpoint came about, gathered from its run's files: data, settings, figures, software, licences."""

import json
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from structclip_schemas.manifest import Manifest
from structclip_trainer.log import LOG, read_lines
from structclip_trainer.storage import is_local, local_path, read_text

PROVENANCE = "provenance.json"
_SOFTWARE = ("structclip", "torch", "transformers")
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---", flags=re.S)


def gather_provenance(run: str, step: int) -> dict[str, Any]:
    """
    What the run's files say of the checkpoint at a step.

    ``step``, ``inputs`` (run.json), ``settings`` (config.yaml), ``figures`` (the newest validation and loss of
    log.jsonl up to the step) and ``software``; what is not there is empty.
    """
    return {
        "step": step,
        "inputs": json.loads(read_text(f"{run}/run.json") or "{}"),
        "settings": yaml.safe_load(read_text(f"{run}/config.yaml") or "{}"),
        "figures": newest_figures(run, step),
        "software": {name: _version(name) for name in _SOFTWARE},
    }


def newest_figures(run: str, step: int) -> dict[str, Any]:
    """``validation`` and ``loss``, each with the step it was measured at."""
    found: dict[str, Any] = {}
    for line in read_lines(f"{run}/{LOG}"):
        at = line.get("step", 0)
        for name in ("validation", "loss"):
            if name in line and at <= step:
                found[name] = {"step": at, "value": line[name]}
    return found


def describe_dataset(manifest: Manifest) -> dict[str, Any]:
    """Rows, parameters and the names (no folders) of what a dataset was made from."""
    names = [str(entry.get("uri", "")).rstrip("/").rsplit("/", 1)[-1] for entry in manifest.inputs]
    return {"rows": manifest.rows, "parameters": manifest.parameters, "made_from": names}


def stated_licence(model: str) -> str | None:
    """The licence that a model folder's README.md states in its front matter, if it does."""
    if not is_local(model) or not local_path(model).is_dir():
        return None
    match = _FRONT_MATTER.match(read_text(f"{model}/README.md") or "")
    try:
        content = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        return None
    licence = content.get("license") if isinstance(content, dict) else None
    return None if licence is None else str(licence)


def read_provenance(folder: Path) -> dict[str, Any]:
    """What a checkpoint folder holds of :func:`gather_provenance`; empty where it holds nothing."""
    return json.loads(read_text(str(folder / "trainer_state" / PROVENANCE)) or "{}")  # type: ignore[no-any-return]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
