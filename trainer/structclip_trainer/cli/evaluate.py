"""``structclip-evaluate``: benchmarks, retrieval and classification for one model or several side by side."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from structclip_schemas.errors import InputError

if TYPE_CHECKING:
    from structclip_schemas.dataset import Dataset
    from structclip_trainer.evaluation.evaluator import Inquiry, NamedModel
    from structclip_trainer.evaluation.results import Evaluation

_LABEL = r"(?P<label>[\w.+-]+)=(?P<location>.+)"
_CHECKPOINT = r"(.*/)?(?P<run>[^/]+)/checkpoints/(?P<step>step-\d+)"
_PIPE_WIDTH = 160
_WITH_CAPTIONS = ("graphs", "negatives", "benchmark")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the models are to be measured on, as the options name it."""

    benchmarks: tuple[str, ...]
    retrieval: str | None
    classification: str | None
    templates: str | None


class SeveralBenchmarks(click.Command):
    """A command whose option --benchmarks takes all values up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``--benchmarks A B`` as ``--benchmarks A --benchmarks B``."""
        return super().parse_args(ctx, _repeat_option(args, "--benchmarks"))


@click.command(cls=SeveralBenchmarks)
@click.argument("models", nargs=-1, metavar="RUN_OR_MODEL...")
@click.option(
    "--benchmarks", multiple=True, metavar="DIR...", help="Benchmark or negatives datasets (several, after the models)."
)
@click.option(
    "--retrieval", metavar="DIR", help="A graphs, negatives or benchmark dataset for image and text retrieval."
)
@click.option(
    "--classification",
    metavar="DIR",
    help="Zero-shot classes: a folder of images for each class, or a dataset whose captions are class prompts.",
)
@click.option(
    "--templates", metavar="FILE", help="Prompts of a class, one a line, averaged. [default: a photo of a {class}.]"
)
@click.option(
    "--images", metavar="ROOT", help="The image root; default: the folder images beside the dataset or its source."
)
@click.option("--by", type=click.Choice(["complexity"]), help="Also report by the caption's number of triples.")
@click.option("--output", metavar="FILE", help="Write the results as JSON.")
@click.option("--chart", metavar="FILE", help="Draw a bar chart: FILE.png and FILE.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON instead of the table.")
@click.option("--batch-size", type=click.IntRange(1), default=64, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 ...")
def evaluate(
    models: tuple[str, ...],
    benchmarks: tuple[str, ...],
    retrieval: str | None,
    classification: str | None,
    templates: str | None,
    images: str | None,
    by: str | None,
    output: str | None,
    chart: str | None,
    as_json: bool,
    batch_size: int,
    device: str,
) -> None:
    """
    Measure models: runs, checkpoints, CLIP folders or hub ids, each as PATH or LABEL=PATH.

    Models that share a LABEL are replicas of one with other seeds and are averaged. Every model is given a plain row
    (lambda = 0), a fused row if it has a KEE, and a blind row, which sees the mean image only. A true caption must
    score strictly above all of its negatives: ties are wrong. A class is the mean of its prompts' embeddings.
    """
    if not models:
        raise click.UsageError("no model: name one or more before the options (--benchmarks takes all that follows).")
    if not benchmarks and not retrieval and not classification:
        raise click.UsageError("nothing to measure: name --benchmarks DIR..., --retrieval DIR or --classification DIR.")
    asked = Asked(benchmarks, retrieval, classification, templates)
    evaluation = _evaluate(_named_models(models), asked, images, by, batch_size, device)
    _publish(evaluation, output, chart)
    _print(evaluation, as_json)


def _evaluate(
    models: "list[NamedModel]",
    asked: Asked,
    images: str | None,
    by: str | None,
    batch_size: int,
    device: str,
) -> "Evaluation":
    from structclip_schemas.dataset import open_dataset
    from structclip_trainer.evaluation.image_root import default_root
    from structclip_trainer.images import check_image_root
    from structclip_trainer.storage import open_file

    opened = [open_dataset(where, ("benchmark", "negatives"), open_file) for where in asked.benchmarks]
    gallery = open_dataset(asked.retrieval, _WITH_CAPTIONS, open_file) if asked.retrieval else None
    prompts = _class_dataset(asked.classification)
    datasets = [*opened, *(dataset for dataset in (gallery, prompts) if dataset)]
    root = images or (default_root(datasets) if datasets else "")
    if datasets:
        check_image_root(root)

    # torch comes last: a mistake in the lines above is answered at once
    from structclip_trainer.cli.quiet import silence_transformers
    from structclip_trainer.evaluation.evaluator import evaluate_models, read_inquiry
    from structclip_trainer.evaluation.progress import progress
    from structclip_trainer.loading import resolve_model

    silence_transformers()
    device = _device(device)
    for model in models:
        resolve_model(model.location)
    inquiry = _with_classes(read_inquiry(opened, gallery, by == "complexity"), asked, prompts)
    with progress("evaluate", len(models) * inquiry.size) as advance:
        return evaluate_models(models, inquiry, root, batch_size, device, advance)


def _class_dataset(location: str | None) -> "Dataset | None":
    """The dataset of class prompts, where --classification names one and no folder of folders."""
    from structclip_schemas.dataset import open_dataset
    from structclip_schemas.manifest import MANIFEST_NAME
    from structclip_trainer.storage import open_file, read_text

    if location is None or read_text(f"{location.rstrip('/')}/{MANIFEST_NAME}") is None:
        return None
    return open_dataset(location, _WITH_CAPTIONS, open_file)


def _with_classes(inquiry: "Inquiry", asked: Asked, prompts: "Dataset | None") -> "Inquiry":
    """The inquiry with the classes of --classification; their images are counted as lost beside the others'."""
    from structclip_trainer.evaluation import classification

    if asked.templates and (prompts is not None or not asked.classification):
        raise InputError(
            "--templates: wanted with --classification and a folder of images a class; a dataset brings its prompts."
        )
    if not asked.classification:
        return inquiry
    if prompts is not None:
        classes, lost = classification.read_class_captions(prompts)
        return replace(inquiry, classes=classes, left_out={**inquiry.left_out, classification.CLASSIFICATION: lost})
    templates = classification.DEFAULT_TEMPLATES
    if asked.templates:
        templates = classification.read_templates(asked.templates)
    classes = classification.read_image_folder(asked.classification.rstrip("/"), templates)
    return replace(inquiry, classes=classes)


def _publish(evaluation: "Evaluation", output: str | None, chart: str | None) -> None:
    from structclip_trainer.evaluation.results import to_json
    from structclip_trainer.storage import write_bytes

    if output:
        write_bytes(output, to_json(evaluation).encode())
    if chart:
        from structclip_trainer.evaluation.chart import draw_chart

        stem = chart.removesuffix(".png").removesuffix(".svg")
        for ending, content in draw_chart(evaluation).items():
            write_bytes(f"{stem}.{ending}", content)


def _print(evaluation: "Evaluation", as_json: bool) -> None:
    from rich.console import Console

    from structclip_trainer.evaluation.results import to_json
    from structclip_trainer.evaluation.text_table import print_tables

    if as_json:
        click.echo(to_json(evaluation), nl=False)
    else:
        console = Console()
        print_tables(evaluation, console if console.is_terminal else Console(width=_PIPE_WIDTH))


def _repeat_option(args: list[str], option: str) -> list[str]:
    repeated: list[str] = []
    inside = False
    for place, arg in enumerate(args):
        if arg.startswith("-"):
            inside = arg == option
        elif inside and args[place - 1] != option:
            repeated.append(option)
        repeated.append(arg)
    return repeated


def _named_models(models: tuple[str, ...]) -> "list[NamedModel]":
    """The models with their labels; raises UsageError when two models would get one label without being told to."""
    import re

    from structclip_trainer.evaluation.evaluator import NamedModel

    named, unlabelled = [], []
    for model in models:
        if match := re.fullmatch(_LABEL, model):
            named.append(NamedModel(match["label"], match["location"]))
            continue
        location = model.rstrip("/")
        checkpoint = re.fullmatch(_CHECKPOINT, location)
        label = f"{checkpoint['run']}/{checkpoint['step']}" if checkpoint else location.rpartition("/")[2]
        named.append(NamedModel(label, location))
        unlabelled.append(label)
    labels = [model.label for model in named]
    doubled = [label for label in unlabelled if labels.count(label) > 1]
    if doubled:
        raise click.UsageError(
            f"two models are called {doubled[0]!r}. Label them, LABEL=PATH; one label for replicas to be averaged."
        )
    return named


def _device(name: str) -> str:
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"--device {name}: not usable here ({str(error).splitlines()[0]}). Try auto or cpu."
        ) from error
    return name
