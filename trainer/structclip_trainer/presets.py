"""Presets: named settings. What a preset does not name has the default of ``Settings``."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "default": {
        "knowledge_warmup": 200,
        "knowledge_dropout": 0.5,
        "preferred_negatives": ("swap-object-phrase", "swap_relation"),
    },
    "paper": {
        "learning_rate": 2e-6,
        "kee_learning_rate": 2e-6,
        "kee_layers": 6,
        "negative_loss": "hinge",
        "negative_on": "cosine",
        "negative_text": "fused",
        "negative_margin": 0.2,
        "negative_weight": 1.0,
        "decay_all": True,
    },
    "negclip": {"kee": False, "negative_loss": "none", "negative_columns": True, "contrastive_text": "plain"},
    "infonce": {"kee": False, "negative_loss": "none", "contrastive_text": "plain"},
}
"""
``default`` is what we recommend, chosen by measurement (docs/decisions.md): it draws first the negatives that only
order tells from their caption, exchanged whole phrases and exchanged relations, and others where there are none.
``paper``: the losses of arXiv 2305.06152 as far as its text says them; it does not say the hinge's weight, ours is 1.
``negclip``: InfoNCE with the batch's negatives as columns. ``infonce``: plain CLIP.
"""
