"""Small graphs and files of other projects."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structclip_pipeline.foreign import importing
from structclip_schemas.graph import Relation, SceneGraph, SceneObject

Import = Callable[..., tuple[int, str, str]]


@pytest.fixture
def scene_of() -> Callable[[str, str, str], SceneGraph]:
    """The graph of "HEAD RELATION TAIL"."""

    def build(head: str, relation: str, tail: str) -> SceneGraph:
        start = len(head) + 1
        end = start + len(relation)
        objects = [
            SceneObject(0, len(head), head, head, 0, len(head)),
            SceneObject(end + 1, end + 1 + len(tail), tail, tail, end + 1, end + 1 + len(tail)),
        ]
        return SceneGraph.ordered(objects, [], [Relation(0, 1, relation, relation, start, end)])

    return build


@pytest.fixture
def run_import(
    pipeline_command: Import, parser_module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Import a file with the parser of a few words: (name, path) -> the command's JSON report."""
    monkeypatch.setattr(importing, "parser_of", lambda _: parser_module.PARSER)

    def call(name: str, path: Path, *options: str) -> dict[str, Any]:
        arguments = ("import-negatives", name, path, "--output", tmp_path / "out", "--workers", "0", "--json")
        code, out, err = pipeline_command(*arguments, *options)
        assert code == 0, err
        report: dict[str, Any] = json.loads(out)
        return report

    return call
