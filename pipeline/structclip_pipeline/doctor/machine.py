"""What the machine has: cores, memory, disk, a place for temporary files, a GPU, and the kinds of URLs it can open."""

import os
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from structclip_pipeline.doctor.finding import FAIL, OK, WARN, Finding

PROTOCOLS = {"file": "", "http": "aiohttp", "s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs", "hf": "huggingface_hub"}
"""Kinds of URLs people keep captions under, and the package that opens each."""

_GB = 1e9
_LITTLE_MEMORY, _LITTLE_DISK, _NO_DISK = 1.0 * _GB, 5.0 * _GB, 0.1 * _GB


def check_cores() -> Finding:
    """Cores this process may use, which is what --workers defaults to."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("cores", OK, f"{cores} to use, the default of --workers")


def check_memory() -> Finding:
    """A worker takes some 400 MB."""
    try:
        import psutil
    except ImportError:
        return Finding("memory", WARN, "not known", 'pip install "structclip[pipeline]"')
    memory = psutil.virtual_memory()
    detail = f"{memory.available / _GB:.1f} of {memory.total / _GB:.1f} GB free"
    if memory.available < _LITTLE_MEMORY:
        return Finding("memory", WARN, detail, "give fewer --workers: each takes some 400 MB")
    return Finding("memory", OK, detail)


def check_disk(name: str, folder: Path) -> Finding:
    """Free space where files will be written: a million captions take some 300 MB as negatives."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(name, FAIL, f"{folder}: {error}", "work in a folder that is there and can be read")
    detail = f"{free / _GB:.1f} GB free in {folder}"
    if free < _LITTLE_DISK:
        return Finding(name, FAIL if free < _NO_DISK else WARN, detail, "free some space, or write elsewhere")
    return Finding(name, OK, detail)


def check_temporary() -> Finding:
    """A temporary file can be written and read back."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"structclip")
            file.seek(0)
            if file.read() != b"structclip":
                raise OSError("other bytes came back than were written")
        return Finding("temporary files", OK, f"{tempfile.gettempdir()} can be written")
    except OSError as error:
        return Finding("temporary files", FAIL, str(error), "set TMPDIR to a folder that can be written")


def check_protocols() -> Finding:
    """Which URLs can be opened; what is missing is no fault, only named."""
    found = {name: not package or _installed(package) for name, package in PROTOCOLS.items()}
    detail = f"{', '.join(name for name, there in found.items() if there)} can be opened"
    missing = [f"{name} (pip install {PROTOCOLS[name]})" for name, there in found.items() if not there]
    return Finding("URLs", OK, detail + (f"; not {', '.join(missing)}" if missing else ""))


def check_gpu() -> Finding:
    """Whether torch is there and sees an accelerator; graphs and negatives need neither."""
    if not _installed("torch"):
        return Finding("GPU", OK, 'no torch, which only training needs (pip install "structclip[train]")')
    try:
        import torch

        if torch.cuda.is_available():
            cards = ", ".join(_card(torch.cuda.get_device_properties(i)) for i in range(torch.cuda.device_count()))
            return Finding("GPU", OK, f"{cards}; torch {torch.__version__}")
    except Exception as error:  # a broken driver raises what it likes
        advice = "mend the driver or install the torch that fits it"
        return Finding("GPU", WARN, f"torch cannot be used ({type(error).__name__}: {error})", advice)
    return Finding("GPU", OK, f"none that torch {torch.__version__} sees: training runs on the CPU")


def _card(properties: object) -> str:
    memory = getattr(properties, "total_memory", 0) / _GB
    return f"{getattr(properties, 'name', 'unnamed')}, {memory:.0f} GB"


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False
