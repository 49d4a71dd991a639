"""What a StructCLIP checkpoint's config.json holds beside the dual encoder's own configuration."""

from typing import Any, ClassVar

from transformers import CLIPConfig
from transformers.configuration_utils import PretrainedConfig

from structclip_trainer.model.family import family_of, read_config

TRIPLE_FUNCTIONS = ("h+r-t", "h+r+t", "concat")
POOLINGS = ("attention", "mean", "first")
FUSIONS = ("add", "gate", "concat")
ENCODERS = ("structclip", "bert")
PHRASE_TABLES = ("clip", "own")


class StructCLIPConfig(PretrainedConfig):  # type: ignore[misc]
    """
    Configuration of :class:`StructCLIPModel`.

    ``clip_config`` is the dual encoder's own (a CLIPConfig or SiglipConfig, or its dict), ``knowledge_weight`` the
    lambda of the fusion, ``kee_triples`` the most triples of a caption that are read, ``kee_vocabulary`` the size of a
    phrase vocabulary of the KEE's own (None: phrases are spelled in the dual encoder's word pieces). ``has_kee`` is
    False for a plain dual encoder, whose fused text is its plain text. ``lora_rank`` 0 is a dual encoder without
    low-rank updates.
    """

    model_type = "structclip"
    sub_configs_defaults: ClassVar[dict[str, Any]] = {"clip_config": CLIPConfig}

    clip_config: Any = None
    has_kee: bool = True
    knowledge_weight: float = 0.2
    kee_layers: int = 6
    kee_width: int = 512
    kee_heads: int = 8
    kee_triples: int = 16
    kee_dropout: float = 0.0
    kee_encoder: str = "structclip"
    kee_vocabulary: int | None = None
    phrase_table: str = "clip"
    phrase_pieces: int | None = None
    phrase_padding: bool = False
    empty_triples: bool = False
    triple_positions: bool = False
    triple_function: str = "h+r-t"
    pooling: str = "attention"
    fusion: str = "add"
    renormalise: bool = True
    lora_rank: int = 0
    lora_alpha: float = 0.0
    lora_towers: tuple[str, ...] | list[str] = ()

    def __post_init__(self, **kwargs: Any) -> None:
        if self.clip_config is None:
            self.clip_config = CLIPConfig()
        elif isinstance(self.clip_config, dict):
            self.clip_config = read_config(self.clip_config)
        super().__post_init__(**kwargs)

    @property
    def embedding_size(self) -> int:
        """Size D of the shared embedding space."""
        return family_of(self.clip_config).embedding_size(self.clip_config)
