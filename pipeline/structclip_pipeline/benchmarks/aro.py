"""ARO's relations and attributes of Visual Genome: a part of a picture, a true and a false caption."""

from typing import Any

from structclip_pipeline.benchmarks.items import Item, image_stem, read_json, require, row_id, sound, text_of
from structclip_pipeline.sources.rows import as_text

NAME = "an ARO file"


def read_aro(url: str) -> list[Item]:
    """
    A list of {"image_path", "bbox_x", "bbox_y", "bbox_w", "bbox_h", "true_caption", "false_caption"}.

    The group is "relation_name", or the two "attributes" joined by "_" as ARO names its classes. The triples that
    Structure-CLIP adds to these files are not read: they would tell the answer. Raises InputError when the file is
    missing or not of this format.
    """
    document = read_json(url, NAME)
    require(isinstance(document, list), url, NAME, "wanted a list of objects", document)
    items = [_item(url, row, record) for row, record in enumerate(document)]
    return sound(url, NAME, "image_path, true_caption, false_caption", items)


def _item(url: str, row: int, record: Any) -> Item:
    values = record if isinstance(record, dict) else {}
    image = text_of(values, "image_path")
    return Item(
        item_id=row_id(url, row),
        image=image,
        image_id=as_text(values.get("image_id")) or image_stem(image),
        split=None,
        group=text_of(values, "relation_name") or _attributes(values.get("attributes")),
        true_caption=text_of(values, "true_caption"),
        false_captions=(text_of(values, "false_caption"),),
        crop=_crop(values),
    )


def _attributes(pair: Any) -> str | None:
    return "_".join(pair) if isinstance(pair, list) and pair and all(isinstance(a, str) for a in pair) else None


def _crop(values: dict[str, Any]) -> tuple[int, int, int, int] | None:
    """The box, where there is one; one that is no four whole numbers becomes an empty crop, which is left out."""
    box = [values.get(f"bbox_{side}") for side in "xywh"]
    if box == [None] * 4:
        return None
    left, top, width, height = (n if isinstance(n, int) and abs(n) < 1 << 31 else -1 for n in box)
    return left, top, width, height
