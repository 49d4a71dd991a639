"""import-negatives: negatives that other projects published become a negatives dataset."""

import click

from structclip_pipeline.cli.options import RunOptions, execute, run_options

NAMES = ("negclip", "ce-clip", "structure-clip")


@click.command("import-negatives")
@click.argument("name", metavar="NAME", type=click.Choice(NAMES))
@click.argument("file", metavar="FILE")
@click.option("--parser", default="default", show_default=True, metavar="default|spacy:NAME|PATH")
@run_options
def import_negatives(name: str, file: str, parser: str, run: RunOptions) -> None:
    """
    Read the negatives in FILE of NAME: negclip (TSV), ce-clip (.npy or JSON), structure-clip (JSON).

    Captions get the parser's graphs, negatives its reading and their edits. Those that break the contract (the
    caption's own text, carried over from the row before, true of the image, …) are left out and counted; flaws of those
    kept (pronouns, symmetric relations) are counted too. No code in FILE is run.
    """
    from structclip_pipeline.foreign.importing import import_work, plan_import

    execute(plan_import(name, file, parser), import_work(parser), run, "import-negatives")
