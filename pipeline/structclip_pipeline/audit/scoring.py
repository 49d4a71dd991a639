"""What sheets say: shares of each kind and together, and the agreement of two annotators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from structclip_pipeline.audit.agreement import Agreement, agreement_of
from structclip_pipeline.audit.intervals import Share
from structclip_pipeline.audit.sheet import Line
from structclip_pipeline.audit.variants import COLUMN_OF
from structclip_schemas.errors import InputError

TOGETHER = "together"
QUESTIONS = ("grammatical", "meaning", "both")
Group = tuple[str, str]
"""A list (negative or positive) and a kind, or "together"; both are "together" for all variants of a sheet."""


@dataclass(frozen=True, slots=True)
class Scores:
    """
    A group's variants and shares. ``both`` is the share that is grammatical and has the meaning it should have, among
    the variants with both answers; ``unanswered`` counts the others.
    """

    variants: int
    grammatical: Share
    meaning: Share
    both: Share

    @property
    def unanswered(self) -> int:
        """Variants without one answer or both."""
        return self.variants - self.both.answered


@dataclass(frozen=True, slots=True)
class Comparison:
    """Agreement by group and question on the variants of both sheets, and how many are in one sheet only."""

    agreements: dict[Group, dict[str, Agreement]]
    first_only: int
    second_only: int


def answer(line: Line, question: str) -> bool | None:
    """A line's answer to a question; to both it is yes only if each is, and None if one is missing."""
    if question == "grammatical":
        return line.grammatical
    if question == "meaning":
        return line.meaning
    return None if line.grammatical is None or line.meaning is None else line.grammatical and line.meaning


def scores_of(lines: Sequence[Line]) -> dict[Group, Scores]:
    """The scores of each kind and together, of a sheet."""
    return {group: _scores([line for line in lines if _is_in(line, group)]) for group in _groups(lines)}


def compare(first: Sequence[Line], second: Sequence[Line]) -> Comparison:
    """
    Compare two annotators' sheets, whatever the order of their lines.

    Raises InputError when they share no variant, or when a variant reads differently in the two.
    """
    of_second = {line.key: line for line in second}
    shared = [(line, of_second[line.key]) for line in first if line.key in of_second]
    if not shared:
        raise InputError("The two sheets share no variant. Wanted two copies of one sheet, marked by two people.")
    for a, b in shared:
        if (a.caption, a.variant) != (b.caption, b.variant):
            raise InputError(
                f"Variant {a.key} is {a.variant!r} in the first sheet and {b.variant!r} in the second. Wanted two "
                "copies of one sheet, marked by two people."
            )
    agreements = {
        group: {
            question: agreement_of((answer(a, question), answer(b, question)) for a, b in shared if _is_in(a, group))
            for question in QUESTIONS
        }
        for group in _groups([a for a, _ in shared])
    }
    return Comparison(agreements, len(first) - len(shared), len(second) - len(shared))


def _groups(lines: Sequence[Line]) -> Iterator[Group]:
    lists = [name for name in COLUMN_OF if any(line.list_name == name for line in lines)]
    for name in lists:
        for kind in sorted({line.kind for line in lines if line.list_name == name}):
            yield name, kind
        yield name, TOGETHER
    if len(lists) > 1:
        yield TOGETHER, TOGETHER


def _is_in(line: Line, group: Group) -> bool:
    list_name, kind = group
    return list_name in (TOGETHER, line.list_name) and kind in (TOGETHER, line.kind)


def _scores(lines: Sequence[Line]) -> Scores:
    shares = []
    for question in QUESTIONS:
        answers = [answer(line, question) for line in lines]
        shares.append(Share(answers.count(True), len(answers) - answers.count(None)))
    return Scores(len(lines), *shares)
