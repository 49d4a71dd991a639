"""CE-CLIP's files: COCO annotations with four changed captions each, as numpy's array of objects or as JSON."""

from typing import Any

from structclip_pipeline.foreign.object_array import MAGIC, read_object_array
from structclip_pipeline.foreign.records import ForeignNegative, ForeignRow, image_id_of, read_bytes, wrong_file
from structclip_pipeline.foreign.structure_clip import read_json_list
from structclip_pipeline.sources.rows import as_text

NAME = "a CE-CLIP file (an .npy array, or a JSON list, of annotations with relation_aug_caption and others)"
KINDS = {
    "relation_aug_caption": "pos_swap",
    "obj_relation_aug_caption": "pos_swap",
    "adj_relation_aug_caption": "pos_swap",
    "adj_aug_caption": "replace_attribute",
    "noun_aug_caption": "replace_object",
    "verb_aug_caption": "replace_relation",
    "rel_aug_caption": "replace_relation",
}
"""Two nouns or adjectives exchanged; one adjective, noun, verb or preposition replaced by a masked language model."""

NOT_MADE = "###"


def read_ce_clip(url: str) -> list[ForeignRow]:
    """Rows of a CE-CLIP file in order. Raises InputError when it is not of this format."""
    data = read_bytes(url, NAME)
    records = read_object_array(data, url) if data.startswith(MAGIC) else read_json_list(url, NAME)
    if not any(isinstance(record, dict) and "caption" in record and KINDS.keys() & record for record in records):
        keys = ", ".join(map(str, records[0])) if records and isinstance(records[0], dict) else "no annotation"
        raise wrong_file(url, NAME, f"no annotation has a caption and a changed one; the first has {keys}")
    return [_row(record) for record in records]


def _row(record: Any) -> ForeignRow:
    if not isinstance(record, dict):
        return ForeignRow(None, None, None, None, unreadable=f"a {type(record).__name__}, wanted an annotation")
    image, caption, masked = _image(record), record.get("caption"), _masked(record)
    changed = {key: record[key] for key in KINDS if key in record}
    made = {k: text for k, text in changed.items() if isinstance(text, str) and text != NOT_MADE and k not in masked}
    return ForeignRow(
        caption_id=as_text(record.get("id")),
        image_id=as_text(record.get("image_id")) or image_id_of(image),
        image=image,
        caption=caption if isinstance(caption, str) else None,
        negatives=tuple(ForeignNegative(text, KINDS[key]) for key, text in made.items()),
        not_made=len(changed) - len(made),
    )


def _masked(record: dict[str, Any]) -> set[str]:
    """Keys that ``valid_caption`` rules out: it has one flag for each key with "caption" in it, in their order."""
    keys, flags = [k for k in record if "caption" in k and k != "valid_caption"], record.get("valid_caption")
    if not isinstance(flags, list) or len(flags) != len(keys):
        return set()
    return {key for key, flag in zip(keys, flags, strict=True) if not flag}


def _image(record: dict[str, Any]) -> str | None:
    """The image's path; without one the name CE-CLIP's own loader makes of COCO's number."""
    named = next((record[k] for k in ("image_path", "file_name", "image") if isinstance(record.get(k), str)), None)
    number = record.get("image_id")
    if named is None and isinstance(number, int) and not isinstance(number, bool):
        return f"train2014/COCO_train2014_{number:012d}.jpg"
    return named
