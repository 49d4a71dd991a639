"""Evaluating several models on the same questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from structclip_schemas.dataset import Dataset
from structclip_schemas.errors import InputError
from structclip_trainer.evaluation.classification import CLASSIFICATION, Classes, without_images
from structclip_trainer.evaluation.classifying import classification_rows
from structclip_trainer.evaluation.comparisons import LeftOut, Picture, read_comparisons, read_gallery
from structclip_trainer.evaluation.embedding import Encoder
from structclip_trainer.evaluation.measurement import Benchmark, Questions, measure_model, without
from structclip_trainer.evaluation.pictures import Fault, embed_pictures
from structclip_trainer.evaluation.results import Evaluation, ModelResult, Rows
from structclip_trainer.loading import load_model
from structclip_trainer.origin import read_origin

RETRIEVAL = "retrieval"
MOST_LEFT_OUT = 0.01
_NAMED = 5


@dataclass(frozen=True)
class NamedModel:
    """A model to evaluate: where it is, and the label it has in the results."""

    label: str
    location: str


@dataclass(frozen=True)
class Inquiry:
    """Questions with what was left out of each dataset so far; classes are asked beside them."""

    questions: Questions
    left_out: dict[str, list[LeftOut]] = field(default_factory=dict)
    classes: Classes | None = None

    @property
    def size(self) -> int:
        """How many pictures and texts a model has to embed."""
        return self.questions.size + (len(self.classes.pictures) + self.classes.texts if self.classes else 0)


def read_inquiry(benchmarks: Sequence[Dataset], retrieval: Dataset | None, by_complexity: bool) -> Inquiry:
    """
    Read what the datasets ask; the first benchmark's columns have plain names, the others are prefixed.

    Raises InputError for a dataset that asks nothing.
    """
    left_out: dict[str, list[LeftOut]] = {}
    asked = []
    names = distinct_names([dataset.location for dataset in benchmarks])
    for place, (name, dataset) in enumerate(zip(names, benchmarks, strict=True)):
        comparisons, left_out[name] = read_comparisons(dataset)
        if not comparisons:
            raise InputError(f"{dataset.location}: no row has an image and a negative, so there is nothing to compare.")
        asked.append(Benchmark(name, f"{name}/" if place else "", tuple(comparisons)))
    gallery = None
    if retrieval is not None:
        gallery, left_out[RETRIEVAL] = read_gallery(retrieval)
        if not gallery.captions:
            raise InputError(f"{retrieval.location}: no row names an image, so there is nothing to retrieve.")
    return Inquiry(Questions(tuple(asked), gallery, by_complexity), left_out)


def evaluate_models(
    models: Sequence[NamedModel],
    inquiry: Inquiry,
    root: str,
    batch_size: int,
    device: str,
    advance: Callable[[int], None],
) -> Evaluation:
    """
    Measure every model on the same questions.

    Raises InputError when more than 1 % of a dataset's captions have no usable image.
    """
    results = []
    left_out = {name: dict.fromkeys(entries) for name, entries in inquiry.left_out.items()}
    for model in models:
        network, tokenizer, image_processor = load_model(model.location)
        encoder = Encoder(network.to(device), tokenizer, image_processor, batch_size, device)
        vectors, faults = embed_pictures(encoder, inquiry.questions.pictures(), root, advance)
        for name, entries in _lost(inquiry.questions, faults).items():
            left_out[name].update(dict.fromkeys(entries))
        _check_left_out(inquiry.questions, {name: list(entries) for name, entries in left_out.items()}, root)
        rows, by_complexity = measure_model(encoder, without(inquiry.questions, set(faults)), vectors, advance)
        if inquiry.classes:
            lost = left_out.setdefault(CLASSIFICATION, {})
            for row, measures in _classify(encoder, inquiry.classes, root, lost, advance).items():
                rows.setdefault(row, {}).update(measures)
        origin = read_origin(model.location)
        results.append(ModelResult(model.label, model.location, origin.step, origin.seed, rows, by_complexity))
    return Evaluation(tuple(results), {name: tuple(entries) for name, entries in left_out.items()})


def _classify(
    encoder: Encoder, classes: Classes, root: str, lost: dict[LeftOut, None], advance: Callable[[int], None]
) -> Rows:
    """The rows of the classes that are asked; images that cannot be used are added to those lost."""
    folder = classes.root or root
    vectors, faults = embed_pictures(encoder, classes.pictures, folder, advance)
    lost.update(dict.fromkeys(_left_out(picture.path, picture, faults) for picture in faults))
    _check_lost(CLASSIFICATION, {e.caption_id: e for e in lost}, len(classes.pictures), folder)
    return classification_rows(encoder, without_images(classes, set(faults)), vectors, advance)


def distinct_names(locations: Sequence[str]) -> list[str]:
    """
    The folder's name of each location, with as many parents as tell them apart.

    >>> distinct_names(["a/test", "b/test/"])
    ['a/test', 'b/test']
    """
    parts = [location.rstrip("/").split("/") for location in locations]
    for depth in range(1, max(map(len, parts), default=0) + 1):
        names = ["/".join(p[-depth:]) for p in parts]
        if len(set(names)) == len(names):
            return names
    if not parts:
        return []
    raise InputError(f"the same benchmark is given twice: {', '.join(locations)}. Name each once.")


def _lost(questions: Questions, faults: dict[Picture, Fault]) -> dict[str, list[LeftOut]]:
    """What is left out of each dataset because of unusable pictures, once a caption."""
    lost = {
        b.name: [_left_out(c.caption_id, c.picture, faults) for c in b.comparisons if c.picture in faults]
        for b in questions.benchmarks
    }
    if questions.gallery:
        gallery = questions.gallery
        owners = [
            (caption_id, gallery.pictures[o])
            for (caption_id, _), o in zip(gallery.captions, gallery.owner, strict=True)
        ]
        lost[RETRIEVAL] = [_left_out(caption_id, p, faults) for caption_id, p in owners if p in faults]
    return lost


def _left_out(caption_id: str, picture: Picture, faults: dict[Picture, Fault]) -> LeftOut:
    return LeftOut(caption_id, picture.path, faults[picture].reason, faults[picture].detail)


def _check_left_out(questions: Questions, left_out: dict[str, list[LeftOut]], root: str) -> None:
    totals = {b.name: {c.caption_id for c in b.comparisons} for b in questions.benchmarks}
    if questions.gallery:
        totals[RETRIEVAL] = {caption_id for caption_id, _ in questions.gallery.captions}
    for name, asked in totals.items():
        lost = {e.caption_id: e for e in left_out[name]}
        _check_lost(name, lost, len(asked | lost.keys()), root)


def _check_lost(name: str, lost: dict[str, LeftOut], total: int, root: str) -> None:
    if len(lost) > MOST_LEFT_OUT * total:
        some = "; ".join(f"{e.caption_id}: {e.reason} ({e.detail})" for e in list(lost.values())[:_NAMED])
        asked = "images cannot be used" if name == CLASSIFICATION else "captions have no usable image"
        raise InputError(
            f"{name}: {len(lost)} of {total} {asked}, more than {MOST_LEFT_OUT:.0%}: {some}. "
            f"Images were looked for in {root}: correct --images, or complete the folder."
        )
