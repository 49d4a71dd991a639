"""Finding and loading models: a run, one of its checkpoints, a plain CLIP folder, or a hub id."""

import json
import re
from pathlib import Path
from typing import Any

from structclip_schemas.errors import InputError
from structclip_trainer.extras import require_package
from structclip_trainer.model import StructCLIPConfig, StructCLIPModel
from structclip_trainer.model.family import FAMILIES
from structclip_trainer.run_folder import newest_checkpoint
from structclip_trainer.storage import fetch_folder, is_local, local_path, read_text

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_WANTED = (
    "Wanted a run of structclip-train, one of its checkpoints, a folder that CLIPModel.save_pretrained or "
    "SiglipModel.save_pretrained wrote, or the id of such a model on the hub."
)


def resolve_model(location: str) -> str:
    """
    The local folder (or hub id) that holds a model's weights.

    A run resolves to the checkpoint its ``latest`` names; a remote folder is copied. Raises InputError for anything
    that is no model of ours and no plain CLIP or SigLIP.
    """
    given, location = location.rstrip("/"), newest_checkpoint(location)
    if not is_local(location):
        location = fetch_folder(location)
    path = local_path(location)
    if path.is_dir():
        _model_type(path)
        return str(path)
    if location == given and not path.exists() and _HUB_ID.fullmatch(location) and not location.startswith("."):
        return location
    found = "a file" if path.is_file() else "nothing there"
    raise InputError(f"{location}: no model ({found}). {_WANTED}")


def load_model(location: str) -> tuple[StructCLIPModel, Any, Any]:
    """
    Load (model, tokenizer, image processor); the model is on the CPU, in evaluation mode, fp32.

    A plain CLIP or SigLIP comes without KEE (``model.config.has_kee`` is False). Raises InputError when the folder is
    neither of those nor a model of ours, or its files do not load.
    """
    folder = resolve_model(location)
    try:
        model, (tokenizer, image_processor) = _load_weights(folder), load_processor(folder)
        _check_tokenizer(len(tokenizer), model.config.clip_config.text_config.vocab_size)
        return model.float().eval(), tokenizer, image_processor
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(f"{location}: the model does not load ({_first_line(error)}). {_WANTED}") from error


def load_processor(folder: str) -> tuple[Any, Any]:
    """The (tokenizer, image processor) saved beside a model; raises InputError when a package for them is missing."""
    from transformers import AutoImageProcessor, AutoTokenizer

    if (Path(folder) / "spiece.model").exists():
        require_package("sentencepiece", "siglip", "SigLIP's tokenizer")
    return AutoTokenizer.from_pretrained(folder), AutoImageProcessor.from_pretrained(folder)


def _check_tokenizer(entries: int, vocabulary: int) -> None:
    """Raise ValueError for the almost empty tokenizer that transformers makes up where its files are missing."""
    if not vocabulary // 2 <= entries <= vocabulary:
        raise ValueError(f"tokenizer of {entries} entries for a text tower of {vocabulary}; is tokenizer.json there?")


def _load_weights(folder: str) -> StructCLIPModel:
    from transformers import AutoConfig

    kind = _model_type(Path(folder)) if Path(folder).is_dir() else AutoConfig.from_pretrained(folder).model_type
    if kind == StructCLIPConfig.model_type:
        model, report = StructCLIPModel.from_pretrained(folder, output_loading_info=True)
        if report["missing_keys"]:
            raise ValueError(f"weights missing: {', '.join(sorted(report['missing_keys'])[:3])} …")
        return model  # type: ignore[no-any-return]
    if kind not in FAMILIES:
        raise ValueError(f"a model of type {kind!r}")
    clip, report = FAMILIES[kind].model.from_pretrained(folder, output_loading_info=True)
    if report["missing_keys"]:
        raise ValueError(f"weights missing: {', '.join(sorted(report['missing_keys'])[:3])} …")
    return StructCLIPModel.from_clip(clip, has_kee=False)


def _model_type(folder: Path) -> str:
    """The ``model_type``, structclip, clip or siglip; raises InputError for other folders."""
    text = read_text(str(folder / "config.json"))
    if text is None:
        raise InputError(f"{folder}: no model (no config.json, no finished checkpoint). {_WANTED}")
    try:
        kind = json.loads(text).get("model_type")
    except (json.JSONDecodeError, AttributeError) as error:
        raise InputError(f"{folder}/config.json: not a model's configuration ({error}). {_WANTED}") from error
    if kind not in (StructCLIPConfig.model_type, *FAMILIES):
        raise InputError(f"{folder}: a model of type {kind!r}. {_WANTED}")
    return str(kind)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
