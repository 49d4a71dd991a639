"""The released code's knowledge encoder: BERT's embeddings for phrases, BERT's layers for triples."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, BertConfig, BertModel

from structclip_schemas.errors import InputError
from structclip_trainer.model.config import StructCLIPConfig
from structclip_trainer.model.triples import TripleBatch

_POSITIONS, _TYPES, _PADDING = 512, 2, 0


class BertLayers(nn.Module):
    """
    A BERT (arXiv 1810.04805) of ``kee_layers``, ``kee_width`` and ``kee_heads``, without its pooler.

    It reads phrases and triples apart: embeddings see word pieces, layers see triples (``triple_Transformer`` of the
    released Structure-CLIP). Its word pieces are CLIP's unless the config has a ``kee_vocabulary`` of its own.
    """

    def __init__(self, config: StructCLIPConfig) -> None:
        super().__init__()
        self.bert = BertModel(bert_config(config), add_pooling_layer=False)

    @property
    def layers(self) -> nn.ModuleList:
        """BERT's own layers."""
        return self.bert.encoder.layer  # type: ignore[no-any-return]

    def phrases(self, batch: TripleBatch) -> Tensor:
        """(P, width): weighted sum over a phrase's word pieces of word + position + type, normed, with dropout."""
        counts = torch.diff(batch.offsets, append=batch.offsets.new_tensor([len(batch.pieces)]))
        phrase_of = torch.repeat_interleave(counts)
        places = torch.arange(len(batch.pieces), device=batch.pieces.device) - batch.offsets[phrase_of]
        embedded = self.bert.embeddings(batch.pieces[None], position_ids=places.clamp(max=_POSITIONS - 1)[None])[0]
        summed = embedded.new_zeros(len(batch.offsets), embedded.shape[-1])
        weights = batch.weights.to(embedded.dtype)[:, None]
        return summed.index_add(0, phrase_of, embedded * weights)  # type: ignore[no-any-return]

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(R, K, width) to the same; ``mask`` (R, K) says which triples may be looked at."""
        seen = mask[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        for layer in self.layers:
            states = layer(states, seen)
        return states


def bert_config(config: StructCLIPConfig) -> BertConfig:
    """BERT base in everything but layers, width, heads, vocabulary and dropout."""
    text = config.clip_config.text_config
    return BertConfig(
        vocab_size=config.kee_vocabulary or text.vocab_size,
        hidden_size=config.kee_width,
        num_hidden_layers=config.kee_layers,
        num_attention_heads=config.kee_heads,
        intermediate_size=4 * config.kee_width,
        hidden_dropout_prob=config.kee_dropout,
        attention_probs_dropout_prob=config.kee_dropout,
        max_position_embeddings=_POSITIONS,
        type_vocab_size=_TYPES,
        pad_token_id=_PADDING if config.kee_vocabulary else text.pad_token_id,
    )


def read_bert(location: str) -> tuple[BertModel, Any]:
    """
    A pretrained BERT and its tokenizer, from a folder or the hub.

    Raises InputError when there is none, or one that is not of BERT's usual shape (four times as wide inside its
    layers, 512 positions, two types).
    """
    try:
        bert = BertModel.from_pretrained(location, add_pooling_layer=False)
        tokenizer = AutoTokenizer.from_pretrained(location)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"kee_bert {location}: no BERT ({first}). Wanted a folder that BertModel.save_pretrained and its tokenizer "
            "wrote, or the id of one on the hub, such as bert-base-uncased; without kee_bert the weights are fresh."
        ) from error
    shape, found = bert.config, (bert.config.max_position_embeddings, bert.config.type_vocab_size)
    if shape.intermediate_size != 4 * shape.hidden_size or found != (_POSITIONS, _TYPES):
        raise InputError(
            f"kee_bert {location}: {shape.intermediate_size} wide inside layers of {shape.hidden_size}, {found[0]} "
            f"positions, {found[1]} types; wanted {4 * shape.hidden_size}, {_POSITIONS} and {_TYPES}, as BERT base has."
        )
    return bert, tokenizer


def check_bert(location: str, bert: BertModel, layers: int, width: int, heads: int) -> None:
    """Raise InputError when a pretrained BERT has fewer layers than wanted, or another width or number of heads."""
    has = (bert.config.hidden_size, bert.config.num_attention_heads)
    if has != (width, heads) or bert.config.num_hidden_layers < layers:
        raise InputError(
            f"kee_bert {location}: {bert.config.num_hidden_layers} layers of width {has[0]} and {has[1]} heads, wanted "
            f"{layers} of {width} and {heads}. Set kee_layers, kee_width and kee_heads to what it has."
        )


@torch.no_grad()
def start_from_bert(layers: BertLayers, bert: BertModel) -> None:
    """Give the layers a pretrained BERT's weights: its embeddings and its first layers."""
    own = layers.bert.state_dict()
    given = bert.state_dict()
    layers.bert.load_state_dict({name: given[name] for name in own})
