"""A spaCy component that puts a caption's scene graph into ``doc._.scene_graph``."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from structclip_pipeline.parser import SHIPPED_MODEL
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.parsing import TokenParser, build_parser
from structclip_pipeline.parser.tokens import read_tokens

FACTORY = "structclip_graph"
EXTENSION = "scene_graph"
CAPTION = "caption"
"""Extension that may hold the caption where the Doc's text stands in for it, character by character."""

DOCS = 1_024
"""Docs parsed at once; among them batches of similar length are formed."""

for _name in (EXTENSION, CAPTION):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class GraphComponent:
    """Parses Docs with a trained model; the shipped one unless another is read by :meth:`from_disk`."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model
        self._parser: TokenParser | None = None

    @property
    def model(self) -> Model:
        """The model, read on first use."""
        if self._model is None:
            self._model = Model.read(SHIPPED_MODEL)
        return self._model

    def __call__(self, doc: Any) -> Any:
        """Parse one Doc."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Any], *, batch_size: int = DOCS) -> Iterator[Any]:
        """Parse a stream of Docs, ``batch_size`` at once."""
        for docs in minibatch(stream, batch_size):
            self._parser = self._parser or build_parser(self.model)
            graphs = self._parser.parse([_read_caption(doc) for doc in docs], [read_tokens(doc) for doc in docs])
            for doc, graph in zip(docs, graphs, strict=True):
                doc._.set(EXTENSION, graph)
                yield doc

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the model into a folder; ``exclude`` is spaCy's and has nothing to leave out here."""
        del exclude
        self.model.write(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read the model of a folder."""
        del exclude
        self._model, self._parser = Model.read(Path(path)), None
        return self


def _read_caption(doc: Any) -> str:
    caption = doc._.get(CAPTION)
    return str(doc.text if caption is None else caption)


@Language.factory(FACTORY, assigns=[f"doc._.{EXTENSION}"])  # type: ignore[untyped-decorator]
def make_graph_component(nlp: Any, name: str) -> GraphComponent:
    """Make the component for a pipeline."""
    del nlp, name
    return GraphComponent()


def build_pipeline(folder: Path) -> Any:
    """SpaCy's English tokenizer followed by the parser of a model's folder."""
    nlp = spacy.blank("en")
    nlp.max_length = 2**31 - 1
    nlp.add_pipe(FACTORY).from_disk(folder)
    return nlp
