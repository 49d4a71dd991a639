"""Words joined by "and" in a dependency parse."""

from typing import Any

MOST = 16
"""Most words joined to one that share what is said of it, so that an endless list takes no quadratic time."""


def list_joined(token: Any) -> list[Any]:
    """The words that a token is joined to by "and", without itself, in order of the parse from the first one."""
    first = token
    for _ in range(MOST):
        if first.dep_ != "conj":
            break
        first = first.head
    found = [first]
    for word in found:
        found += [c for c in word.children if c.dep_ == "conj"]
        if len(found) > MOST:
            break
    return [word for word in found if word.i != token.i]
