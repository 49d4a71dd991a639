"""pack as work: the images of one shard are read, resized and encoded, and put beside their captions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from structclip_pipeline.pack.encoding import Encoding, encode_image
from structclip_pipeline.pack.images import Images, image_reader
from structclip_pipeline.pack.place import Place
from structclip_pipeline.pack.tokenizing import token_column
from structclip_pipeline.plan import QUARANTINED, LeftOut, ShardResult, ShardTask
from structclip_pipeline.shards import Work, storable
from structclip_pipeline.sources.rows import Fault
from structclip_pipeline.staging import read_staged
from structclip_pipeline.storage import open_read
from structclip_schemas.dataset import read_shard
from structclip_schemas.packed import packed_table, pixels_array
from structclip_schemas.tables import TABLES
from structclip_schemas.tokens import TOKENIZER_KEY, TOKENS

Read = Callable[[Place | None, str | None], bytes | Fault]


def pack_work(images: Images, tokenizer: str | None) -> Work:
    """The work function of pack; ``tokenizer`` as in --tokenizer."""
    return partial(pack_shard, images, tokenizer)


def pack_shard(images: Images, tokenizer: str | None, parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """
    Pack one shard: a row an image with all its captions; images that cannot be read are left out with all of them.

    Counts, of captions: captions, captions_left_out.
    """
    staged, encoding = read_staged(task.payload["images"]), Encoding(parameters["size"], parameters["quality"])
    read = image_reader(images)
    packed = [_pack(row, read, encoding, task.quarantined.get(number)) for number, row in enumerate(staged)]
    kept = [(row, content) for row, content in zip(staged, packed, strict=True) if isinstance(content, bytes)]
    lost = [(row, fault) for row, fault in zip(staged, packed, strict=True) if isinstance(fault, Fault)]
    captions = _captions([row for row, _ in kept], task.payload["shards"], "negatives")
    counts = [len(row["rows"]) for row, _ in kept]
    table = _images_table(kept)
    if tokenizer is not None:
        table = table.append_column(TOKENS, token_column(captions, counts, tokenizer, parameters["tokenizer"]))
    result = packed_table(table, captions, counts)
    if tokenizer is not None:
        result = result.replace_schema_metadata({TOKENIZER_KEY: parameters["tokenizer"]})
    left_out = _left_out(lost, task.payload["shards"])
    return ShardResult(result, left_out, counts={"captions": sum(counts), **_lost(lost)})


def _pack(row: Mapping[str, Any], read: Read, encoding: Encoding, quarantined: str | None) -> bytes | Fault:
    if quarantined is not None:
        return Fault(QUARANTINED, quarantined)
    content = read(None if row["place"] is None else Place(**row["place"]), row["image"] or row["image_id"])
    return encode_image(content, encoding) if isinstance(content, bytes) else content


def _images_table(kept: list[tuple[dict[str, Any], bytes]]) -> pa.Table:
    pixels = pixels_array([content for _, content in kept], [row["image"] for row, _ in kept])
    ids = pa.array([row["image_id"] for row, _ in kept], pa.string())
    packed = TABLES["packed"]
    return pa.table([ids, pixels], schema=pa.schema([packed.field("image_id"), packed.field("pixels")]))


def _captions(rows: list[dict[str, Any]], shards: list[str], table: str) -> pa.Table:
    """The rows of all captions, image after image; each shard is read once."""
    of_shard = np.array([shard for row in rows for shard in row["shards"]], dtype=np.int64)
    of_row = np.array([number for row in rows for number in row["rows"]], dtype=np.int64)
    parts, order = [TABLES[table].empty_table()], []
    for number, where in enumerate(shards):
        (wanted,) = np.nonzero(of_shard == number)
        if len(wanted):
            with open_read(where) as file:
                parts.append(read_shard(file, where, table).take(pa.array(of_row[wanted])))
            order.append(wanted)
    together = pa.concat_tables([part.replace_schema_metadata(None) for part in parts])
    return together.take(pa.array(np.argsort(np.concatenate(order)))) if order else together


def _left_out(lost: list[tuple[dict[str, Any], Fault]], shards: list[str]) -> list[LeftOut]:
    """One an image: the id and row of its first caption, and the ids of all in the detail."""
    rows = [row for row, _ in lost]
    ids = iter(_captions(rows, shards, "negatives").column("caption_id").to_pylist())
    found = []
    for row, fault in lost:
        captions = [next(ids) for _ in row["rows"]]
        source = shards[row["shards"][0]].rsplit("/", 1)[-1]
        detail = storable(f"{fault.detail}; captions {', '.join(captions)}")
        found.append(LeftOut(captions[0], source, row["rows"][0], fault.reason, detail))
    return found


def _lost(lost: list[tuple[dict[str, Any], Fault]]) -> dict[str, int]:
    captions = sum(len(row["rows"]) for row, _ in lost)
    return {"captions_left_out": captions} if captions else {}
