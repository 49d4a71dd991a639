"""The README.md of an exported model: what it is, what was lost, where it comes from."""

from pathlib import Path

_CARD = """---
library_name: transformers
pipeline_tag: zero-shot-image-classification
tags:
- clip
- structclip
---

# CLIP trained with structclip

A plain CLIP. `transformers` loads it without structclip:

```python
from transformers import CLIPModel, CLIPProcessor

model = CLIPModel.from_pretrained("path/to/this/folder")
processor = CLIPProcessor.from_pretrained("path/to/this/folder")
```

## What it is

The image and text towers of a structclip checkpoint, trained on captions and their hard negatives (captions with
exchanged attributes, objects or relations).{interpolation}

## What is lost

{lost}

## Where it comes from

| | |
|---|---|
| checkpoint | {step} |
| sha256 of its model.safetensors | `{digest}` |

The licences of the data it was trained on and of the model it was trained from apply to these weights too.
"""
_INTERPOLATED = (
    "\n\nIts parameters are interpolated (WiSE-FT): {base:.6g} times those of the base model plus {alpha:.6g} times "
    "the trained ones."
)
_KEE_LOST = (
    "The Knowledge-Enhanced Encoder (KEE), which reads a caption's scene graph, is not part of a plain CLIP and stays "
    'behind. These weights give the results of the "plain" row (lambda = 0) of structclip-evaluate, not those of the '
    '"fused" row.'
)
_NOTHING_LOST = "Nothing: the checkpoint has no Knowledge-Enhanced Encoder (KEE)."


def write_card(path: Path, checkpoint: dict[str, str], step: int | None, alpha: float | None, had_kee: bool) -> None:
    """Write the card of an export; ``checkpoint`` maps the source's file names to their sha256."""
    card = _CARD.format(
        interpolation="" if alpha is None else _INTERPOLATED.format(base=1 - alpha, alpha=alpha),
        lost=_KEE_LOST if had_kee else _NOTHING_LOST,
        step="no run" if step is None else f"step {step}",
        digest=checkpoint.get("model.safetensors", "none"),
    )
    path.write_text(card, encoding="utf-8")
