"""Measuring one model on benchmarks and a retrieval set: from datasets and images to rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from structclip_trainer.evaluation.comparisons import (
    Comparison,
    Gallery,
    Picture,
    without_pictures,
)
from structclip_trainer.evaluation.embedding import Encoder, embed_statements
from structclip_trainer.evaluation.results import Rows
from structclip_trainer.evaluation.scoring import (
    Scores,
    Vectors,
    complexity_measures,
    group_measures,
    mean_vector,
    pair_measures,
    retrieval_measures,
    score,
)

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Benchmark:
    """The comparisons of one dataset under the prefix of its columns ("" for the first benchmark)."""

    name: str
    prefix: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Questions:
    """All that a model is asked: benchmarks, and captions and images for retrieval."""

    benchmarks: tuple[Benchmark, ...]
    gallery: Gallery | None
    by_complexity: bool

    def pictures(self) -> list[Picture]:
        """The distinct pictures in order of their first appearance."""
        asked = [c.picture for b in self.benchmarks for c in b.comparisons]
        return list(dict.fromkeys([*asked, *(self.gallery.pictures if self.gallery else ())]))

    @property
    def size(self) -> int:
        """How many distinct pictures and texts a model has to embed."""
        texts = sum(len({s.text for c in b.comparisons for s in c.statements}) for b in self.benchmarks)
        return len(self.pictures()) + texts + len({s.text for _, s in self.gallery.captions} if self.gallery else ())


def without(questions: Questions, gone: set[Picture]) -> Questions:
    """The questions less those about some pictures."""
    benchmarks = tuple(
        Benchmark(b.name, b.prefix, tuple(c for c in b.comparisons if c.picture not in gone))
        for b in questions.benchmarks
    )
    gallery = without_pictures(questions.gallery, gone) if questions.gallery else None
    return Questions(benchmarks, gallery, questions.by_complexity)


def measure_model(encoder: Encoder, questions: Questions, vectors: Vectors, advance: Advance) -> tuple[Rows, Rows]:
    """
    The rows of one model, and its rows by complexity (empty unless asked for).

    ``vectors`` holds the embedding of every picture asked about.
    """
    rows: Rows = {}
    by_complexity: Rows = {}
    for benchmark in questions.benchmarks:
        for row, scores in _benchmark_rows(encoder, benchmark, vectors, advance).items():
            outcomes = scores.won()
            measures = group_measures(benchmark.comparisons, outcomes)
            _add(rows, row, benchmark.prefix, {**measures, **pair_measures(benchmark.comparisons, scores)})
            if questions.by_complexity:
                _add(by_complexity, row, benchmark.prefix, complexity_measures(benchmark.comparisons, outcomes))
    if questions.gallery:
        for row, measures in _retrieval_rows(encoder, questions.gallery, vectors, advance).items():
            _add(rows, row, "", measures)
    return rows, by_complexity


def _add(rows: Rows, row: str, prefix: str, measures: dict[str, Any]) -> None:
    rows.setdefault(row, {}).update({prefix + column: m for column, m in measures.items()})


def _benchmark_rows(encoder: Encoder, benchmark: Benchmark, vectors: Vectors, advance: Advance) -> dict[str, Scores]:
    comparisons = benchmark.comparisons
    plain, fused = embed_statements(encoder, [s for c in comparisons for s in c.statements], advance)
    images = np.stack([vectors[c.picture] for c in comparisons])
    blind = np.broadcast_to(mean_vector(vectors, (c.picture for c in comparisons)), images.shape)
    rows = {"plain": score(comparisons, images, plain)}
    if fused is not None:
        rows["fused"] = score(comparisons, images, fused)
    return {**rows, "blind": score(comparisons, blind, plain)}


def _retrieval_rows(encoder: Encoder, gallery: Gallery, vectors: Vectors, advance: Advance) -> dict[str, Any]:
    plain, fused = embed_statements(encoder, [s for _, s in gallery.captions], advance)
    images = np.stack([vectors[p] for p in gallery.pictures])
    blind = np.broadcast_to(mean_vector(vectors, gallery.pictures), images.shape)
    owner = np.array(gallery.owner)
    rows = {"plain": retrieval_measures(images, plain, owner)}
    if fused is not None:
        rows["fused"] = retrieval_measures(images, fused, owner)
    return {**rows, "blind": retrieval_measures(blind, plain, owner)}
