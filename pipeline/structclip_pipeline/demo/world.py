"""Writing the demo world: the same bytes on every run and with any number of processes."""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

from structclip_pipeline.demo.files import flush, put
from structclip_pipeline.demo.foils import make_foils
from structclip_pipeline.demo.rendering import render_scene
from structclip_pipeline.demo.scene import UNSEEN, Scene, draw_scene
from structclip_pipeline.demo.vocabulary import unseen_colours
from structclip_pipeline.demo.wording import write_captions
from structclip_pipeline.progress import progress
from structclip_pipeline.storage import (
    describe,
    exists,
    is_folder,
    join,
    names_in,
    publish_text,
    read_text,
    remove_parts,
)
from structclip_schemas.errors import InputError, PlanMismatchError

WORLD_NAME, PLAN_NAME = "world.json", "plan.json"
VERSION = 1
"""Counts up when the same parameters give another world."""
PARTS = ("train", "validation", "test", UNSEEN)
_ID_STEP = 100_000_000
"""Image ids of a part start at a multiple of this, so that they are unique over all files."""
_BATCH = 250


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """Everything that decides a world's bytes: scenes of each part, pixels of a picture's side, seed."""

    train: int
    validation: int
    test: int
    unseen: int
    size: int
    seed: int

    def count(self, part: str) -> int:
        """How many scenes a part has."""
        return int(getattr(self, part))

    def to_json(self) -> str:
        """The plan file's text."""
        return json.dumps({"format": "structclip-demo", "version": VERSION, **asdict(self)}, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Numbered:
    """One scene of a part, told by what it is drawn from."""

    part: str
    index: int
    attempt: int

    @property
    def image_id(self) -> int:
        """Unique over all parts."""
        return PARTS.index(self.part) * _ID_STEP + self.index

    @property
    def file_name(self) -> str:
        """Relative to the image root."""
        return f"{self.part}/{self.image_id:09d}.png"


def make_world(folder: str, plan: WorldPlan, workers: int = 0) -> bool:
    """
    Write the world into a folder (any URL) and tell whether there was anything to do.

    A finished world of the same plan is left alone; an unfinished
    one is written again. Raises PlanMismatchError when the folder holds another world, InputError when other files.
    """
    _check_folder(folder, plan)
    if _is_finished(folder):
        return False
    for place in (folder, *(join(folder, f"images/{part}") for part in PARTS)):
        remove_parts(place)
    publish_text(join(folder, PLAN_NAME), plan.to_json())
    scenes = choose_scenes(plan)
    pictures = _render_all(folder, plan, scenes, workers)
    files = {name: publish_text(join(folder, name), text).sha256 for name, text in _texts(plan, scenes)}
    publish_text(join(folder, WORLD_NAME), _describe_world(plan, files, pictures))
    return True


def _check_folder(folder: str, plan: WorldPlan) -> None:
    if exists(folder) and not is_folder(folder):
        raise InputError(f"{folder}: is a file, wanted a folder to write the world into. Choose another name.")
    where = join(folder, PLAN_NAME)
    if exists(where):
        if read_text(where) != plan.to_json():
            raise PlanMismatchError(
                f"{folder}: holds another world ({' '.join(read_text(where).split())}), wanted "
                f"{' '.join(plan.to_json().split())}. Choose another folder, the same options, or delete this one."
            )
    elif names := names_in(folder):
        raise InputError(
            f"{folder}: a folder with other files in it ({', '.join(names[:5])}). Wanted an empty or a new one."
        )


def _is_finished(folder: str) -> bool:
    """Whether the description is there and the files are as it says; pictures are counted, not read."""
    where = join(folder, WORLD_NAME)
    if not exists(where):
        return False
    world = json.loads(read_text(where))
    files = all(
        exists(join(folder, name)) and describe(join(folder, name)).sha256 == digest
        for name, digest in world["files"].items()
    )
    return files and all(
        len(names_in(join(folder, f"images/{part}"))) == images["count"] for part, images in world["images"].items()
    )


def choose_scenes(plan: WorldPlan) -> dict[str, list[Numbered]]:
    """
    Which draws make up each part: no two scenes outside training have the same state, and none has one of training's.

    The same state is the same things, alike in every attribute, in the same places (``Scene.key``).
    """
    seen: set[bytes] = set()
    scenes: dict[str, list[Numbered]] = {}
    for part in PARTS:
        scenes[part] = []
        for index in range(plan.count(part)):
            numbered, key = _draw_new(plan.seed, part, index, seen if part != PARTS[0] else set())
            seen.add(key)
            scenes[part].append(numbered)
    return scenes


def _draw_new(seed: int, part: str, index: int, seen: set[bytes]) -> tuple[Numbered, bytes]:
    attempt = 0
    while True:
        key = hashlib.blake2b(draw_scene(seed, part, index, attempt).key.encode(), digest_size=16).digest()
        if key not in seen:
            return Numbered(part, index, attempt), key
        attempt += 1


def scene_of(plan: WorldPlan, numbered: Numbered) -> Scene:
    """Draw a chosen scene."""
    return draw_scene(plan.seed, numbered.part, numbered.index, numbered.attempt)


def _render_all(folder: str, plan: WorldPlan, scenes: dict[str, list[Numbered]], workers: int) -> list[str]:
    """Write every picture; their sha256 in order of the parts."""
    everything = [numbered for part in PARTS for numbered in scenes[part]]
    batches = [everything[i : i + _BATCH] for i in range(0, len(everything), _BATCH)]
    digests: list[str] = []
    with progress("make-demo", len(everything)) as advance:
        for written in _map(folder, plan, batches, workers):
            digests += written
            advance(len(written))
    flush()
    return digests


def _map(folder: str, plan: WorldPlan, batches: list[list[Numbered]], workers: int) -> Iterable[list[str]]:
    if workers < 2:
        yield from (render_batch(folder, plan, batch) for batch in batches)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(render_batch, folder, plan, batch) for batch in batches]
        yield from (future.result() for future in futures)


def render_batch(folder: str, plan: WorldPlan, batch: list[Numbered]) -> list[str]:
    """Write the pictures of a batch and return the sha256 of each."""
    digests = []
    for numbered in batch:
        picture = render_scene(scene_of(plan, numbered), plan.size)
        put(join(folder, f"images/{numbered.file_name}"), picture)
        digests.append(hashlib.sha256(picture).hexdigest())
    return digests


def _texts(plan: WorldPlan, scenes: dict[str, list[Numbered]]) -> Iterable[tuple[str, str]]:
    for part in PARTS:
        yield f"captions_{part}.json", _dump(_coco(plan, scenes[part]))
    for part in ("test", UNSEEN):
        yield f"benchmark_{part}.json", _dump(_benchmark(plan, scenes[part]))


def _dump(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=0) + "\n"


def _coco(plan: WorldPlan, scenes: list[Numbered]) -> dict[str, Any]:
    images = [
        {"id": n.image_id, "file_name": n.file_name, "height": plan.size, "width": plan.size, "split": n.part}
        for n in scenes
    ]
    annotations = [
        {"id": 10 * n.image_id + number, "image_id": n.image_id, "caption": caption.text}
        for n in scenes
        for number, caption in enumerate(write_captions(plan.seed, n.part, n.index, scene_of(plan, n)))
    ]
    return {"info": {"description": "structclip demo world"}, "images": images, "annotations": annotations}


def _benchmark(plan: WorldPlan, scenes: list[Numbered]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{n.image_id}-{number}",
            "image": n.file_name,
            "image_id": n.image_id,
            "split": n.part,
            "kind": foil.kind,
            "true_caption": foil.true_text,
            "false_caption": foil.false_text,
        }
        for n in scenes
        for number, foil in enumerate(make_foils(plan.seed, n.part, n.index, scene_of(plan, n)))
    ]


def _describe_world(plan: WorldPlan, files: dict[str, str], pictures: list[str]) -> str:
    """Parameters, the sha256 of every text file, and one for the pictures of each part, over their own in order."""
    images, start = {}, 0
    for part in PARTS:
        own = pictures[start : start + plan.count(part)]
        images[part] = {"count": len(own), "sha256": hashlib.sha256("".join(own).encode()).hexdigest()}
        start += len(own)
    held = [f"{colour} {shape}" for shape, colours in unseen_colours(plan.seed).items() for colour in colours]
    content = {"parameters": json.loads(plan.to_json()), "unseen_pairs": held, "files": files, "images": images}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
