"""The benchmarks by name."""

from structclip_pipeline.benchmarks import NAMES
from structclip_pipeline.benchmarks.aro import read_aro
from structclip_pipeline.benchmarks.coco_order import read_coco_order
from structclip_pipeline.benchmarks.items import Reader, read_demo, read_sugarcrepe
from structclip_pipeline.benchmarks.sugarcrepe_plus import read_sugarcrepe_plus
from structclip_pipeline.benchmarks.winoground import read_winoground

_READERS: tuple[Reader, ...] = (
    read_demo,
    read_sugarcrepe,
    read_sugarcrepe_plus,
    read_aro,
    read_winoground,
    read_coco_order,
)
READERS: dict[str, Reader] = dict(zip(NAMES, _READERS, strict=True))
NAMED_BY_FILE = frozenset({"sugarcrepe", "sugarcrepe++", "aro", "coco-order"})
"""Benchmarks whose items get their ids from the file's name and their row."""
