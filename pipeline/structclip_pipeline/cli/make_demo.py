"""structclip-pipeline make-demo: render the demo world."""

import os
import time

import click


@click.command("make-demo")
@click.argument("folder", metavar="DIR")
@click.option("--train", type=click.IntRange(min=1), default=16_000, show_default=True, help="Scenes to train on.")
@click.option("--validation", type=click.IntRange(min=1), default=500, show_default=True, help="Scenes to choose on.")
@click.option("--test", type=click.IntRange(min=1), default=1_000, show_default=True, help="New scenes to test on.")
@click.option(
    "--unseen",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Test scenes with a colour-shape pair that no other part shows.",
)
@click.option("--size", type=click.IntRange(32, 512), default=64, show_default=True, help="Pixels of a picture's side.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another world.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Worker processes; 0 renders in this process. [default: the cores of this machine]",
)
def make_demo(folder: str, workers: int | None, **sizes: int) -> None:
    """
    Render the demo world into DIR: images/, captions_{train,validation,test,unseen}.json (COCO format, file names
    relative to images/), benchmark_{test,unseen}.json and world.json.

    A rerun of a finished world does nothing; another world in DIR is refused.
    """
    from structclip_pipeline.demo.world import WorldPlan, make_world

    start = time.monotonic()
    plan = WorldPlan(**sizes)
    made = make_world(folder, plan, (os.cpu_count() or 1) if workers is None else workers)
    if not made:
        click.echo(f"{folder}: finished earlier, nothing to do")
        return
    total = plan.train + plan.validation + plan.test + plan.unseen
    click.echo(f"{folder}: {total:,} scenes of {plan.size} pixels in {time.monotonic() - start:,.1f} s")
