"""Fixtures of the benchmarks' tests: pictures, good and bad, and a parser that needs no model."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import structclip_pipeline.benchmarks.preparation as preparation
from structclip_schemas.graph import SceneGraph, SceneObject


class NounParser:
    """Every "cup" and "table" is an object."""

    source = "nouns 1 " + "0" * 64

    def parse(self, captions: list[str]) -> list[SceneGraph]:
        """Objects alone."""
        return [
            SceneGraph(
                tuple(SceneObject(*m.span(), m[0], m[0], *m.span()) for m in re.finditer(r"\b(cup|table)\b", caption))
            )
            for caption in captions
        ]


@pytest.fixture
def noun_parser(monkeypatch: pytest.MonkeyPatch) -> NounParser:
    """Stands in for --parser in this process."""
    parser = NounParser()
    monkeypatch.setattr(preparation, "parser_of", lambda spec: parser)
    return parser


@pytest.fixture
def save_picture() -> Callable[[Path], None]:
    """A function that saves a small picture at a path."""

    def save(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), "red").save(path)

    return save
