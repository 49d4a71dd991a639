"""Fixtures of the pipeline's tests: folder hashes and a tiny work function's module that worker processes can import."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_WORK = '''
"""Work functions for tests, importable by worker processes."""

import os
import time

from structclip_pipeline.plan import QUARANTINED, LeftOut, ShardResult


def _row(number, word):
    return {
        "caption_id": f"c{number}", "image_id": None, "image": None, "split": None, "caption": word,
        "objects": [], "attributes": [], "relations": [], "triples": [], "graph_source": "test 1 0",
    }


def copy_words(parameters, task):
    """Keep every word; "" is left out, "raise" raises, "die" ends the process, "slow" takes its time."""
    rows, left_out = [], []
    for position, word in enumerate(task.payload["words"]):
        number = task.payload["start"] + position
        if position in task.quarantined:
            left_out.append(LeftOut(f"c{number}", "words", number, QUARANTINED, task.quarantined[position]))
        elif word == "raise":
            raise ValueError("a bad word")
        elif word == "die":
            os._exit(9)
        elif word == "":
            left_out.append(LeftOut(f"c{number}", "words", number, "empty-caption"))
        else:
            time.sleep(0.05 if word == "slow" else 0)
            rows.append(_row(number, word))
    return ShardResult(rows, left_out, {"no-object": len(rows)})


def fail_always(parameters, task):
    """Fail whatever the rows are."""
    raise RuntimeError("no parser here")
'''


@pytest.fixture(scope="session")
def words_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A module with work functions on the import path of this process and of the workers it starts."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "structclip_test_words.py").write_text(_WORK)
    before = os.environ.get("PYTHONPATH")
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = str(folder) + (os.pathsep + before if before else "")
    import structclip_test_words

    yield structclip_test_words
    sys.path.remove(str(folder))
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def tree_hash() -> Callable[[Path], dict[str, str]]:
    """A function from a folder to the sha256 of each of its files, without run.json, which holds a clock."""

    def hash_tree(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "run.json"
        }

    return hash_tree
