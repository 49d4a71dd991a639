"""Unit and source of every setting, in the groups in which docs/settings.md shows them."""

from dataclasses import dataclass

OURS = "ours"
MEASURED = "ours, measured ([decisions](decisions.md))"
PAPER = "Structure-CLIP, [2305.06152](https://arxiv.org/abs/2305.06152)"
RELEASED = "the released Structure-CLIP code"
CLIP = "CLIP, [2103.00020](https://arxiv.org/abs/2103.00020)"
NEGCLIP = "NegCLIP, [2210.01936](https://arxiv.org/abs/2210.01936)"
SIGLIP = "SigLIP, [2303.15343](https://arxiv.org/abs/2303.15343)"
VSE = "VSE++, [1707.05612](https://arxiv.org/abs/1707.05612)"
POSITIVES = "hard positives, [2409.17958](https://arxiv.org/abs/2409.17958)"
UNITS = "CS-CLIP, [2602.23906](https://arxiv.org/abs/2602.23906)"
BERT = "BERT, [1810.04805](https://arxiv.org/abs/1810.04805)"
ADAMW = "AdamW, [1711.05101](https://arxiv.org/abs/1711.05101)"
LORA = "LoRA, [2106.09685](https://arxiv.org/abs/2106.09685)"
TRANSFORMERS = "transformers' CLIP"


@dataclass(frozen=True)
class Note:
    """A setting's unit ("" for names and yes or no) and where its default or idea comes from."""

    unit: str
    source: str


NOTES: dict[str, dict[str, Note]] = {
    "Run": {
        "version": Note("", OURS),
        "preset": Note("", OURS),
        "seed": Note("", OURS),
        "max_steps": Note("steps", OURS),
        "epochs": Note("passes", RELEASED),
        "batch_size": Note("images", RELEASED),
        "accumulate": Note("micro-batches", "GradCache, [2101.06983](https://arxiv.org/abs/2101.06983)"),
        "loss_chunk": Note("rows", OURS),
        "num_workers": Note("threads", OURS),
        "save_every": Note("steps", OURS),
        "keep_last": Note("checkpoints", OURS),
        "log_every": Note("steps", OURS),
        "validate_every": Note("steps", OURS),
        "validation_images": Note("images", OURS),
        "threads": Note("threads", OURS),
        "precision": Note("", OURS),
        "gradient_checkpointing": Note("", "[1604.06174](https://arxiv.org/abs/1604.06174)"),
        "compile": Note("", OURS),
        "deterministic": Note("", OURS),
    },
    "Data": {
        "require": Note("", OURS),
        "window_shards": Note("shards", OURS),
        "window_groups": Note("row groups", OURS),
        "image_cache_mb": Note("MiB", OURS),
        "max_bad_images": Note("share", OURS),
        "crop_smallest": Note("share", RELEASED),
    },
    "Optimiser": {
        "learning_rate": Note("a step", MEASURED),
        "kee_learning_rate": Note("a step", MEASURED),
        "schedule": Note("", PAPER),
        "warmup_steps": Note("steps", OURS),
        "weight_decay": Note("times the rate", PAPER),
        "decay_all": Note("", RELEASED),
        "beta2": Note("", CLIP),
        "epsilon": Note("", CLIP),
        "grad_clip": Note("norm", OURS),
        "max_logit_scale": Note("factor", CLIP),
        "freeze": Note("", OURS),
        "lora_rank": Note("dimensions", LORA),
        "lora_alpha": Note("", LORA),
    },
    "Contrastive loss": {
        "contrastive": Note("", f"{CLIP}; {SIGLIP}; {VSE}"),
        "contrastive_text": Note("", PAPER),
        "contrastive_margin": Note("cosine", RELEASED),
        "contrastive_warmup": Note("steps", RELEASED),
        "negative_columns": Note("", NEGCLIP),
    },
    "Comparison with the negative": {
        "negative_loss": Note("", MEASURED),
        "negative_on": Note("", MEASURED),
        "negative_text": Note("", OURS),
        "negative_weight": Note("factor", OURS),
        "negative_margin": Note("cosine or logit", f"{PAPER} (0.2 on the cosine)"),
        "preferred_negatives": Note("", MEASURED),
        "only_preferred": Note("", OURS),
        "negative_triples": Note("", PAPER),
        "positives": Note("", POSITIVES),
    },
    "Units": {
        "unit_weight": Note("factor", f"{UNITS} (0.5)"),
        "unit_kinds": Note("", OURS),
    },
    "Knowledge": {
        "kee": Note("", PAPER),
        "knowledge_weight": Note("factor", PAPER),
        "knowledge_warmup": Note("steps", OURS),
        "knowledge_dropout": Note("share", OURS),
        "kee_encoder": Note("", RELEASED),
        "kee_bert": Note("", RELEASED),
        "kee_layers": Note("layers", PAPER),
        "kee_width": Note("dimensions", OURS),
        "kee_heads": Note("heads", OURS),
        "kee_triples": Note("triples", OURS),
        "kee_dropout": Note("share", f"{BERT} (0.1)"),
        "phrase_table": Note("", OURS),
        "phrase_pieces": Note("word pieces", f"{RELEASED} (3)"),
        "phrase_padding": Note("", RELEASED),
        "empty_triples": Note("", RELEASED),
        "triple_positions": Note("", OURS),
        "triple_function": Note("", PAPER),
        "pooling": Note("", OURS),
        "fusion": Note("", PAPER),
        "renormalise": Note("", OURS),
    },
    "The model new:tiny": {
        "tiny.image_size": Note("pixels", MEASURED),
        "tiny.patch_size": Note("pixels", MEASURED),
        "tiny.width": Note("dimensions", MEASURED),
        "tiny.heads": Note("heads", MEASURED),
        "tiny.vision_layers": Note("layers", MEASURED),
        "tiny.text_layers": Note("layers", MEASURED),
        "tiny.projection": Note("dimensions", MEASURED),
        "tiny.text_length": Note("tokens", CLIP),
        "tiny.vocabulary": Note("entries", MEASURED),
    },
}
