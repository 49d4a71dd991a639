"""The last result of a function of one caption, for all who ask the same of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple, Unpack

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def remember_last(function: Callable[[Unpack[Arguments]], Result]) -> Callable[[Unpack[Arguments]], Result]:
    """
    A pure function of positional arguments that keeps its last result while the very same objects are given.

    Unlike ``lru_cache`` it hashes nothing: a graph's hash costs more than most of what is asked of a graph.
    """
    last: tuple[tuple[int, ...], tuple[Any, ...], Result] | None = None

    @wraps(function)
    def remembered(*arguments: *Arguments) -> Result:
        nonlocal last
        kept, asked = last, tuple(map(id, arguments))
        if kept is None or kept[0] != asked:
            last = kept = asked, arguments, function(*arguments)
        return kept[2]

    return remembered
