"""structclip-pipeline make-negatives: hard negatives with swap provenance."""

from dataclasses import replace

import click

from structclip_pipeline.cli.options import RunOptions, execute, run_options


@click.command("make-negatives")
@click.argument("graphs", metavar="GRAPHS")
@click.option(
    "--strategy",
    type=click.Choice(["graph", "random", "pos"]),
    default="graph",
    show_default=True,
    help="graph: exchanges in the scene graph. To compare with: random exchanges two words, pos two words or phrases "
    "of one class, as NegCLIP does.",
)
@click.option(
    "--kinds",
    metavar="A,B",
    help="Kinds to make: the three swaps, and replace_attribute, replace_object, replace_relation, which put another "
    "word in. [default: swap_attribute,swap_object,swap_relation]",
)
@click.option(
    "--per-caption",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Most a caption; above 8, unlikely ones too, last.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another choice.")
@click.option("--positives", is_flag=True, help="Write hard positives too: other words or order, the same meaning.")
@click.option(
    "--units",
    is_flag=True,
    help="Write units too: an object with its attributes, or a relation with its two objects, as a short caption of "
    "its own, each with one foil.",
)
@click.option(
    "--verify",
    type=click.Choice(["off", "flag", "drop"]),
    default="flag",
    show_default=True,
    help="Parse the chosen negatives again and record whether the intended graph comes back, or drop those where it "
    "does not; both prefer plausible text. off: neither.",
)
@click.option("--statistics", metavar="FILE", help="Word statistics of another run. [default: those of GRAPHS]")
@click.option(
    "--parser", default="default", show_default=True, metavar="default|spacy:NAME|PATH", help="The parser of GRAPHS."
)
@run_options
def make_negatives(
    graphs: str,
    strategy: str,
    kinds: str | None,
    per_caption: int,
    seed: int,
    positives: bool,
    units: bool,
    verify: str,
    statistics: str | None,
    parser: str,
    run: RunOptions,
) -> None:
    """
    Write hard negatives for the scene graphs in the folder GRAPHS.

    Every caption keeps its row; one without a valid negative has an empty list, and the manifest counts why.
    """
    from structclip_pipeline.negatives.task import (
        demand_of,
        negatives_work,
        open_graphs,
        plan_negatives,
        require_parser,
        with_statistics,
    )

    dataset = open_graphs(graphs)
    demand = replace(demand_of(kinds, per_caption, seed, verify, strategy), positives=positives, units=units)
    require_parser(dataset, parser, demand)
    plan = plan_negatives(dataset, strategy, demand, statistics)
    if not run.dry_run:
        plan = with_statistics(plan, run.output, workers=run.workers, scheduler=run.scheduler, overwrite=run.overwrite)
    execute(plan, negatives_work(parser), run, "make-negatives")
