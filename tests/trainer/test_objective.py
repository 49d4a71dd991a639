"""What each preset adds up, number by number, from embeddings that are given."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from structclip_trainer.config import build_settings
from structclip_trainer.objective import Embeddings, combine_losses, knowledge_weight, measure
from structclip_trainer.pairing import Pairing

SCALE = torch.tensor(10.0)


def _given() -> tuple[Embeddings, Pairing]:
    generator = torch.Generator().manual_seed(0)
    images, plain, fused = (F.normalize(torch.randn(n, 6, generator=generator), dim=-1) for n in (4, 6, 6))
    pairing = Pairing(torch.arange(8).view(4, 2), torch.tensor([1, 3]))
    return Embeddings(images, plain, fused), pairing


def _infonce(images: torch.Tensor, texts: torch.Tensor, columns: int) -> float:
    scores = (SCALE * images @ texts.T).tolist()
    total = 0.0
    for i in range(4):
        row = sum(math.exp(scores[i][j]) for j in range(columns))
        column = sum(math.exp(scores[j][i]) for j in range(4))
        total += (math.log(row) - scores[i][i] + math.log(column) - scores[i][i]) / 2
    return total / 4


def _differences(images: torch.Tensor, texts: torch.Tensor) -> list[float]:
    images = images.detach()
    return [float(images[i] @ texts[i] - images[i] @ texts[4 + n]) for n, i in enumerate((1, 3))]


def _softplus(differences: list[float]) -> float:
    return sum(math.log(1 + math.exp(-float(SCALE) * d)) for d in differences) / 2


def test_default() -> None:
    """InfoNCE on fused text plus log(1 + exp(-scale (d - d'))), the mean of plain and fused."""
    e, pairing = _given()
    loss, _terms = combine_losses(e, pairing, SCALE, build_settings("default", {}, []))
    pairs = [_softplus(_differences(e.images, texts)) for texts in (e.plain, e.fused)]
    assert float(loss) == pytest.approx(_infonce(e.images, e.fused, 4) + sum(pairs) / 2, abs=1e-5)


def test_paper() -> None:
    """InfoNCE on fused text plus the hinge max(0, 0.2 - d + d') on fused cosines, weight 1."""
    e, pairing = _given()
    loss, terms = combine_losses(e, pairing, SCALE, build_settings("paper", {}, []))
    hinge = sum(max(0.0, 0.2 - d) for d in _differences(e.images, e.fused)) / 2
    assert float(terms["negative"]) == pytest.approx(hinge, abs=1e-6)
    assert float(loss) == pytest.approx(_infonce(e.images, e.fused, 4) + hinge, abs=1e-5)


@pytest.mark.parametrize(("preset", "columns"), [("negclip", 6), ("infonce", 4)])
def test_without_comparison(preset: str, columns: int) -> None:
    """Negclip is InfoNCE with the negatives as columns of the images' rows; infonce has none of them."""
    e, pairing = _given()
    loss, terms = combine_losses(e, pairing, SCALE, build_settings(preset, {}, []))
    assert float(loss) == pytest.approx(_infonce(e.images, e.plain, columns), abs=1e-5)
    assert "negative" not in terms


def test_weight_and_text() -> None:
    """The weight multiplies the comparison; plain and fused are told apart."""
    e, pairing = _given()
    settings = build_settings("default", {}, ["negative_weight=3", "negative_text=plain", "contrastive_text=both"])
    loss, _terms = combine_losses(e, pairing, SCALE, settings)
    contrastive = (_infonce(e.images, e.plain, 4) + _infonce(e.images, e.fused, 4)) / 2
    assert float(loss) == pytest.approx(contrastive + 3 * _softplus(_differences(e.images, e.plain)), abs=1e-5)


def test_measures() -> None:
    """Accuracy on negatives is strict and counts only captions that have one."""
    e, pairing = _given()
    found = measure(e, pairing, SCALE, build_settings("default", {}, []))
    expected = sum(d > 0 for d in _differences(e.images, e.plain)) / 2
    assert found["swap_accuracy_plain"] == expected
    assert found["hinge_active_plain"] == 1 - expected


@pytest.mark.parametrize(("step", "weight"), [(0, 0.0), (50, 0.1), (100, 0.2), (500, 0.2)])
def test_knowledge_grows(step: int, weight: float) -> None:
    """Lambda grows from 0 to its value over the warm-up."""
    assert knowledge_weight(build_settings(None, {}, ["knowledge_warmup=100"]), step) == pytest.approx(weight)


def _hinges(images: torch.Tensor, texts: torch.Tensor, mean_image: bool) -> float:
    """Both hinges of A3 of the released code, caption by caption."""
    scores, total = (images @ texts[:4].T).tolist(), 0.0
    for i in range(4):
        caption = max(scores[i][j] for j in range(4) if j != i)
        column = [scores[j][i] for j in range(4)]
        image = sum(column) / 4 if mean_image else max(s for j, s in enumerate(column) if j != i)
        total += max(0.0, caption + 0.2 - scores[i][i]) + max(0.0, image + 0.2 - scores[i][i])
    return total / 4


@pytest.mark.parametrize(("step", "mean_image"), [(0, True), (99, True), (100, False), (None, False)])
def test_official(step: int | None, mean_image: bool) -> None:
    """
    Max of hinges (0.2) on fused text, plus 5 times the hinge (0.1) on un-fused text, all on the cosine.

    In the first 100 steps the mean image stands in for the hardest one. The logit scale gets no gradient.
    """
    e, pairing = _given()
    e = Embeddings(e.images, e.plain, e.plain + 0.2 * e.fused)  # norms around 1, not 1
    scale = SCALE.clone().requires_grad_()
    e.images.requires_grad_()
    loss, _terms = combine_losses(e, pairing, scale, build_settings("official", {}, []), step=step)
    hinge = sum(max(0.0, 0.1 - d) for d in _differences(e.images, e.plain)) / 2
    assert float(loss.detach()) == pytest.approx(_hinges(e.images.detach(), e.fused, mean_image) + 5 * hinge, abs=1e-5)
    loss.backward()
    assert scale.grad is None


def _with_more(positive: bool, unit: bool) -> tuple[Embeddings, Pairing]:
    """The given pairing with a positive beside the second caption's negative, and two units of which one has a foil."""
    e, pairing = _given()
    more = F.normalize(torch.randn(4, 6, generator=torch.Generator().manual_seed(1)), dim=-1)
    more = more[: 1 if not unit else 4][0 if positive else 1 :]
    plain, fused = (torch.cat([x, more]) for x in (e.plain, e.fused))
    numbers = {
        "positive_of": [1] if positive else [],
        "unit_of": [0, 2] if unit else [],
        "foil_of": [1] if unit else [],
    }
    tensors = {name: torch.tensor(value, dtype=torch.long) for name, value in numbers.items()}
    tensors["unit_texts"] = torch.arange(len(numbers["unit_of"]))
    return Embeddings(e.images, plain, fused), replace(pairing, **tensors)


def test_default_with_positives() -> None:
    """With hard positives the lesser of caption's and positive's score is compared."""
    e, pairing = _with_more(positive=True, unit=False)
    _loss, terms = combine_losses(e, pairing, SCALE, build_settings("default", {}, []))
    expected = 0.0
    for texts in (e.plain, e.fused):
        differences = _differences(e.images, texts)
        differences[0] = min(differences[0], float(e.images[1] @ texts[6] - e.images[1] @ texts[4]))
        expected += _softplus(differences) / 2
    assert float(terms["negative"]) == pytest.approx(expected, abs=1e-5)
    assert "augmented_accuracy_plain" in measure(e, pairing, SCALE, build_settings("default", {}, []))


def test_default_with_units() -> None:
    """Units add half their contrastive term: the unit among units and its foil, the image among images."""
    e, pairing = _with_more(positive=False, unit=True)
    loss, terms = combine_losses(e, pairing, SCALE, build_settings("default", {}, []))
    units, foil, total = e.fused[6:8], e.fused[8], 0.0
    for u, i in enumerate((0, 2)):
        row = [float(SCALE * e.images[i] @ unit) for unit in units] + ([float(SCALE * e.images[i] @ foil)] if u else [])
        column = [float(SCALE * image @ units[u]) for image in e.images]
        total += sum(math.log(sum(map(math.exp, scores))) - row[u] for scores in (row, column)) / 2
    assert float(terms["units"]) == pytest.approx(total / 2, abs=1e-4)
    rest = terms["contrastive"] + terms["negative"]
    assert float(loss) == pytest.approx(float(rest) + 0.5 * total / 2, abs=1e-4)
    assert "foil_accuracy_fused" in measure(e, pairing, SCALE, build_settings("default", {}, []))


Scalar = torch.Tensor


def _leaves() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images (4), plain texts (6) and knowledge (6), fp64, of norm 1, whose gradients are asked for."""
    generator = torch.Generator().manual_seed(3)
    made = (F.normalize(torch.randn(n, 6, generator=generator, dtype=torch.float64), dim=-1) for n in (4, 6, 6))
    images, plain, knowledge = (each.requires_grad_() for each in made)
    return images, plain, knowledge


def _slow_official(images: torch.Tensor, plain: torch.Tensor, knowledge: torch.Tensor) -> Scalar:
    """A3 of the released code, sum by sum: WinoLoss on I (T + 0.2 K)^T, plus 5 MarginLoss on I and T."""
    total = torch.zeros((), dtype=torch.float64)
    zero = torch.zeros((), dtype=torch.float64)

    def score(i: int, j: int) -> Scalar:
        return sum((images[i, d] * (plain[j, d] + 0.2 * knowledge[j, d]) for d in range(6)), zero)

    for i in range(4):
        for others in ([score(i, j) for j in range(4) if j != i], [score(j, i) for j in range(4) if j != i]):
            hardest = max(others, key=lambda s: float(s.detach()))
            total = total + torch.maximum(hardest + 0.2 - score(i, i), zero) / 4
    for n, i in enumerate((1, 3)):
        right, wrong = (sum((images[i, d] * plain[t, d] for d in range(6)), zero) for t in (i, 4 + n))
        total = total + 5 * torch.maximum(0.1 - right + wrong, zero) / 2
    return total


def _slow_paper(images: torch.Tensor, plain: torch.Tensor, knowledge: torch.Tensor) -> Scalar:
    """InfoNCE on renormalised fused text with the learned scale, plus the hinge 0.2 on its cosine."""
    zero = torch.zeros((), dtype=torch.float64)
    fused = [plain[j] + 0.2 * knowledge[j] for j in range(6)]
    fused = [x / torch.sqrt(sum((v * v for v in x), zero)) for x in fused]

    def score(i: int, j: int) -> Scalar:
        return sum((images[i, d] * fused[j][d] for d in range(6)), zero)

    total = zero
    for i in range(4):
        for logits in ([10 * score(i, j) for j in range(4)], [10 * score(j, i) for j in range(4)]):
            total = total + (torch.log(sum((torch.exp(x) for x in logits), zero)) - 10 * score(i, i)) / 8
    for n, i in enumerate((1, 3)):
        total = total + torch.maximum(0.2 - score(i, i) + score(i, 4 + n), zero) / 2
    return total


@pytest.mark.parametrize(("preset", "slow"), [("official", _slow_official), ("paper", _slow_paper)])
def test_whole_objective_in_fp64(preset: str, slow: Callable[..., Scalar]) -> None:
    """The whole loss and its gradient for images, texts and knowledge, against sums written out, to 1e-12."""
    leaves = _leaves()
    images, plain, knowledge = leaves
    settings = build_settings(preset, {}, ["contrastive=infonce"] if preset == "paper" else [])
    fused = plain + settings.knowledge_weight * knowledge
    e = Embeddings(images, plain, F.normalize(fused, dim=-1) if settings.renormalise else fused)
    loss, _terms = combine_losses(e, _given()[1], SCALE.double(), settings)
    by_hand = slow(*leaves)
    assert float(loss.detach()) == pytest.approx(float(by_hand.detach()), abs=1e-12)
    gradients = [torch.autograd.grad(value, leaves) for value in (loss, by_hand)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=0)
