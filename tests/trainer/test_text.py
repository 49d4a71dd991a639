"""Trimming text to the batch's longest caption changes nothing."""

import pytest
import torch

from structclip_trainer.model.new_tiny import make_tiny_clip, train_tokenizer
from structclip_trainer.settings import TinySettings
from structclip_trainer.text import pad_tokens, tokenize_captions

CAPTIONS = ["a red cup", "a red cup on a blue table beside two dogs", "ein Café \N{DOG} 東京"]
TINY = TinySettings(width=32, heads=2, text_layers=2, vision_layers=1, projection=16, vocabulary=700)


def test_trimming_is_exact() -> None:
    """Text trimmed to the batch's longest caption and text padded to 77: the same embeddings and gradients in fp64."""
    tokenizer = train_tokenizer(CAPTIONS, TINY)
    clip = make_tiny_clip(TINY, tokenizer, 0).double().eval()
    tokens = tokenize_captions(CAPTIONS, tokenizer, 77)
    trimmed, padded = pad_tokens(tokens, tokenizer.pad_token_id), pad_tokens(tokens, tokenizer.pad_token_id, 77)
    assert trimmed.shape[1] < padded.shape[1] == 77
    found = []
    for ids in (trimmed, padded):
        embeddings = clip.get_text_features(input_ids=ids).pooler_output
        clip.zero_grad()
        (embeddings * torch.linspace(-1, 1, embeddings.shape[1], dtype=torch.float64)).sum().backward()
        found.append([embeddings, *(w.grad for w in clip.text_model.parameters())])
    for one, other in zip(*found, strict=True):
        common = one[: trimmed.shape[1]] if one.shape == (77, TINY.width) else one
        torch.testing.assert_close(common, other[: len(common)], atol=1e-12, rtol=0)


def test_no_text_is_unknown() -> None:
    """The tokenizer reads any text, seen or not, back as it was (lower-cased), and ends it with one end token."""
    tokenizer = train_tokenizer(CAPTIONS, TINY)
    for text in ("zebra!?", "Ünïcödé \N{GRINNING FACE}", "1984"):
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids, skip_special_tokens=True).replace(" ", "") == text.lower().replace(" ", "")
        assert ids.count(tokenizer.eos_token_id) == 1


def test_same_captions_same_tokenizer() -> None:
    """Training twice on the same captions gives the same vocabulary and merges."""
    first, *others = (train_tokenizer(CAPTIONS * 3, TINY) for _ in range(5))
    for other in others:
        assert other.backend_tokenizer.to_str() == first.backend_tokenizer.to_str()


def test_truncation_keeps_the_end() -> None:
    """A caption that is too long is cut and still ends with the end token."""
    tokenizer = train_tokenizer(CAPTIONS, TINY)
    (ids,) = tokenize_captions(["cup " * 100], tokenizer, 77)
    assert len(ids) == 77
    assert ids[-1] == tokenizer.eos_token_id


@pytest.mark.parametrize("seed", [0, 1])
def test_seeded_weights(seed: int) -> None:
    """The same seed gives the same weights and leaves torch's own generator alone."""
    tokenizer = train_tokenizer(CAPTIONS, TINY)
    before = torch.get_rng_state()
    one, other = make_tiny_clip(TINY, tokenizer, seed), make_tiny_clip(TINY, tokenizer, seed)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
