"""StructCLIPModel: a dual encoder (CLIP or SigLIP), untouched, and beside it the KEE and the fusion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoTokenizer
from transformers.modeling_utils import PreTrainedModel
from transformers.utils import ModelOutput

from structclip_trainer.model.config import StructCLIPConfig
from structclip_trainer.model.family import family_of, padded_length
from structclip_trainer.model.fusion import Fusion
from structclip_trainer.model.kee import KnowledgeEncoder
from structclip_trainer.model.lora import add_lora, merge_lora
from structclip_trainer.model.precision import widen
from structclip_trainer.model.triples import Reading, TripleBatch, tokenize_triples
from structclip_trainer.run_folder import newest_checkpoint
from structclip_trainer.text_lines import TextLines

PHRASE_TOKENIZER = "kee_tokenizer"
_OLD_END = 2  # which OpenAI's configurations name and is not their end token: transformers pools at the highest id then


@dataclass
class StructCLIPOutput(ModelOutput):  # type: ignore[misc]
    """
    ``logits_per_image`` (I, T), scaled; ``text_embeds`` (T, D) fused where triples were given, ``plain_text_embeds``
    (T, D) without knowledge, ``image_embeds`` (I, D).
    """

    logits_per_image: Tensor | None = None
    text_embeds: Tensor | None = None
    plain_text_embeds: Tensor | None = None
    image_embeds: Tensor | None = None


class StructCLIPModel(PreTrainedModel):  # type: ignore[misc]
    """
    A dual encoder with knowledge: ``clip`` is a plain ``CLIPModel`` or ``SiglipModel``, ``kee`` None without KEE.

    All embeddings are fp32, of size D = ``config.embedding_size`` and of norm 1.
    """

    config_class = StructCLIPConfig
    base_model_prefix = "structclip"
    _supports_sdpa = True

    def __init__(self, config: StructCLIPConfig) -> None:
        super().__init__(config)
        self.clip = family_of(config.clip_config).model(config.clip_config)
        if config.lora_rank:
            add_lora(self.clip, config.lora_rank, config.lora_alpha, config.lora_towers)
        self.kee = KnowledgeEncoder(config) if config.has_kee else None
        self.fusion = Fusion(config) if config.has_kee else None
        self.phrase_tokenizer: Any = None
        self.post_init()

    @classmethod
    def from_clip(cls, clip: PreTrainedModel, **settings: Any) -> Self:
        """Put a KEE with fresh weights beside an existing dual encoder (``settings`` of :class:`StructCLIPConfig`)."""
        model = cls(StructCLIPConfig(clip_config=clip.config, **settings))
        model.clip.load_state_dict(clip.state_dict())
        if model.kee is not None and model.kee.table is not None:
            with torch.no_grad():
                model.kee.table.weight.copy_(clip.text_model.embeddings.token_embedding.weight)
        return model

    @classmethod
    def from_pretrained(cls, location: Any, *inputs: Any, **options: Any) -> Any:
        """
        As transformers' own, from a run too (its newest checkpoint).

        A KEE with a phrase tokenizer of its own finds it in the folder ``kee_tokenizer``.
        """
        folder = newest_checkpoint(str(location))
        loaded = super().from_pretrained(folder, *inputs, **options)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        if model.config.kee_vocabulary is not None:
            model.phrase_tokenizer = AutoTokenizer.from_pretrained(folder, subfolder=PHRASE_TOKENIZER)
        return loaded

    def save_pretrained(self, folder: Any, *inputs: Any, **options: Any) -> None:
        """As transformers' own, with the phrase tokenizer beside the weights where the KEE has its own."""
        super().save_pretrained(folder, *inputs, **options)
        if self.phrase_tokenizer is not None:
            self.phrase_tokenizer.save_pretrained(Path(folder) / PHRASE_TOKENIZER)

    def with_lora(self, rank: int, alpha: float, towers: tuple[str, ...], seed: int) -> Self:
        """The same model with low-rank updates that learn in place of the towers' weights (see ``add_lora``)."""
        add_lora(self.clip, rank, alpha, towers, seed)
        self.config.lora_rank, self.config.lora_alpha, self.config.lora_towers = rank, alpha, towers
        return self

    def merged(self) -> Self:
        """The same model with its low-rank updates, if any, added to the towers' weights."""
        if self.config.lora_rank:
            merge_lora(self.clip)
            self.config.lora_rank, self.config.lora_alpha, self.config.lora_towers = 0, 0.0, ()
        return self

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        elif isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)

    @property
    def logit_scale(self) -> Tensor:
        """The factor that similarities are multiplied by (already exponentiated)."""
        return self.clip.logit_scale.exp()  # type: ignore[no-any-return]

    @property
    def logit_bias(self) -> Tensor | None:
        """What is added to scaled similarities: SigLIP's learned bias, None for CLIP."""
        return getattr(self.clip, "logit_bias", None)

    def forward(
        self,
        input_ids: Tensor,
        pixel_values: Tensor,
        attention_mask: Tensor | None = None,
        triples: TripleBatch | None = None,
        knowledge_weight: float | None = None,
    ) -> StructCLIPOutput:
        """Similarities of texts (T) and images (I); with ``triples``, of the fused text embeddings."""
        images, plain = self.encode_images(pixel_values), self.encode_text(input_ids, attention_mask)
        texts = plain
        if triples is not None:
            triples = triples.to(plain.device)
            texts = self.fuse(plain, self.encode_triples(triples), triples.has_triples, knowledge_weight)
        logits = self.logit_scale * images @ texts.T
        logits = logits if self.logit_bias is None else logits + self.logit_bias
        return StructCLIPOutput(
            logits_per_image=logits, text_embeds=texts, plain_text_embeds=plain, image_embeds=images
        )

    def encode_images(self, pixel_values: Tensor) -> Tensor:
        """(B, D) of pixels (B, 3, H, W) as the image processor gives them."""
        return F.normalize(widen(self.clip.get_image_features(pixel_values=pixel_values).pooler_output), dim=-1)

    def encode_text(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """
        (B, D) of token ids (B, L): the dual encoder's plain text embedding.

        A causal tower needs no mask for right padding. SigLIP sees its padding and pools at the last place, so it
        wants L to be its full length and no mask; raises ValueError for another.
        """
        full = padded_length(self.config.clip_config)
        if full is not None and (input_ids.shape[1] != full or attention_mask is not None):
            raise ValueError(f"texts of {input_ids.shape[1]} tokens: this tower reads all {full}, padded, without mask")
        features = self.clip.get_text_features(input_ids=input_ids, attention_mask=attention_mask)
        return F.normalize(widen(features.pooler_output), dim=-1)

    def reads_text_lines(self, tokenizer: Any) -> bool:
        """
        Whether :meth:`encode_text_lines` is exact here.

        It is for a causal tower whose attention takes a mask of booleans and which pools where the tokenizer ends a
        text: at the end token it was configured with, or at the highest id where that is the old default.
        """
        config = self.clip.text_model.config
        if not family_of(self.config.clip_config).causal or config._attn_implementation != "sdpa":
            return False
        end = tokenizer.eos_token_id
        highest = max(tokenizer.get_vocab().values())
        pooled = highest if config.eos_token_id == _OLD_END else config.eos_token_id
        return bool(end == pooled)

    def encode_text_lines(self, lines: TextLines) -> Tensor:
        """(T, D) of texts set in lines: what :meth:`encode_text` gives, without the padding."""
        read = self.clip.text_model(
            input_ids=lines.input_ids, attention_mask=lines.mask, position_ids=lines.positions
        ).last_hidden_state
        features = self.clip.text_projection(read.flatten(0, 1).index_select(0, lines.ends))
        return F.normalize(widen(features), dim=-1)

    def read_triples(self, triples: Sequence[Sequence[Mapping[str, Any]]], tokenizer: Any) -> TripleBatch:
        """Triples of captions as the KEE reads them; ``tokenizer`` is the captions', used where the KEE has none."""
        config = self.config
        return tokenize_triples(
            triples, self.phrase_tokenizer or tokenizer, config.kee_triples, reading=Reading.of(config)
        )

    def encode_triples(self, triples: TripleBatch) -> Tensor:
        """(B, D) knowledge embeddings; the zero vector for captions without triples (see ``triples.has_triples``)."""
        weight = self.clip.text_model.embeddings.token_embedding.weight
        empty = widen(weight.new_zeros(triples.size, self.config.embedding_size))
        if self.kee is None or triples.rows.numel() == 0:
            return empty
        return empty.index_copy(0, triples.rows, F.normalize(widen(self.kee(triples, weight)), dim=-1))

    def fuse(
        self, text: Tensor, kee: Tensor, has_triples: Tensor, knowledge_weight: float | Tensor | None = None
    ) -> Tensor:
        """(B, D): renormalised ``normalize(text) + lambda * normalize(kee)``; text alone without triples or KEE."""
        if self.fusion is None:
            return text
        weight = self.config.knowledge_weight if knowledge_weight is None else knowledge_weight
        return self.fusion(text, kee, has_triples, weight)  # type: ignore[no-any-return]
