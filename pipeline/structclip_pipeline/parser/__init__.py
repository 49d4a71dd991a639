"""
Scene-graph parsers: captions to :class:`structclip_schemas.graph.SceneGraph`.

The default parser is learned and shipped with the package; ``spacy:NAME`` reads an installed spaCy model's dependencies
through rules; a path names a folder that ``structclip-pipeline train-parser`` wrote.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from structclip_schemas.graph import SceneGraph

__all__ = ["SHIPPED_MODEL", "GraphParser", "load_parser"]

SHIPPED_MODEL = Path(__file__).parent / "model"
"""The folder of the default parser's model."""


class GraphParser(Protocol):
    """What every parser offers."""

    source: str
    """Name, version and sha256, as the column ``graph_source`` holds it."""

    def parse(self, captions: Sequence[str]) -> list[SceneGraph]:
        """One graph a caption, in order; any Unicode string is a caption, no graph depends on its neighbours."""
        ...


def load_parser(spec: str) -> GraphParser:
    """Load ``default``, ``spacy:NAME`` or the folder of a trained parser; ``InputError`` when there is none."""
    if spec.startswith("spacy:"):
        from structclip_pipeline.parser.rules import load_rules_parser

        return load_rules_parser(spec.removeprefix("spacy:"))
    from structclip_pipeline.parser.learned import load_learned_parser

    return load_learned_parser(SHIPPED_MODEL if spec == "default" else Path(spec))
