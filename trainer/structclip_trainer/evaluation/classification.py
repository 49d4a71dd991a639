"""Zero-shot classification: classes with their prompts, and images that belong to them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from structclip_schemas.dataset import Dataset
from structclip_schemas.errors import InputError
from structclip_trainer.evaluation.comparisons import LeftOut, Picture, Statement, read_gallery
from structclip_trainer.storage import list_folder, read_text

CLASSIFICATION = "classification"
DEFAULT_TEMPLATES: tuple[str, ...] = ("a photo of a {class}.",)
NAMES_FILE = "classes.tsv"
IMAGE_ENDINGS = frozenset({"jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "ppm"})
_PLACE = re.compile(r"\{(?:class|c)?\}")


@dataclass(frozen=True, slots=True)
class Classes:
    """
    What is asked: the prompts of every class, whose embeddings are averaged, and the images with their classes.

    ``root`` is the folder that the pictures' paths are relative to, None for the image root of the other datasets.
    """

    names: tuple[str, ...]
    prompts: tuple[tuple[Statement, ...], ...]
    pictures: tuple[Picture, ...]
    owner: tuple[int, ...]
    root: str | None = None

    @property
    def texts(self) -> int:
        """How many distinct prompts there are."""
        return len({prompt.text for prompts in self.prompts for prompt in prompts})


def read_image_folder(location: str, templates: Sequence[str] = DEFAULT_TEMPLATES) -> Classes:
    """
    The classes of a folder of folders with images (ImageFolder's layout), in the order of their names.

    A folder's name is the class's, underscores read as spaces, unless ``classes.tsv`` beside them names it
    (folder, tab, name). A prompt has no triples, so the KEE adds nothing to it. Raises InputError for fewer than two
    classes, no image at all, and lines of ``classes.tsv`` that are none.
    """
    given = _given_names(location)
    folders = {name: found for name in list_folder(location) if (found := _images_in(f"{location}/{name}")) is not None}
    if len(folders) < 2 or not any(folders.values()):
        raise InputError(
            f"{location}: {len(folders)} folder(s) with {sum(map(len, folders.values()))} image(s). Wanted a folder "
            "for each of at least two classes, named after it, with its images in it; or a dataset of class captions."
        )
    names = [given.get(folder, folder.replace("_", " ")) for folder in folders]
    places = [(Picture(f"{folder}/{file}"), place) for place, folder in enumerate(folders) for file in folders[folder]]
    prompts = tuple(tuple(Statement(fill(template, name), ()) for template in templates) for name in names)
    pictures, owner = tuple(picture for picture, _ in places), tuple(place for _, place in places)
    return Classes(tuple(names), prompts, pictures, owner, location)


def read_class_captions(dataset: Dataset) -> tuple[Classes, list[LeftOut]]:
    """
    The classes of a dataset whose captions are class prompts: each distinct caption is a class, with its triples.

    Raises InputError when an image has several classes or when there are fewer than two.
    """
    gallery, left_out = read_gallery(dataset)
    places: dict[str, int] = {}
    prompts: list[tuple[Statement, ...]] = []
    owner: dict[int, int] = {}
    for (caption_id, statement), image in zip(gallery.captions, gallery.owner, strict=True):
        if statement.text not in places:
            places[statement.text] = len(prompts)
            prompts.append((statement,))
        if owner.setdefault(image, places[statement.text]) != places[statement.text]:
            raise InputError(
                f"{dataset.location}: the image of {caption_id} has several captions, so it belongs to no one class. "
                "Wanted one caption an image, the prompt of its class; --retrieval is for captions that describe."
            )
    if len(prompts) < 2:
        raise InputError(f"{dataset.location}: {len(prompts)} class(es), wanted two at least. Check --classification.")
    classes = tuple(owner[image] for image in range(len(gallery.pictures)))
    return Classes(tuple(places), tuple(prompts), gallery.pictures, classes), left_out


def read_templates(location: str) -> tuple[str, ...]:
    """
    Prompt templates, one a line, with ``{class}``, ``{c}`` or ``{}`` where the class's name goes.

    Raises InputError for a missing or empty file and for a line without such a place.
    """
    text = read_text(location)
    if text is None:
        raise InputError(f"{location}: no such file of templates. Check --templates.")
    templates = tuple(line.strip() for line in text.splitlines() if line.strip())
    wrong = next((t for t in templates if not _PLACE.search(t)), None)
    if not templates or wrong is not None:
        found = "no line" if wrong is None else f"a line without a place for the name: {wrong!r}"
        raise InputError(f"{location}: {found}. Wanted lines such as {DEFAULT_TEMPLATES[0]!r}.")
    return templates


def fill(template: str, name: str) -> str:
    """
    A template with a class's name in its places.

    >>> fill("a photo of a {class}.", "polar bear")
    'a photo of a polar bear.'
    """
    return _PLACE.sub(lambda _: name, template)


def without_images(classes: Classes, gone: set[Picture]) -> Classes:
    """The classes less some images; a class that loses all of them stays to be mistaken for."""
    kept = [(p, c) for p, c in zip(classes.pictures, classes.owner, strict=True) if p not in gone]
    pictures, owner = tuple(p for p, _ in kept), tuple(c for _, c in kept)
    return Classes(classes.names, classes.prompts, pictures, owner, classes.root)


def _given_names(location: str) -> dict[str, str]:
    where = f"{location}/{NAMES_FILE}"
    names: dict[str, str] = {}
    for number, line in enumerate((read_text(where) or "").splitlines(), 1):
        folder, _, name = line.partition("\t")
        if line.strip() and not (folder and name.strip()):
            raise InputError(f"{where}: line {number} is {line!r}, wanted a folder, a tab and the class's name.")
        if line.strip():
            names[folder] = name.strip()
    return names


def _images_in(folder: str) -> list[str] | None:
    """The images of a class's folder; None for a file and for a hidden folder."""
    if folder.rpartition("/")[2].startswith("."):
        return None
    names = list_folder(folder)
    images = [name for name in names if name.rpartition(".")[2].lower() in IMAGE_ENDINGS and not name.startswith(".")]
    return images if names else None
