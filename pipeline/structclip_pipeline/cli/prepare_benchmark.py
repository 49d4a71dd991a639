"""prepare-benchmark: a benchmark's own file becomes a benchmark dataset."""

import click

from structclip_pipeline.benchmarks import NAMES
from structclip_pipeline.cli.options import RunOptions, execute, run_options


@click.command("prepare-benchmark")
@click.argument("name", metavar="NAME", type=click.Choice(NAMES, case_sensitive=False))
@click.argument("file", metavar="FILE")
@click.option("--images", required=True, metavar="ROOT", help="Folder that the file's image names are relative to.")
@click.option("--parser", default="default", show_default=True, metavar="default|spacy:NAME|PATH")
@run_options
def prepare_benchmark(name: str, file: str, images: str, parser: str, run: RunOptions) -> None:
    """
    Turn FILE of the benchmark NAME into a dataset that structclip-evaluate reads.

    NAME: demo, sugarcrepe, sugarcrepe++ (caption, caption2, negative_caption), aro (visual_genome_relation.json or
    visual_genome_attribution.json), winoground (examples.jsonl), coco-order (coco_karpathy_test.json or
    flickr30k_test.json; four shuffles of each caption).

    All captions of every item get the parser's triples. Items whose image is missing, unreadable or outside ROOT are
    in left_out-*.parquet with the reason.
    """
    from structclip_pipeline.benchmarks.preparation import benchmark_work, plan_benchmark

    execute(plan_benchmark(name, file, images, parser), benchmark_work(images, parser), run, "prepare-benchmark")
