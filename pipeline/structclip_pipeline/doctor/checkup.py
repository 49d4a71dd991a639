"""All checks in the order in which they are shown."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from structclip_pipeline.doctor.finding import Finding
from structclip_pipeline.doctor.machine import (
    check_cores,
    check_disk,
    check_gpu,
    check_memory,
    check_protocols,
    check_temporary,
)
from structclip_pipeline.doctor.packages import check_packages, check_python
from structclip_pipeline.doctor.parser_check import check_parser, check_tables


def check_all() -> Iterator[Finding]:
    """Each finding as soon as it is there; no check stops the others."""
    yield check_python()
    yield from check_packages()
    yield check_parser()
    yield from check_tables()
    yield check_cores()
    yield check_memory()
    yield check_temporary()
    yield check_disk("disk, here", Path.cwd())
    yield check_disk("disk, temporary", Path(tempfile.gettempdir()))
    yield check_protocols()
    yield check_gpu()
