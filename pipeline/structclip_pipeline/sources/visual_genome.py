"""Visual Genome's region_descriptions.json: images with regions, each described by a phrase."""

from collections.abc import Iterator
from typing import Any

from structclip_pipeline.sources.document import iterate_records
from structclip_pipeline.sources.faults import wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, as_text

NAME = "Visual Genome's region descriptions"


def read_visual_genome(url: str, _columns: Columns) -> Iterator[SourceRow]:
    """
    Regions in file order: the caption is the ``phrase``, the id the ``region_id``, the image ``<image_id>.jpg``.

    Read image by image, since the whole file has five million regions.
    """
    for position, image in enumerate(iterate_records(url, NAME)):
        if not isinstance(image, dict) or not isinstance(image.get("regions"), list):
            raise wrong_format(url, NAME, f"image {position} has no list 'regions'")
        for region in image["regions"]:
            yield _row(region, image)


def _row(region: Any, image: dict[str, Any]) -> SourceRow:
    own = as_text(image.get("image_id", image.get("id")))
    if not isinstance(region, dict):
        return SourceRow(None, image_id=own, unreadable=f"the region is a {type(region).__name__}, wanted an object")
    phrase, image_id = region.get("phrase"), own or as_text(region.get("image_id"))
    return SourceRow(
        caption=phrase if isinstance(phrase, str) else None,
        caption_id=as_text(region.get("region_id")),
        image_id=image_id,
        image=None if image_id is None else f"{image_id}.jpg",
    )
