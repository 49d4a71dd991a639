"""Images are strangers' files: paths stay in the root, headers are checked, faults have a reason."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from structclip_schemas.errors import InputError
from structclip_trainer.images import (
    ImageFaultError,
    Preprocessing,
    check_image_root,
    crop_randomly,
    read_image,
)
from structclip_trainer.model.new_tiny import make_image_processor
from structclip_trainer.settings import TinySettings


def _bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0"))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _save(path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image root with a good image, faulty ones, and one outside it."""
    folder = tmp_path / "images"
    folder.mkdir()
    _save(folder / "good.png")
    _save(tmp_path / "outside.png")
    (folder / "text.jpg").write_text("no image")
    (folder / "cut.png").write_bytes((folder / "good.png").read_bytes()[:50])
    (folder / "empty.png").write_bytes(b"")
    (folder / "bomb.png").write_bytes(_bomb(60000, 60000))
    (folder / "large.png").write_bytes(_bomb(6000, 6000))
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "inner.png").symlink_to(folder / "good.png")
    (folder / "folder.png").mkdir()
    return folder


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (None, "no-image"),
        ("", "no-image"),
        ("none.png", "missing-image"),
        ("good.png/x.png", "missing-image"),
        ("../outside.png", "image-outside-root"),
        ("/etc/passwd", "image-outside-root"),
        ("link.png", "image-outside-root"),
        ("http://example.org/a.png", "image-outside-root"),
        ("a\0b", "image-outside-root"),
        ("text.jpg", "unreadable-image"),
        ("cut.png", "unreadable-image"),
        ("empty.png", "unreadable-image"),
        ("folder.png", "unreadable-image"),
        ("bomb.png", "image-too-large"),
        ("large.png", "image-too-large"),
    ],
)
def test_faults(root: Path, image: str | None, reason: str) -> None:
    """Each kind of fault has its reason."""
    with pytest.raises(ImageFaultError) as error:
        read_image(str(root), image)
    assert error.value.reason == reason


@pytest.mark.parametrize("image", ["good.png", "inner.png", "./good.png"])
def test_good_images(root: Path, image: str) -> None:
    """Good images are read, also by a link that stays in the root."""
    assert read_image(str(root), image).size == (8, 8)


def test_missing_root(tmp_path: Path) -> None:
    """An image root that is not there is an input error."""
    with pytest.raises(InputError, match="no such folder"):
        check_image_root(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("size", [(64, 64), (100, 80), (30, 90), (65, 64)])
def test_same_pixels_as_the_processor(size: tuple[int, int]) -> None:
    """Our resizing, cutting and normalising give what CLIP's own image processor gives."""
    processor = make_image_processor(TinySettings())
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    ours = Preprocessing.from_processor(processor)
    pixels = ours.normalised(torch.from_numpy(ours.pixels(image))[None])
    theirs = processor(images=image, return_tensors="pt")["pixel_values"]
    torch.testing.assert_close(pixels, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(640, 480), (341, 256), (480, 640), (300, 900), (900, 300)])
@pytest.mark.parametrize(("edge", "crop"), [(256, (224, 224)), (224, (224, 224)), (224, (224, 112))])
def test_resizing_in_two_passes_changes_no_pixel(size: tuple[int, int], edge: int, crop: tuple[int, int]) -> None:
    """Wide or tall, with a crop as large as the edge or smaller: as resized at once and cut then."""
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    scale = edge / min(size)
    whole = image.resize((int(size[0] * scale + 1e-9), int(size[1] * scale + 1e-9)), Image.Resampling.BICUBIC)
    left, top = (whole.width - crop[1]) // 2, (whole.height - crop[0]) // 2
    wanted = np.asarray(whole.crop((left, top, left + crop[1], top + crop[0]))).transpose(2, 0, 1)
    found = Preprocessing(edge, crop, int(Image.Resampling.BICUBIC), (0.5,) * 3, (0.5,) * 3).pixels(image)
    assert (found == wanted).all()


def test_crops_come_from_their_key() -> None:
    """A crop depends on seed, epoch and caption alone, and keeps at least its smallest share (within rounding)."""
    noise = np.random.default_rng(0).integers(0, 256, (50, 60, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    first, again = crop_randomly(image, 0.5, 0, 1, "c"), crop_randomly(image, 0.5, 0, 1, "c")
    assert first.tobytes() == again.tobytes()
    sizes = {crop_randomly(image, 0.5, 0, epoch, "c").size for epoch in range(20)}
    assert len(sizes) > 10
    assert all(width * height >= 0.45 * 3000 for width, height in sizes)


def test_palette_and_grey_become_rgb(tmp_path: Path) -> None:
    """Images of other modes are read as RGB."""
    for mode in ("L", "P", "RGBA", "CMYK", "1", "I;16"):
        buffer = io.BytesIO()
        Image.new(mode, (4, 4)).save(buffer, "TIFF")
        (tmp_path / "i.tiff").write_bytes(buffer.getvalue())
        assert read_image(str(tmp_path), "i.tiff").mode == "RGB"
