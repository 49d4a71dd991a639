"""The rules parser: scene graphs from the dependency parse of any installed English spaCy model."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import spacy

from structclip_pipeline.parser import SHIPPED_MODEL
from structclip_pipeline.parser.dependencies import read_graph
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.negation import deny
from structclip_pipeline.parser.prepositions import choose_surfaces
from structclip_pipeline.parser.spelling import Speller
from structclip_pipeline.parser.tokens import make_readable, read_tokens
from structclip_schemas.errors import InputError
from structclip_schemas.graph import SceneGraph

_UNUSED = ("ner", "lemmatizer")
"""Components of spaCy's models that take time and tell nothing about dependencies."""


class RulesParser:
    """A :class:`structclip_pipeline.parser.GraphParser` over a spaCy pipeline with a dependency parse."""

    def __init__(self, nlp: Any, name: str) -> None:
        self._nlp = nlp
        self._nlp.max_length = 2**31 - 1
        lexicon = Model.read(SHIPPED_MODEL).lexicon
        self._speller = Speller(lexicon)
        self._surfaces = choose_surfaces(lexicon.surfaces)
        self.source = f"spacy:{name} {nlp.meta.get('version', '0')} {_hash_pipeline(nlp)}"

    def parse(self, captions: Sequence[str]) -> list[SceneGraph]:
        """One graph a caption."""
        texts = [make_readable(caption) for caption in captions]
        with self._nlp.memory_zone():
            docs = self._nlp.pipe(texts)
            return [self._read(caption, doc) for caption, doc in zip(captions, docs, strict=True)]

    def _read(self, caption: str, doc: Any) -> SceneGraph:
        tokens = read_tokens(doc)
        return self._speller.spell(caption, tokens, deny(tokens, read_graph(doc, self._surfaces)))


def load_rules_parser(name: str) -> RulesParser:
    """Load an installed spaCy model by name; ``InputError`` when it is absent or has no dependency parse."""
    try:
        nlp = spacy.load(name, exclude=_UNUSED)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no spaCy model {name!r} is installed ({str(error).splitlines()[0]}); wanted one with a dependency parse; "
            f"install it with: python -m spacy download {name}"
        ) from error
    if "parser" not in nlp.pipe_names:
        raise InputError(
            f"the spaCy model {name!r} has no dependency parser, only {nlp.pipe_names}; choose another model"
        )
    return RulesParser(nlp, name)


def _hash_pipeline(nlp: Any) -> str:
    digest = sha256(nlp.config.to_str().encode("utf-8"))
    if nlp.path:
        folder = Path(nlp.path)
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            digest.update(file.relative_to(folder).as_posix().encode("utf-8") + file.read_bytes())
    return digest.hexdigest()
