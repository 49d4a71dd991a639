"""
Speed of the trainer's loader on packed shards over Pillow alone.

    OMP_NUM_THREADS=1 python tests/benchmarks/loader_speed.py [--images N] [--workers N] [--profile]

Loader: packed shards (256 pixels, JPEG 90, token ids stored) to batches of tensors at 224 pixels, as training has them:
reading, order, decoding, resizing, drawing negatives, collating texts and triples. Pillow alone: decoding the same
JPEG bytes and resizing them to 224. Both in process time, that is, on one core, alternating batch by batch; no image is
kept from one visit to the next.
"""

import argparse
import cProfile
import io
import pstats
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from pack_speed import make_images, write_negatives
from PIL import Image

from structclip_pipeline.pack.encoding import Encoding
from structclip_pipeline.pack.images import open_images
from structclip_pipeline.pack.packing import pack_work
from structclip_pipeline.pack.parquet_images import ImageColumns
from structclip_pipeline.pack.planning import PackSettings, open_negatives, plan_pack
from structclip_pipeline.pack.tokenizing import hash_of
from structclip_pipeline.run import run_plan
from structclip_schemas.edits import Edit
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.variant import CaptionRecord, Variant
from structclip_trainer.config import build_settings
from structclip_trainer.loop import Training, make_batches
from structclip_trainer.model.new_tiny import train_tokenizer
from structclip_trainer.order import Cursor
from structclip_trainer.settings import TinySettings
from structclip_trainer.start import Options, prepare

SIZE, CAPTIONS, BATCH = 224, 5, 64
COLOURS = ("red", "green", "blue", "white", "black", "brown", "yellow", "wooden")
NOUNS = ("cup", "dog", "table", "horse", "bench", "train", "umbrella", "pizza", "kite", "truck", "plate", "bear")
SMALL = ("tiny.patch_size=32", "tiny.width=32", "tiny.heads=2", "tiny.vision_layers=1", "tiny.text_layers=1")


def make_record(image: str, number: int, which: int) -> CaptionRecord:
    """A caption of ten words with two objects, two attributes, a relation, and the attributes exchanged."""
    seed = number * CAPTIONS + which
    first, second = NOUNS[seed % len(NOUNS)], NOUNS[(seed // 3 + 5) % len(NOUNS)]
    left, right = COLOURS[seed % len(COLOURS)], COLOURS[(seed + 1 + seed % 3) % len(COLOURS)]
    caption = f"a {left} {first} is standing next to a {right} {second}"
    at = caption.rindex(f"a {right}")
    places = [(0, left, first), (at, right, second)]
    objects = [
        SceneObject(p + 3 + len(a), p + 3 + len(a) + len(o), o, o, p, p + 3 + len(a) + len(o)) for p, a, o in places
    ]
    graph, swapped = (
        SceneGraph.ordered(
            objects,
            [
                Attribute(i, a, a, p + 2, p + 2 + len(a))
                for i, ((p, _, _), a) in enumerate(zip(places, said, strict=True))
            ],
            [Relation(0, 1, "next to", "next to", caption.index("next"), caption.index("next") + len("next to"))],
        )
        for said in ((left, right), (right, left))
    )
    edits = (Edit(2, 2 + len(left), left, right), Edit(at + 2, at + 2 + len(right), right, left))
    words = f"a {right} {first} is standing next to a {left} {second}"
    variant = Variant(words, "swap_attribute", swapped.triples(), edits, None, None, "swap-attribute/1")
    return CaptionRecord(f"{number}-{which}", str(number), image, None, caption, graph, "b", (variant,))


def pack_images(folder: Path, count: int) -> str:
    """A packed dataset with token ids of the tokenizer that ``new:tiny`` will learn from it."""
    names = make_images(folder / "images", count, 640)
    records = [make_record(name, n, c) for n, name in enumerate(names) for c in range(CAPTIONS)]
    write_negatives(folder / "negatives", records)
    train_tokenizer((r.caption for r in records), TinySettings()).save_pretrained(folder / "tokenizer")
    collection, output = open_images(str(folder / "images"), ImageColumns()), str(folder / "packed")
    settings = PackSettings(Encoding(256, 90), hash_of(str(folder / "tokenizer")))
    negatives = open_negatives(str(folder / "negatives"))
    plan = plan_pack(negatives, collection, settings, output, overwrite=False, dry_run=False)
    run_plan(plan, output, pack_work(collection, str(folder / "tokenizer")), label="pack")
    return output


def open_training(packed: str, run: Path, steps: int, workers: int) -> tuple[Training, Cursor]:
    """A run of the preset ``default`` on the CPU at 224 pixels, no image kept."""
    common = [f"max_steps={steps}", f"batch_size={BATCH}", f"num_workers={workers}", "image_cache_mb=0"]
    settings = build_settings("default", {}, [*common, f"tiny.image_size={SIZE}", "kee_triples=8", *SMALL])
    options = Options(packed, None, "new:tiny", str(run), None, False, "cpu")
    training, progress = prepare(options, settings, print)
    assert training.reader.corpus.source.with_tokens, "the packed token ids are another tokenizer's"
    return training, progress.cursor


def load_and_resize(training: Training, cursor: Cursor, pictures: list[bytes], batches: int) -> tuple[float, float]:
    """
    Seconds of process time of the loader for so many batches from the first row on, and of Pillow for as many images.

    The loader's rows are read anew.
    """
    training.reader.corpus.blocks.clear()
    stream, loaded, alone = make_batches(training, cursor, batches), 0.0, 0.0
    for number in range(batches):
        started = time.process_time()
        next(stream)
        loaded += time.process_time() - started
        alone += pillow_alone(pictures, number * BATCH)
    return loaded, alone


def pillow_alone(pictures: list[bytes], first: int) -> float:
    """Seconds of process time: decode and resize a batch of the packed JPEGs."""
    started = time.process_time()
    for number in range(first, first + BATCH):
        image = Image.open(io.BytesIO(pictures[number % len(pictures)]))
        scale = SIZE / min(image.size)
        image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    return time.process_time() - started


def read_pictures(packed: str) -> list[bytes]:
    """The encoded images of a packed dataset."""
    tables = [pq.read_table(path, columns=["pixels"]) for path in sorted(Path(packed).glob("packed-*.parquet"))]
    return [pixels["bytes"] for table in tables for pixels in table.column("pixels").to_pylist()]


def compare(packed: str, folder: Path, images: int, workers: int, turns: int, profile: bool) -> None:
    """Print the loader's time over Pillow's."""
    batches = images * CAPTIONS // BATCH
    training, cursor = open_training(packed, folder / "loading", batches + 1, workers)
    pictures, visits = read_pictures(packed), batches * BATCH
    load_and_resize(training, cursor, pictures, 2)
    times = [load_and_resize(training, cursor, pictures, batches) for _ in range(turns)]
    loaded, alone = (statistics.median(of) for of in zip(*times, strict=True))
    ratios = [a / b for a, b in times]
    print(f"{images} images packed at 256, {visits} visits at {SIZE}, {workers} decoding thread(s), one core")
    print(f"Pillow alone {visits / alone:7.1f} images/s, loader {visits / loaded:7.1f} samples/s")
    print(f"loader's time over Pillow's {statistics.median(ratios):.3f} (floor 1.15, aim 1.05); turns ", end="")
    print(" ".join(f"{ratio:.3f}" for ratio in ratios))
    if profile:
        profiler = cProfile.Profile()
        profiler.runcall(load_and_resize, training, cursor, pictures, batches)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main(given: argparse.Namespace) -> None:
    """Make the data, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(pack_images(folder, given.images), folder, given.images, given.workers, given.turns, given.profile)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    main(parser.parse_args())
