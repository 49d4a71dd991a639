"""Pictures of a benchmark as embeddings: read below the image root, cropped, in batches; faults keep their reason."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from structclip_trainer.evaluation.comparisons import Picture
from structclip_trainer.evaluation.embedding import Encoder, embed_images
from structclip_trainer.evaluation.metrics import Floats
from structclip_trainer.images import ImageFaultError, read_image

_READERS = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a picture could not be used."""

    reason: str
    detail: str


def embed_pictures(
    encoder: Encoder, pictures: Sequence[Picture], root: str, advance: Callable[[int], None]
) -> tuple[dict[Picture, Floats], dict[Picture, Fault]]:
    """The embeddings (D,) of the pictures that can be read, and why the others cannot."""
    vectors: dict[Picture, Floats] = {}
    faults: dict[Picture, Fault] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for start in range(0, len(pictures), encoder.batch_size):
            batch = pictures[start : start + encoder.batch_size]
            images = {}
            for picture, image in zip(batch, pool.map(lambda p: read_picture(root, p), batch), strict=True):
                if isinstance(image, Fault):
                    faults[picture] = image
                else:
                    images[picture] = image
            if images:
                vectors.update(zip(images, embed_images(encoder, list(images.values())), strict=True))
            advance(len(batch))
    return vectors, faults


def read_picture(root: str, picture: Picture) -> Any:
    """The picture's part of its image as RGB, or the fault why there is none."""
    try:
        image = read_image(root, picture.path)
    except ImageFaultError as fault:
        return Fault(fault.reason, str(fault))
    if picture.crop is None:
        return image
    left, top, width, height = picture.crop
    if min(left, top) < 0 or min(width, height) < 1 or left + width > image.width or top + height > image.height:
        return Fault(
            "unreadable-image", f"crop {picture.crop} leaves an image of {image.width} x {image.height} pixels"
        )
    return image.crop((left, top, left + width, top + height))
