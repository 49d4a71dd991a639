"""A training run from files to a model's folder."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spacy

from structclip_pipeline.parser.factual import read_captions, read_rows
from structclip_pipeline.parser.model import META_FILE, hash_model
from structclip_pipeline.parser.tokens import read_tokens
from structclip_schemas.errors import InputError

NAME = "structclip-en"
VERSION = "1.0"


@dataclass(frozen=True)
class Job:
    """What ``train-parser`` was asked for."""

    factual_train: Path
    factual_dev: Path
    output: Path
    epochs: int
    seed: int
    threads: int
    limit: int | None = None

    def spell_command(self) -> str:
        """The command line that repeats the run, with file names instead of paths."""
        options = {
            "factual-train": self.factual_train.name,
            "factual-dev": self.factual_dev.name,
            "output": self.output.name,
            "epochs": self.epochs,
            "seed": self.seed,
            "threads": self.threads,
            "limit": self.limit,
        }
        given = (f"--{name} {value}" for name, value in options.items() if value is not None)
        return f"structclip-pipeline train-parser {' '.join(given)}"


def run_job(job: Job, *, overwrite: bool, say: Callable[[str], None]) -> None:
    """Train and write the model; ``InputError`` when torch is missing, a file is wrong or the folder holds a model."""
    if (job.output / META_FILE).exists() and not overwrite:
        raise InputError(f"{job.output} holds a trained parser already; choose another folder or add --overwrite")
    try:
        job.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write a model into {job.output}: {error}; choose another --output") from error
    training = _import_training()
    training.torch.set_num_threads(job.threads)
    corpus = _read_corpus(training, job.factual_train, job.limit)
    development = _read_corpus(training, job.factual_dev, None)
    recipe = training.Recipe(epochs=job.epochs, seed=job.seed)

    def report(line: str, model: Any) -> None:
        say(line)
        if model is not None:
            model.write(job.output)

    training.train(corpus, development, recipe, _describe(job), report)
    say(f"wrote {job.output}: {NAME} {VERSION} {hash_model(job.output)}")


def _import_training() -> Any:
    try:
        from structclip_pipeline.parser import training
    except ModuleNotFoundError as error:
        raise InputError(f"training needs torch ({error}); install it with: pip install 'structclip[all]'") from error
    return training


def _read_corpus(training: Any, path: Path, limit: int | None) -> Any:
    rows = read_rows(path)[:limit]
    if not rows:
        raise InputError(f"{path} holds no captions; wanted FACTUAL's CSV file")
    nlp = spacy.blank("en")
    return training.Corpus(rows, [read_tokens(doc) for doc in nlp.pipe(read_captions(rows))])


def _describe(job: Job) -> dict[str, Any]:
    return {
        "name": NAME,
        "version": VERSION,
        "command": job.spell_command(),
        "data": {path.name: sha256(path.read_bytes()).hexdigest() for path in (job.factual_train, job.factual_dev)},
        "licence": "Weights: Apache-2.0. Trained on FACTUAL (MIT), whose captions come from Visual Genome (CC BY 4.0).",
        "software": {name: version(name) for name in ("numpy", "spacy", "torch")},
    }
