"""Pictures that may not be used: outside the root, missing, broken, too large."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from structclip_pipeline.benchmarks.pictures import picture_fault, require_root
from structclip_schemas.errors import InputError


@pytest.fixture
def root(tmp_path: Path, save_picture: Callable[[Path], None]) -> Path:
    save_picture(tmp_path / "secret.png")
    save_picture(tmp_path / "images/test/good.png")
    return tmp_path / "images"


def test_a_good_picture_has_no_fault(root: Path) -> None:
    """In a folder below the root."""
    assert picture_fault(str(root), "test/good.png") is None


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.png", "test/../../secret.png", "/etc/passwd", "..\\secret.png", "C:\\x.png"),
        *("file:///etc/passwd", "link.png", "linked/secret.png"),
    ],
)
def test_a_path_that_leaves_the_root_is_refused(root: Path, name: str) -> None:
    """By "..", absolute, as a URL, or through a symbolic link to a file or a folder."""
    (root / "link.png").symlink_to(root.parent / "secret.png")
    (root / "linked").symlink_to(root.parent)
    fault = picture_fault(str(root), name)
    assert fault is not None
    assert fault.reason == "path-outside-root"


def test_a_link_that_stays_inside_is_fine(root: Path) -> None:
    """Only leaving the root matters."""
    (root / "same.png").symlink_to(root / "test/good.png")
    assert picture_fault(str(root), "same.png") is None


@pytest.mark.parametrize("name", [None, "", "none.png", "test", "test/good.png/x.png"])
def test_a_picture_that_is_not_there_is_missing(root: Path, name: str | None) -> None:
    """No name, no file, a folder, or a file taken for a folder."""
    fault = picture_fault(str(root), name)
    assert fault is not None
    assert fault.reason == "missing-image"


def test_a_broken_picture_is_unreadable(root: Path) -> None:
    """Neither a text nor a picture cut off in the middle is taken."""
    (root / "text.png").write_text("no picture")
    (root / "cut.png").write_bytes((root / "test/good.png").read_bytes()[:50])
    faults = [picture_fault(str(root), name) for name in ("text.png", "cut.png")]
    assert [fault and fault.reason for fault in faults] == ["unreadable-image"] * 2


@pytest.mark.parametrize("side", [6_000, 100_000])
def test_a_decompression_bomb_is_refused_by_its_header(root: Path, side: int) -> None:
    """Thirty-six million pixels in a file of a hundred bytes, and more than Pillow itself allows."""
    (root / "bomb.png").write_bytes(_png_header(side))
    fault = picture_fault(str(root), "bomb.png")
    assert fault is not None
    assert fault.reason == "unreadable-image"


def test_a_missing_root_is_an_input_error(tmp_path: Path) -> None:
    """The message names it and the option."""
    with pytest.raises(InputError, match=r"nowhere.*--images"):
        require_root(str(tmp_path / "nowhere"))


def _png_header(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
