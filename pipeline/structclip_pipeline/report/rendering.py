"""A report as one HTML file that loads nothing, and as Markdown."""

from structclip_pipeline.audit.page import Piece
from structclip_pipeline.page_style import build_environment
from structclip_pipeline.report.content import Distribution, Report


def render(report: Report, name: str) -> str:
    """The text of a file of that name: Markdown for ``.md``, HTML otherwise."""
    return render_markdown(report) if name.lower().endswith(".md") else render_html(report)


def render_html(report: Report) -> str:
    """One page, styles included, for screen and print, light and dark."""
    environment = build_environment("structclip_pipeline.report", trim_blocks=True, lstrip_blocks=True)
    page: str = environment.get_template("report.html").render(report=report)
    return page


def render_markdown(report: Report) -> str:
    """The same in Markdown's tables; changed words are bold."""
    lines = [f"# {_plain(report.title)}", "", ", ".join(f"{name} **{value}**" for name, value in report.headline)]
    for section in report.sections:
        lines += ["", f"## {section.title}", ""]
        lines += [f"- {name}: {_plain(value)}" for name, value in section.facts]
        for distribution in section.distributions:
            lines += _table(distribution)
    if report.examples:
        lines += ["", "## Examples"]
    for example in report.examples:
        triples = " ".join(f"({_plain(', '.join(triple))})" for triple in example.triples)
        lines += [
            "",
            f"**{_plain(example.caption)}** ({_plain(example.caption_id)})",
            "",
            f"- graph: {triples or 'empty'}",
        ]
        for variant in example.variants:
            lines.append(f"- {variant.list_name}, {variant.kind}, {variant.rule}: {_marked(variant.after)}")
    return "\n".join(lines) + "\n"


def _table(distribution: Distribution) -> list[str]:
    rows = [
        f"| {_plain(bar.label)} | {bar.count:,} | {bar.share:.1%}{f' ({bar.note})' if bar.note else ''} |"
        for bar in distribution.bars
    ]
    note = ["", f"{distribution.note}."] if distribution.note else []
    return ["", f"| {distribution.title} | count | share |", "|---|---:|---:|", *rows, *note]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)
    return " ".join(escaped.split())


def _marked(cut: list[Piece]) -> str:
    return "".join(_between_spaces(text, "**" if changed else "") for text, changed in cut).strip()


def _between_spaces(text: str, mark: str) -> str:
    """Text in its mark, the spaces at its ends outside, where Markdown wants them."""
    inner = text.strip()
    if not inner:
        return " " if text else ""
    return " " * text[0].isspace() + mark + _plain(inner) + mark + " " * text[-1].isspace()
