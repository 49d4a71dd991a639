"""Classifying images by the prompts of classes: top-1, top-5 and the mean over classes, for each row of a model."""

from collections.abc import Callable

import numpy as np

from structclip_trainer.evaluation.classification import Classes
from structclip_trainer.evaluation.embedding import Encoder, embed_statements
from structclip_trainer.evaluation.metrics import Floats, Integers, Measure, mean_of, measure, similarities
from structclip_trainer.evaluation.scoring import Vectors, mean_vector

CLASSIFICATION_COLUMNS = ("top1", "top5", "class_mean")


def classification_rows(
    encoder: Encoder, classes: Classes, vectors: Vectors, advance: Callable[[int], None]
) -> dict[str, dict[str, Measure]]:
    """
    The plain row (lambda = 0), the fused row of a model with a KEE, and the blind row, which sees the mean image.

    ``vectors`` holds the embedding of every image.
    """
    plain, fused = embed_statements(encoder, [p for prompts in classes.prompts for p in prompts], advance)
    images = np.stack([vectors[p] for p in classes.pictures])
    blind = np.broadcast_to(mean_vector(vectors, classes.pictures), images.shape)
    owner, sizes = np.array(classes.owner), [len(prompts) for prompts in classes.prompts]
    rows = {"plain": classification_measures(images, class_embeddings(plain, sizes), owner)}
    if fused is not None:
        rows["fused"] = classification_measures(images, class_embeddings(fused, sizes), owner)
    return {**rows, "blind": classification_measures(blind, class_embeddings(plain, sizes), owner)}


def class_embeddings(prompts: Floats, sizes: list[int]) -> Floats:
    """(C, D): of each class the mean of its prompts' unit vectors (sum of sizes, D), of length one again, as CLIP."""
    starts = np.cumsum([0, *sizes[:-1]])
    sums = np.add.reduceat(_unit(prompts), starts, axis=0)
    means: Floats = _unit(sums / np.array(sizes)[:, None]).astype(np.float32)
    return means


def classification_measures(images: Floats, classes: Floats, owner: Integers) -> dict[str, Measure]:
    """
    ``top1``, ``top5`` (where there are more than five classes) and ``class_mean``, the mean of the classes' top-1.

    ``images`` (N, D), ``classes`` (C, D), ``owner`` (N,) the class of each image.
    """
    ranks = class_ranks(similarities(images, classes), owner)
    measures = {f"top{k}": measure(int((ranks < k).sum()), len(ranks)) for k in (1, 5) if k == 1 or len(classes) > k}
    each = [ranks[owner == place] for place in np.unique(owner)]
    return {**measures, "class_mean": mean_of([measure(int((r < 1).sum()), len(r)) for r in each])}


def class_ranks(scores: Floats, owner: Integers) -> Integers:
    """(N,) of ``scores`` (N, C): how many other classes do not score strictly below an image's own; a tie loses."""
    own = scores[np.arange(len(scores)), owner]
    beaten = scores < own[:, None]
    ranks: Integers = scores.shape[1] - 1 - beaten.sum(axis=1)
    return ranks


def _unit(vectors: Floats) -> Floats:
    wide: Floats = vectors.astype(np.float64)
    unit: Floats = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return unit
