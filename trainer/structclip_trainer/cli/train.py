"""The command structclip-train."""

from functools import partial
from typing import Any

import click


@click.command(context_settings={"max_content_width": 120})
@click.option("--shards", metavar="DIR", help="Dataset of negatives or packed, as make-negatives or pack writes it.")
@click.option(
    "--images", metavar="DIR", help="Image root; default: images beside the dataset or its source. Packed: none."
)
@click.option("--model", metavar="PATH|HUB_ID|new:tiny|new:tiny-siglip", help="What training starts from.")
@click.option("--output", metavar="RUN", help="Folder of the run.")
@click.option("--validation", metavar="DIR", help="Another such dataset, held out; measured when saving.")
@click.option("--preset", metavar="NAME", help="default, paper, official, negclip or infonce.")
@click.option("--config", metavar="FILE", help="YAML file of settings; overrides the preset.")
@click.option("--set", "assignments", metavar="KEY=VALUE", multiple=True, help="One setting; overrides both.")
@click.option(
    "--require", metavar="A,B", help="Only captions with at least one each of: objects, attributes, relations."
)
@click.option("--resume", is_flag=True, help="Go on from the run's newest checkpoint.")
@click.option("--device", default="auto", show_default=True, metavar="NAME", help="auto, cpu, cuda or cuda:N.")
@click.option(
    "--report-to", metavar="A,B", help="Send the log's figures to tensorboard (RUN/tensorboard), wandb, trackio too."
)
@click.option("--print-config", is_flag=True, help="Print all settings as YAML and stop.")
def train(**given: Any) -> None:
    """Train a CLIP model with hard negatives and scene-graph knowledge (one process, or several under torchrun)."""
    from structclip_trainer.config import build_settings, explain_settings, read_config

    file = read_config(given["config"]) if given["config"] else {}
    assignments = list(given["assignments"])
    if given["require"]:
        assignments.append(f"require={given['require']}")
    settings = build_settings(given["preset"], file, assignments, given["config"] or "the config file")
    if given["print_config"]:
        click.echo(explain_settings(settings), nl=False)
        return
    _run(given, settings)


def _run(given: dict[str, Any], settings: Any) -> None:
    missing = [f"--{name}" for name in ("shards", "model", "output") if not given[name]]
    if missing:
        raise click.UsageError(f"missing {', '.join(missing)} (see structclip-train --help).")
    _quieten()
    from structclip_trainer.distributed import join_ranks
    from structclip_trainer.loop import train as run_training
    from structclip_trainer.start import Options, choose_device, prepare

    names = ("shards", "images", "model", "validation", "resume", "device", "report_to")
    options = Options(run=given["output"].rstrip("/"), **{name: given[name] for name in names})
    with join_ranks(choose_device(options.device)) as ranks:
        say = partial(click.echo, err=True) if ranks.first else _say_nothing
        training, progress = prepare(options, settings, say, ranks)
        progress = run_training(training, progress)
        tally = "".join(f", {count} rows left out as {reason}" for reason, count in training.left_out.tally.items())
        say(f"{options.run}: {progress.step} steps done{tally}")


def _say_nothing(_text: str) -> None:
    return None


def _quieten() -> None:
    """Keep transformers' own progress bars and notes off the screen."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
