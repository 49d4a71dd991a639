"""What two datasets share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.audit.leakage import CAPTION, IMAGE, NEGATIVE, find_leakage, image_name

NAME = st.sampled_from([None, "1", "01", "2", "x", "COCO_val2014_000000000001"])
ROW = st.builds(
    lambda image_id, image, caption, negatives: {
        "image_id": image_id,
        "image": image and f"folder/{image}.jpg",
        "caption": caption,
        "negatives": [{"caption": text} for text in negatives],
    },
    NAME,
    NAME,
    st.sampled_from(["A cup.", "a  CUP", "an cup", "a mug", "..."]),
    st.lists(st.sampled_from(["a dog", "A dog!", "a cat"]), max_size=2),
)


def _numbered(rows, prefix):
    return [{**row, "caption_id": f"{prefix}{number}"} for number, row in enumerate(rows)]


def _slow(train, benchmark):
    """Pairs of caption ids that share an image, a caption or a negative, by comparing all pairs of rows."""

    def words(text):
        cleaned = "".join(c if c.isalnum() else " " for c in text.lower())
        return ["a" if word == "an" else word for word in cleaned.split()]

    def negatives(row):
        return [words(variant["caption"]) for variant in row["negatives"]]

    found = set()
    for a in train:
        for b in benchmark:
            names = [image_name(row["image_id"], row["image"]) for row in (a, b)]
            if names[0] is not None and names[0] == names[1]:
                found.add((IMAGE, a["caption_id"]))
            if words(a["caption"]) and words(a["caption"]) == words(b["caption"]):
                found.add((CAPTION, a["caption_id"]))
            if any(text in negatives(b) for text in negatives(a)):
                found.add((NEGATIVE, a["caption_id"]))
    return found


@given(st.lists(ROW, max_size=4), st.lists(ROW, max_size=4))
def test_everything_shared_is_found(train, benchmark):
    """Against the comparison of all pairs of rows."""
    train, benchmark = _numbered(train, "t"), _numbered(benchmark, "b")
    leaks = find_leakage(train, benchmark).leaks
    assert {(leak.what, leak.train_caption_id) for leak in leaks} == _slow(train, benchmark)


@pytest.mark.parametrize(
    ("image_id", "image", "name"),
    [
        ("139", "val2017/000000000139.jpg", "139"),
        (None, "val2017/000000000139.jpg", "139"),
        (None, "COCO_train2014_000000000139.jpg", "139"),
        ("000000000139", None, "139"),
        ("0", None, "0"),
        ("test-000000012", "test/000000012.png", "test-000000012"),
        (None, "s3://bucket/cat.jpg", "cat"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_images_are_named_alike(image_id, image, name):
    """COCO's numbers are compared without zeros and prefix, all else as it is; no name is no image."""
    assert image_name(image_id, image) == name


def test_things_are_counted_once():
    """Two captions of a shared image are one image, in two training captions."""
    rows = [{"image_id": "5", "image": None, "caption": text, "negatives": []} for text in ("a cup", "a mug")]
    benchmark = [{**rows[0], "caption": "a dog"}, {**rows[0], "image_id": "6"}]
    counts = find_leakage(_numbered(rows, "t"), _numbered(benchmark, "b")).counts
    assert (counts[IMAGE].benchmark, counts[IMAGE].shared, counts[IMAGE].train_captions) == (2, 1, 2)
    assert (counts[CAPTION].benchmark, counts[CAPTION].shared, counts[CAPTION].train_captions) == (2, 1, 1)
    assert (counts[NEGATIVE].benchmark, counts[NEGATIVE].shared) == (0, 0)
