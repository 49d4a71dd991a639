"""Reading images as a stranger's files: inside the image root, size checked before decoding, RGB, uint8."""

import io
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Self

import numpy as np
from PIL import Image

from structclip_schemas.errors import InputError
from structclip_trainer.draws import draw_unit
from structclip_trainer.storage import is_local, list_folder, local_path, open_file

MAX_PIXELS = 25_000_000
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the check of the header below is stricter


class ImageFaultError(Exception):
    """An image that is left out; ``reason`` is one word for the tally, the message the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def check_image_root(root: str) -> None:
    """Raise InputError when there is no folder of that name."""
    if is_local(root) and not local_path(root).is_dir():
        raise InputError(f"{root}: no such folder. Wanted the image root that the shards' column image is relative to.")
    if not is_local(root) and not list_folder(root):
        raise InputError(f"{root}: nothing there. Wanted the image root that the shards' column image is relative to.")


def locate_image(root: str, image: str | None) -> str:
    """The location of an image inside the root; raises ImageFaultError for none, and for paths that leave the root."""
    if not image:
        raise ImageFaultError("no-image", "the row names no image")
    if "://" in image or "\0" in image or "\\" in image:
        raise ImageFaultError("image-outside-root", f"{image!r} is no relative path")
    parts = PurePosixPath(image)
    if parts.is_absolute() or ".." in parts.parts:
        raise ImageFaultError("image-outside-root", f"{image!r} leaves the image root")
    if is_local(root):
        base = local_path(root).resolve()
        if not (base / image).resolve().is_relative_to(base):
            raise ImageFaultError("image-outside-root", f"{image!r} is a link out of the image root")
    return f"{root.rstrip('/')}/{image}"


def read_image(root: str, image: str | None) -> Image.Image:
    """Decode one image to RGB; raises ImageFaultError with reason missing-image, unreadable-image, image-too-large…"""
    location = locate_image(root, image)
    try:
        with open_file(location) as file:
            return decode_image(file.read())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageFaultError("missing-image", f"{location}: not there") from error
    except OSError as error:
        raise ImageFaultError("unreadable-image", f"{location}: {error}") from error


def decode_image(content: bytes) -> Image.Image:
    """Decode an image file's bytes to RGB after checking its header (at most 25 megapixels)."""
    try:
        opened = Image.open(io.BytesIO(content))
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise ImageFaultError("image-too-large", f"{width} x {height} pixels, at most {MAX_PIXELS:,} are decoded")
        opened.load()
        return opened if opened.mode == "RGB" else opened.convert("RGB")  # which would copy the pixels
    except Image.DecompressionBombError as error:
        raise ImageFaultError("image-too-large", str(error)) from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError) as error:
        raise ImageFaultError("unreadable-image", str(error)) from error


@dataclass(frozen=True)
class Preprocessing:
    """
    What the image processor does: resize the shorter edge, cut out the centre (height, width), normalise.

    ``stretched``: resize to (height, width) whatever the image's shape instead, as SigLIP does.
    """

    shortest_edge: int | None
    crop: tuple[int, int]
    resample: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    stretched: bool = False

    @classmethod
    def from_processor(cls, processor: Any) -> Self:
        """Read the settings of an image processor of CLIP or SigLIP."""
        size, stretched = dict(processor.size), not getattr(processor, "do_center_crop", True)
        crop = size if stretched else dict(processor.crop_size)
        return cls(
            shortest_edge=size.get("shortest_edge") or size.get("height"),
            crop=(int(crop["height"]), int(crop["width"])),
            resample=int(processor.resample),
            mean=tuple(processor.image_mean),
            std=tuple(processor.image_std),
            stretched=stretched,
        )

    def pixels(self, image: Image.Image) -> np.ndarray:
        """(3, H, W) uint8 of an RGB image: resized and cut as the image processor does it."""
        height, width = self.crop
        if self.stretched:
            image = image.resize((width, height), Image.Resampling(self.resample))
        elif self.shortest_edge and min(image.size) != self.shortest_edge:
            image = self._resized(image, _scaled(image.size, self.shortest_edge))
        image = _cut_centre(image, (width, height))
        # Pillow takes the channels apart line by line, faster than numpy does pixel by pixel
        lines = np.frombuffer(image.tobytes("raw", "RGB;L"), np.uint8).reshape(height, 3, width)
        return np.ascontiguousarray(lines.transpose(1, 0, 2))

    def _resized(self, image: Image.Image, size: tuple[int, int]) -> Image.Image:
        """
        An image in another size, of which columns that the centre leaves out may be missing.

        Of a wide image Pillow resizes lines, then columns; columns that nobody looks at need no second pass, and the
        others are the same to the bit. Of a very tall one it may begin with the columns.
        """
        method = Image.Resampling(self.resample)
        if size[0] <= self.crop[1] or image.height > image.width:
            return image.resize(size, method)
        lines = _cut_centre(image.resize((size[0], image.height), method), (self.crop[1], image.height))
        return lines.resize((self.crop[1], size[1]), method)

    def normalised(self, pixels: Any) -> Any:
        """(B, 3, H, W) uint8 tensor to the fp32 that the model reads, on the tensor's device."""
        mean, std = (_channels(values, pixels.device) for values in (self.mean, self.std))
        return (pixels.float() / 255 - mean) / std


def _cut_centre(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    left, top = (image.width - size[0]) // 2, (image.height - size[1]) // 2
    return image.crop((left, top, left + size[0], top + size[1]))


def crop_randomly(image: Image.Image, smallest: float, *key: str | int) -> Image.Image:
    """
    Cut out a part of the image with ``smallest`` to 1 of its area, decided by the key (seed, epoch, caption_id).

    Never mirrored: a mirrored image makes "left of" false.
    """
    area = smallest + (1 - smallest) * draw_unit("crop-area", *key)
    ratio = (3 / 4) ** (1 - 2 * draw_unit("crop-ratio", *key))
    width = min(image.width, max(1, round(image.width * (area * ratio) ** 0.5)))
    height = min(image.height, max(1, round(image.height * (area / ratio) ** 0.5)))
    left = int(draw_unit("crop-left", *key) * (image.width - width + 1))
    top = int(draw_unit("crop-top", *key) * (image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def _scaled(size: tuple[int, int], shortest: int) -> tuple[int, int]:
    width, height = size
    if width <= height:
        return shortest, int(shortest * height / width)
    return int(shortest * width / height), shortest


@cache
def _channels(values: tuple[float, ...], device: Any) -> Any:
    """(1, C, 1, 1) fp32 on a device; made once, since a copy from the host may wait for what the device has to do."""
    import torch

    return torch.tensor(values, dtype=torch.float32, device=device).view(1, -1, 1, 1)
