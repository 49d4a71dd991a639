"""A tiny negatives dataset with rendered images, written through the contract's own code."""

import hashlib
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from structclip_schemas.edits import Edit
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.manifest import Manifest, Shard, plan_hash
from structclip_schemas.tables import row_from_record, with_metadata, write_rows
from structclip_schemas.variant import CaptionRecord, Element, Part, Unit, Variant

COLOURS = ("red", "green", "blue", "yellow")
SHAPES = ("square", "circle", "triangle")
SOURCE = "test 1 0000"


@dataclass(frozen=True)
class TinyData:
    """Where the dataset and its images are."""

    shards: Path
    images: Path
    records: list[CaptionRecord]


def _graph(caption: str, first: tuple[str, str], second: tuple[str, str], relation: str) -> SceneGraph:
    objects, attributes, start = [], [], 0
    for index, (colour, shape) in enumerate((first, second)):
        phrase = caption.index(f"a {colour} {shape}", start)
        at = phrase + len(f"a {colour} ")
        objects.append(SceneObject(at, at + len(shape), shape, shape, phrase, at + len(shape)))
        attributes.append(Attribute(index, colour, colour, phrase + 2, phrase + 2 + len(colour)))
        start = at + len(shape)
    at = caption.index(relation)
    relations = [Relation(0, 1, relation, relation, at, at + len(relation))]
    return SceneGraph.ordered(objects, attributes, relations)


def _negative(caption: str, graph: SceneGraph) -> Variant | None:
    left, right = graph.attributes
    if left.text == right.text:
        return None
    edits = (Edit(left.start, left.end, left.text, right.text), Edit(right.start, right.end, right.text, left.text))
    words = caption[: left.start] + right.text + caption[left.end : right.start] + left.text + caption[right.end :]
    swapped = SceneGraph(
        graph.objects,
        (
            Attribute(0, right.text, right.lemma, left.start, left.end),
            Attribute(1, left.text, left.lemma, right.start, right.end),
        ),
        graph.relations,
    )
    return Variant(
        words,
        "swap_attribute",
        swapped.triples(),
        edits,
        Element("attribute", 0),
        Element("attribute", 1),
        "swap-attribute/1",
    )


def with_positives_and_units(record: CaptionRecord) -> CaptionRecord:
    """The record with a positive of its own meaning, and one unit of each kind, the object's with a foil."""
    first, (caption, graph) = record.graph.objects[0], (record.caption, record.graph)
    edits = (Edit(0, 0, "", "there is "),)
    positive = Variant(f"there is {caption}", "move_attribute", graph.triples(), edits, None, None, "move-attribute/1")
    text = caption[first.phrase_start : first.phrase_end]
    foil = text.replace(graph.attributes[0].text, next(c for c in COLOURS if c not in caption))
    parts, triples = (Part(first.phrase_start, first.phrase_end),), graph.triples()
    units = (
        Unit("object", (parts), text, triples[1:2], foil, "replace_attribute", triples[2:]),
        Unit("relation", (Part(0, len(caption)),), f"{caption} too", triples[:1], None, None, ()),
    )
    return replace(record, positives=(positive,), units=units)


def make_records(images: int, captions: int) -> list[CaptionRecord]:
    """Records of scenes with two shapes, several captions an image."""
    pairs = list(itertools.product(itertools.product(COLOURS, SHAPES), repeat=2))
    records = []
    for number in range(images):
        first, second = pairs[(number * 37) % len(pairs)]
        for which in range(captions):
            relation = ("left of", "beside", "next to")[which % 3]
            caption = f"a {' '.join(first)} {relation} a {' '.join(second)}"
            graph = _graph(caption, first, second, relation)
            negative = _negative(caption, graph)
            record = CaptionRecord(
                f"c{number:04d}-{which}",
                f"i{number:04d}",
                f"part/{number:04d}.png",
                "train",
                caption,
                graph,
                SOURCE,
                (negative,) if negative else (),
            )
            records.append(record)
    return records


def draw_images(folder: Path, records: list[CaptionRecord], size: int = 32) -> None:
    """Render each record's image."""
    from PIL import Image, ImageDraw

    for record in records:
        path = folder / str(record.image)
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.new("RGB", (size, size), "white")
        pen = ImageDraw.Draw(image)
        for index, attribute in enumerate(record.graph.attributes):
            box = (2 + index * size // 2, size // 4, size // 2 - 2 + index * size // 2, 3 * size // 4)
            shape = record.graph.objects[index].lemma
            {"square": pen.rectangle, "circle": pen.ellipse, "triangle": pen.ellipse}[shape](box, attribute.lemma)
        image.save(path)


def write_dataset(folder: Path, records: list[CaptionRecord], shards: int) -> None:
    """Write records as a finished negatives dataset of so many shards."""
    folder.mkdir(parents=True, exist_ok=True)
    size, described = -(-len(records) // shards), []
    digest = plan_hash("negatives", {}, [], SOURCE)
    for index in range(shards):
        name = f"negatives-{index:05d}-of-{shards:05d}.parquet"
        part = records[index * size : (index + 1) * size]
        with (folder / name).open("wb") as file:
            write_rows(file, [row_from_record(r) for r in part], with_metadata("negatives", SOURCE, digest))
        data = (folder / name).read_bytes()
        described.append(Shard(name, len(part), len(data), hashlib.sha256(data).hexdigest()))
    manifest = Manifest(
        table="negatives",
        rows=len(records),
        shards=tuple(described),
        plan_hash=digest,
        inputs=(),
        parameters={},
        graph_source=SOURCE,
        parent=None,
        tally={"kept": len(records)},
    )
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")


MakeData = Callable[..., TinyData]
Change = Callable[[CaptionRecord], CaptionRecord]


@pytest.fixture
def make_data(tmp_path: Path) -> Iterator[MakeData]:
    """
    Writes a dataset: ``make_data(images=12, captions=2, shards=2)``.

    ``more``: with positives and units; ``change`` is applied to each record.
    """
    names = itertools.count()

    def make(
        images: int = 12, captions: int = 2, shards: int = 2, more: bool = False, change: Change | None = None
    ) -> TinyData:
        root = tmp_path / f"data{next(names)}"
        records = make_records(images, captions)
        for edit in ([with_positives_and_units] if more else []) + ([change] if change else []):
            records = [edit(record) for record in records]
        draw_images(root / "images", records)
        write_dataset(root / "negatives", records, shards)
        return TinyData(root / "negatives", root / "images", records)

    yield make


class TwoRanks:
    """structclip-train in two processes as torchrun starts them; no agent ends one when the other ends."""

    COMMAND = (sys.executable, "-c", "from structclip_trainer.cli import train; train()")

    def start(self, arguments: list[str]) -> list[subprocess.Popen[str]]:
        """Both ranks of one run."""
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = str(held.getsockname()[1])
        common = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "WORLD_SIZE": "2"}
        common |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        return [
            subprocess.Popen([*self.COMMAND, *arguments], env={**common, "RANK": rank, "LOCAL_RANK": rank}, **said)
            for rank in ("0", "1")
        ]

    def wait(self, reached: Callable[[], bool], ranks: list[subprocess.Popen[str]]) -> None:
        """Until something is reached, or a rank has ended."""
        deadline = time.monotonic() + 200
        while not reached() and all(r.poll() is None for r in ranks) and time.monotonic() < deadline:
            time.sleep(0.01)

    def end(self, ranks: list[subprocess.Popen[str]]) -> tuple[list[int], str]:
        """Exit codes, and what both said."""
        said = "\n".join(rank.communicate(timeout=200)[1] for rank in ranks)
        return [rank.returncode for rank in ranks], said

    def run(self, arguments: list[str]) -> tuple[list[int], str]:
        """Start and wait for the end."""
        return self.end(self.start(arguments))


@pytest.fixture
def two_ranks() -> TwoRanks:
    """Runs structclip-train in two processes."""
    return TwoRanks()


TINY = {
    "tiny.image_size": 32,
    "tiny.patch_size": 16,
    "tiny.width": 32,
    "tiny.heads": 2,
    "tiny.vision_layers": 1,
    "tiny.text_layers": 1,
    "tiny.projection": 16,
    "tiny.vocabulary": 700,
    "batch_size": 8,
    "warmup_steps": 2,
    "knowledge_warmup": 2,
    "log_every": 1,
    "threads": 1,
}


@pytest.fixture
def tiny_options() -> list[str]:
    """Command-line options of a model that trains in moments."""
    return [part for key, value in TINY.items() for part in ("--set", f"{key}={value}")]
