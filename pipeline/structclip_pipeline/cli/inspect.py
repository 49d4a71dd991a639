"""structclip-pipeline inspect: one caption, its graph and its variants, on the terminal or as a picture."""

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # this brings pyarrow, which --help does without
    from structclip_pipeline.inspection.rows import Found


@click.command("inspect")
@click.argument("file", metavar="FILE")
@click.option("--row", type=click.IntRange(min=0), metavar="N", help="The row's number, from 0.")
@click.option("--id", "caption_id", metavar="CAPTION_ID", help="The caption's id, instead of --row.")
@click.option("--svg", metavar="FILE", help="Draw the graph into this SVG file or URL, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as one JSON object on stdout.")
def inspect(file: str, row: int | None, caption_id: str | None, svg: str | None, as_json: bool) -> None:
    """
    Show one row of FILE: the caption with its spans marked, the scene graph as a tree, negatives with their edits.

    FILE is the folder of a dataset (graphs, negatives, benchmark, packed) or one of its shards. Captions of packed are
    numbered through its images.
    """
    from structclip_pipeline.inspection.rows import find_by_id, find_by_number

    if row is not None and caption_id is None:
        found = find_by_number(file, row)
    elif caption_id is not None and row is None:
        found = find_by_id(file, caption_id)
    else:
        raise click.UsageError("Say which row: either --row N or --id CAPTION_ID.")
    if svg:
        _draw(found, svg)
    if as_json:
        click.echo(json.dumps(found.row, ensure_ascii=False))
    else:
        _show(found)


def _draw(found: "Found", url: str) -> None:
    from structclip_pipeline.inspection.drawing import draw_graph
    from structclip_pipeline.storage import publish_text
    from structclip_schemas.errors import InputError
    from structclip_schemas.graph import graph_from_row

    try:
        publish_text(url, draw_graph(found.row["caption"], graph_from_row(found.row)))
    except OSError as error:
        raise InputError(f"{url}: the picture cannot be written ({error}). Name another file for --svg.") from error
    click.echo(f"drawn: {url}", err=True)


def _show(found: "Found") -> None:
    """Print a record; colours only on a terminal, and an escape for what the output's encoding lacks."""
    from rich.console import Console

    from structclip_pipeline.inspection.trees import graph_tree, heading, marked_caption, variant_trees
    from structclip_schemas.variant import record_from_row

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    record = record_from_row(found.row)
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(heading(record, found.number, found.shard))
    console.print()
    console.print(marked_caption(record.caption, record.graph, console.width))
    console.print()
    console.print(graph_tree(record.caption, record.graph))
    for tree in variant_trees(record):
        console.print(tree)
