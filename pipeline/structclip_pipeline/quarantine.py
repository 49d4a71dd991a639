"""Finding the rows that kill or fail the work of a shard, by bisection."""

from collections.abc import Callable

from structclip_pipeline.plan import ShardTask
from structclip_pipeline.scheduling import Failure
from structclip_schemas.errors import StructclipError

Probe = Callable[[ShardTask], object]
"""Runs the work of a task for its effect alone and returns a Failure when it fails."""


def find_poison(task: ShardTask, probe: Probe) -> dict[int, str]:
    """
    The rows of a failed shard that fail when only they are worked on, each with the failure's detail.

    Empty when the shard succeeds by now (its worker was killed for another's fault). Raises StructclipError when the
    work fails without any row: then no row is to blame.
    """
    failure = probe(_only(task, range(0)))
    if isinstance(failure, Failure):
        raise StructclipError(
            f"shard {task.index}: the work fails before it touches a row ({failure.detail}). This is no fault of the "
            "input; check the parser and the installation, then run the same command again."
        )
    return _search(task, range(task.count), probe)


def _search(task: ShardTask, rows: range, probe: Probe) -> dict[int, str]:
    failure = probe(_only(task, rows))
    if not isinstance(failure, Failure):
        return {}
    if len(rows) == 1:
        return {rows[0]: failure.detail}
    middle = len(rows) // 2
    return {**_search(task, rows[:middle], probe), **_search(task, rows[middle:], probe)}


def _only(task: ShardTask, rows: range) -> ShardTask:
    return task.quarantining({row: "not probed" for row in range(task.count) if row not in rows})
