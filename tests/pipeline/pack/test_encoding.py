"""Encoding: what is resized, what is kept, what is refused."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from structclip_pipeline.pack.encoding import Encoding, encode_image, scaled
from structclip_pipeline.sources.rows import Fault


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 512))
def test_the_shorter_side_is_the_size(width, height, size):
    """And the longer side keeps the proportion to half a pixel."""
    new = scaled(width, height, size)
    assert min(new) == size
    assert abs(max(new) - size * max(width, height) / min(width, height)) <= 0.5


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("size", [(96, 64), (64, 200)])
def test_a_larger_image_becomes_jpeg_of_that_size(picture, kind, size):
    """Whatever format it has."""
    packed = encode_image(picture(1, size, kind), Encoding(32, 90))
    image = Image.open(io.BytesIO(packed))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", scaled(*size, 32))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_smaller_image_keeps_its_bytes(picture, kind):
    """It loses nothing, and training sees the very pixels of the file."""
    content = picture(1, (40, 20), kind)
    assert encode_image(content, Encoding(20, 90)) == content


def test_a_smaller_image_of_another_format_becomes_jpeg_of_its_own_size(picture):
    """It is never enlarged."""
    image = Image.open(io.BytesIO(encode_image(picture(1, (40, 20), "BMP"), Encoding(256, 90))))
    assert (image.format, image.size) == ("JPEG", (40, 20))


def test_a_large_jpeg_is_decoded_at_a_smaller_scale_with_the_same_result(picture):
    """Decoding at a part of the size differs from decoding in full by less than can be seen."""
    content = picture(3, (1200, 1000))
    packed = Image.open(io.BytesIO(encode_image(content, Encoding(64, 95))))
    file = io.BytesIO()
    Image.open(io.BytesIO(content)).resize(packed.size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=95)
    full = Image.open(file)
    differences = [abs(a - b) for a, b in zip(packed.tobytes(), full.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 4


def test_quality_decides_the_bytes(picture):
    """A lower quality takes fewer."""
    few, many = (len(encode_image(picture(1), Encoding(48, quality))) for quality in (40, 95))
    assert few < many


@given(st.binary(max_size=40), st.integers(0, 600))
@settings(deadline=None)
def test_any_bytes_give_an_image_or_a_reason(tail, cut):
    """A file cut anywhere, with anything after it, never raises."""
    from io import BytesIO

    file = BytesIO()
    Image.new("RGB", (30, 30), "red").save(file, "PNG")
    found = encode_image(file.getvalue()[:cut] + tail, Encoding(16, 90))
    assert isinstance(found, bytes) or found.reason == "unreadable-image"


def test_a_cut_jpeg_is_unreadable(picture):
    """Also one that would be kept byte for byte: it is decoded to its end."""
    for size in (16, 256):
        found = encode_image(picture(1)[:-200], Encoding(size, 90))
        assert isinstance(found, Fault) and found.reason == "unreadable-image"


def test_a_decompression_bomb_is_unreadable():
    """More than 25 million pixels are not decoded."""
    file = io.BytesIO()
    Image.new("1", (6000, 5000)).save(file, "PNG")
    assert "too many" in encode_image(file.getvalue(), Encoding()).detail
