"""How often a shard's work looks for cycles."""

import gc
from collections.abc import Iterator

import pytest

from structclip_pipeline.shards import _collecting_rarely


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)


@pytest.mark.parametrize(("before", "during"), [(700, 100_000), (0, 0), (200_000, 200_000)])
def test_the_callers_threshold_is_raised_and_given_back(before: int, during: int) -> None:
    """Unless it is higher, or the collector is off; also when the work fails."""
    gc.set_threshold(before)
    with pytest.raises(ValueError, match="work"), _collecting_rarely():
        assert gc.get_threshold()[0] == during
        raise ValueError("work")
    assert gc.get_threshold()[0] == before
