"""What each preset adds up, number by number, from embeddings that are given."""

import math

import pytest
import torch
import torch.nn.functional as F

from structclip_trainer.batches import Batch
from structclip_trainer.config import build_settings
from structclip_trainer.objective import Embeddings, combine_losses, knowledge_weight, measure

SCALE = torch.tensor(10.0)


def _given() -> tuple[Embeddings, Batch]:
    generator = torch.Generator().manual_seed(0)
    images, plain, fused = (F.normalize(torch.randn(n, 6, generator=generator), dim=-1) for n in (4, 6, 6))
    batch = Batch(
        caption_ids=list("abcd"),
        pixels=torch.zeros(0),
        input_ids=torch.zeros(0),
        triples=None,
        negative_of=torch.tensor([1, 3]),
        same=torch.zeros(4, 4, dtype=torch.bool),
        keeps_knowledge=torch.ones(6, dtype=torch.bool),
    )
    return Embeddings(images, plain, fused, None), batch


def _infonce(images: torch.Tensor, texts: torch.Tensor, columns: int) -> float:
    scores = (SCALE * images @ texts.T).tolist()
    total = 0.0
    for i in range(4):
        row = sum(math.exp(scores[i][j]) for j in range(columns))
        column = sum(math.exp(scores[j][i]) for j in range(4))
        total += (math.log(row) - scores[i][i] + math.log(column) - scores[i][i]) / 2
    return total / 4


def _differences(images: torch.Tensor, texts: torch.Tensor) -> list[float]:
    return [float(images[i] @ texts[i] - images[i] @ texts[4 + n]) for n, i in enumerate((1, 3))]


def _softplus(differences: list[float]) -> float:
    return sum(math.log(1 + math.exp(-float(SCALE) * d)) for d in differences) / 2


def test_default() -> None:
    """InfoNCE on fused text plus log(1 + exp(-scale (d - d'))), the mean of plain and fused."""
    e, batch = _given()
    loss, _terms = combine_losses(e, batch, SCALE, build_settings("default", {}, []))
    pairs = [_softplus(_differences(e.images, texts)) for texts in (e.plain, e.fused)]
    assert float(loss) == pytest.approx(_infonce(e.images, e.fused, 4) + sum(pairs) / 2, abs=1e-5)


def test_paper() -> None:
    """InfoNCE on fused text plus the hinge max(0, 0.2 - d + d') on fused cosines, weight 1."""
    e, batch = _given()
    loss, terms = combine_losses(e, batch, SCALE, build_settings("paper", {}, []))
    hinge = sum(max(0.0, 0.2 - d) for d in _differences(e.images, e.fused)) / 2
    assert float(terms["negative"]) == pytest.approx(hinge, abs=1e-6)
    assert float(loss) == pytest.approx(_infonce(e.images, e.fused, 4) + hinge, abs=1e-5)


@pytest.mark.parametrize(("preset", "columns"), [("negclip", 6), ("infonce", 4)])
def test_without_comparison(preset: str, columns: int) -> None:
    """Negclip is InfoNCE with the negatives as columns of the images' rows; infonce has none of them."""
    e, batch = _given()
    loss, terms = combine_losses(e, batch, SCALE, build_settings(preset, {}, []))
    assert float(loss) == pytest.approx(_infonce(e.images, e.plain, columns), abs=1e-5)
    assert "negative" not in terms


def test_weight_and_text() -> None:
    """The weight multiplies the comparison; plain and fused are told apart."""
    e, batch = _given()
    settings = build_settings("default", {}, ["negative_weight=3", "negative_text=plain", "contrastive_text=both"])
    loss, _terms = combine_losses(e, batch, SCALE, settings)
    contrastive = (_infonce(e.images, e.plain, 4) + _infonce(e.images, e.fused, 4)) / 2
    assert float(loss) == pytest.approx(contrastive + 3 * _softplus(_differences(e.images, e.plain)), abs=1e-5)


def test_measures() -> None:
    """Accuracy on negatives is strict and counts only captions that have one."""
    e, batch = _given()
    found = measure(e, batch, SCALE, build_settings("default", {}, []))
    expected = sum(d > 0 for d in _differences(e.images, e.plain)) / 2
    assert found["swap_accuracy_plain"] == expected
    assert found["hinge_active_plain"] == 1 - expected


@pytest.mark.parametrize(("step", "weight"), [(0, 0.0), (50, 0.1), (100, 0.2), (500, 0.2)])
def test_knowledge_grows(step: int, weight: float) -> None:
    """Lambda grows from 0 to its value over the warm-up."""
    assert knowledge_weight(build_settings(None, {}, ["knowledge_warmup=100"]), step) == pytest.approx(weight)
