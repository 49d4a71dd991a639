"""Bisection: exactly the rows to blame, with few probes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.plan import ShardTask
from structclip_pipeline.quarantine import find_poison
from structclip_pipeline.scheduling import Failure
from structclip_schemas.errors import StructclipError


@given(count=st.integers(1, 200), data=st.data())
def test_exactly_the_poisonous_rows_are_found_in_few_probes(count, data):
    """At most two probes a row to blame and level of the bisection, and two more."""
    poison = data.draw(st.sets(st.integers(0, count - 1), max_size=5))
    probes = 0

    def probe(task):
        nonlocal probes
        probes += 1
        touched = poison - task.quarantined.keys()
        return Failure(f"row {min(touched)}") if touched else None

    assert find_poison(ShardTask(0, count, {}), probe) == {row: f"row {row}" for row in poison}
    assert probes <= 2 + 2 * len(poison) * math.ceil(math.log2(count) if count > 1 else 0)


def test_work_that_fails_without_rows_blames_none():
    """The error says so, instead of quarantining everything."""
    with pytest.raises(StructclipError, match="before it touches a row"):
        find_poison(ShardTask(0, 8, {}), lambda task: Failure("no model"))
