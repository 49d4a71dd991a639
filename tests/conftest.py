"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("structclip", deadline=None)
settings.load_profile("structclip")

_DEFAULT = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with data and checkers beside the checkout (or $STRUCTCLIP_SHARED); skips where it is absent."""
    folder = Path(os.environ.get("STRUCTCLIP_SHARED", _DEFAULT))
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the shared data in {folder} (set STRUCTCLIP_SHARED)")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """FACTUAL, COCO captions, the treebank, SugarCrepe: read only."""
    return shared / "data"
