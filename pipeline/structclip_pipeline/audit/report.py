"""Scores and agreement as JSON content and as lines of text."""

from collections.abc import Iterator
from typing import Any

from structclip_pipeline.audit.agreement import Agreement
from structclip_pipeline.audit.intervals import Share
from structclip_pipeline.audit.scoring import QUESTIONS, TOGETHER, Comparison, Group, Scores

_NAME, _CELL = 32, 22


def scores_content(scores: dict[Group, Scores]) -> list[dict[str, Any]]:
    """Scores for JSON: one object a group, shares from 0 to 1, null where nothing was answered."""
    return [
        {
            "list": group[0],
            "kind": group[1],
            "variants": found.variants,
            "unanswered": found.unanswered,
            **{question: _share_content(getattr(found, question)) for question in QUESTIONS},
        }
        for group, found in scores.items()
    ]


def comparison_content(comparison: Comparison) -> dict[str, Any]:
    """A comparison for JSON; kappa is null where it is undefined."""
    groups = [
        {
            "list": group[0],
            "kind": group[1],
            **{q: {**_share_content(a.agreed), "kappa": a.kappa} for q, a in found.items()},
        }
        for group, found in comparison.agreements.items()
    ]
    return {"groups": groups, "only_in_first": comparison.first_only, "only_in_second": comparison.second_only}


def scores_lines(scores: dict[Group, Scores]) -> Iterator[str]:
    """Scores as a table of text: percent, the 95 % interval, and how many had an answer."""
    yield _row("", ("variants", "grammatical", "meaning as it should be", "both"))
    for group, found in scores.items():
        cells = [_share_text(getattr(found, question)) for question in QUESTIONS]
        yield _row(_name(group), (str(found.variants), *cells))
    total = scores.get((TOGETHER, TOGETHER)) or list(scores.values())[-1]
    if total.unanswered:
        yield f"{total.unanswered} of {total.variants} variants lack an answer; they are in no share of both"


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Agreement as a table of text: percent of equal answers, and Cohen's kappa."""
    yield _row("", ("answered by both", "grammatical", "meaning as it should be", "both"))
    for group, found in comparison.agreements.items():
        cells = [_agreement_text(found[question]) for question in QUESTIONS]
        yield _row(_name(group), (str(found["both"].answered), *cells))
    alone = comparison.first_only + comparison.second_only
    if alone:
        yield f"{alone} variants are in one of the two sheets only; they are not compared"


def _row(name: str, cells: tuple[str, ...]) -> str:
    first, *others = cells
    return f"{name:<{_NAME}}{first:>17}  {''.join(f'{cell:>{_CELL + 3}}' for cell in others)}".rstrip()


def _name(group: Group) -> str:
    list_name, kind = group
    if list_name == TOGETHER:
        return "all together"
    return f"{list_name}s together" if kind == TOGETHER else f"{list_name} {kind}"


def _share_content(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"yes": share.yes, "answered": share.answered, "share": share.share, "low": low, "high": high}


def _share_text(share: Share) -> str:
    if share.share is None:
        return "no answer"
    low, high = share.interval
    return f"{share.share:.1%} ({low:.0%} to {high:.0%})"


def _agreement_text(agreement: Agreement) -> str:
    if not agreement.answered:
        return "no answer"
    kappa = "undefined" if agreement.kappa is None else f"{agreement.kappa:.2f}"
    return f"{agreement.agreed.share:.1%}, kappa {kappa}"
