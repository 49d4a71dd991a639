"""Every KEE and fusion against plain loops in fp64, forward and gradient; the released code's number by number."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import CLIPConfig

from structclip_trainer.config import build_settings
from structclip_trainer.model import StructCLIPConfig, StructCLIPModel

_spec = importlib.util.spec_from_file_location("slow_kee", Path(__file__).with_name("slow_kee.py"))
assert _spec is not None and _spec.loader is not None
slow = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(slow)

HEADS, WIDTH, SIZE = 2, 8, 6
WORDS = ("[CLS]", "[SEP]", "[PAD]", "cat", "dog", "is", "black", "white", "to", "the", "left", "of")
CAPTIONS = [
    [("cat", "to the left of", "dog"), ("cat", "is", "black"), ("dog", "is", "white")],
    [],
    [("dog", "is", "black cat")],
    [("dog", "is", w) for w in ("black", "white", "cat", "dog", "left", "of", "the")],
]
TRIPLES = [[dict(zip(("head", "relation", "tail"), t, strict=True)) for t in caption] for caption in CAPTIONS]


class Tokenizer(SimpleNamespace):
    """One word, one piece."""

    def __call__(self, phrases: list[str], *, add_special_tokens: bool) -> dict[str, list[list[int]]]:
        """Word numbers of phrases."""
        assert not add_special_tokens
        return {"input_ids": [[WORDS.index(word) for word in phrase.split()] for phrase in phrases]}


TOKENIZER = Tokenizer(cls_token_id=0, sep_token_id=1, pad_token_id=2, bos_token_id=9, eos_token_id=9)


def _model(**settings: Any) -> StructCLIPModel:
    tower = {"hidden_size": WIDTH, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    clip = CLIPConfig(
        text_config={**tower, "vocab_size": len(WORDS), "eos_token_id": 1, "bos_token_id": 0, "pad_token_id": 2},
        vision_config={**tower, "image_size": 16, "patch_size": 8},
        projection_dim=SIZE,
    )
    torch.manual_seed(0)
    model = StructCLIPModel(
        StructCLIPConfig(clip_config=clip, **{"kee_width": WIDTH, "kee_heads": HEADS, "kee_layers": 2} | settings)
    )
    for weight in model.parameters():  # norms and biases away from ones and zeros
        torch.nn.init.normal_(weight, mean=0.1, std=0.5)
    return model.double().eval()


def _mapped_phrase(model: StructCLIPModel) -> Callable[[str], Tensor]:
    """Mean word-piece vector, normed and mapped."""
    kee = model.kee
    table = model.clip.text_model.embeddings.token_embedding.weight.detach()
    table = table if kee.table is None else kee.table.weight

    def phrase(text: str) -> Tensor:
        pieces = text.split()[: model.config.phrase_pieces]
        mean = sum(table[WORDS.index(word)] for word in pieces) / len(pieces)
        return slow.linear(slow.norm(mean, kee.phrase_norm), kee.phrase_map)

    return phrase


def _bert_phrase(model: StructCLIPModel) -> Callable[[str], Tensor]:
    """The mean over all five slots of norm(word + position + type), start, end and padding included (A2)."""
    embeddings = model.kee.bert.bert.embeddings

    def phrase(text: str) -> Tensor:
        slots = ["[CLS]", *text.split()[:3], "[SEP]"]
        slots += ["[PAD]"] * (5 - len(slots))
        vectors = []
        for place, word in enumerate(slots):
            piece = embeddings.word_embeddings.weight[WORDS.index(word)]
            piece = piece.detach() if word == "[PAD]" else piece  # BERT does not learn its padding
            summed = piece + embeddings.position_embeddings.weight[place]
            vectors.append(slow.norm(summed + embeddings.token_type_embeddings.weight[0], embeddings.LayerNorm))
        return sum(vectors) / 5

    return phrase


def _agree(model: StructCLIPModel, fast: list[Tensor], by_hand: list[Tensor]) -> None:
    """Equal values, and equal gradients of a weighted sum for every weight of the KEE."""
    weights = [w for w in model.kee.parameters() if w.requires_grad]
    factors = torch.linspace(-1, 1, SIZE, dtype=torch.float64)
    totals = [sum((i + 1) * (factors * x.square()).sum() for i, x in enumerate(xs)) for xs in (fast, by_hand)]
    for one, other in zip(fast, by_hand, strict=True):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=1e-7)  # the weights 1/n are fp32
    gradients = [torch.autograd.grad(total, weights, allow_unused=True) for total in totals]
    for one, other in zip(*gradients, strict=True):
        one, other = (torch.zeros(()) if g is None else g for g in (one, other))
        torch.testing.assert_close(*torch.broadcast_tensors(one.double(), other.double()), atol=1e-6, rtol=1e-6)


def _encode(model: StructCLIPModel) -> tuple[list[int], Tensor]:
    batch = model.read_triples(TRIPLES, TOKENIZER)
    table = model.clip.text_model.embeddings.token_embedding.weight
    return batch.rows.tolist(), model.kee(batch, table)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kee_layers": 0, "pooling": "mean"},
        {"kee_layers": 1, "pooling": "first", "triple_function": "h+r+t"},
        {"triple_function": "concat", "triple_positions": True, "pooling": "mean"},
        {"phrase_table": "own", "phrase_pieces": 2},
        {"kee_triples": 2, "pooling": "first"},
    ],
    ids=str,
)
def test_kee_is_its_formula(settings: dict[str, Any]) -> None:
    """Phrases, triple function, layers and pooling are their formulas, value and gradient, for each caption alone."""
    model = _model(**settings)
    rows, fast = _encode(model)
    assert rows == [0, 2, 3]
    most = model.config.kee_triples
    by_hand = [slow.knowledge(TRIPLES[r][:most], _mapped_phrase(model), model.kee, HEADS) for r in rows]
    _agree(model, list(fast), by_hand)


def _official_shape() -> dict[str, Any]:
    """What preset official says about the KEE, with two small layers in place of twelve of BERT's size."""
    settings = build_settings("official", {}, [])
    small = {"kee_layers": 2, "kee_width": WIDTH, "kee_heads": HEADS}
    names = set(StructCLIPConfig().to_dict()) & set(settings.model_dump())
    return {name: getattr(settings, name) for name in names if name != "knowledge_weight"} | small


def test_official_kee_is_its_formula() -> None:
    """
    The released code's KEE number by number.

    Six triples, three word pieces, five slots without a mask, h + r - t without positions, BERT's layers masked over
    triples, the first triple's state, a linear map; a caption without triples is the encoding of six empty ones.
    """
    model = _model(**_official_shape())
    rows, fast = _encode(model)
    assert rows == [0, 1, 2, 3]
    empty = [{"head": "", "relation": "", "tail": ""}] * 6
    read = [caption[:6] or empty for caption in TRIPLES]
    by_hand = [slow.knowledge(triples, _bert_phrase(model), model.kee, HEADS) for triples in read]
    _agree(model, list(fast), by_hand)


def test_official_sizes() -> None:
    """Preset official is BERT base: 12 layers of 768, 12 heads, 512 positions, a map to CLIP's space; dropout 0.1."""
    settings = build_settings("official", {}, [])
    assert (settings.kee_layers, settings.kee_width, settings.kee_heads, settings.kee_triples) == (12, 768, 12, 6)
    config = StructCLIPConfig(kee_encoder="bert", kee_layers=12, kee_width=768, kee_heads=12, kee_vocabulary=30522)
    with torch.device("meta"):
        kee = StructCLIPModel(config).kee
    counted = sum(w.numel() for w in kee.bert.parameters())
    assert counted == 109_482_240 - (768 * 768 + 768)  # bert-base-uncased without its pooler
    assert sum(w.numel() for w in kee.projection.parameters()) == 768 * 512 + 512
    assert settings.kee_dropout == 0.1


def test_official_fusion_is_its_formula() -> None:
    """normalize(text) + 0.2 normalize(KEE), not renormalised, for captions without triples too (A2)."""
    model = _model(**_official_shape())
    batch = model.read_triples(TRIPLES, TOKENIZER)
    text = torch.randn(4, SIZE, dtype=torch.float64)
    fused = model.fuse(text, model.encode_triples(batch), batch.has_triples)
    for i, row in enumerate(_encode(model)[1]):
        by_hand = text[i] / text[i].norm() + 0.2 * row / row.norm()
        torch.testing.assert_close(fused[i], by_hand, atol=1e-6, rtol=0)
    assert float((fused.norm(dim=-1) - 1).abs().max()) > 0.01


@pytest.mark.parametrize("renormalise", [True, False])
@pytest.mark.parametrize("kind", ["add", "gate", "concat"])
def test_fusion_is_its_formula(kind: str, renormalise: bool) -> None:
    """Each fusion is its formula, in value and gradient; without triples the text stays as it is."""
    model = _model(fusion=kind, renormalise=renormalise).float()
    text, kee = (torch.randn(3, SIZE, requires_grad=True) for _ in range(2))
    has = torch.tensor([True, False, True])
    by_hand = []
    for i in range(3):
        t, k = text[i] / text[i].norm(), kee[i] / kee[i].norm()
        term = k
        if kind == "gate":
            term = k * (1 / (1 + torch.exp(-slow.linear(torch.cat([t, k]), model.fusion.gate))))
        if kind == "concat":
            term = slow.linear(torch.cat([t, k]), model.fusion.mix)
        fused = t + 0.3 * term if has[i] else t
        by_hand.append(fused / fused.norm() if renormalise else fused)
    leaves = [text, kee, *model.fusion.parameters()]
    fast, factors = model.fuse(text, kee, has, 0.3), torch.randn(3, SIZE)
    torch.testing.assert_close(fast, torch.stack(by_hand), atol=1e-6, rtol=1e-5)
    gradients = [torch.autograd.grad((factors * x).sum(), leaves) for x in (fast, torch.stack(by_hand))]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_own_table_starts_as_a_copy() -> None:
    """The KEE's own table begins with CLIP's token embeddings and learns by itself."""
    clip = _model().float().clip
    model = StructCLIPModel.from_clip(clip, kee_width=WIDTH, kee_heads=HEADS, kee_layers=1, phrase_table="own")
    table = model.clip.text_model.embeddings.token_embedding.weight
    assert torch.equal(model.kee.table.weight, table)
    model.encode_triples(model.read_triples(TRIPLES, TOKENIZER)).sum().backward()
    assert table.grad is None
    assert float(model.kee.table.weight.grad.abs().sum()) > 0
