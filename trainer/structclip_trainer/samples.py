"""Samples of the stream: a row, its image's pixels, and the negative drawn for this epoch; or why it is left out."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
from PIL import Image

from structclip_trainer.corpus import PARTS, Corpus, Negative, Positive, Row, Unit
from structclip_trainer.draws import draw_integer, draw_unit
from structclip_trainer.images import ImageFaultError, Preprocessing, crop_randomly, decode_image, read_image
from structclip_trainer.order import Place

NOT_HERE = np.empty((0, 0, 0), np.uint8)


@dataclass(frozen=True, slots=True)
class Sample:
    """
    A caption, its image (pixels (3, H, W) uint8), whether it keeps its KEE term, and what was drawn for this epoch:
    a negative, a positive, units. The pixels are ``NOT_HERE`` where the image is another rank's to decode.
    """

    place: Place
    row: Row
    pixels: np.ndarray
    negative: Negative | None
    keeps_knowledge: bool
    positive: Positive | None = None
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not trained on, and why."""

    place: Place
    row: Row
    reason: str
    detail: str


@dataclass(frozen=True)
class SampleSettings:
    """What decides a sample's content beside its row."""

    seed: int
    required: tuple[str, ...] = ()
    preferred_negatives: tuple[str, ...] = ()
    only_preferred: bool = False
    knowledge_dropout: float = 0.0
    crop_smallest: float = 1.0
    positives: bool = False
    unit_kinds: tuple[str, ...] = ()


@dataclass
class ImageCache:
    """Pixels of images seen before, at most ``limit`` bytes of them; the oldest leave first."""

    limit: int
    images: OrderedDict[str, np.ndarray] = field(default_factory=OrderedDict)
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, image: str) -> np.ndarray | None:
        """The pixels, if they are here."""
        return self.images.get(image)

    def put(self, image: str, pixels: np.ndarray) -> None:
        """Remember an image's pixels."""
        if pixels.nbytes > self.limit:
            return
        with self.lock:
            if image not in self.images:
                self.images[image] = pixels
                self.size += pixels.nbytes
            while self.size > self.limit:
                self.size -= self.images.popitem(last=False)[1].nbytes


@dataclass(frozen=True)
class SampleReader:
    """Turns places into samples; safe to call from several threads except for ``row`` (one reader of the corpus)."""

    corpus: Corpus
    image_root: str
    preprocessing: Preprocessing
    settings: SampleSettings
    cache: ImageCache

    def read(self, place: Place, row: Row) -> Sample | LeftOut:
        """Decode the image and draw what is random, or say why the row is left out."""
        sample = self.outline(place, row)
        if isinstance(sample, LeftOut):
            return sample
        try:
            return replace(sample, pixels=self._pixels(place, row))
        except ImageFaultError as fault:
            return LeftOut(place, row, fault.reason, str(fault))

    def outline(self, place: Place, row: Row) -> Sample | LeftOut:
        """The sample without its pixels; a row whose image cannot be read is not found out."""
        missing = missing_parts(row, self.settings.required)
        if missing:
            return LeftOut(place, row, "not-required", f"no {' and no '.join(missing)}")
        key = (self.settings.seed, place.epoch, row.caption_id)
        return Sample(
            place,
            row,
            NOT_HERE,
            draw_negative(row, self.settings.preferred_negatives, self.settings.only_preferred, *key),
            draw_unit("knowledge", *key) >= self.settings.knowledge_dropout,
            draw_positive(row, *key) if self.settings.positives else None,
            draw_units(row, self.settings.unit_kinds, *key),
        )

    def _pixels(self, place: Place, row: Row) -> np.ndarray:
        name = row.image or row.image_key
        if self.settings.crop_smallest < 1:
            image = read_picture(self.image_root, row)
            key = (self.settings.seed, place.epoch, row.caption_id)
            return self.preprocessing.pixels(crop_randomly(image, self.settings.crop_smallest, *key))
        pixels = self.cache.get(name)
        if pixels is None:
            pixels = self.preprocessing.pixels(read_picture(self.image_root, row))
            self.cache.put(name, pixels)
        return pixels


def read_picture(root: str, row: Row) -> Image.Image:
    """The row's image, from the row itself or under the image root; raises ImageFaultError."""
    return read_image(root, row.image) if row.picture is None else decode_image(row.picture)


def missing_parts(row: Row, required: Collection[str]) -> list[str]:
    """Which of the required parts of a graph (objects, attributes, relations) the row has none of."""
    return [part for part in PARTS if part in required and not row.counts[part]]


def draw_negative(
    row: Row, preferred: tuple[str, ...], only: bool, seed: int, epoch: int, caption_id: str
) -> Negative | None:
    """
    One of the row's negatives, of a preferred kind or rule where it has one.

    A row with none of those gives any other, or None with ``only``; None too for a row without negatives.
    """
    candidates = [n for n in row.negatives if n.kind in preferred or n.rule in preferred]
    if not candidates and not (preferred and only):
        candidates = list(row.negatives)
    if not candidates:
        return None
    return candidates[draw_integer("negative", seed, epoch, caption_id) % len(candidates)]


def draw_positive(row: Row, seed: int, epoch: int, caption_id: str) -> Positive | None:
    """One of the row's hard positives, None where it has none."""
    if not row.positives:
        return None
    return row.positives[draw_integer("positive", seed, epoch, caption_id) % len(row.positives)]


def draw_units(row: Row, kinds: tuple[str, ...], seed: int, epoch: int, caption_id: str) -> tuple[Unit, ...]:
    """One of the row's units of each kind that it has."""
    drawn = []
    for kind in kinds:
        candidates = [unit for unit in row.units if unit.kind == kind]
        if candidates:
            drawn.append(candidates[draw_integer(f"{kind} unit", seed, epoch, caption_id) % len(candidates)])
    return tuple(drawn)
