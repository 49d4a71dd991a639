"""Karpathy's split files (dataset_coco.json, dataset_flickr30k.json): images with their sentences."""

from collections.abc import Iterator
from typing import Any

from structclip_pipeline.sources.document import read_document, records_in
from structclip_pipeline.sources.faults import wrong_format
from structclip_pipeline.sources.rows import Columns, SourceRow, as_text

NAME = "a Karpathy split file"


def read_karpathy(url: str, _columns: Columns) -> Iterator[SourceRow]:
    """Sentences in file order; ids are ``sentid`` and ``cocoid`` or ``imgid``, the image ``filepath/filename``."""
    images = records_in(read_document(url, NAME), "images", url, NAME)
    for position, image in enumerate(images):
        if not isinstance(image, dict) or not isinstance(image.get("sentences"), list):
            raise wrong_format(url, NAME, f"image {position} has no list 'sentences'")
        for sentence in image["sentences"]:
            yield _row(sentence, image)


def _row(sentence: Any, image: dict[str, Any]) -> SourceRow:
    if not isinstance(sentence, dict):
        return SourceRow(None, unreadable=f"the sentence is a {type(sentence).__name__}, wanted an object")
    raw, folder, file_name = sentence.get("raw"), as_text(image.get("filepath")), as_text(image.get("filename"))
    return SourceRow(
        caption=raw if isinstance(raw, str) else None,
        caption_id=as_text(sentence.get("sentid")),
        image_id=as_text(image.get("cocoid", image.get("imgid"))),
        image=f"{folder}/{file_name}" if folder and file_name else file_name,
        split=as_text(image.get("split")),
    )
