"""The model that a run starts from: new, of a folder or of a checkpoint, with the KEE and updates that are wanted."""

from typing import Any

import torch

from structclip_schemas.errors import InputError
from structclip_trainer.corpus import Corpus
from structclip_trainer.loading import load_model
from structclip_trainer.model import StructCLIPModel, StructCLIPProcessor
from structclip_trainer.model.bert import check_bert, read_bert, start_from_bert
from structclip_trainer.model.family import CLIP, family_of
from structclip_trainer.model.lora import TOWERS
from structclip_trainer.model.new_models import NEW_MODELS, make_new_model
from structclip_trainer.settings import Settings, resolve_settings


def make_model(
    checkpoint: str | None, base: str, settings: Settings, corpus: Corpus
) -> tuple[StructCLIPModel, Any, Settings]:
    """The model, its processor (tokenizer and image processor), and the settings with nothing left open."""
    new = base in NEW_MODELS
    if new and checkpoint is None:
        captions = corpus.source.captions()
        model, tokenizer, image_processor = make_new_model(base, captions, settings)
    else:
        model, tokenizer, image_processor = load_model(checkpoint or base)
    settings = _resolve(settings, new, model)
    if checkpoint is None:
        model = _with_lora(_with_knowledge(model.merged(), settings), settings)
    _realign(model)
    return model, StructCLIPProcessor.beside(model, image_processor, tokenizer), settings


def _resolve(settings: Settings, new: bool, model: StructCLIPModel) -> Settings:
    """The settings with nothing left open; raises InputError for a loss that the model's family cannot have."""
    text, family = model.config.clip_config.text_config, family_of(model.config.clip_config)
    settings = resolve_settings(
        settings, new, text.hidden_size, text.num_attention_heads, family.contrastive, family.max_logit_scale
    )
    if settings.contrastive == "sigmoid" and family is CLIP:
        raise InputError(
            "contrastive: sigmoid needs the learned bias that SigLIP has and CLIP has not. Train a CLIP with "
            "--set contrastive=infonce, or start from a SigLIP (--model new:tiny-siglip, or a SiglipModel folder)."
        )
    return settings


def _with_knowledge(model: StructCLIPModel, settings: Settings) -> StructCLIPModel:
    """The model with the KEE that the settings want: its own where it has that very one, else with fresh weights."""
    wanted: dict[str, Any] = {
        "knowledge_weight": settings.knowledge_weight,
        "kee_layers": settings.kee_layers,
        "kee_width": settings.kee_width,
        "kee_heads": settings.kee_heads,
        "kee_triples": settings.kee_triples,
        "kee_dropout": settings.kee_dropout,
        "kee_encoder": settings.kee_encoder,
        "phrase_table": settings.phrase_table,
        "phrase_pieces": settings.phrase_pieces,
        "phrase_padding": settings.phrase_padding,
        "empty_triples": settings.empty_triples,
        "triple_positions": settings.triple_positions,
        "triple_function": settings.triple_function,
        "pooling": settings.pooling,
        "fusion": settings.fusion,
        "renormalise": settings.renormalise,
    }
    if not settings.kee:
        return model if not model.config.has_kee else StructCLIPModel.from_clip(model.clip, has_kee=False)
    if wanted["kee_width"] % wanted["kee_heads"]:
        raise InputError(f"kee_width {wanted['kee_width']} must be a multiple of kee_heads {wanted['kee_heads']}.")
    if model.config.has_kee and all(getattr(model.config, name) == value for name, value in wanted.items()):
        return model
    torch.manual_seed(settings.seed)
    if settings.kee_bert is None:
        return StructCLIPModel.from_clip(model.clip, **wanted)
    return _with_bert(model, settings.kee_bert, wanted)


def _with_bert(model: StructCLIPModel, location: str, wanted: dict[str, Any]) -> StructCLIPModel:
    """The model with a KEE that starts with a pretrained BERT's weights and reads phrases with its tokenizer."""
    bert, tokenizer = read_bert(location)
    check_bert(location, bert, wanted["kee_layers"], wanted["kee_width"], wanted["kee_heads"])
    made = StructCLIPModel.from_clip(model.clip, kee_vocabulary=bert.config.vocab_size, **wanted)
    assert made.kee is not None and made.kee.bert is not None  # check_together wants kee_encoder=bert
    start_from_bert(made.kee.bert, bert)
    made.phrase_tokenizer = tokenizer
    return made


def _with_lora(model: StructCLIPModel, settings: Settings) -> StructCLIPModel:
    """The model with low-rank updates on the towers that are not frozen, where the settings want them."""
    towers = tuple(tower for tower in TOWERS if tower not in settings.freeze)
    if not settings.lora_rank or not towers:
        return model
    return model.with_lora(settings.lora_rank, settings.lora_alpha or settings.lora_rank, towers, settings.seed)


def _realign(model: torch.nn.Module) -> None:
    """Give weights memory of their own: kernels may round differently on weights that lie within a mapped file."""
    for weight in model.parameters():
        weight.data = weight.data.clone()
