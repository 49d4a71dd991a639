"""Every setting of training with its default and unit; they check themselves."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION = 1
Text = Literal["fused", "plain", "both"]


class TinySettings(BaseModel):
    """Sizes of the small CLIP that ``--model new:tiny`` makes (Hugging Face CLIP with its own initialisation)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int = Field(default=64, ge=8, description="side of the image, pixels")
    patch_size: int = Field(default=16, ge=2, description="side of a patch, pixels")
    width: int = Field(default=128, ge=8, description="of both towers")
    heads: int = Field(default=4, ge=1, description="attention heads of both towers")
    vision_layers: int = Field(default=4, ge=1, description="of the image tower")
    text_layers: int = Field(default=3, ge=1, description="of the text tower")
    projection: int = Field(default=128, ge=2, description="size of the shared space")
    text_length: int = Field(default=77, ge=4, description="longest text, tokens")
    vocabulary: int = Field(default=2048, ge=600, description="entries of the tokenizer trained on the captions")


class Settings(BaseModel):
    """All settings of a run. None means: chosen by the model that training starts from (see ``resolve_settings``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = Field(default=1, description="of this list of settings; another is refused")
    preset: str = Field(default="default", description="named settings that the others start from")

    # run
    seed: int = Field(default=0, ge=0, description="of weights, order, draws and crops")
    max_steps: int = Field(default=1000, ge=1, description="optimiser steps")
    epochs: int | None = Field(default=None, ge=1, description="passes over the captions; counts max_steps where given")
    batch_size: int = Field(default=64, ge=2, description="images; each with one caption and at most one negative")
    accumulate: int = Field(
        default=1, ge=1, description="micro-batches that a batch is computed in; the gradient is that of the whole"
    )
    num_workers: int = Field(default=2, ge=0, description="threads that decode images; 0 does all in the main thread")
    save_every: int = Field(default=500, ge=1, description="steps between checkpoints; the last step always saves")
    keep_last: int = Field(default=3, ge=1, description="checkpoints kept")
    log_every: int = Field(default=10, ge=1, description="steps between lines of log.jsonl")
    validate_every: int | None = Field(default=None, ge=1, description="steps between validations; None: when saving")
    validation_images: int = Field(default=1000, ge=2, description="held-out images, one caption each")
    threads: int | None = Field(default=None, ge=1, description="torch's threads on the CPU; None: torch's own choice")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto", description="auto: bf16 autocast on CUDA, fp32 on CPU"
    )
    gradient_checkpointing: bool = Field(
        default=False, description="compute the towers' layers twice to keep less in memory; the gradients are the same"
    )
    compile: bool = Field(default=False, description="torch.compile of the layers of towers and KEE")
    deterministic: bool = Field(default=False, description="on CUDA, kernels that give the same bits every time")

    # data
    require: tuple[Literal["objects", "attributes", "relations"], ...] = Field(
        default=(), description="parts of the graph that a caption must have to be trained on"
    )
    window_shards: int = Field(
        default=4, ge=1, description="shards whose rows are permuted together, and kept in memory"
    )
    window_groups: int = Field(
        default=16,
        ge=1,
        description="the same for packed shards: row groups, of 4 to 8 MB each; as many more are read in advance",
    )
    image_cache_mb: int = Field(default=512, ge=0, description="memory for decoded images; used without augmentation")
    max_bad_images: float = Field(
        default=0.01, ge=0, le=1, description="share of rows without a readable image that stops"
    )
    crop_smallest: float = Field(
        default=1.0, gt=0, le=1, description="smallest share of the image a random crop keeps; 1: none"
    )

    # optimiser
    learning_rate: float | None = Field(
        default=None, gt=0, description="of CLIP; None: 1e-3 for new:tiny, 1e-4 with LoRA, else 1e-5"
    )
    kee_learning_rate: float | None = Field(
        default=None, gt=0, description="of the KEE; None: 1e-3 for new:tiny, else 1e-4"
    )
    schedule: Literal["cosine", "constant"] = Field(
        default="cosine", description="rate after the warm-up; cosine: to 0"
    )
    warmup_steps: int = Field(default=100, ge=0, description="steps over which the rate grows from 0")
    weight_decay: float = Field(default=0.1, ge=0, description="of AdamW, not of biases and norms")
    decay_all: bool = Field(default=False, description="decay biases and norms too")
    beta2: float = Field(default=0.98, gt=0, lt=1, description="of AdamW, memory of the squared gradient")
    epsilon: float = Field(default=1e-6, gt=0, description="of AdamW, added to the root of the second moment")
    grad_clip: float = Field(default=1.0, ge=0, description="largest norm of the gradient; 0: no clipping")
    max_logit_scale: float | None = Field(
        default=None, gt=0, description="None: 100 for CLIP, 1000 for SigLIP, whose own stand above 100"
    )
    freeze: tuple[Literal["vision", "text"], ...] = Field(default=(), description="towers that keep their weights")

    # LoRA (needs peft)
    lora_rank: int = Field(
        default=0, ge=0, description="of the updates that learn in place of the towers' weights; 0: the weights learn"
    )
    lora_alpha: float | None = Field(
        default=None, gt=0, description="updates count alpha / rank times; None: the rank (arXiv 2106.09685)"
    )

    # contrastive loss
    contrastive: Literal["infonce", "max_hinge", "sigmoid"] | None = Field(
        default=None, description="None: infonce for CLIP, sigmoid for SigLIP (needs its learned bias)"
    )
    contrastive_text: Text = Field(default="fused", description="text embedding that the contrastive loss sees")
    contrastive_margin: float = Field(default=0.2, ge=0, description="cosine; of max_hinge")
    contrastive_warmup: int = Field(
        default=0, ge=0, description="steps in which max_hinge takes the mean over images for the hardest wrong one"
    )
    negative_columns: bool = Field(default=False, description="negatives as further columns, image to text (NegCLIP)")

    loss_chunk: int | None = Field(
        default=None, ge=1, description="rows of logits at a time; None: all up to a batch of 8,192, else 1,024"
    )

    # comparison with the negative
    negative_loss: Literal["softplus", "hinge", "none"] = Field(
        default="softplus", description="hinge max(0, margin - d + d'), softplus log(1 + exp(margin - d + d'))"
    )
    negative_on: Literal["scaled", "cosine"] = Field(default="scaled", description="compare logits or cosines")
    negative_text: Text = Field(
        default="both", description="text embedding that is compared; both: the mean of the two"
    )
    negative_weight: float = Field(default=1.0, ge=0, description="of the comparison beside the contrastive loss")
    negative_margin: float = Field(default=0.0, ge=0, description="in the unit of negative_on")
    preferred_negatives: tuple[str, ...] = Field(
        default=(), description="kinds or rules drawn where a caption has them; empty: all alike"
    )
    only_preferred: bool = Field(default=False, description="no negative where a caption has no preferred one")
    negative_triples: bool = Field(default=True, description="negatives have the KEE term of their own triples")

    # what keeps its meaning, and what a caption consists of
    positives: bool = Field(
        default=False, description="caption and hard positive, where there is one, both have to beat the negative"
    )
    unit_weight: float = Field(default=0.0, ge=0, description="of the contrastive term over units and their foils")
    unit_kinds: tuple[Literal["object", "relation"], ...] = Field(
        default=("object", "relation"), description="kinds of units; one of each is drawn where a caption has them"
    )

    # knowledge
    kee: bool = Field(default=True, description="whether there is a knowledge-enhanced encoder")
    knowledge_weight: float = Field(default=0.2, ge=0, description="lambda")
    knowledge_warmup: int = Field(default=0, ge=0, description="steps over which lambda grows from 0")
    knowledge_dropout: float = Field(default=0.0, ge=0, le=1, description="share of samples whose KEE term is left out")
    kee_encoder: Literal["structclip", "bert"] = Field(
        default="structclip", description="ours, or BERT's embeddings and layers (the released code's)"
    )
    kee_bert: str | None = Field(
        default=None, description="folder or hub id of a BERT whose weights and tokenizer it starts with; None: fresh"
    )
    kee_layers: int | None = Field(
        default=None, ge=0, description="transformer layers over triples; None: 2 for new:tiny, else 6"
    )
    kee_width: int | None = Field(default=None, ge=8, description="None: the text tower's")
    kee_heads: int | None = Field(default=None, ge=1, description="None: the text tower's")
    kee_triples: int = Field(default=16, ge=1, description="K, triples of a caption that are read")
    kee_dropout: float = Field(default=0.0, ge=0, lt=1, description="inside the KEE's layers")
    phrase_table: Literal["clip", "own"] = Field(
        default="clip", description="token embeddings phrases are read from: CLIP's, not learned here, or a copy"
    )
    phrase_pieces: int | None = Field(
        default=None, ge=1, description="word pieces of a phrase that are read; None: all"
    )
    phrase_padding: bool = Field(
        default=False, description="start, end and padding count in a phrase's mean; needs phrase_pieces"
    )
    empty_triples: bool = Field(default=False, description="captions without triples are read as one of empty phrases")
    triple_positions: bool = Field(default=False, description="the order of a caption's triples counts")
    triple_function: Literal["h+r-t", "h+r+t", "concat"] = Field(
        default="h+r-t", description="a triple's vector from those of head, relation and tail"
    )
    pooling: Literal["attention", "mean", "first"] = Field(
        default="attention", description="a caption's vector from those of its triples"
    )
    fusion: Literal["add", "gate", "concat"] = Field(
        default="add", description="how knowledge joins the text: as it is, gated, or mixed with the text"
    )
    renormalise: bool = Field(default=True, description="fused embeddings get norm 1")

    tiny: TinySettings = TinySettings()

    @property
    def uses_negatives(self) -> bool:
        """Whether negatives take part in any loss."""
        return self.negative_columns or (self.negative_loss != "none" and self.negative_weight > 0)

    @property
    def uses_positives(self) -> bool:
        """Whether hard positives take part in a loss."""
        return self.positives and self.negative_loss != "none" and self.negative_weight > 0


OPERATIONAL = (
    "num_workers",
    "save_every",
    "keep_last",
    "log_every",
    "validate_every",
    "validation_images",
    "threads",
    "image_cache_mb",
    "gradient_checkpointing",
)
"""Settings that change nothing about what is learned; a resumed run may change them."""


def count_steps(settings: Settings, rows: int) -> Settings:
    """``epochs`` turned into ``max_steps``, for so many captions; a partial last batch begins the next epoch."""
    if settings.epochs is None:
        return settings
    steps = max(1, settings.epochs * rows // settings.batch_size)
    return settings.model_copy(update={"max_steps": steps, "epochs": None})


def resolve_settings(
    settings: Settings,
    tiny: bool,
    text_width: int,
    text_heads: int,
    contrastive: str = "infonce",
    max_logit_scale: float = 100.0,
) -> Settings:
    """Fill in what the model that training starts from decides."""
    chosen: dict[str, Any] = {
        "learning_rate": 1e-3 if tiny else 1e-4 if settings.lora_rank else 1e-5,
        "kee_learning_rate": 1e-3 if tiny else 1e-4,
        "kee_layers": 2 if tiny else 6,
        "kee_width": text_width,
        "kee_heads": text_heads,
        "contrastive": contrastive,
        "max_logit_scale": max_logit_scale,
    }
    return settings.model_copy(update={k: v for k, v in chosen.items() if getattr(settings, k) is None})
