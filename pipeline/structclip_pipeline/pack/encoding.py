"""An image file's bytes as they are packed: the shorter side at most ``size``, what is smaller left as it is."""

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from structclip_pipeline.benchmarks.pictures import LARGEST
from structclip_pipeline.sources.rows import Fault

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
_KEPT = ("JPEG", "PNG", "WEBP")
_DRAFT_GAP = 2  # decoding JPEG at half size is as good as in full where that is still twice what is wanted


@dataclass(frozen=True, slots=True)
class Encoding:
    """How images are written: pixels of the shorter side, JPEG quality."""

    size: int = 256
    quality: int = 90


def encode_image(content: bytes, encoding: Encoding) -> bytes | Fault:
    """
    The packed bytes of an image file, decoded in full on the way; a Fault for one that cannot be.

    Larger images become JPEG, resized with bicubic interpolation, without alpha, profile and EXIF. JPEG, PNG and WebP
    whose shorter side is not larger than ``size`` are kept byte for byte: they lose nothing, and training sees the very
    pixels of the files.
    """
    try:
        decoded = _decode(content, encoding.size)
    except Exception as error:  # a stranger's file makes Pillow raise whatever its plugins raise
        return Fault("unreadable-image", f"{type(error).__name__}: {error}")
    if decoded is None:
        return content
    return decoded if isinstance(decoded, Fault) else _write_jpeg(decoded, encoding)


def scaled(width: int, height: int, size: int) -> tuple[int, int]:
    """
    Width and height with the shorter side ``size``.

    >>> scaled(640, 480, 256), scaled(100, 1000, 50)
    ((341, 256), (50, 500))
    """
    if width <= height:
        return size, round(height * size / width)
    return round(width * size / height), size


def header_fault(content: bytes) -> Fault | None:
    """Why bytes are no image, as far as their header says."""
    try:
        _open(content)
    except Exception as error:
        return Fault("unreadable-image", f"no image ({type(error).__name__})")
    return None


def _open(content: bytes) -> "Image":
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content), formats=_FORMATS)


def _decode(content: bytes, size: int) -> "Image | Fault | None":
    """The picture in RGB, not resized; None for one that is packed as it is."""
    opened = _open(content)
    if opened.width * opened.height > LARGEST:
        return Fault("unreadable-image", f"{opened.width} x {opened.height} pixels are too many")
    if min(opened.size) <= size and opened.format in _KEPT:
        opened.load()
        return None
    width, height = scaled(*opened.size, size)
    opened.draft(None, (_DRAFT_GAP * width, _DRAFT_GAP * height))
    opened.load()
    return opened if opened.mode == "RGB" else opened.convert("RGB")


def _write_jpeg(image: "Image", encoding: Encoding) -> bytes:
    from PIL.Image import Resampling

    if min(image.size) > encoding.size:
        image = image.resize(scaled(*image.size, encoding.size), Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=encoding.quality)
    return file.getvalue()
