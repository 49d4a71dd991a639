"""The results as tables for a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from structclip_trainer.evaluation.classifying import CLASSIFICATION_COLUMNS
from structclip_trainer.evaluation.results import Evaluation, average
from structclip_trainer.evaluation.scoring import PAIR_COLUMNS, RETRIEVAL_COLUMNS

_MOST_COLUMNS = 12
_FIRST_TO_GO = ("micro", "i2t_r5", "t2i_r5", "class_mean")
_ALWAYS = ("mean", *PAIR_COLUMNS, *RETRIEVAL_COLUMNS, *CLASSIFICATION_COLUMNS)


def shown_columns(columns: list[str]) -> list[str]:
    """The columns a table or chart has room for: all; or without micro means and R@5; or without single groups too."""
    if len(columns) > _MOST_COLUMNS:
        columns = [c for c in columns if c.rpartition("/")[2] not in _FIRST_TO_GO]
    if len(columns) > _MOST_COLUMNS:
        columns = [c for c in columns if c.rpartition("/")[2] in _ALWAYS]
    return columns


def print_tables(evaluation: Evaluation, console: Console) -> None:
    """Print percentages, models and rows down and columns across; and shares by complexity where they were asked."""
    shares = {label: average(evaluation.rows(label)) for label in evaluation.labels}
    _print("percent right (ties are wrong)", shares, evaluation, console)
    by_complexity = {
        label: average([r.by_complexity for r in evaluation.replicas(label)]) for label in evaluation.labels
    }
    if any(by_complexity.values()):
        _print("percent right by the caption's number of triples", by_complexity, evaluation, console)
    for name, entries in evaluation.left_out.items():
        if entries:
            console.print(f"left out of {name}: {len(entries)} (ids and reasons stand in the JSON)", style="yellow")


def _print(
    title: str, shares: Mapping[str, Mapping[str, Mapping[str, float]]], evaluation: Evaluation, console: Console
) -> None:
    first = next(iter(shares.values()))
    columns = shown_columns(list(next(iter(first.values()))))
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("model", overflow="fold")
    table.add_column("row")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right", overflow="fold")
    for label, rows in shares.items():
        name = label if len(evaluation.replicas(label)) == 1 else f"{label} ({len(evaluation.replicas(label))} seeds)"
        for place, (row, values) in enumerate(rows.items()):
            cells = [f"{100 * values[c]:.1f}" for c in columns]
            table.add_row(name if place == 0 else "", row, *cells, end_section=place == len(rows) - 1)
    console.print(table)
