"""Texts set in lines are the same texts with less padding, and have the same embeddings."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from structclip_trainer import text_lines
from structclip_trainer.config import build_settings
from structclip_trainer.loop import make_batches, train
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.new_tiny import make_tiny_clip, train_tokenizer
from structclip_trainer.settings import TinySettings
from structclip_trainer.start import Options, prepare
from structclip_trainer.text import pad_tokens
from structclip_trainer.text_lines import place_texts, set_in_lines

FEWEST = text_lines.LEAST_TEXTS
START, END, PAD = 1, 2, 0
TEXTS = st.lists(st.lists(st.integers(3, 9), max_size=20).map(lambda ids: [START, *ids, END]), min_size=1, max_size=40)


@pytest.fixture(autouse=True)
def from_two_texts_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches are set in lines here, too."""
    monkeypatch.setattr(text_lines, "LEAST_TEXTS", 2)


@given(TEXTS)
def test_every_text_stands_whole_in_one_line(texts: list[list[int]]) -> None:
    """Read back from members and positions, and nothing else stands there."""
    lines = set_in_lines(texts, PAD, 77)
    if lines is None:
        return
    for number, text in enumerate(texts):
        line, place = (lines.members == number).nonzero(as_tuple=True)
        assert lines.input_ids[line, place].tolist() == text
        assert len(set(line.tolist())) == 1 and place.diff().eq(1).all()
        assert lines.positions[line, place].tolist() == list(range(len(text)))
        assert lines.input_ids.flatten()[lines.ends[number]] == END
    assert lines.input_ids[lines.members == -1].eq(PAD).all()
    assert (lines.members != -1).sum() == sum(map(len, texts))


@given(TEXTS)
def test_lines_read_fewer_tokens_or_are_not_made(texts: list[list[int]]) -> None:
    """Than rows of the longest text's length."""
    lines = set_in_lines(texts, PAD, 77)
    padded = len(texts) * max(map(len, texts))
    assert lines is None or lines.input_ids.numel() < padded


@given(st.lists(st.integers(1, 64), max_size=60))
def test_no_two_lines_would_fit_into_one(lengths: list[int]) -> None:
    """And no text crosses another or the end of its line."""
    starts, count = place_texts(lengths, 64)
    spans = sorted((int(start), int(start) + length) for start, length in zip(starts, lengths, strict=True))
    assert all(here[1] <= after[0] for here, after in pairwise(spans))
    assert all(start // 64 == (stop - 1) // 64 < count for start, stop in spans)
    filled = [sum(stop - start for start, stop in spans if start // 64 == line) for line in range(count)]
    assert count < 2 or sum(sorted(filled)[:2]) > 64


def test_a_place_sees_its_own_text_up_to_itself() -> None:
    """Against loops; padding sees padding, since an attention to nothing is no number."""
    lines = set_in_lines([[1, 5, 2], [1, 2], [1, *[4] * 20, 2], *[[1, 2]] * 5], PAD, 77)
    assert lines is not None
    mask, members = lines.mask, lines.members
    for line in range(len(members)):
        for here in range(members.shape[1]):
            for there in range(members.shape[1]):
                wanted = there <= here and members[line, here] == members[line, there]
                assert mask[line, 0, here, there] == wanted
    assert mask.any(-1).all()


def test_a_small_batch_is_not_set_in_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the golden trace and small models see does not change."""
    texts = [[1, 2]] * (FEWEST - 2) + [[1, *[3] * 60, 2]]
    monkeypatch.setattr(text_lines, "LEAST_TEXTS", FEWEST)
    assert set_in_lines(texts, PAD, 77) is None
    assert set_in_lines([*texts, [1, 2]], PAD, 77) is not None


def test_a_text_longer_than_a_line_makes_lines_as_long() -> None:
    """Up to what the tower reads."""
    lines = set_in_lines([[1, *[3] * 75, 2], *[[1, 2]] * 9], PAD, 77)
    assert lines is not None and lines.input_ids.shape == (2, 77)


TINY = TinySettings(image_size=32, width=32, heads=2, vision_layers=1, text_layers=2, projection=16, vocabulary=700)


@pytest.fixture
def tokenizer() -> Any:
    """A small tokenizer, whose end token the model's configuration names."""
    return train_tokenizer(["a red square"], TINY)


@pytest.fixture
def model(tokenizer: Any) -> Any:
    """A small model with a causal text tower, in fp64."""
    return StructCLIPModel.from_clip(make_tiny_clip(TINY, tokenizer, 3), has_kee=False).double().eval()


def test_embeddings_and_gradients_are_those_of_padded_rows(model: Any, tokenizer: Any) -> None:
    """A causal tower reads nothing of what is padded on the right, nor of its neighbours in a line."""
    config = model.clip.config.text_config
    start, end = config.bos_token_id, config.eos_token_id
    lengths = [3, 9, 4, 5, 12, 3, 8, 30, 70]
    texts = [[start, *(5 + (n * k) % 90 for k in range(n - 2)), end] for n in lengths]
    texts.append([start, 9, end, 7, end])  # a caption that says the end token: its first one counts
    lines = set_in_lines(texts, end, 77)
    assert lines is not None and model.reads_text_lines(tokenizer)
    target = torch.randn(len(texts), 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = []
    for encode in (lambda: model.encode_text(pad_tokens(texts, end)), lambda: model.encode_text_lines(lines)):
        model.zero_grad()
        embeddings = encode()
        (embeddings * target).sum().backward()
        found.append([embeddings.detach(), *(p.grad.clone() for p in model.clip.text_model.parameters())])
    torch.testing.assert_close(found[1], found[0], atol=1e-10, rtol=0)
    torch.testing.assert_close(found[1][0], F.normalize(found[1][0], dim=-1))


def test_attention_that_takes_no_mask_of_booleans_reads_no_lines(model: Any, tokenizer: Any) -> None:
    """Eager attention adds its mask; the batch is read row by row then."""
    model.clip.text_model.config._attn_implementation = "eager"
    assert not model.reads_text_lines(tokenizer)


@pytest.mark.parametrize(
    ("configured", "added", "exact"), [(2, 0, True), (2, 1, False), (7, 0, False), (None, 1, True)]
)
def test_a_tower_that_pools_elsewhere_reads_no_lines(
    model: Any, tokenizer: Any, configured: int | None, added: int, exact: bool
) -> None:
    """An old configuration takes the highest id, which may be an added token; another may name another token."""
    end = tokenizer.eos_token_id
    assert end == max(tokenizer.get_vocab().values())
    tokenizer.add_tokens(["<new>"] * added)
    model.clip.text_model.config.eos_token_id = end if configured is None else configured
    assert model.reads_text_lines(tokenizer) == exact


@pytest.mark.parametrize("setting", ["accumulate=1", "accumulate=2", "gradient_checkpointing=true", "freeze=text"])
def test_training_on_lines_is_training_on_rows(
    make_data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Losses, validation and weights, of a run whose batches have lines and of one whose batches have none."""
    data, found = make_data(more=True), []
    for least in (2, 10_000):
        monkeypatch.setattr(text_lines, "LEAST_TEXTS", least)
        monkeypatch.setattr(text_lines, "WIDTH", 24)
        sizes = [f"tiny.{name}={value}" for name, value in TINY.model_dump(exclude_defaults=True).items()]
        common = ["batch_size=8", "max_steps=3", "log_every=1", "warmup_steps=0", "kee_layers=1", "kee_width=32"]
        settings = build_settings("default", {}, [*common, *sizes, "kee_heads=2", "learning_rate=1e-4", setting])
        run, shards = tmp_path / str(least), str(data.shards)
        options = Options(shards, str(data.images), "new:tiny", str(run), shards, False, "cpu")
        training, progress = prepare(options, settings, lambda _: None)
        (batch, *_), _ = next(make_batches(training, progress.cursor, 1))
        assert (batch.lines is not None) == (least == 2)
        train(training, progress)
        log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
        figures = [line["loss"] for line in log if "loss" in line] + [line["validation"] for line in log[-1:]]
        found.append((figures, training.model.state_dict()))
    (losses, weights), (others, their) = found
    assert losses[:3] == pytest.approx(others[:3], rel=1e-5)
    assert losses[3] == pytest.approx(others[3], rel=1e-5)
    torch.testing.assert_close(weights, their, atol=2e-5, rtol=1e-4)
