"""A step that is not finite is found, however late one looks, and changes no weight in the meantime."""

import math
from typing import Any

import pytest
import torch

from structclip_trainer.finiteness import Evidence, FiniteWatch


def _evidence(step: int, loss: float = 1.0, norm: float = 1.0) -> Evidence:
    return Evidence(step, [f"c{step}"], {"loss": torch.tensor(loss)}, torch.tensor(norm))


@pytest.mark.parametrize(("loss", "norm"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, math.nan), (1.0, -math.inf)])
def test_a_failed_step_counts_against_all_later_ones(loss: float, norm: float) -> None:
    """Loss or gradient; steps before it are untouched."""
    watch = FiniteWatch()
    flags = [watch.judge(evidence).item() for evidence in (_evidence(1), _evidence(2, loss, norm), _evidence(3))]
    assert flags == [0, 1, 1]


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_the_first_failed_step_is_found_when_enough_followed(ahead: int) -> None:
    """The last ``ahead`` ones are not looked at."""
    watch, failing, found = FiniteWatch(), 4, {}
    for step in range(1, 9):
        watch.judge(_evidence(step, math.nan if step == failing else 1.0))
        evidence = watch.find(ahead)
        if evidence is not None:
            found[step] = evidence.step
            break
    assert found == {failing + ahead: failing}


def test_what_was_not_looked_at_is_looked_at_when_nothing_may_be_ahead() -> None:
    """As before a checkpoint is saved."""
    watch = FiniteWatch()
    watch.judge(_evidence(1, math.nan))
    assert watch.find(1) is None
    found = watch.find(0)
    assert found is not None and found.step == 1


def test_a_failure_that_was_told_is_forgotten() -> None:
    """Whoever goes on after it begins anew."""
    watch = FiniteWatch()
    watch.judge(_evidence(1, math.nan))
    assert watch.find(0) is not None
    assert watch.judge(_evidence(2)).item() == 0
    assert watch.find(0) is None


def test_fused_adamw_that_is_told_of_a_failure_changes_nothing() -> None:
    """Weights, moments and the count of steps: what the loop relies on with a GPU."""
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer: Any = torch.optim.AdamW([weight], lr=0.1, fused=True)

    def step(failed: float) -> None:
        weight.grad = torch.full((3,), math.nan if failed else 0.5)
        optimizer.found_inf = torch.tensor(failed)
        optimizer.step()

    step(0.0)
    before = [weight.detach().clone(), *(value.clone() for value in optimizer.state[weight].values())]
    step(1.0)
    assert all(map(torch.equal, [weight.detach(), *optimizer.state[weight].values()], before))
    step(0.0)
    assert not torch.equal(weight.detach(), before[0])
