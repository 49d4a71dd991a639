"""Benchmarks of others, and the demo world's own, as datasets of the table ``benchmark``."""

NAMES = ("demo", "sugarcrepe", "sugarcrepe++", "aro", "winoground", "coco-order")
"""Names as prepare-benchmark takes them; their readers are in :mod:`structclip_pipeline.benchmarks.formats`."""
