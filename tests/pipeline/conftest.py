"""Fixtures of the pipeline's tests: hashes of folders, and modules that worker processes can import."""

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


def listening(task):
    """The addresses that this worker and the process that started it listen on."""
    import psutil

    worker = psutil.Process()
    return [
        connection.laddr.ip
        for process in (worker, *worker.parents()[:1])
        for connection in process.net_connections(kind="inet")
        if connection.status == "LISTEN"
    ]
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


_PARSER = '''
"""A parser of a few words, slow on request, and build-graphs with it: a stand-in that worker processes can import."""

import os
import re
import sys
import time
from functools import partial

import structclip_pipeline.graphs as graphs
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject

_PHRASE = re.compile(r"(?:a |an )?(?:(red|blue) )?(cup|table|dog|cat)")


class WordParser:
    """Cups, tables, dogs and cats; red and blue; "on" between two of them."""

    source = "words 1 " + "0" * 64

    def parse(self, captions):
        return [self._graph(caption) for caption in captions]

    def _graph(self, caption):
        if "poison" in caption:
            os._exit(9)
        if "raise" in caption:
            raise ValueError("cannot read this")
        time.sleep(float(os.environ.get("STRUCTCLIP_TEST_SECONDS", "0")))
        objects, attributes, relations = [], [], []
        for match in _PHRASE.finditer(caption):
            start, end = match.span(2)
            if "faulty" in caption:
                end += 1
            objects.append(SceneObject(start, end, match[2], match[2], match.start(), match.end()))
            if match[1]:
                attributes.append(Attribute(len(objects) - 1, match[1], match[1], *match.span(1)))
        if len(objects) == 2 and " on " in caption:
            place = caption.index(" on ") + 1
            relations.append(Relation(0, 1, "on", "on", place, place + 2))
        return SceneGraph.ordered(objects, attributes, relations)


PARSER = WordParser()


def work(spec, parameters, task):
    """The work of build-graphs with the word parser."""
    graphs.parser_of = lambda spec: PARSER
    return graphs.parse_shard(spec, parameters, task)


def install():
    """Let build-graphs use the word parser, here and in its workers."""
    graphs.parser_of = lambda spec: PARSER
    graphs.graphs_work = lambda spec: partial(work, spec)


if __name__ == "__main__":
    from structclip_test_parser import install as install_importable

    from structclip_pipeline.cli import main

    install_importable()
    main()
'''


@pytest.fixture(scope="session")
def parser_module(words_module: object) -> object:
    """The module of the word parser; run as a script it is structclip-pipeline with that parser."""
    folder = Path(str(words_module.__file__)).parent
    (folder / "structclip_test_parser.py").write_text(_PARSER)
    import structclip_test_parser

    return structclip_test_parser


@pytest.fixture
def pipeline_command(
    parser_module: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Call structclip-pipeline in this process with the word parser: arguments -> (exit code, stdout, stderr)."""
    import structclip_pipeline.graphs as graphs
    from structclip_pipeline.cli import main
    from structclip_pipeline.negatives import task

    monkeypatch.setattr(task, "parser_of", lambda _: parser_module.PARSER)
    monkeypatch.setattr(graphs, "parser_of", graphs.parser_of)
    monkeypatch.setattr(graphs, "graphs_work", graphs.graphs_work)
    parser_module.install()

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["structclip-pipeline", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call
