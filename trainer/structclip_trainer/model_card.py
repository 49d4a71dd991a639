"""The README.md of a checkpoint and of an exported model: what it is, its training, its licences, what is lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
_CLIP = """`transformers` loads it without structclip:

```python
from transformers import CLIPModel, CLIPProcessor

model = CLIPModel.from_pretrained("path/to/this/folder")
processor = CLIPProcessor.from_pretrained("path/to/this/folder")
```"""
_LOADING = {
    "clip": "A plain CLIP. " + _CLIP,
    "siglip": "A plain SigLIP. " + _CLIP.replace("CLIP", "Siglip"),
    "open_clip": """A CLIP in open_clip's form. `open_clip` loads it without structclip:

```python
import open_clip

model, _, preprocess = open_clip.create_model_and_transforms("local-dir:path/to/this/folder")
tokenizer = open_clip.get_tokenizer("local-dir:path/to/this/folder")
```""",
    "checkpoint": """A dual encoder and beside it the Knowledge-Enhanced Encoder (KEE).
It needs structclip:

```python
from structclip_trainer.model import StructCLIPModel, StructCLIPProcessor

model = StructCLIPModel.from_pretrained("path/to/this/folder")
processor = StructCLIPProcessor.from_pretrained("path/to/this/folder")
```""",
}
_WHAT = (
    "The image and text towers of a structclip checkpoint, trained on captions and their hard negatives (captions with "
    "exchanged attributes, objects or relations)."
)
_INTERPOLATED = (
    "\n\nIts parameters are interpolated (WiSE-FT): {base:.6g} times those of the base model plus {alpha:.6g} times "
    "the trained ones."
)
_KEE_LOST = (
    "The Knowledge-Enhanced Encoder (KEE), which reads a caption's scene graph, is not part of a plain dual encoder "
    'and stays behind. These weights give the results of the "plain" row (lambda = 0) of structclip-evaluate, not '
    'those of the "fused" row.'
)
_KEE_WOULD_BE_LOST = (
    "Nothing here. `structclip-export` leaves the KEE behind: its model gives the results of the "
    '"plain" row (lambda = 0) of structclip-evaluate, not those of the "fused" row.'
)
_NOTHING_LOST = "Nothing: the checkpoint has no Knowledge-Enhanced Encoder (KEE)."
_LORA_MERGED = "\n\nIts low-rank updates (LoRA) are added to the weights."
_SHIPPED_PARSER = (
    "parser's weights, as shipped with structclip: trained on FACTUAL (MIT; captions of Visual Genome, CC BY 4.0) and "
    "on captions of COCO (CC BY 4.0)"
)


@dataclass(frozen=True)
class Subject:
    """
    What a card is about: a checkpoint or an export (``target`` checkpoint, clip, siglip or open_clip).

    ``digest`` is the sha256 of the source's weights, ``provenance`` as :func:`gather_provenance` gives it.
    """

    target: str
    provenance: Mapping[str, Any]
    has_kee: bool
    digest: str | None = None
    step: int | None = None
    alpha: float | None = None
    merged: bool = False


def render_card(subject: Subject) -> str:
    """The card's text; the same for the same subject."""
    exported = subject.target != "checkpoint"
    parts = [
        _front_matter(subject),
        f"# {'A dual encoder' if exported else 'A checkpoint'} trained with structclip",
        _LOADING[subject.target],
        "## What it is",
        _what(subject),
        "## What is lost",
        _lost(subject, exported),
        "## Where it comes from",
        _origin(subject),
        *_figures(subject.provenance.get("figures", {})),
        "## Licences",
        _licences(subject.provenance.get("inputs", {})),
        *_settings(subject.provenance.get("settings", {})),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(subject: Subject) -> str:
    inputs = subject.provenance.get("inputs", {})
    content: dict[str, Any] = {
        "library_name": {"open_clip": "open_clip", "checkpoint": "structclip"}.get(subject.target, "transformers"),
        "pipeline_tag": "zero-shot-image-classification",
        "tags": ["siglip" if subject.target == "siglip" else "clip", "structclip"],
    }
    if _HUB_ID.fullmatch(str(inputs.get("model"))) and not inputs.get("model_is_folder"):
        content["base_model"] = inputs["model"]
    return f"---\n{yaml.safe_dump(content, sort_keys=False)}---"


def _what(subject: Subject) -> str:
    text = _WHAT
    if subject.alpha is not None:
        text += _INTERPOLATED.format(base=1 - subject.alpha, alpha=subject.alpha)
    return text + (_LORA_MERGED if subject.merged else "")


def _lost(subject: Subject, exported: bool) -> str:
    if not subject.has_kee:
        return _NOTHING_LOST
    return _KEE_LOST if exported else _KEE_WOULD_BE_LOST


def _origin(subject: Subject) -> str:
    inputs, settings = subject.provenance.get("inputs", {}), subject.provenance.get("settings", {})
    dataset, software = inputs.get("dataset", {}), subject.provenance.get("software", {})
    rows = {
        "checkpoint": "no run" if subject.step is None else f"step {subject.step}",
        "sha256 of its model.safetensors": f"`{subject.digest}`" if subject.digest else None,
        "trained from": _base_name(inputs),
        "preset, seed": f"{settings['preset']}, {settings['seed']}" if settings else None,
        "data": f"{dataset['rows']:,} rows, from {', '.join(dataset['made_from'])}" if dataset else None,
        "sha256 of the data's manifest": f"`{inputs['manifest_sha256']}`" if "manifest_sha256" in inputs else None,
        "scene graphs": inputs.get("graph_source"),
        "software": ", ".join(f"{name} {number}" for name, number in software.items()) or None,
    }
    return _table(rows)


def _table(rows: Mapping[str, str | None]) -> str:
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows.items() if text)


def _base_name(inputs: Mapping[str, Any]) -> str | None:
    """The base model's name without the folders before it, which say nothing elsewhere."""
    model = inputs.get("model")
    if not model or (_HUB_ID.fullmatch(model) and not inputs.get("model_is_folder")):
        return model
    return str(model).rstrip("/").rsplit("/", 1)[-1]


def _figures(figures: Mapping[str, Any]) -> list[str]:
    """Validation while training, where there was one; shares from 0 to 1."""
    found = figures.get("validation")
    if not found:
        return []
    rows = {name: f"{value:.4g}" for name, value in found["value"].items()}
    return ["## Figures", f"Validation while training, step {found['step']}, shares from 0 to 1:", _table(rows)]


def _licences(inputs: Mapping[str, Any]) -> str:
    model, stated = inputs.get("model"), inputs.get("model_licence")
    made_here = str(model).startswith("new:")
    rows = {
        "base model": "none, the weights were made here" if made_here else stated or "not stated in its files",
        "captions and images": "not on record in the dataset's manifest: those of its source",
        "scene graphs": _SHIPPED_PARSER if str(inputs.get("graph_source", "")).startswith("structclip") else None,
        "negatives": "made by structclip (Apache-2.0) from the captions",
    }
    return _table(rows) + "\n\nThe licences of the data and of the base model apply to these weights too."


def _settings(settings: Mapping[str, Any]) -> list[str]:
    if not settings:
        return []
    return ["## Settings", f"```yaml\n{yaml.safe_dump(dict(settings), sort_keys=False)}```"]
