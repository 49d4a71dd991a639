"""Rules by name: the first one that holds says why something is not exchanged."""

from collections.abc import Callable
from typing import TypeVar

Checks = tuple[tuple[str, Callable[[], bool]], ...]
"""Rules by name, each asked only when those before it do not hold."""

Subject = TypeVar("Subject")

Rules = tuple[tuple[str, Callable[[Subject], bool]], ...]
"""The same as a table that stands for all subjects: for rules asked of every pair of a caption's objects."""

NOTHING_FORGIVEN: frozenset[str] = frozenset()
"""No rule by name: all of them forbid."""


def first_that_holds(checks: Checks, forgiven: frozenset[str] = NOTHING_FORGIVEN) -> str | None:
    """The name of the first rule that holds and is not ``forgiven``, None when none does."""
    for name, holds in checks:
        if holds() and name not in forgiven:
            return name
    return None


def first_of(rules: Rules[Subject], subject: Subject, forgiven: frozenset[str] = NOTHING_FORGIVEN) -> str | None:
    """The name of the first rule of a table that holds of a subject and is not ``forgiven``, None when none does."""
    for name, holds in rules:
        if holds(subject) and name not in forgiven:
            return name
    return None
