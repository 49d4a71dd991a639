"""``structclip-export``: a checkpoint as a model that other programs load."""

import click


@click.command()
@click.argument("run")
@click.option(
    "--format",
    "target",
    type=click.Choice(["clip", "open_clip"]),
    required=True,
    help="clip: a plain CLIP (or SigLIP) folder for transformers; open_clip: one for open_clip.",
)
@click.option("--output", required=True, metavar="DIR", help="The folder to make.")
@click.option(
    "--interpolate",
    "alpha",
    type=click.FloatRange(0, 1),
    metavar="ALPHA",
    help="Write (1 - ALPHA) * base + ALPHA * trained weights, from 0 to 1 (WiSE-FT).",
)
@click.option("--base", metavar="MODEL", help="The base to interpolate with; default: the model the run started from.")
def export(run: str, target: str, output: str, alpha: float | None, base: str | None) -> None:
    """
    Export RUN, a run of structclip-train or one of its checkpoints, as a model for plain transformers or open_clip.

    The knowledge encoder (KEE) stays behind; the model card says so. Running the same export again does nothing.
    """
    if base is not None and alpha is None:
        raise click.UsageError("--base is only used with --interpolate ALPHA.")
    from structclip_trainer.cli.quiet import silence_transformers
    from structclip_trainer.export import export_model

    silence_transformers()
    written = export_model(run, output, target, alpha, base)
    click.echo(f"{output}: {'exported as ' + target if written else 'already exported, nothing to do'}")
