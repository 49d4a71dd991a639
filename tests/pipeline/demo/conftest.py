"""Fixtures of the demo world's tests."""

from pathlib import Path

import pytest

from structclip_pipeline.demo.world import WorldPlan, make_world


@pytest.fixture(scope="session")
def plan() -> WorldPlan:
    """A world small enough for a test."""
    return WorldPlan(train=300, validation=20, test=60, unseen=60, size=48, seed=7)


@pytest.fixture(scope="session")
def world(plan: WorldPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world, rendered once; do not write into it."""
    folder = tmp_path_factory.mktemp("demo") / "world"
    make_world(str(folder), plan)
    return folder
