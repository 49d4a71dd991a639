"""The command group: names, one-line help and the module of each command, so that ``--help`` imports none of them."""

import difflib
from importlib import import_module

import click

COMMANDS = {
    "make-demo": "Render the demo world: images, captions and a benchmark.",
    "build-graphs": "Parse captions into scene graphs.",
    "make-negatives": "Write hard negatives with swap provenance.",
    "pack": "Put images and captions into one dataset, one row an image.",
    "import-negatives": "Read negatives that NegCLIP, CE-CLIP or Structure-CLIP published.",
    "prepare-benchmark": "Turn a benchmark's own file into a benchmark dataset.",
    "train-parser": "Train the scene-graph parser.",
    "inspect": "Show one caption with its graph and its variants.",
    "verify": "Check a dataset against the contract and its manifest.",
    "report": "Say what is in a dataset, on one page.",
    "audit": "Read a sample by eye and score it; find leakage; balance against a text-only model.",
    "doctor": "Check the installation and the machine.",
}
"""Every command with its help; ``make-demo`` is ``make_demo`` in the module ``structclip_pipeline.cli.make_demo``."""


class LazyGroup(click.Group):
    """A group that knows its commands' names without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command's module."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"structclip_pipeline.cli.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; an unknown name is answered with the nearest one."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one-line help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="structclip")
def pipeline() -> None:
    """Captions to scene graphs to hard negatives, sharded, resumable, the same bytes on every run."""
