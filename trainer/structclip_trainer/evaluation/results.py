"""Results of several models as one value and as JSON: replicas of a label averaged, their spread beside."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean, stdev
from typing import Any

from structclip_trainer.evaluation.comparisons import LeftOut
from structclip_trainer.evaluation.metrics import Measure

Rows = dict[str, dict[str, Measure]]
"""Row (plain, fused, blind) -> column (a group, mean, micro, i2t_r1 ...) -> measure."""


@dataclass(frozen=True)
class ModelResult:
    """What one model reached; step and seed are None for a model that is no run."""

    label: str
    location: str
    step: int | None
    seed: int | None
    rows: Rows
    by_complexity: Rows = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """Everything one call measured: the models' results and, by dataset, what was left out."""

    results: tuple[ModelResult, ...]
    left_out: dict[str, tuple[LeftOut, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order in which they were given."""
        return tuple(dict.fromkeys(r.label for r in self.results))

    def replicas(self, label: str) -> tuple[ModelResult, ...]:
        """The results that share a label: one model trained with several seeds."""
        return tuple(r for r in self.results if r.label == label)

    def rows(self, label: str) -> list[Rows]:
        """The rows of each replica of a label."""
        return [r.rows for r in self.replicas(label)]


def average(replicas: Sequence[Rows]) -> dict[str, dict[str, float]]:
    """The mean share of every row and column over replicas; only rows that all of them have."""
    return {
        row: {column: fmean(values) for column, values in columns.items()} for row, columns in _shares(replicas).items()
    }


def spread(replicas: Sequence[Rows]) -> dict[str, dict[str, dict[str, float]]]:
    """Standard deviation, smallest and largest share over replicas; empty for a single one."""
    if len(replicas) < 2:
        return {}
    return {
        row: {c: {"deviation": stdev(v), "min": min(v), "max": max(v)} for c, v in columns.items()}
        for row, columns in _shares(replicas).items()
    }


def _shares(replicas: Sequence[Rows]) -> dict[str, dict[str, list[float]]]:
    return {
        row: {column: [rows[row][column].share for rows in replicas] for column in columns}
        for row, columns in replicas[0].items()
        if all(row in rows for rows in replicas)
    }


def to_json(evaluation: Evaluation) -> str:
    """
    The results file's text, shares from 0 to 1: steps, seeds, presets (label -> row -> column), details, left_out.

    ``steps`` is a number when all runs stand at the same step, else a mapping from label to numbers.
    """
    content = {
        "steps": _steps(evaluation),
        "seeds": sorted({r.seed for r in evaluation.results if r.seed is not None}),
        "presets": {label: average(evaluation.rows(label)) for label in evaluation.labels},
        "details": {label: _details(evaluation.replicas(label)) for label in evaluation.labels},
        "left_out": {
            name: {"count": len(entries), "captions": [asdict(e) for e in entries]}
            for name, entries in evaluation.left_out.items()
        },
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _steps(evaluation: Evaluation) -> Any:
    by_label = {label: sorted({r.step or 0 for r in evaluation.replicas(label)}) for label in evaluation.labels}
    distinct = {step for steps in by_label.values() for step in steps}
    return distinct.pop() if len(distinct) == 1 else by_label


def _details(results: Sequence[ModelResult]) -> dict[str, Any]:
    runs = [
        {
            "model": r.location,
            "step": r.step,
            "seed": r.seed,
            "rows": _measures(r.rows),
            **({"by_complexity": _measures(r.by_complexity)} if r.by_complexity else {}),
        }
        for r in results
    ]
    return {"runs": runs, "spread": spread([r.rows for r in results])}


def _measures(rows: Rows) -> dict[str, dict[str, Any]]:
    return {row: {column: asdict(m) for column, m in columns.items()} for row, columns in rows.items()}
