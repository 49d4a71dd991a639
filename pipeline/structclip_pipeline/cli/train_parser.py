"""``train-parser``: train the scene-graph parser on FACTUAL."""

from pathlib import Path

import click


@click.command("train-parser")
@click.option("--factual-train", type=click.Path(path_type=Path), required=True, help="FACTUAL's training CSV file.")
@click.option("--factual-dev", type=click.Path(path_type=Path), required=True, help="FACTUAL's development CSV file.")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Folder for the model; --parser takes it."
)
@click.option(
    "--epochs", type=click.IntRange(1), default=8, show_default=True, help="Passes over the training captions."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of weights and batches.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads that torch may use.")
@click.option("--limit", type=click.IntRange(1), help="Train on the first N captions only.")
@click.option("--overwrite", is_flag=True, help="Replace a model that the folder holds already.")
def train_parser(
    factual_train: Path,
    factual_dev: Path,
    output: Path,
    epochs: int,
    seed: int,
    threads: int,
    limit: int | None,
    overwrite: bool,
) -> None:
    """Train the scene-graph parser; prints its scores on the development file after each epoch."""
    from structclip_pipeline.parser.trainer import Job, run_job

    job = Job(factual_train, factual_dev, output, epochs, seed, threads, limit)
    run_job(job, overwrite=overwrite, say=click.echo)
