"""Fixtures of pack's tests: a small dataset of negatives with real pictures."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from structclip_schemas.edits import Edit
from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.manifest import Manifest, Shard, plan_hash
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord, Variant

SOURCE = "test 1 0000"


def photograph(number: int, size: tuple[int, int] = (96, 64), kind: str = "JPEG") -> bytes:
    """A noisy picture that no encoder makes small, different for every number."""
    pixels = np.random.default_rng(number).integers(0, 255, (size[1] // 4, size[0] // 4, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(file, kind)
    return file.getvalue()


def record(caption_id: str, image_id: str | None, image: str | None) -> CaptionRecord:
    """A caption with one object and one negative."""
    caption = f"a cup {caption_id}"
    variant = Variant(
        f"a dog {caption_id}", "replace_object", (), (Edit(2, 5, "cup", "dog"),), None, None, "replace-object/1"
    )
    graph = SceneGraph((SceneObject(2, 5, "cup", "cup", 0, 5),))
    return CaptionRecord(caption_id, image_id, image, "train", caption, graph, SOURCE, (variant,))


def write_negatives(folder: Path, shards: list[list[CaptionRecord]]) -> None:
    """Write records as a finished dataset, one list a shard."""
    folder.mkdir(parents=True)
    described, digest = [], plan_hash("negatives", {}, [], SOURCE)
    for index, records in enumerate(shards):
        name = f"negatives-{index:05d}-of-{len(shards):05d}.parquet"
        with (folder / name).open("wb") as file:
            write_rows(file, map(row_from_record, records), with_metadata("negatives", SOURCE, digest))
        data = (folder / name).read_bytes()
        described.append(Shard(name, len(records), len(data), hashlib.sha256(data).hexdigest()))
    rows = sum(map(len, shards))
    manifest = Manifest("negatives", rows, tuple(described), digest, (), {}, SOURCE, None, {"kept": rows})
    (folder / "manifest.json").write_text(manifest.to_json())


@dataclass(frozen=True)
class Data:
    """Where negatives and images are, and where packed goes."""

    negatives: Path
    images: Path
    output: Path


@pytest.fixture
def data(tmp_path: Path) -> Data:
    """Nine images of two captions each in two shards; the captions of one image are far apart."""
    images = tmp_path / "images"
    (images / "part").mkdir(parents=True)
    names = [f"part/{number}.jpg" for number in range(9)]
    for number, name in enumerate(names):
        (images / name).write_bytes(photograph(number))
    records = [record(f"c{n}-{which}", f"i{n}", name) for n, name in enumerate(names) for which in range(2)]
    records = [*records[1:], records[0]]
    write_negatives(tmp_path / "negatives", [records[:10], records[10:]])
    return Data(tmp_path / "negatives", images, tmp_path / "packed")


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """The function that makes a picture file's bytes."""
    return photograph
