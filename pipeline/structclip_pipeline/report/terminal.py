"""A report as rich tables."""

from collections.abc import Iterator

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from structclip_pipeline.inspection.characters import visible
from structclip_pipeline.report.content import Distribution, Report, Section
from structclip_pipeline.report.examples import Example

_BAR_CELLS = 14
_EIGHTHS = " ▏▎▍▌▋▊▉"
_CHANGED = "bold red"


def print_report(report: Report, console: Console) -> None:
    """Print headline, sections and examples."""
    console.print(Text(visible(report.title), "bold"))
    console.print(Text("   ").join(Text(f"{value} {name}") for name, value in report.headline))
    for section in report.sections:
        console.print()
        console.rule(Text(section.title, "bold"), align="left")
        for part in _section(section):
            console.print(part)
    if report.examples:
        console.print()
        console.rule(Text("Examples", "bold"), align="left")
    for example in report.examples:
        console.print(_example(example))


def _section(section: Section) -> Iterator[RenderableType]:
    if section.facts:
        table = Table.grid(padding=(0, 2))
        for name, value in section.facts:
            table.add_row(Text(name, "dim"), Text(visible(value), overflow="fold"))
        yield table
    yield Columns([_distribution(each) for each in section.distributions if each.bars], padding=(1, 4))


def _distribution(distribution: Distribution) -> Table:
    table = Table(
        title=distribution.title, title_justify="left", title_style="bold", caption=distribution.note or None,
        caption_justify="left", show_header=False, box=None, padding=(0, 1, 0, 0),
    )  # fmt: skip
    for bar in distribution.bars:
        strip = Text(_bar(bar.share / distribution.largest), "cyan")
        table.add_row(Text(visible(bar.label)), strip, Text(f"{bar.count:,}", justify="right"), f"{bar.share:.1%}")
    return table


def _bar(share: float) -> str:
    """A strip of at most _BAR_CELLS cells, exact to an eighth of a cell."""
    eighths = round(share * _BAR_CELLS * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _example(example: Example) -> Text:
    text = Text("\n").append(visible(example.caption), "bold").append(f"  {visible(example.caption_id)}", "dim")
    text.append("\n  " + (" ".join(f"({', '.join(map(visible, t))})" for t in example.triples) or "no triples"), "dim")
    for variant in example.variants:
        text.append(f"\n  {variant.list_name} ").append(f"{variant.kind} ", "dim")
        for piece, changed in variant.after:
            text.append(visible(piece), _CHANGED if changed else "")
    return text
