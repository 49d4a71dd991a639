"""A trained parser as a teacher: what it knows is not lost when the next one is trained."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from structclip_pipeline.parser.forward import ForwardPass
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.training.scorer import Batch, Scorer

_OF_THE_ENCODER = ("encoder.", "word.", "gram.", "meaning.")


class Predecessor(Scorer):
    """The scorer of a shipped parser in torch over the states of its numpy forward pass; it is asked, never trained."""

    def __init__(self, model: Model) -> None:
        arrays = model.weights.arrays
        width, pair, pointer = arrays["tag.weight"].shape[1], *arrays["query.weight"].T.shape
        super().__init__(width, len(model.lexicon.templates), pair, pointer, dropout=0.0)
        scorer = {n: torch.from_numpy(a) for n, a in arrays.items() if not n.startswith(_OF_THE_ENCODER)}
        self.load_state_dict(scorer)
        self._forward = ForwardPass(model.weights)

    def encode(self, batch: Batch) -> Tensor:
        """States (B, L, width) of the words."""
        return self.encode_words(batch.sentences)

    def encode_words(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """States (B, L, width) of lower-cased words."""
        states = torch.from_numpy(self._forward.encode(sentences)[:, : len(sentences)])
        return states.transpose(0, 1).to(self.device)


def read_predecessor(folder: Path) -> tuple[Predecessor, Lexicon]:
    """Read what ``train-parser`` wrote as a parser; :class:`InputError` when a file is missing or broken."""
    model = Model.read(folder)
    return Predecessor(model).eval(), model.lexicon
