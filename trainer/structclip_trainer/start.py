"""Starting a run or taking it up again: from options to everything the loop needs."""

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
import yaml

from structclip_schemas.errors import InputError
from structclip_schemas.tokens import tokenizer_hash
from structclip_trainer.batches import Collator
from structclip_trainer.checkpoint import Progress, latest_checkpoint, load_state, remove_leftovers, seed_rank
from structclip_trainer.config import dump_settings
from structclip_trainer.corpus import Corpus, open_corpus
from structclip_trainer.distributed import ALONE, Ranks, local_device
from structclip_trainer.evaluation.image_root import default_root
from structclip_trainer.execution import prepare_execution
from structclip_trainer.finiteness import FiniteWatch
from structclip_trainer.first_model import make_model
from structclip_trainer.images import Preprocessing, check_image_root
from structclip_trainer.log import JsonLines, RunLog, open_left_out, open_log, watch_log
from structclip_trainer.loop import Training
from structclip_trainer.model import StructCLIPModel
from structclip_trainer.model.family import padded_length
from structclip_trainer.model.triples import Reading
from structclip_trainer.optimizer import bound_logit_scale, make_optimizer
from structclip_trainer.order import Cursor
from structclip_trainer.provenance import describe_dataset, stated_licence
from structclip_trainer.reporting import check_trackers, report_to
from structclip_trainer.samples import ImageCache, SampleReader, SampleSettings
from structclip_trainer.settings import OPERATIONAL, Settings, count_steps
from structclip_trainer.storage import is_local, local_path, read_text, write_bytes
from structclip_trainer.text import longest_text
from structclip_trainer.validation import ValidationSet, read_validation

CONFIG = "config.yaml"
RUN = "run.json"
VALIDATION_LEFT_OUT = "validation_left_out.jsonl"
_STEPS_AHEAD = 1  # of a GPU, which has a whole step to do while the host prepares the next


@dataclass(frozen=True)
class Options:
    """What the command line says beside settings; locations are paths or URLs. No images: those beside the dataset."""

    shards: str
    images: str | None
    model: str
    run: str
    validation: str | None
    resume: bool
    device: str
    report_to: str | None = None


def prepare(
    options: Options, settings: Settings, say: Callable[[str], None], ranks: Ranks = ALONE
) -> tuple[Training, Progress]:
    """
    Check the inputs, make or load the model, open the run's files.

    Raises InputError for every input that is not what was wanted, and when the run's folder is taken.
    """
    check_division(settings, ranks)
    check_trackers(options.report_to)
    checkpoint = _find_checkpoint(options)
    corpus = open_corpus(options.shards, settings.window_shards, settings.window_groups)
    settings = count_steps(settings, sum(corpus.block_rows))
    held_out_corpus = open_corpus(options.validation, 1) if options.validation else None
    options = replace(options, images=_image_root(options, [corpus, *([held_out_corpus] if held_out_corpus else [])]))
    device = local_device(choose_device(options.device))
    _set_machine(settings)
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    model, processor, settings = make_model(checkpoint, options.model, settings, corpus)
    _check_config(options, settings, checkpoint)
    _use_stored_tokens([corpus, held_out_corpus], processor.tokenizer, say)
    model.to(device)
    ranks.align(model)
    prepare_execution(model, settings)
    bound_logit_scale(model, settings.max_logit_scale or math.inf)
    optimizer = make_optimizer(model, settings)
    progress = Progress(0, Cursor(settings.seed, corpus.manifest_hash))
    if ranks.world > 1:
        seed_rank(settings.seed, 0, ranks)
    if checkpoint:
        progress = load_state(checkpoint, optimizer, ranks)
        _check_data(progress, corpus, options)
        say(f"resuming {options.run} after step {progress.step}")
    ranks.wait()
    if ranks.first:
        _write_run(options, settings, corpus)
        remove_leftovers(options.run)
    return _assemble(
        options, settings, corpus, held_out_corpus, model, processor, optimizer, device, progress, ranks
    ), progress


def check_division(settings: Settings, ranks: Ranks) -> None:
    """Raise InputError for a batch that ranks and micro-batches do not divide."""
    if settings.batch_size % ranks.world or settings.batch_size // ranks.world < settings.accumulate:
        raise InputError(
            f"batch_size {settings.batch_size} over {ranks.world} processes and {settings.accumulate} micro-batches "
            f"each: wanted a multiple of {ranks.world}, of {ranks.world * settings.accumulate} or more."
        )


def _assemble(
    options: Options,
    settings: Settings,
    corpus: Corpus,
    held_out: Corpus | None,
    model: StructCLIPModel,
    processor: Any,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
    progress: Progress,
    ranks: Ranks,
) -> Training:
    preprocessing = Preprocessing.from_processor(processor.image_processor)
    collator = _build_collator(settings, corpus, model, processor)
    return Training(
        run=options.run,
        settings=settings,
        model=model,
        processor=processor,
        optimizer=optimizer,
        reader=_build_reader(options, settings, corpus, preprocessing),
        collator=collator,
        preprocessing=preprocessing,
        device=device,
        log=_open_reported_log(options, settings, progress, ranks),
        left_out=open_left_out(options.run, sum(corpus.block_rows), settings.max_bad_images, ranks.first),
        held_out=_read_held_out(held_out, options, preprocessing, collator, settings) if ranks.first else None,
        ranks=ranks,
        watch=FiniteWatch(_STEPS_AHEAD if device.type == "cuda" else 0),
    )


def _build_reader(options: Options, settings: Settings, corpus: Corpus, preprocessing: Preprocessing) -> SampleReader:
    drawn = SampleSettings(
        settings.seed,
        settings.require,
        settings.preferred_negatives,
        settings.only_preferred,
        settings.knowledge_dropout,
        settings.crop_smallest,
        settings.uses_positives,
        settings.unit_kinds if settings.unit_weight > 0 else (),
    )
    return SampleReader(corpus, options.images or "", preprocessing, drawn, ImageCache(settings.image_cache_mb << 20))


def _build_collator(settings: Settings, corpus: Corpus, model: StructCLIPModel, processor: Any) -> Collator:
    return Collator(
        processor.tokenizer,
        longest_text(model.config.clip_config),
        settings.kee_triples if settings.kee else 0,
        settings.uses_negatives,
        settings.negative_triples,
        padded=padded_length(model.config.clip_config),
        phrase_tokenizer=model.phrase_tokenizer,
        reading=Reading.of(model.config),
        known=corpus.token_ids,
        in_lines=model.reads_text_lines(processor.tokenizer),
        memory=corpus.phrases if model.phrase_tokenizer is None else {},
    )


def _open_reported_log(options: Options, settings: Settings, progress: Progress, ranks: Ranks) -> RunLog:
    """The run's log under its trackers and its watch for failure signatures; only the first rank reports."""
    reported = report_to(
        open_log(options.run, progress.step, ranks.first),
        options.report_to if ranks.first else None,
        options.run,
        settings.model_dump(mode="json"),
        progress.step,
    )
    return watch_log(reported, settings)


def _read_held_out(
    corpus: Corpus | None, options: Options, preprocessing: Preprocessing, collator: Collator, settings: Settings
) -> ValidationSet | None:
    """The validation rows, those without a readable image listed in the run."""
    if corpus is None:
        return None
    whole = replace(collator, with_negatives=True, negative_triples=True, known=corpus.token_ids)
    held_out = read_validation(corpus, options.images or "", preprocessing, whole, settings.validation_images)
    JsonLines(f"{options.run}/{VALIDATION_LEFT_OUT}").restart(held_out.left_out)
    if not held_out.batches:
        raise InputError(
            f"{corpus.dataset.location}: no validation row has a readable image under {options.images} "
            f"({len(held_out.left_out)} tried). Check --images and --validation."
        )
    return held_out


def _image_root(options: Options, corpora: list[Corpus]) -> str | None:
    """Where images are that do not come with their captions; None when all do. Raises InputError for no such folder."""
    outside = [corpus.dataset for corpus in corpora if corpus.dataset.manifest.table != "packed"]
    if not outside:
        return None
    root = options.images or default_root(outside)
    check_image_root(root)
    return root


def _use_stored_tokens(corpora: list[Corpus | None], tokenizer: Any, say: Callable[[str], None]) -> None:
    """Let packed shards bring their token ids along where they are this tokenizer's."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    own = tokenizer_hash(backend.to_str()) if backend is not None else ""
    for corpus in corpora:
        if corpus is not None and not corpus.use_tokens(own):
            say(
                f"{corpus.dataset.location}: its token ids are another tokenizer's and not used; captions are "
                "tokenized as they come. pack --tokenizer with this model would spare that."
            )


def choose_device(name: str) -> torch.device:
    """The device of a name; auto is cuda where there is one. Raises InputError for others than cpu and cuda[:N]."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"--device {name}: wanted auto, cpu, cuda or cuda:N.") from error
    if device.type not in ("cpu", "cuda") or (device.type == "cuda" and not torch.cuda.is_available()):
        raise InputError(f"--device {name}: not available here. Use --device auto or cpu.")
    return device


def _set_machine(settings: Settings) -> None:
    if settings.threads:
        torch.set_num_threads(settings.threads)
    if settings.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    torch.manual_seed(settings.seed)


def _find_checkpoint(options: Options) -> str | None:
    """The checkpoint to go on from; raises InputError when the folder holds a run and --resume is not given."""
    taken = read_text(f"{options.run}/{CONFIG}") is not None
    if taken and not options.resume:
        raise InputError(f"{options.run}: holds a run already. Go on with it by --resume, or choose another --output.")
    return latest_checkpoint(options.run) if options.resume else None


def _check_config(options: Options, settings: Settings, checkpoint: str | None) -> None:
    """Refuse to go on with settings that would not give the same run."""
    if checkpoint is None:
        return
    before = yaml.safe_load(read_text(f"{options.run}/{CONFIG}") or "{}")
    now = settings.model_dump(mode="json")
    changed = [key for key in now if key not in OPERATIONAL and key in before and now[key] != before[key]]
    if changed:
        told = ", ".join(f"{key} {before[key]!r} (now {now[key]!r})" for key in changed)
        raise InputError(
            f"{options.run}: was started with {told}. Give the same settings to --resume "
            f"(--config {options.run}/{CONFIG}), or start another run from it: --model {options.run} --output …"
        )


def _check_data(progress: Progress, corpus: Corpus, options: Options) -> None:
    if progress.cursor.manifest != corpus.manifest_hash:
        raise InputError(
            f"{options.shards}: not the dataset that {options.run} was trained on so far (its manifest differs). "
            f"Give that one, or start another run: --model {options.run} --output …"
        )


def _write_run(options: Options, settings: Settings, corpus: Corpus) -> None:
    """Write config.yaml (settings) and run.json (inputs)."""
    inputs = {
        "shards": options.shards,
        "images": options.images,
        "model": options.model,
        "validation": options.validation,
        "manifest_sha256": corpus.manifest_hash,
        "graph_source": corpus.dataset.manifest.graph_source,
        "dataset": describe_dataset(corpus.dataset.manifest),
        "model_is_folder": is_local(options.model) and local_path(options.model).is_dir(),
        "model_licence": stated_licence(options.model),
    }
    write_bytes(f"{options.run}/{RUN}", (json.dumps(inputs, indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(f"{options.run}/{CONFIG}", dump_settings(settings).encode())
