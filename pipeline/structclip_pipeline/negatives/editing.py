"""From replaced spans to the minimal edits of the contract."""

import re
from typing import NamedTuple

from structclip_schemas.edits import Edit

_WORD = re.compile(r"\S+")


class Replacement(NamedTuple):
    """Put ``after`` in the place of ``caption[start:end]``; not yet minimal."""

    start: int
    end: int
    after: str


def build_edits(caption: str, replacements: list[Replacement]) -> tuple[Edit, ...]:
    """
    The ordered, disjoint, minimal edits that do what the replacements say; touching ones are one.

    Replacements are disjoint. Words common to both ends of a span are not part of its edit; a deletion takes the white
    space after it, or the white space before it at the caption's end and before punctuation.

    >>> build_edits("a red cup", [Replacement(0, 9, "a cup")])
    (Edit(start=2, end=6, before='red ', after=''),)

    Raises ValueError when two replacements overlap.
    """
    edits: list[Edit] = []
    for replacement in sorted(replacements):
        edit = _minimal(caption, replacement)
        if edit is None:
            continue
        if edits and edit.start < edits[-1].end:
            raise ValueError(f"edits {edits[-1]} and {edit} overlap in {caption!r}")
        if edits and edit.start == edits[-1].end:
            edit = _join(caption, edits.pop(), edit)
        edits.append(edit)
    return tuple(edits)


def _join(caption: str, first: Edit, second: Edit) -> Edit:
    joined = Replacement(first.start, second.end, first.after + second.after)
    return _minimal(caption, joined) or Edit(first.start, second.end, caption[first.start : second.end], joined.after)


def _minimal(caption: str, replacement: Replacement) -> Edit | None:
    before, after = caption[replacement.start : replacement.end], replacement.after
    if before == after:
        return None
    words, new_words = before.split(), after.split()
    if words and new_words and words[0] != new_words[0] and words[-1] != new_words[-1]:
        return Edit(replacement.start, replacement.end, before, after)
    old, new = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    old_start, old_end = _cut(old, head, tail, len(before))
    new_start, new_end = _cut(new, head, tail, len(after))
    if head + tail == len(new) and head + tail < len(old):
        return _deletion(caption, replacement.start + old_start, replacement.start + old_end)
    if head + tail == len(old):
        return _insertion(replacement, old, after, head, new_start, new_end)
    start = replacement.start + old_start
    return Edit(start, replacement.start + old_end, before[old_start:old_end], after[new_start:new_end])


def _common(old: list[re.Match[str]], new: list[re.Match[str]]) -> int:
    count = 0
    while count < min(len(old), len(new)) and old[count].group() == new[count].group():
        count += 1
    return count


def _cut(words: list[re.Match[str]], head: int, tail: int, length: int) -> tuple[int, int]:
    """The character range of the words that differ; whole when no end is common."""
    start = words[head].start() if head < len(words) and head else 0 if not head else length
    end = words[len(words) - tail - 1].end() if tail and len(words) > tail else length
    return start, max(start, end)


def _deletion(caption: str, start: int, end: int) -> Edit:
    while end < len(caption) and caption[end].isspace():
        end += 1
    if end == len(caption) or not caption[end].isalnum():
        while start and caption[start - 1].isspace():
            start -= 1
    return Edit(start, end, caption[start:end], "")


def _insertion(
    replacement: Replacement, old: list[re.Match[str]], after: str, head: int, new_start: int, new_end: int
) -> Edit:
    words = after[new_start:new_end]
    if head < len(old):
        place = replacement.start + old[head].start()
        return Edit(place, place, "", words + " ")
    place = replacement.start + (old[head - 1].end() if head else 0)
    return Edit(place, place, "", " " + words if head else words)
