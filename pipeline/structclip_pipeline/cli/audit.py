"""structclip-pipeline audit: variants read by eye, leakage into a benchmark, balance against a text-only model."""

import json
from typing import TYPE_CHECKING

import click

from structclip_pipeline.cli.options import RunOptions, execute, run_options

if TYPE_CHECKING:  # this brings pyarrow, which --help does without
    from structclip_pipeline.audit.leakage import Leakage
    from structclip_pipeline.audit.sheet import Line


@click.group("audit")
def audit() -> None:
    """Look at a dataset as a careful person would: sample and score, leakage, balance."""


@audit.command("sample", short_help="Draw variants for a person to mark on a page.")
@click.argument("negatives", metavar="NEGATIVES")
@click.option("--n", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="Variants to draw.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another sample.")
@click.option("--only", type=click.Choice(["negative", "positive"]), help="Draw from one of the lists. [default: both]")
@click.option("--output", "-o", required=True, metavar="DIR", help="Folder or URL for sheet.csv and page.html.")
@click.option("--overwrite", is_flag=True, help="Replace another sheet in DIR.")
def sample(negatives: str, n: int, seed: int, only: str | None, output: str, overwrite: bool) -> None:
    """
    Draw N variants of NEGATIVES for a person to read: DIR/sheet.csv, and DIR/page.html to mark it in a browser.

    Every kind gets its share of the sample and at least one. The page needs no network; it keeps the marks in the
    browser and downloads them as a CSV file in the sheet's format, which audit score reads.
    """
    from structclip_pipeline.audit.sample_files import write_sample
    from structclip_pipeline.audit.variants import COLUMN_OF
    from structclip_pipeline.storage import absolute, open_read
    from structclip_schemas.dataset import open_dataset

    dataset = open_dataset(absolute(negatives), ("negatives", "benchmark"), open_read)
    drawn = write_sample(dataset, (only,) if only else tuple(COLUMN_OF), n, seed, output, overwrite=overwrite)
    click.echo(f"{output}: {len(drawn.variants)} variants in sheet.csv; open page.html to mark them")
    for (list_name, kind), size in sorted(drawn.sizes.items()):
        click.echo(f"{list_name} {kind}: {drawn.drawn[list_name, kind]:,} of {size:,}")


@audit.command("score", short_help="Count a marked sheet, or compare two.")
@click.argument("sheets", nargs=-1, required=True, metavar="SHEET.csv [SECOND.csv]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def score(sheets: tuple[str, ...], as_json: bool) -> None:
    """
    Print the shares of a marked sheet with 95 % Wilson intervals, of each kind and together.

    With the sheets of two annotators: the shares of each, then how often they agree, and Cohen's kappa.
    """
    from structclip_pipeline.audit import report, scoring

    if len(sheets) > 2:
        raise click.UsageError(f"{len(sheets)} sheets given, wanted one or two.")
    read = [_read_sheet(sheet) for sheet in sheets]
    scores = [scoring.scores_of(lines) for lines in read]
    comparison = scoring.compare(*read) if len(read) == 2 else None
    if as_json:
        content = {"sheets": [report.scores_content(found) for found in scores]}
        agreement = {"agreement": report.comparison_content(comparison)} if comparison else {}
        click.echo(json.dumps({**content, **agreement}, sort_keys=True))
        return
    for sheet, found in zip(sheets, scores, strict=True):
        click.echo(sheet)
        click.echo("\n".join(report.scores_lines(found)))
    if comparison:
        click.echo("agreement of the two")
        click.echo("\n".join(report.comparison_lines(comparison)))


def _read_sheet(url: str) -> "tuple[Line, ...]":
    from structclip_pipeline.audit.sheet import lines_of
    from structclip_pipeline.storage import read_text
    from structclip_schemas.errors import InputError

    try:
        return lines_of(read_text(url), url)
    except UnicodeDecodeError as error:
        raise InputError(f"{url}: no UTF-8 text ({error}). Save the sheet as UTF-8 CSV again.") from error
    except OSError as error:
        raise InputError(f"{url}: cannot be read ({error}). Check the path or URL.") from error


@audit.command("leakage", short_help="Find what training and benchmark share.")
@click.argument("train", metavar="TRAIN")
@click.argument("benchmark", metavar="BENCHMARK")
@click.option("--output", "-o", metavar="FILE.csv", help="Write what is shared, a line for each training caption.")
@click.option(
    "--allow",
    type=click.Choice(["image", "caption", "negative"]),
    multiple=True,
    help="Report what is shared of this sort, but do not fail for it; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def leakage(train: str, benchmark: str, output: str | None, allow: tuple[str, ...], as_json: bool) -> None:
    """
    Find images, captions and negatives of the dataset BENCHMARK that the dataset TRAIN has, too.

    Images are compared by their ids (or file names, where a row has no id), texts by their lower-cased words. Ends
    with exit code 2 when something is shared. Short captions agree by chance, of different images: see --allow.
    """
    from dataclasses import asdict

    from structclip_pipeline.audit.leakage import TABLES, find_leakage, rows_of
    from structclip_pipeline.storage import absolute, open_read
    from structclip_schemas.dataset import open_dataset
    from structclip_schemas.errors import InputError

    trained, held_out = (open_dataset(absolute(place), TABLES, open_read) for place in (train, benchmark))
    found = find_leakage(rows_of(trained), rows_of(held_out))
    if output:
        _write_leaks(output, found)
    if as_json:
        counts = {what: asdict(count) for what, count in found.counts.items()}
        click.echo(json.dumps({"shared": bool(found.leaks), **counts}, sort_keys=True))
    else:
        for what, count in found.counts.items():
            shared = f"{count.shared:,} of the benchmark's {count.benchmark:,}"
            click.echo(f"{what}s shared: {shared}, in {count.train_captions:,} training captions")
    if any(count.shared for what, count in found.counts.items() if what not in allow):
        where = f"they are listed in {output}" if output else "--output FILE.csv lists them"
        raise InputError(f"{train} and {benchmark} are not apart ({where}). Leave these rows out of the training.")


def _write_leaks(output: str, found: "Leakage") -> None:
    from dataclasses import astuple

    from structclip_pipeline.audit.leakage import COLUMNS
    from structclip_pipeline.audit.sheet import csv_text
    from structclip_pipeline.storage import publish_text

    publish_text(output, csv_text(COLUMNS, (map(str, astuple(leak)) for leak in found.leaks)))


@audit.command("balance", short_help="Subsample negatives against a text-only model.")
@click.argument("negatives", metavar="NEGATIVES")
@click.option(
    "--width",
    type=click.FloatRange(min=0, min_open=True),
    default=0.1,
    show_default=True,
    metavar="W",
    help="Width of a bin of plausibility, in nats a token.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another choice within the bins.")
@run_options
def balance(negatives: str, width: float, seed: int, run: RunOptions) -> None:
    """
    Write NEGATIVES again with fewer negatives: of each kind as many that are more plausible than their caption as less.

    As SugarCrepe's adversarial refinement does it, bin by bin, so that a text-only model gains nothing. Every caption
    keeps its row and its positives; one whose negatives are all gone has an empty list, and the manifest counts it.
    """
    from structclip_pipeline.audit.balancing import balance_shard, open_negatives, plan_balance

    plan, found = plan_balance(open_negatives(negatives), width, seed)
    execute(plan, balance_shard, run, "audit balance")
    before, after = found.before, found.after
    click.echo(
        f"kept {after.negatives:,} of {before.negatives:,} negatives; a text-only model prefers the caption to "
        f"{after.blind:.1%} of them (before: {before.blind:.1%})",
        err=True,
    )
