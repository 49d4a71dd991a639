"""Sources of captions: one reader a format, all giving the same rows, and the detection of a file's format."""

FORMATS = ("coco", "karpathy", "csv", "tsv", "jsonl", "parquet", "webdataset", "hf", "visual-genome")
"""Names as --format takes them; their readers are in :mod:`structclip_pipeline.sources.formats`."""
