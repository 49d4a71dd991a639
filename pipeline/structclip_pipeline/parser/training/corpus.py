"""Captions to train on: FACTUAL's rows, captions with graphs of their own, captions without."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy

from structclip_pipeline.parser.token_graph import Token
from structclip_pipeline.parser.tokens import make_readable, read_tokens
from structclip_pipeline.parser.training.factual import Triples, read_graph_text, read_rows
from structclip_pipeline.sources.formats import READERS, detect_format
from structclip_pipeline.sources.rows import Columns, fault_of
from structclip_schemas.errors import InputError

_GRAPH_COLUMNS = ("caption_id", "scene_graph")


@dataclass(frozen=True)
class Corpus:
    """Captions with their gold triples and their tokens; captions without a token are left out."""

    captions: Sequence[str]
    triples: Sequence[Triples]
    tokens: Sequence[Sequence[Token]]

    def __add__(self, other: "Corpus") -> "Corpus":
        return Corpus([*self.captions, *other.captions], [*self.triples, *other.triples], [*self.tokens, *other.tokens])

    def __mul__(self, times: int) -> "Corpus":
        return Corpus([*self.captions] * times, [*self.triples] * times, [*self.tokens] * times)


def build_corpus(pairs: Iterable[tuple[str, Triples]]) -> Corpus:
    """Tokenize captions and keep those that have tokens."""
    pairs = list(pairs)
    tokens = tokenize([caption for caption, _ in pairs])
    kept = [(caption, triples, own) for (caption, triples), own in zip(pairs, tokens, strict=True) if own]
    return Corpus([caption for caption, _, _ in kept], [triples for _, triples, _ in kept], [own for _, _, own in kept])


def tokenize(captions: Sequence[str]) -> list[list[Token]]:
    """Tokens of each caption by spaCy's English tokenizer."""
    nlp = spacy.blank("en")
    return [read_tokens(doc) for doc in nlp.pipe(make_readable(caption) for caption in captions)]


def read_factual(path: Path, limit: int | None = None) -> Corpus:
    """The first ``limit`` rows of a FACTUAL file; :class:`InputError` for a wrong file or one without captions."""
    corpus = build_corpus((row.caption, row.triples) for row in read_rows(path)[:limit])
    if not corpus.captions:
        raise InputError(f"{path} holds no captions; wanted FACTUAL's CSV file")
    return corpus


def read_captions(paths: Iterable[Path]) -> dict[str, str]:
    """Captions by id of every file that build-graphs reads; rows with a fault are left out."""
    found: dict[str, str] = {}
    for path in paths:
        url = str(path)
        if not path.is_file():
            raise InputError(f"no captions at {path}; wanted a file in a format that build-graphs reads")
        for number, row in enumerate(READERS[detect_format(url)](url, Columns())):
            if fault_of(row) is None and row.caption is not None:
                found[row.caption_id or f"{path.stem}-{number:012d}"] = row.caption
    return found


def read_annotations(path: Path, captions: dict[str, str]) -> Corpus:
    """
    Graphs written for captions of another file, by caption id.

    :class:`InputError` when the file is missing, lacks a column, or names a caption that no file holds.
    """
    if not path.is_file():
        raise InputError(f"no graphs at {path}; wanted a CSV file with the columns {', '.join(_GRAPH_COLUMNS)}")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in _GRAPH_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path} has the columns {reader.fieldnames}, but not {', '.join(missing)}")
        graphs = {row["caption_id"]: read_graph_text(row["scene_graph"]) for row in reader}
    unknown = sorted(graphs.keys() - captions.keys())
    if unknown:
        raise InputError(
            f"{path} holds {len(unknown)} graphs of captions that no --captions file has, such as {unknown[:3]}; "
            "name the file that the captions came from with --captions"
        )
    return build_corpus((captions[caption_id], triples) for caption_id, triples in graphs.items())
