"""structclip-pipeline: the group of commands, each imported only when it is called."""

from structclip_pipeline.cli.group import pipeline
from structclip_schemas.commands import run_command


def main() -> None:
    """Entry point of ``structclip-pipeline``."""
    run_command(pipeline)
