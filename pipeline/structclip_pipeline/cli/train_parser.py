"""``train-parser``: train the scene-graph parser, or the teacher it learns from."""

from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path)


@click.command("train-parser")
@click.option("--factual-train", type=_FILE, required=True, help="FACTUAL's training CSV file.")
@click.option("--factual-dev", type=_FILE, required=True, help="FACTUAL's development CSV file.")
@click.option("--captions", type=_FILE, multiple=True, help="More captions, in any format that build-graphs reads.")
@click.option(
    "--graphs", type=_FILE, multiple=True, help="CSV file (caption_id, scene_graph) of graphs for some of --captions."
)
@click.option("--graphs-dev", type=_FILE, help="The same, to measure on; its captions are not learned from.")
@click.option("--encoder", type=_FILE, help="Folder of a pretrained transformer: fine-tune it, --output is a teacher.")
@click.option(
    "--teacher",
    "teachers",
    type=_FILE,
    multiple=True,
    help="Folder of a teacher: its answers on all captions are learned too; of several, their mean. A parser trained "
    "before may be one of them, but not the first unless --start is given.",
)
@click.option(
    "--start", type=_FILE, help="Folder of a parser to go on from: its weights, its words and their meanings."
)
@click.option("--output", type=_FILE, required=True, help="Folder for the model; --parser takes it.")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the captions; 8, of a teacher 4.")
@click.option("--repeats", type=click.IntRange(1), default=4, show_default=True, help="Times each of --graphs counts.")
@click.option(
    "--mutated",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Variants of each gold caption to ask about.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of weights and batches.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads that torch may use.")
@click.option("--device", default="cpu", show_default=True, help="Where torch computes: cpu, cuda or cuda:N.")
@click.option(
    "--workers", type=click.IntRange(0), default=0, show_default=True, help="Processes that make batches ahead."
)
@click.option("--limit", type=click.IntRange(1), help="Train on the first N captions of FACTUAL only.")
@click.option("--overwrite", is_flag=True, help="Replace a model that the folder holds already.")
def train_parser(overwrite: bool, **options: Any) -> None:
    """Train the scene-graph parser; prints its scores on the development captions after each epoch."""
    from structclip_pipeline.parser.training.job import Job, run_job

    if options["encoder"] and (options["teachers"] or options["start"]):
        raise click.UsageError(
            "--encoder trains a teacher; --teacher and --start are for the parser that learns: give one or the other"
        )
    run_job(Job(**options), overwrite=overwrite, say=click.echo)
