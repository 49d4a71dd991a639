"""COCO caption files: annotations with captions, grouped by image in order of the images' first captions."""

from collections.abc import Iterator
from typing import Any

from structclip_pipeline.sources.document import read_document, records_in
from structclip_pipeline.sources.faults import wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, as_text

NAME = "a COCO captions file"


def read_coco(url: str, _columns: Columns) -> Iterator[SourceRow]:
    """Captions of one image together, in file order; the id is the annotation's, the image its ``file_name``."""
    document = read_document(url, NAME)
    annotations = records_in(document, "annotations", url, NAME)
    images = _images_by_id(records_in(document, "images", url, NAME))
    _require_captions(annotations, url)
    groups: dict[Any, list[Any]] = {}
    for position, annotation in enumerate(annotations):
        key = as_text(annotation.get("image_id")) if isinstance(annotation, dict) else None
        groups.setdefault(position if key is None else key, []).append(annotation)
    for group in groups.values():
        for annotation in group:
            yield _row(annotation, images)


def _images_by_id(images: list[Any]) -> dict[str, dict[str, Any]]:
    return {str(image["id"]): image for image in images if isinstance(image, dict) and "id" in image}


def _require_captions(annotations: list[Any], url: str) -> None:
    if annotations and not any(isinstance(a, dict) and "caption" in a for a in annotations):
        keys = ", ".join(annotations[0]) if isinstance(annotations[0], dict) else type(annotations[0]).__name__
        raise wrong_format(url, NAME, f"no annotation has a caption; the first has {keys}: an instances file?")


def _row(annotation: Any, images: dict[str, dict[str, Any]]) -> SourceRow:
    if not isinstance(annotation, dict):
        return SourceRow(None, unreadable=f"the annotation is a {type(annotation).__name__}, wanted an object")
    caption, image_id = annotation.get("caption"), as_text(annotation.get("image_id"))
    image = images.get(image_id or "", {})
    return SourceRow(
        caption=caption if isinstance(caption, str) else None,
        caption_id=as_text(annotation.get("id")),
        image_id=image_id,
        image=as_text(image.get("file_name")),
        split=as_text(image.get("split")),
    )
