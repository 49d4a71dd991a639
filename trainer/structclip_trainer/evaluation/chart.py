"""The results as a grouped bar chart, the same bytes for the same results."""

import io
from typing import Any

from structclip_trainer.evaluation.classifying import CLASSIFICATION_COLUMNS
from structclip_trainer.evaluation.results import Evaluation, average, spread
from structclip_trainer.evaluation.scoring import RETRIEVAL_COLUMNS
from structclip_trainer.evaluation.text_table import shown_columns

# Okabe and Ito's palette: told apart by colour-blind readers and in print
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_CHANCE = 50.0
_COMPARISONS, _RETRIEVAL, _CLASSES = "the true caption beats its negatives", "retrieval", "classification"
_BAR_WIDTH = 0.8
_SETTINGS = {"svg.hashsalt": "structclip", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
_METADATA: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}

Bars = dict[str, dict[str, float]]
"""Series name (a label, or a label with "fused") -> column -> percent."""


def draw_chart(evaluation: Evaluation) -> dict[str, bytes]:
    """
    PNG and SVG files by their ending: percent right by group for each model, retrieval and classification beside.

    Solid bars are plain rows, hatched bars fused ones, dashes the blind row of the same model; the dotted line is
    chance for comparisons with one negative.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_SETTINGS):
        bars = _bars(evaluation)
        panels = _panels(list(next(iter(bars.values()))))
        width = 2.5 + sum(len(c) for c in panels.values()) * max(1.0, 0.36 * len(bars))
        figure = Figure(figsize=(max(6.0, width), 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(panels), squeeze=False, width_ratios=[len(c) for c in panels.values()])[0]
        for axis, (title, columns) in zip(axes, panels.items(), strict=True):
            _draw_panel(axis, evaluation, bars, columns, title)
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=min(5, len(names)), frameon=False)
        return {ending: _render(figure, ending) for ending in _METADATA}


def _bars(evaluation: Evaluation) -> Bars:
    bars: Bars = {}
    for label in evaluation.labels:
        rows = average(evaluation.rows(label))
        columns = [c for c in shown_columns(list(rows["plain"])) if not c.endswith("micro")]
        bars[label] = {c: 100 * rows["plain"][c] for c in columns}
        if "fused" in rows:
            bars[f"{label}, fused"] = {c: 100 * rows["fused"][c] for c in columns}
    return bars


def _panels(columns: list[str]) -> dict[str, list[str]]:
    """The columns by the title of their panel; panels without one are absent."""
    titles = {**dict.fromkeys(RETRIEVAL_COLUMNS, _RETRIEVAL), **dict.fromkeys(CLASSIFICATION_COLUMNS, _CLASSES)}
    panels: dict[str, list[str]] = {_COMPARISONS: [], _RETRIEVAL: [], _CLASSES: []}
    for column in columns:
        panels[titles.get(column, _COMPARISONS)].append(column)
    return {title: found for title, found in panels.items() if found}


def _draw_panel(axis: Any, evaluation: Evaluation, bars: Bars, columns: list[str], title: str) -> None:
    from matplotlib.patheffects import withStroke

    with_chance = title == _COMPARISONS
    halo = [withStroke(linewidth=2, foreground="white")]
    if with_chance:
        axis.axhline(_CHANCE, color="#444444", linestyle=":", linewidth=1.2, label="chance", zorder=3)
    step = _BAR_WIDTH / len(bars)
    for place, (name, shares) in enumerate(bars.items()):
        label, fused = name.removesuffix(", fused"), name.endswith(", fused")
        x = [i - _BAR_WIDTH / 2 + step * (place + 0.5) for i in range(len(columns))]
        heights = [shares[c] for c in columns]
        colour = _COLOURS[evaluation.labels.index(label) % len(_COLOURS)]
        style = {"facecolor": "white", "hatch": "////"} if fused else {"facecolor": colour}
        axis.bar(x, heights, step * 0.92, label=name, edgecolor=colour, linewidth=1, zorder=2, **style)
        tops = _draw_spread(axis, evaluation, label, "fused" if fused else "plain", x, columns) or heights
        for centre, height, top in zip(x, heights, tops, strict=True):
            axis.text(centre, top + 1, f"{height:.0f}", ha="center", fontsize=7, path_effects=halo, zorder=5)
        if with_chance and not fused:
            blind = average(evaluation.rows(label))["blind"]
            _draw_blind(axis, x, [100 * blind[c] for c in columns], step, first=place == 0)
    axis.set_xticks(range(len(columns)), [_tick(c) for c in columns])
    axis.set_ylim(0, 110)
    axis.set_yticks(range(0, 101, 25))
    axis.set_ylabel("recall, percent" if title == _RETRIEVAL else "percent right")
    axis.set_title(title, fontsize=10)
    axis.grid(axis="y", color="#dddddd", linewidth=0.6, zorder=0)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_blind(axis: Any, x: list[float], heights: list[float], step: float, first: bool) -> None:
    axis.hlines(
        heights,
        [c - step * 0.46 for c in x],
        [c + step * 0.46 for c in x],
        color="black",
        linewidth=1.6,
        label="blind (no image)" if first else None,
        zorder=4,
    )


def _draw_spread(
    axis: Any, evaluation: Evaluation, label: str, row: str, x: list[float], columns: list[str]
) -> list[float]:
    """Whiskers from the smallest to the largest replica; gives their upper ends, nothing for a single replica."""
    ends = spread(evaluation.rows(label)).get(row)
    if not ends:
        return []
    low, high = ([100 * ends[c][end] for c in columns] for end in ("min", "max"))
    axis.vlines(x, low, high, color="#222222", linewidth=1.2, zorder=4)
    return high


def _tick(column: str) -> str:
    names = {"i2t": "image to text", "t2i": "text to image"}
    way, _, k = column.partition("_r")
    if way in names:
        return f"{names[way]}\nR@{k}"
    return column.replace("swap_", "swapped\n").replace("/", "\n").replace("_", " ")


def _render(figure: Any, ending: str) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=ending, dpi=150, metadata=_METADATA[ending])
    return file.getvalue()
