"""structclip-pipeline report: a dataset on one page, as HTML, Markdown, JSON or on the terminal."""

import json

import click


@click.command("report")
@click.argument("location", metavar="DATASET")
@click.option("--output", "-o", metavar="FILE", help="Write the page: FILE.html or FILE.md. [default: the terminal]")
@click.option(
    "--examples", type=click.IntRange(min=0), default=12, show_default=True, metavar="N", help="Captions shown."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other examples.")
@click.option("--json", "as_json", is_flag=True, help="Print manifest and figures as one JSON object on stdout.")
def report(location: str, output: str | None, examples: int, seed: int, as_json: bool) -> None:
    """
    Say what is in DATASET (graphs, negatives, benchmark or packed).

    Manifest, what was kept and left out, captions, graphs, the most frequent words, negatives and positives by kind
    and rule with their checks, and examples with their edits marked. The HTML page is one file that loads nothing.
    """
    if output and not output.lower().endswith((".html", ".htm", ".md")):
        raise click.UsageError(f"--output {output}: wanted a name that ends in .html or .md.")

    from structclip_pipeline.progress import progress
    from structclip_pipeline.report.figures import TABLES
    from structclip_pipeline.report.making import report_on
    from structclip_pipeline.storage import absolute, open_read
    from structclip_schemas.dataset import open_dataset

    dataset = open_dataset(absolute(location), TABLES, open_read)
    with progress("report", dataset.manifest.rows) as advance:
        found, content = report_on(dataset, examples, seed, advance)
    if output:
        from structclip_pipeline.report.rendering import render

        _write(output, render(found, output))
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False))
    elif output:
        click.echo(f"{output}: {dataset.manifest.table}, {dataset.manifest.rows:,} rows")
    else:
        from rich.console import Console

        from structclip_pipeline.report.terminal import print_report

        print_report(found, Console(markup=False, emoji=False, highlight=False))


def _write(url: str, text: str) -> None:
    from structclip_pipeline.storage import publish_text
    from structclip_schemas.errors import InputError

    try:
        publish_text(url, text)
    except OSError as error:
        raise InputError(f"{url}: cannot be written ({error}). Name another file for --output.") from error
