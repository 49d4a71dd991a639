"""
Speed of pack over Pillow alone: decoding, resizing and encoding the same images in the same process.

    OMP_NUM_THREADS=1 python tests/benchmarks/pack_speed.py [IMAGES] [SIDE] [CAPTIONS]

Prints images a second of process time on one core, and their ratio. IMAGES photographs of SIDE x 3/4 SIDE pixels are
made, with CAPTIONS captions each; the turns alternate, so that a noisy machine disturbs both alike.
"""

import hashlib
import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from structclip_pipeline.pack.encoding import Encoding
from structclip_pipeline.pack.images import open_images
from structclip_pipeline.pack.packing import pack_work
from structclip_pipeline.pack.parquet_images import ImageColumns
from structclip_pipeline.pack.planning import PackSettings, open_negatives, plan_pack
from structclip_pipeline.run import run_plan
from structclip_schemas.graph import SceneGraph, SceneObject
from structclip_schemas.manifest import Manifest, Shard, plan_hash
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord, Variant

SIZE, QUALITY, TURNS = 256, 90, 3


def make_images(folder: Path, count: int, side: int) -> list[str]:
    """Smooth noise with the file size of a photograph."""
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 255, (side // 8, side // 6, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).resize((side, side * 3 // 4), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:06d}.jpg", quality=92)
    return [f"{number:06d}.jpg" for number in range(count)]


def make_negatives(folder: Path, names: list[str], captions: int) -> None:
    """A dataset with some captions an image, each with a graph and a negative."""
    graph = SceneGraph((SceneObject(2, 5, "cup", "cup", 0, 5),))
    variant = Variant("a dog on a table", "replace_object", graph.triples(), (), None, None, "replace-object/1")
    records = [
        CaptionRecord(f"{n}-{c}", str(n), name, None, "a cup on a table", graph, "b", (variant,))
        for n, name in enumerate(names)
        for c in range(captions)
    ]
    write_negatives(folder, records)


def write_negatives(folder: Path, records: list[CaptionRecord]) -> None:
    """A finished dataset of one shard."""
    folder.mkdir(parents=True)
    rows = [row_from_record(record) for record in records]
    digest, name = plan_hash("negatives", {}, [], "b"), "negatives-00000-of-00001.parquet"
    with (folder / name).open("wb") as file:
        write_rows(file, rows, with_metadata("negatives", "b", digest))
    data = (folder / name).read_bytes()
    shard = Shard(name, len(rows), len(data), hashlib.sha256(data).hexdigest())
    manifest = Manifest("negatives", len(rows), (shard,), digest, (), {}, "b", None, {"kept": len(rows)})
    (folder / "manifest.json").write_text(manifest.to_json())


def pillow_alone(images: Path, names: list[str]) -> float:
    """Seconds of process time: open, decode, resize, encode."""
    started = time.process_time()
    for name in names:
        with Image.open(images / name) as opened:
            image = opened.convert("RGB")
        scale = SIZE / min(image.size)
        wanted = (round(image.width * scale), round(image.height * scale))
        image.resize(wanted, Image.Resampling.BICUBIC).save(io.BytesIO(), "JPEG", quality=QUALITY)
    return time.process_time() - started


def pack(folder: Path, images: Path, turn: int) -> float:
    """Seconds of process time of the whole command but its start: planning, packing, writing, hashing."""
    started = time.process_time()
    collection, output = open_images(str(images), ImageColumns()), str(folder / f"packed-{turn}")
    settings = PackSettings(Encoding(SIZE, QUALITY))
    plan = plan_pack(
        open_negatives(str(folder / "negatives")), collection, settings, output, overwrite=False, dry_run=False
    )
    run_plan(plan, output, pack_work(collection, None), label="pack")
    return time.process_time() - started


def main(count: int, side: int, captions: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = make_images(folder / "images", count, side)
        make_negatives(folder / "negatives", names, captions)
        turns = [(pillow_alone(folder / "images", names), pack(folder, folder / "images", t)) for t in range(TURNS)]
    alone, packed = (min(times) for times in zip(*turns, strict=True))
    print(f"{count} images of {side} x {side * 3 // 4} to {SIZE}, quality {QUALITY}, {captions} captions each")
    print(f"Pillow alone  {count / alone:7.1f} images/s")
    print(f"pack          {count / packed:7.1f} images/s, {alone / packed:.2f} of Pillow's speed")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *(400, 640, 5)[len(given) :])
