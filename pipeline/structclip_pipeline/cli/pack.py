"""pack: images and their captions together, one row an image."""

import click

from structclip_pipeline.cli.options import RunOptions, execute, run_options


@click.command("pack")
@click.argument("negatives", metavar="NEGATIVES")
@click.option(
    "--images",
    required=True,
    metavar="ROOT",
    help="Folder that the column image is relative to; or webdataset tars, or Parquet files with a column of images: "
    "a path or URL, or a pattern such as 's3://bucket/*.tar'.",
)
@click.option("--size", type=click.IntRange(min=1), default=256, show_default=True, help="Pixels of the shorter side.")
@click.option("--quality", type=click.IntRange(1, 95), default=90, show_default=True, help="JPEG quality.")
@click.option("--tokenizer", metavar="MODEL", help="Store token ids of this model's tokenizer: a folder or hub id.")
@click.option(
    "--shard-images", type=click.IntRange(min=1), metavar="N", help="Images a shard. [default: 256 to 512 MB of them]"
)
@click.option("--image-column", metavar="C", help="Of Parquet images. [default: the one with bytes]")
@click.option("--id-column", metavar="C", help="Of Parquet images. [default: image_id, key, __key__ or id]")
@run_options
def pack(
    negatives: str,
    images: str,
    size: int,
    quality: int,
    tokenizer: str | None,
    shard_images: int | None,
    image_column: str | None,
    id_column: str | None,
    run: RunOptions,
) -> None:
    """
    Put the dataset in the folder NEGATIVES and its images into one: one row an image, with all its captions.

    structclip-train --shards reads it without --images. Images that are missing or unreadable are in
    left_out-*.parquet, each with its captions' ids.
    """
    from structclip_pipeline import graphs
    from structclip_pipeline.pack.encoding import Encoding
    from structclip_pipeline.pack.images import open_images
    from structclip_pipeline.pack.packing import pack_work
    from structclip_pipeline.pack.parquet_images import ImageColumns
    from structclip_pipeline.pack.planning import PackSettings, open_negatives, plan_pack
    from structclip_pipeline.pack.tokenizing import hash_of

    dataset = open_negatives(negatives)
    collection = open_images(images, ImageColumns(image_column, id_column))
    settings = PackSettings(Encoding(size, quality), hash_of(tokenizer) if tokenizer else None, shard_images)
    with graphs.leaving_nothing_half_staged(run.output):
        plan = plan_pack(dataset, collection, settings, run.output, overwrite=run.overwrite, dry_run=run.dry_run)
        execute(plan, pack_work(collection, tokenizer), run, "pack")
