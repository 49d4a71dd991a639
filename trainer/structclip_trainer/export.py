"""Export of a checkpoint as a plain folder that transformers or open_clip loads without structclip."""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structclip_schemas.errors import InputError, PlanMismatchError
from structclip_trainer.model_card import Subject, render_card
from structclip_trainer.origin import read_origin
from structclip_trainer.provenance import read_provenance
from structclip_trainer.storage import (
    is_local,
    list_folder,
    local_path,
    open_file,
    publish_folder,
    read_text,
    write_bytes,
)

EXPORT_NAME = "export.json"
_VERSION = 1


@dataclass(frozen=True)
class ExportPlan:
    """What decides an export's content: target, the checkpoint's files (name -> sha256), alpha, the base's files."""

    target: str
    checkpoint: dict[str, str]
    step: int | None
    alpha: float | None
    base: dict[str, str] | None

    def to_dict(self) -> dict[str, Any]:
        """The plan as it stands in export.json."""
        return {
            "format": "structclip-export",
            "version": _VERSION,
            "target": self.target,
            "step": self.step,
            "interpolate": self.alpha,
            "checkpoint": self.checkpoint,
            "base": self.base,
        }


def export_model(
    location: str, output: str, target: str = "clip", alpha: float | None = None, base: str | None = None
) -> bool:
    """
    Export a run or checkpoint as a plain folder; True when it was written, False when it stood there already.

    ``target``: clip (CLIPModel or SiglipModel of transformers) or open_clip. With ``alpha`` every parameter becomes
    (1 - alpha) * base + alpha * tuned (WiSE-FT, arXiv 2109.01903); the base is ``base`` or the model that the run's
    run.json names. Raises InputError when ``location`` holds no checkpoint, the base does not fit or the target has no
    words for the model, PlanMismatchError when ``output`` holds anything but this very export.
    """
    output = output.rstrip("/")
    folder = _local_model(location)
    base_folder = _base_folder(location, base) if alpha is not None else None
    plan = ExportPlan(
        target=target,
        checkpoint=_file_hashes(folder),
        step=read_origin(location).step,
        alpha=alpha,
        base=_file_hashes(base_folder) if base_folder else None,
    )
    if _stands_there(output, plan):
        return False
    temporary = _temporary_folder(output)
    try:
        _write(temporary, folder, base_folder, plan)
        files = _file_hashes(temporary)
        content = json.dumps({**plan.to_dict(), "files": files}, indent=1, sort_keys=True) + "\n"
        if is_local(output):
            write_bytes(str(temporary / EXPORT_NAME), content.encode())
            publish_folder(temporary, output)
        else:
            publish_folder(temporary, output)
            write_bytes(f"{output}/{EXPORT_NAME}", content.encode())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return True


def interpolated(base: dict[str, Any], tuned: dict[str, Any], alpha: float) -> dict[str, Any]:
    """
    (1 - alpha) * base + alpha * tuned for every tensor of two state dicts.

    Raises InputError when they differ in names or shapes.
    """
    names = sorted(base.keys() ^ tuned.keys()) or [n for n in base if base[n].shape != tuned[n].shape]
    if names:
        raise InputError(
            f"the base is another kind of model: {len(names)} parameters differ in name or shape, e.g. {names[0]}. "
            "Give the model that the run was trained from with --base."
        )
    return {name: (1 - alpha) * base[name] + alpha * tuned[name] for name in tuned}


def _local_model(location: str) -> Path:
    from structclip_trainer.loading import resolve_model

    folder = Path(resolve_model(location))
    if not folder.is_dir():
        raise InputError(f"{location}: no such folder. Wanted a run of structclip-train or one of its checkpoints.")
    return folder


def _base_folder(location: str, base: str | None) -> Path:
    from structclip_trainer.loading import resolve_model

    base = base or read_origin(location).base
    if base is None or base.startswith("new:"):
        found = f"it was trained from {base}" if base else "no run.json names a base model"
        raise InputError(f"{location}: nothing to interpolate with, {found}. Name the base model with --base MODEL.")
    folder = resolve_model(base)
    if Path(folder).is_dir():
        return Path(folder)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(folder, allow_patterns=["*.json", "*.txt", "*.safetensors"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{base}: the base model is neither a folder nor on the hub ({reason}). Name it with --base MODEL."
        ) from error


def _file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file that stands directly in a folder, by name."""
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def _stands_there(output: str, plan: ExportPlan) -> bool:
    """Whether this very export is finished at ``output``; raises PlanMismatchError when something else is there."""
    names = list_folder(output)
    if is_local(output) and local_path(output).is_file():
        raise PlanMismatchError(f"{output}: a file, wanted a folder to make. Choose another --output.")
    if not names:
        return False
    advice = "Remove the folder or choose another --output."
    try:
        found = json.loads(read_text(f"{output}/{EXPORT_NAME}") or "null")
        files = found.pop("files")
    except (ValueError, AttributeError, KeyError):
        raise PlanMismatchError(
            f"{output}: holds {len(names)} file(s) that are no finished export (no {EXPORT_NAME}). {advice}"
        ) from None
    if found != plan.to_dict():
        raise PlanMismatchError(f"{output}: holds an export of another checkpoint or with other options. {advice}")
    damaged = [name for name, digest in files.items() if _digest(f"{output}/{name}") != digest]
    if damaged:
        raise PlanMismatchError(f"{output}: this export, but {', '.join(damaged)} changed since. {advice}")
    return True


def _digest(location: str) -> str | None:
    try:
        with open_file(location) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _temporary_folder(output: str) -> Path:
    """An empty folder on the output's disk, always of one name, so that a killed export's rest is cleared away."""
    if not is_local(output):
        return Path(tempfile.mkdtemp(prefix="structclip-export-"))
    target = local_path(output)
    temporary = target.parent / f".{target.name}.unfinished"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return temporary


def _write(temporary: Path, folder: Path, base_folder: Path | None, plan: ExportPlan) -> None:
    from structclip_trainer.loading import load_model
    from structclip_trainer.model.family import family_of

    model, tokenizer, image_processor = load_model(str(folder))
    merged, model = bool(model.config.lora_rank), model.merged()
    if base_folder is not None and plan.alpha is not None:
        base, base_tokenizer, _ = load_model(str(base_folder))
        if base_tokenizer.get_vocab() != tokenizer.get_vocab():
            raise InputError(
                "the base has another vocabulary, so its token embeddings stand for other words. "
                "Give the model that the run was trained from with --base."
            )
        model.clip.load_state_dict(interpolated(base.merged().clip.state_dict(), model.clip.state_dict(), plan.alpha))
    if plan.target == "open_clip":
        _save_open_clip(temporary, model.clip, tokenizer, image_processor)
    else:
        model.clip.save_pretrained(temporary)
        _save_processor(temporary, family_of(model.clip.config).processor, tokenizer, image_processor)
    subject = Subject(
        target=plan.target if plan.target == "open_clip" else family_of(model.clip.config).name,
        provenance=read_provenance(folder),
        has_kee=model.kee is not None,
        digest=plan.checkpoint.get("model.safetensors"),
        step=plan.step,
        alpha=plan.alpha,
        merged=merged,
    )
    (temporary / "README.md").write_text(render_card(subject), encoding="utf-8")


def _save_open_clip(temporary: Path, clip: Any, tokenizer: Any, image_processor: Any) -> None:
    """open_clip_config.json, weights under open_clip's names, and the tokenizer's files."""
    from safetensors.torch import save_file

    from structclip_trainer.open_clip_names import CONFIG_NAME, WEIGHTS_NAME, open_clip_config, open_clip_weights

    config = open_clip_config(clip.config, image_processor)
    save_file(open_clip_weights(clip.state_dict()), temporary / WEIGHTS_NAME)
    (temporary / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tokenizer.save_pretrained(temporary)


def _save_processor(temporary: Path, processor: type[Any], tokenizer: Any, image_processor: Any) -> None:
    """Processor files for AutoProcessor, and the image processor's own file that older releases look for."""
    processor(image_processor=image_processor, tokenizer=tokenizer).save_pretrained(temporary)
    image_processor.save_pretrained(temporary)
