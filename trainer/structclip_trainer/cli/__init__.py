"""Entry points of structclip-train, structclip-evaluate and structclip-export; each imports its command when called."""

from structclip_schemas.commands import run_command


def train() -> None:
    """Entry point of ``structclip-train``."""
    from structclip_trainer.cli.leaving import run_rank
    from structclip_trainer.cli.train import train as command

    run_rank(lambda: run_command(command))


def evaluate() -> None:
    """Entry point of ``structclip-evaluate``."""
    from structclip_trainer.cli.evaluate import evaluate as command

    run_command(command)


def export() -> None:
    """Entry point of ``structclip-export``."""
    from structclip_trainer.cli.export import export as command

    run_command(command)
