"""Facts about the KEE: what it tells apart, what it does not depend on, and its formula against plain loops."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import CLIPConfig

from structclip_trainer.model import StructCLIPConfig, StructCLIPModel, tokenize_triples

WORDS = {word: number for number, word in enumerate(["<s>", "</s>", "cat", "dog", "is", "black", "white", "sit", "on"])}
Triples = list[dict[str, str]]


def _tokenize(phrases: list[str], *, add_special_tokens: bool) -> Mapping[str, list[list[int]]]:
    assert not add_special_tokens
    return {"input_ids": [[WORDS[word] for word in phrase.split()] for phrase in phrases]}


def _model(**settings: Any) -> StructCLIPModel:
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    clip = CLIPConfig(
        text_config={**tower, "vocab_size": len(WORDS), "eos_token_id": 1, "bos_token_id": 0, "pad_token_id": 1},
        vision_config={**tower, "image_size": 16, "patch_size": 8},
        projection_dim=8,
    )
    torch.manual_seed(0)
    return StructCLIPModel(
        StructCLIPConfig(clip_config=clip, kee_width=16, kee_heads=2, **{"kee_layers": 2} | settings)
    )


def _triple(head: str, relation: str, tail: str) -> dict[str, str]:
    return {"head": head, "relation": relation, "tail": tail}


def _encode(model: StructCLIPModel, *captions: Triples, most: int = 16) -> Tensor:
    return model.eval().encode_triples(tokenize_triples(captions, _tokenize, most))


BLACK_CAT = [_triple("cat", "is", "black"), _triple("dog", "is", "white")]
WHITE_CAT = [_triple("cat", "is", "white"), _triple("dog", "is", "black")]


@pytest.mark.parametrize("function", ["h+r-t", "concat"])
def test_direction_of_a_triple(function: str) -> None:
    """(cat, is, black) and (black, is, cat) have different embeddings."""
    first, second = _encode(
        _model(triple_function=function), [_triple("cat", "is", "black")], [_triple("black", "is", "cat")]
    )
    assert float((first @ second).detach()) < 0.99


def test_sum_without_subtraction_is_blind_to_direction() -> None:
    """With h + r + t (cat, is, black) equals (black, is, cat): the reason for the minus sign."""
    model = _model(triple_function="h+r+t")
    first, second = _encode(model, [_triple("cat", "is", "black")], [_triple("black", "is", "cat")])
    torch.testing.assert_close(first, second)


def test_exchanged_attributes_need_layers() -> None:
    """Attributes exchanged between two objects: a mean of h + r - t is blind to them, the transformer is not."""
    blind = _model(kee_layers=0, pooling="mean")
    blind.kee.final_norm = torch.nn.Identity()  # the one nonlinearity left
    first, second = _encode(blind, BLACK_CAT, WHITE_CAT)
    torch.testing.assert_close(first, second)
    first, second = _encode(_model(kee_layers=2, pooling="mean"), BLACK_CAT, WHITE_CAT)
    assert float((first - second).norm()) > 1e-2


@pytest.mark.parametrize("pooling", ["attention", "mean"])
def test_order_of_triples(pooling: str) -> None:
    """Without triple_positions the order of the triples makes no difference, with them it does."""
    order = [BLACK_CAT, BLACK_CAT[::-1]]
    without = _encode(_model(pooling=pooling), *order)
    torch.testing.assert_close(without[0], without[1], atol=1e-6, rtol=0)
    model = _model(pooling=pooling, triple_positions=True)
    with torch.no_grad():
        model.kee.positions.weight.mul_(50)  # as far apart as training would drive them
    placed = _encode(model, *order)
    assert float((placed[0] - placed[1]).norm()) > 1e-3


def test_company_in_the_batch() -> None:
    """An embedding does not depend on the other captions of the batch, nor on padding to their number of triples."""
    model = _model()
    alone = _encode(model, BLACK_CAT[:1])
    together = _encode(model, WHITE_CAT, [], BLACK_CAT[:1])
    torch.testing.assert_close(together[2], alone[0], atol=1e-6, rtol=0)


def test_no_triples() -> None:
    """A caption without triples gets the zero vector, and the fused embedding is its plain text embedding."""
    model = _model()
    batch = tokenize_triples([[], BLACK_CAT], _tokenize, 16)
    knowledge = model.encode_triples(batch)
    text = model.encode_text(torch.tensor([[0, 2, 1], [0, 3, 1]]))
    fused = model.fuse(text, knowledge, batch.has_triples)
    assert bool((knowledge[0] == 0).all())
    torch.testing.assert_close(fused[0], text[0])
    assert not torch.allclose(fused[1], text[1])


def test_batch_without_any_triple() -> None:
    """A batch in which no caption has a triple is encoded to zeros."""
    assert bool((_encode(_model(), [], []) == 0).all())


def test_fusion_formula() -> None:
    """Fused = normalize(normalize(text) + 0.2 normalize(kee)), number by number."""
    model = _model()
    batch = tokenize_triples([BLACK_CAT], _tokenize, 16)
    text, knowledge = model.encode_text(torch.tensor([[0, 2, 1]])), model.encode_triples(batch)
    summed = [float(t) + 0.2 * float(k) for t, k in zip(text[0], knowledge[0], strict=True)]
    norm = sum(value * value for value in summed) ** 0.5
    assert model.fuse(text, knowledge, batch.has_triples)[0].tolist() == pytest.approx(
        [v / norm for v in summed], abs=1e-6
    )


def test_triple_embedding_by_hand() -> None:
    """The sum h + r - t over mean word-piece vectors, normed and mapped: the embedding bags equal plain loops."""
    model = _model(kee_layers=0, pooling="mean").double().eval()
    kee, table = model.kee, model.clip.text_model.embeddings.token_embedding.weight.double()
    batch = tokenize_triples([[_triple("black cat", "sit on", "dog")]], _tokenize, 16)

    def phrase(text: str) -> Tensor:
        rows = [table[WORDS[word]] for word in text.split()]
        return kee.phrase_map(kee.phrase_norm(sum(rows) / len(rows)))

    by_hand = kee.projection(kee.final_norm(phrase("black cat") + phrase("sit on") - phrase("dog")))
    torch.testing.assert_close(kee(batch, table)[0], by_hand, atol=1e-12, rtol=0)


def test_token_embeddings_stay() -> None:
    """The KEE's loss reaches its own weights but never CLIP's token embeddings."""
    model = _model()
    _encode(model, BLACK_CAT).sum().backward()
    assert model.clip.text_model.embeddings.token_embedding.weight.grad is None
    assert float(model.kee.phrase_map.weight.grad.abs().sum()) > 0


def test_truncation_is_counted() -> None:
    """The first K triples are read, the others counted."""
    batch = tokenize_triples([BLACK_CAT, BLACK_CAT[:1]], _tokenize, 1)
    assert batch.truncated == 1
    assert batch.triples.shape == (2, 1, 3)


@given(st.lists(st.lists(st.tuples(*[st.sampled_from(sorted(WORDS))] * 3), max_size=4), max_size=5))
def test_every_triple_stands_in_its_caption_s_row(said: list[list[tuple[str, str, str]]]) -> None:
    """Read back phrase by phrase, the table gives the triples of each caption that has any, and nothing elsewhere."""
    batch = tokenize_triples([[_triple(*words) for words in of_caption] for of_caption in said], _tokenize, 3)
    bounds = [*batch.offsets.tolist(), len(batch.pieces)]
    phrases = [tuple(batch.pieces[start:stop].tolist()) for start, stop in pairwise(bounds)]
    assert batch.rows.tolist() == [row for row, of_caption in enumerate(said) if of_caption]
    for row, table, mask in zip(batch.rows.tolist(), batch.triples.tolist(), batch.mask.tolist(), strict=True):
        expected = [tuple((WORDS[word],) for word in words) for words in said[row][:3]]
        assert [tuple(phrases[n] for n in triple) for triple in table[: len(expected)]] == expected
        assert mask == [place < len(expected) for place in range(len(mask))]
        assert all(triple == [0, 0, 0] for triple in table[len(expected) :])


def test_phrases_are_deduplicated() -> None:
    """Each phrase of the batch is embedded once."""
    batch = tokenize_triples([BLACK_CAT, WHITE_CAT], _tokenize, 16)
    assert len(batch.offsets) == len({"cat", "is", "black", "dog", "white"})


def test_saved_and_loaded(tmp_path: Any) -> None:
    """A saved model gives the same embeddings after loading."""
    model = _model(triple_positions=True)
    model.save_pretrained(tmp_path)
    loaded = StructCLIPModel.from_pretrained(tmp_path)
    assert torch.equal(_encode(loaded, BLACK_CAT, WHITE_CAT), _encode(model, BLACK_CAT, WHITE_CAT))


@pytest.mark.parametrize("fusion", ["gate", "concat"])
def test_other_fusions(fusion: str) -> None:
    """Gated and concatenated fusion give embeddings of norm 1 that depend on the knowledge."""
    model = _model(fusion=fusion)
    batch = tokenize_triples([BLACK_CAT], _tokenize, 16)
    text = model.encode_text(torch.tensor([[0, 2, 1]]))
    fused = model.fuse(text, model.encode_triples(batch), batch.has_triples)
    assert float(fused.norm()) == pytest.approx(1, abs=1e-6)
    assert not torch.allclose(fused, text)
