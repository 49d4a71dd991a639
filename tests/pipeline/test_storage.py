"""Storage: a file is there whole or not at all, on disk and in an object store."""

import hashlib
from pathlib import Path

import pytest

from structclip_pipeline.storage import (
    Written,
    absolute,
    describe,
    exists,
    expand,
    names_in,
    open_read,
    publish,
    publish_text,
    remove,
    remove_parts,
)
from structclip_schemas.errors import InputError


@pytest.fixture(params=["disk", "memory"])
def folder(request, tmp_path: Path) -> str:
    return str(tmp_path / "new") if request.param == "disk" else f"memory://storage/{tmp_path.name}"


def test_what_is_published_is_read_back_with_its_hash(folder):
    """Folders are made on the way; size and sha256 are those of the bytes."""
    data = b"structure" * 1000
    written = publish(f"{folder}/deep/file", lambda file: file.write(data))
    assert written == Written(len(data), hashlib.sha256(data).hexdigest()) == describe(f"{folder}/deep/file")
    with open_read(f"{folder}/deep/file") as file:
        assert file.read() == data


def test_a_writer_that_fails_leaves_the_old_file(folder):
    """Neither a half-written file nor a temporary one stays."""
    publish_text(f"{folder}/file", "old")

    def fail(file):
        file.write(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        publish(f"{folder}/file", fail)
    assert names_in(folder) == ["file"] and describe(f"{folder}/file").bytes == 3


def test_removing_what_is_not_there_is_no_error(folder):
    """Files and folders alike."""
    publish_text(f"{folder}/a/b", "x")
    remove(f"{folder}/a")
    remove(f"{folder}/a")
    assert not exists(f"{folder}/a/b") and names_in(f"{folder}/a") == []


def test_parts_of_killed_writers_are_removed_and_nothing_else(tmp_path):
    """Only names as publish makes them."""
    for name in (".graphs.1-ab.part", "mine.part", ".hidden"):
        (tmp_path / name).write_text("")
    remove_parts(str(tmp_path))
    assert names_in(str(tmp_path)) == [".hidden", "mine.part"]


def test_a_url_without_a_driver_is_the_users_error():
    """The message names the URL."""
    with pytest.raises(InputError, match="nowhere://x"):
        exists("nowhere://x")


def test_local_paths_become_absolute_and_urls_stay(tmp_path, monkeypatch):
    """Workers may run in another folder."""
    monkeypatch.chdir(tmp_path)
    assert absolute("out") == str(tmp_path / "out")
    assert absolute("memory://out/") == "memory://out"


def test_braces_and_wildcards_name_the_files_they_stand_for(tmp_path):
    """Braces in the order written, wildcards sorted, a file of that very name before either."""
    for name in ("b.tar", "a.tar", "c[1].csv"):
        (tmp_path / name).touch()
    assert expand(str(tmp_path / "*.tar")) == [str(tmp_path / "a.tar"), str(tmp_path / "b.tar")]
    assert expand("s3://x/{8..10}{b,a}.tar") == [f"s3://x/{n}{c}.tar" for n in (8, 9, 10) for c in "ba"]
    assert expand(str(tmp_path / "c[1].csv")) == [str(tmp_path / "c[1].csv")]


def test_a_wildcard_that_matches_nothing_is_an_input_error(tmp_path):
    """It must not pass for an empty source."""
    with pytest.raises(InputError, match="no file matches"):
        expand(str(tmp_path / "*.tar"))
