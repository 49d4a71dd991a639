"""Edits of a caption and the swap provenance built from them: apply, undo, derive."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace ``caption[start:end]`` (== before) by ``after``; an insertion has start == end."""

    start: int
    end: int
    before: str
    after: str


def apply_edits(caption: str, edits: tuple[Edit, ...]) -> str:
    """
    Apply ordered, disjoint edits to the caption they index.

    >>> apply_edits("a red cup on a blue table", (Edit(2, 5, "red", "blue"), Edit(15, 19, "blue", "red")))
    'a blue cup on a red table'

    Raises ValueError when an edit does not find its text or overlaps the one before it.
    """
    parts, position = [], 0
    for edit in edits:
        if edit.start < position or caption[edit.start : edit.end] != edit.before:
            raise ValueError(f"edit {edit} does not fit the caption {caption!r} after offset {position}")
        parts += [caption[position : edit.start], edit.after]
        position = edit.end
    return "".join(parts) + caption[position:]


def undo_edits(variant: str, edits: tuple[Edit, ...]) -> str:
    """
    Give the caption back from its variant.

    >>> undo_edits("a blue cup on a red table", (Edit(2, 5, "red", "blue"), Edit(15, 19, "blue", "red")))
    'a red cup on a blue table'
    """
    return apply_edits(variant, inverse(edits))


def inverse(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits that lead from the variant back to the caption, in the variant's offsets."""
    shift, backwards = 0, []
    for edit in edits:
        start = edit.start + shift
        backwards.append(Edit(start, start + len(edit.after), edit.after, edit.before))
        shift += len(edit.after) - len(edit.before)
    return tuple(backwards)


_WORD = re.compile(r"[\w']+")


def folded_words(text: str) -> tuple[str, ...]:
    """
    Lower-cased words with "an" read as "a": variants must differ from each other and the caption in these.

    >>> folded_words("An apple, a pear")
    ('a', 'apple', 'a', 'pear')
    """
    return tuple("a" if word == "an" else word for word in _WORD.findall(text.lower()))
