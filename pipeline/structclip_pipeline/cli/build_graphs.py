"""build-graphs: captions of any source become scene graphs."""

import click

from structclip_pipeline.cli.options import RunOptions, execute, run_options
from structclip_pipeline.sources import FORMATS


@click.command("build-graphs")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--format", "kind", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True)
@click.option(
    "--caption-column",
    default="caption",
    show_default=True,
    metavar="C",
    help="csv, tsv, jsonl, parquet, hf; webdataset: an entry of the .json, or a member's ending.",
)
@click.option("--image-column", metavar="C", help="Path or URI of the image. [default: image, where it is text]")
@click.option("--id-column", metavar="C", help="Unique id of a caption. [default: caption_id where it exists]")
@click.option(
    "--id-prefix", metavar="P", help="Put P before every id; an id met again gets -2, -3 … instead of an error."
)
@click.option("--split", metavar="A,B", help="Keep rows of these splits; others are left out as other-split.")
@click.option("--parser", default="default", show_default=True, metavar="default|spacy:NAME|PATH")
@click.option(
    "--shard-rows", type=click.IntRange(min=1), default=20_000, show_default=True, metavar="N", help="Rows a shard."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read the first N rows only.")
@run_options
def build_graphs(
    sources: tuple[str, ...],
    kind: str,
    caption_column: str,
    image_column: str | None,
    id_column: str | None,
    id_prefix: str | None,
    split: str | None,
    parser: str,
    shard_rows: int,
    limit: int | None,
    run: RunOptions,
) -> None:
    """
    Parse the captions of SOURCE... (files or URLs) into scene graphs.

    Wildcards and braces are expanded, also in URLs: 's3://bucket/{00000..00099}.tar'. hf reads a folder written by the
    datasets library's save_to_disk; a hub id (OWNER/NAME, OWNER/NAME:CONFIGURATION) is downloaded.

    Rows stay in source order; coco is read grouped by image. Every row read and not kept is in left_out-*.parquet with
    its reason. Run the same command again after an interruption: it resumes, and the result is the same.
    """
    from structclip_pipeline import graphs
    from structclip_pipeline.sources.rows import Columns
    from structclip_pipeline.staging import Selection

    selection = Selection(
        format=kind,
        columns=Columns(caption_column, image_column, id_column),
        id_prefix=id_prefix,
        splits=None if split is None else tuple(name.strip() for name in split.split(",")),
        shard_rows=shard_rows,
        limit=limit,
    )
    with graphs.leaving_nothing_half_staged(run.output):
        plan = graphs.plan_graphs(sources, selection, parser, run.output, overwrite=run.overwrite, dry_run=run.dry_run)
        execute(plan, graphs.graphs_work(parser), run, "build-graphs")
