"""Which templates' words the caption holds, between two objects and anywhere: a hint for the template scores."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structclip_pipeline.parser.token_graph import VERB

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class TemplateWords:
    """The words of a list of templates, counted in captions."""

    def __init__(self, templates: Sequence[str]) -> None:
        parts = [sorted(set(template.split()) - {VERB}) for template in templates]
        words = sorted({word for part in parts for word in part})
        self._numbers = {word: i for i, word in enumerate(words)}
        self._needs = np.zeros((len(words), len(templates)), np.float32)
        for column, part in enumerate(parts):
            self._needs[[self._numbers[word] for word in part], column] = 1

    def mark(self, sentences: Sequence[Sequence[str]], objects: Integers, pairs: Integers) -> Floats:
        """
        (p, 2, T) one where all of a template's words stand between a pair's objects, or in its sentence.

        ``objects`` (n, 3) sentence, first token, last token; ``pairs`` (p, 4) head and tail first.
        """
        counts = self._count(sentences)
        head, tail = objects[pairs[:, 0]], objects[pairs[:, 1]]
        first = np.minimum(head[:, 2], tail[:, 2]) + 1
        last = np.maximum(np.maximum(head[:, 1], tail[:, 1]), first)
        between = counts[head[:, 0], last] - counts[head[:, 0], first]
        whole = counts[head[:, 0], -1]
        seen = (np.stack([between, whole], 1) > 0).astype(np.float32)
        present: Floats = (seen @ self._needs >= self._needs.sum(0)).astype(np.float32)
        return present

    def _count(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.int16]:
        """(B, L + 1, W) how often each word stands among the first tokens."""
        length = max((len(words) for words in sentences), default=0)
        seen = np.zeros((len(sentences), length + 1, len(self._numbers)), np.int16)
        for row, words in enumerate(sentences):
            for place, word in enumerate(words):
                number = self._numbers.get(word)
                if number is not None:
                    seen[row, place + 1, number] = 1
        return np.cumsum(seen, 1, dtype=np.int16)
