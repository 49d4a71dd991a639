"""A training run from files to a model's folder, or to a teacher's."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import LEXICON_FILE, META_FILE, Model, hash_model
from structclip_pipeline.parser.training.corpus import Corpus, read_annotations, read_captions, read_factual, tokenize
from structclip_schemas.errors import InputError

NAME = "structclip-en"
VERSION = "2.1"
LICENCE = (
    "Weights: Apache-2.0. Trained on FACTUAL (MIT), whose captions come from Visual Genome (CC BY 4.0), and on "
    "captions of COCO (CC BY 4.0); the teacher is a pretrained encoder (all-mpnet-base-v2, Apache-2.0)."
)


@dataclass(frozen=True)
class Job:
    """What ``train-parser`` was asked for."""

    factual_train: Path
    factual_dev: Path
    output: Path
    captions: tuple[Path, ...] = ()
    graphs: tuple[Path, ...] = ()
    graphs_dev: Path | None = None
    encoder: Path | None = None
    teachers: tuple[Path, ...] = ()
    start: Path | None = None
    epochs: int | None = None
    repeats: int = 4
    mutated: int = 1
    seed: int = 0
    threads: int = 1
    device: str = "cpu"
    workers: int = 0
    limit: int | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every data file that decides the result."""
        measured = (self.graphs_dev,) if self.graphs_dev else ()
        return (self.factual_train, self.factual_dev, *self.captions, *self.graphs, *measured)

    def spell_command(self) -> str:
        """The command line that repeats the run, with file names instead of paths."""
        options: list[tuple[str, object]] = [
            ("factual-train", self.factual_train.name),
            ("factual-dev", self.factual_dev.name),
            *(("captions", path.name) for path in self.captions),
            *(("graphs", path.name) for path in self.graphs),
            ("graphs-dev", self.graphs_dev and self.graphs_dev.name),
            ("encoder", self.encoder and self.encoder.name),
            *(("teacher", path.name) for path in self.teachers),
            ("start", self.start and self.start.name),
            ("output", self.output.name),
            ("epochs", self.epochs),
            ("repeats", self.repeats),
            ("mutated", self.mutated),
            ("seed", self.seed),
            ("threads", self.threads),
            ("device", self.device),
            ("workers", self.workers),
            ("limit", self.limit),
        ]
        given = (f"--{name} {value}" for name, value in options if value is not None)
        return f"structclip-pipeline train-parser {' '.join(given)}"


@dataclass(frozen=True)
class _Data:
    """
    What a run reads: captions with graphs, captions without, and captions to measure on.

    The first ``factual`` of ``gold`` are FACTUAL's, whose forms are the parser's.
    """

    gold: Corpus
    factual: int
    plain: Sequence[str]
    development: dict[str, Corpus]


def run_job(job: Job, *, overwrite: bool, say: Callable[[str], None]) -> None:
    """Train and write; ``InputError`` when torch is missing, a file is wrong or the folder holds a model."""
    if any((job.output / name).exists() for name in (META_FILE, LEXICON_FILE)) and not overwrite:
        raise InputError(f"{job.output} holds a trained parser already; choose another folder or add --overwrite")
    try:
        job.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write a model into {job.output}: {error}; choose another --output") from error
    torch = _import_torch()
    torch.set_num_threads(job.threads)
    _check_device(torch, job.device)
    data = _read_data(job)
    if job.encoder:
        _train_teacher(job, data, say)
    else:
        _train_model(job, data, say)


def _import_torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError as error:
        raise InputError(f"training needs torch ({error}); install it with: pip install 'structclip[all]'") from error
    return torch


def _check_device(torch: Any, name: str) -> None:
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device {name}: not usable here ({str(error).splitlines()[0]}); use cpu") from error


def _read_data(job: Job) -> _Data:
    captions = read_captions(job.captions)
    gold = read_factual(job.factual_train, job.limit)
    factual = len(gold.captions)
    development = {"dev": read_factual(job.factual_dev)}
    for path in job.graphs:
        gold = gold + read_annotations(path, captions) * job.repeats
    if job.graphs_dev:
        development["annotated"] = read_annotations(job.graphs_dev, captions)
    known = {*gold.captions, *(c for corpus in development.values() for c in corpus.captions)}
    return _Data(gold, factual, sorted(set(captions.values()) - known), development)


def _train_teacher(job: Job, data: _Data, say: Callable[[str], None]) -> None:
    from structclip_pipeline.parser.training.finetuning import TeacherRecipe, finetune
    from structclip_pipeline.parser.training.fitting import read_examples

    assert job.encoder is not None
    examples, lexicon = read_examples(data.gold, data.factual)
    recipe = TeacherRecipe(job.epochs or TeacherRecipe.epochs, job.seed, job.device, job.workers)
    teacher = finetune(job.encoder, examples, lexicon, data.development, recipe, say)
    teacher.write(job.output, lexicon)
    say(f"wrote the teacher {job.output}; distil it with: structclip-pipeline train-parser --teacher {job.output} ...")


def _train_model(job: Job, data: _Data, say: Callable[[str], None]) -> None:
    from structclip_pipeline.parser.training import fitting

    examples, lexicon = fitting.read_examples(data.gold, data.factual)
    start = Model.read(job.start) if job.start else None
    if start is not None:
        _check_predicates(job.start, start.lexicon, lexicon)
    thesaurus = None
    if job.teachers:
        examples, thesaurus = _ask_teachers(job, data, examples, lexicon)
        say(f"{len(job.teachers)} teacher(s) answered {len(examples)} captions")

    def report(line: str, model: Any) -> None:
        say(line)
        if model is not None:
            model.write(job.output)

    recipe = fitting.Recipe(job.epochs or fitting.Recipe.epochs, job.seed, job.device, job.workers)
    fitting.train(examples, lexicon, data.development, recipe, _describe(job), report, thesaurus, start)
    say(f"wrote {job.output}: {NAME} {VERSION} {hash_model(job.output)}")


def _ask_teachers(job: Job, data: _Data, examples: Sequence[Any], lexicon: Lexicon) -> tuple[list[Any], Any]:
    """
    Gold, plain and mutated captions with the teachers' targets, and what the first teacher knows of words.

    A parser knows nothing of them; it may be the first where a run starts from a parser, whose meanings are kept.
    """
    from structclip_pipeline.parser.training.distillation import TEACHER_SHARE, Labeller
    from structclip_pipeline.parser.training.meanings import Thesaurus
    from structclip_pipeline.parser.training.mutation import Mutator
    from structclip_pipeline.parser.training.panel import read_panel
    from structclip_pipeline.parser.training.predecessor import Predecessor

    panel, known = read_panel(job.teachers, job.device)
    first = panel.teachers[0]
    if job.start is None and isinstance(first, Predecessor):
        raise InputError(
            f"{job.teachers[0]} is a parser, which knows no words' meanings; name a teacher's folder first"
        )
    _check_predicates(job.teachers[0], known, lexicon)
    labeller = Labeller(panel, lexicon)
    mutator, rng = Mutator(examples), random.Random(job.seed)
    mutated = [" ".join(mutator.mutate(e, rng)) for _ in range(job.mutated) for e in examples]
    plain = [own for own in tokenize([*data.plain, *dict.fromkeys(mutated)]) if own]
    labelled = [*labeller.label_gold(examples, TEACHER_SHARE), *labeller.label_plain(plain)]
    return labelled, None if isinstance(first, Predecessor) else Thesaurus(first)


def _check_predicates(folder: Path | None, known: Lexicon, wanted: Lexicon) -> None:
    if known.templates != wanted.templates:
        raise InputError(
            f"{folder} knows other predicates than the graphs given: it was trained on others, or on so many of them; "
            "give the --factual-train, --graphs, --repeats and --limit that it was trained with"
        )


def _describe(job: Job) -> dict[str, Any]:
    described = {
        "name": NAME,
        "version": VERSION,
        "command": job.spell_command(),
        "data": {path.name: sha256(path.read_bytes()).hexdigest() for path in job.files},
        "licence": LICENCE,
        "software": {name: version(name) for name in ("numpy", "spacy", "torch")},
    }
    if job.start:
        described["start"] = hash_model(job.start)
    if job.teachers:
        described["teachers"] = [_hash_teacher(folder) for folder in job.teachers]
    return described


def _hash_teacher(folder: Path) -> str:
    from structclip_pipeline.parser.training.teacher import SCORER_FILE

    scorer = folder / SCORER_FILE
    return sha256(scorer.read_bytes()).hexdigest() if scorer.is_file() else hash_model(folder)
