"""Many small files quickly: each whole or not there, made safe on the disk by one flush for all."""

import os
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from structclip_pipeline.storage import publish


def put(url: str, data: bytes) -> None:
    """Write a file so that a killed process leaves it whole or absent; :func:`flush` guards it against power loss."""
    filesystem, path = fsspec.core.url_to_fs(url)
    if not isinstance(filesystem, LocalFileSystem):
        publish(url, lambda file: file.write(data))
        return
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
    part.replace(target)


def flush() -> None:
    """Bring all that was written to the disk, where the system can."""
    if hasattr(os, "sync"):
        os.sync()
