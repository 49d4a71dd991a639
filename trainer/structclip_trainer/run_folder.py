"""Where a run keeps its checkpoints, and which is the newest."""

from structclip_trainer.storage import read_text

LATEST = "latest"
CHECKPOINTS = "checkpoints"


def newest_checkpoint(location: str) -> str:
    """The checkpoint that a run's ``latest`` names; any other location is given back as it is."""
    location = location.rstrip("/")
    latest = read_text(f"{location}/{LATEST}")
    return location if latest is None else f"{location}/{CHECKPOINTS}/{latest.strip()}"
