"""What a teacher knows of single words, in few numbers, so that words no caption held are not strange to the parser."""

from collections.abc import Sequence

import torch
from torch import Tensor

from structclip_pipeline.parser.training.teacher import Teacher

_BATCH = 512


class Thesaurus:
    """A teacher and the whole words of its vocabulary."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher.eval()
        self.words = tuple(
            sorted(piece for piece in teacher.tokenizer.get_vocab() if piece.isascii() and piece.isalpha())
        )

    def describe(self, words: Sequence[str], size: int) -> Tensor:
        """
        One row (words, size) a word, float16 precision: principal components of what the teacher reads in it alone.

        The first word stands for the unknown and gets zeros, as do components that the data lack.
        """
        states = self._read(words[1:])
        centred = (states - states.mean(0)) / states.std(0).clamp(min=1e-6)
        _, _, directions = torch.linalg.svd(centred.T @ centred / len(centred))
        components = centred @ _orient(directions[:size]).T
        described = torch.zeros(len(words), size)
        described[1:, : components.shape[1]] = components / components.std()
        return described.half().float()

    @torch.inference_mode()
    def _read(self, words: Sequence[str]) -> Tensor:
        """The teacher's last states of each word alone beside its embeddings (words, 2 * hidden)."""
        parts = []
        for start in range(0, len(words), _BATCH):
            batch = [[word] for word in words[start : start + _BATCH]]
            parts.append(
                torch.cat([self._teacher.encode_words(batch)[:, 0], self._teacher.embed_words(batch)[:, 0]], -1)
            )
        return torch.cat(parts).cpu()


def _orient(directions: Tensor) -> Tensor:
    """Directions whose largest component is positive: a decomposition leaves the sign open."""
    largest = directions.abs().argmax(1, keepdim=True)
    return directions * directions.gather(1, largest).sign()
