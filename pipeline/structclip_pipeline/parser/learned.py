"""The learned parser: a spaCy pipeline with a trained model."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from structclip_pipeline.parser.component import CAPTION, DOCS, EXTENSION, build_pipeline
from structclip_pipeline.parser.model import hash_model
from structclip_pipeline.parser.tokens import make_readable
from structclip_schemas.graph import SceneGraph


class LearnedParser:
    """A :class:`structclip_pipeline.parser.GraphParser` over a model's folder."""

    def __init__(self, folder: Path) -> None:
        self._nlp = build_pipeline(folder)
        meta = self._nlp.get_pipe("structclip_graph").model.meta
        self.source = f"{meta['name']} {meta['version']} {hash_model(folder)}"

    def parse(self, captions: Sequence[str]) -> list[SceneGraph]:
        """One graph a caption; memory does not grow with the number of captions parsed."""
        with self._nlp.memory_zone():
            docs = self._nlp.pipe(self._make_docs(captions), batch_size=DOCS)
            return [doc._.get(EXTENSION) for doc in docs]

    def _make_docs(self, captions: Sequence[str]) -> Iterator[Any]:
        for caption in captions:
            doc = self._nlp.make_doc(make_readable(caption))
            doc._.set(CAPTION, caption)
            yield doc


def load_learned_parser(folder: Path) -> LearnedParser:
    """Load the parser of a folder; ``InputError`` when it holds none."""
    return LearnedParser(folder)
