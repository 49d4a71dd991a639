"""Several teachers who answer as one: the mean of their probabilities."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from structclip_pipeline.parser.decoder import Decoder
from structclip_pipeline.parser.forward import Floats, Integers
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import WEIGHTS_FILE
from structclip_pipeline.parser.training.predecessor import Predecessor, read_predecessor
from structclip_pipeline.parser.training.scorer import Batch, Scores
from structclip_pipeline.parser.training.teacher import Teacher, TeacherPass, read_teacher
from structclip_schemas.errors import InputError

_LEAST = 1e-6


class Panel:
    """One teacher or more over the same templates; scores, on the CPU, are logarithms, owners' those of the odds."""

    def __init__(self, teachers: Sequence[Teacher | Predecessor]) -> None:
        self.teachers = tuple(teacher.eval() for teacher in teachers)

    def __call__(self, batch: Batch) -> Scores:
        """Score a batch whose spans are given."""
        answers = [teacher(batch.to(teacher.device)).cpu() for teacher in self.teachers]
        beyond = torch.arange(batch.places.shape[1])[None, :] >= batch.lengths[:, None]
        beyond = beyond[batch.objects[batch.pairs[:, 0], 0]]
        return Scores(
            _join_choices([a.tags for a in answers]),
            _join_choices([a.templates for a in answers]),
            _join_choices([a.pointers.masked_fill(beyond, -torch.inf) for a in answers]),
            _join_odds([a.owners for a in answers]),
        )


def read_panel(folders: Sequence[Path], device: str = "cpu") -> tuple[Panel, Lexicon]:
    """
    Teachers and parsers trained before, on a device, and their common lexicon.

    Raises :class:`InputError` when theirs differ or a file is missing.
    """
    read = [_read_member(folder) for folder in folders]
    lexicon = read[0][1]
    for folder, (_, other) in zip(folders, read, strict=True):
        if other.templates != lexicon.templates:
            raise InputError(
                f"the teachers {folders[0]} and {folder} know other predicates: they were trained on other graphs; "
                "train both on the same --factual-train and --graphs"
            )
    return Panel([teacher.to(device) for teacher, _ in read]), lexicon


def _read_member(folder: Path) -> tuple[Teacher | Predecessor, Lexicon]:
    return read_predecessor(folder) if (folder / WEIGHTS_FILE).is_file() else read_teacher(folder)


class PanelPass:
    """A panel's scores as the decoder asks for them; states are the teachers' side by side."""

    def __init__(self, panel: Panel) -> None:
        self._members = [TeacherPass(teacher) for teacher in panel.teachers]
        self._ends = np.cumsum([teacher.tag.in_features for teacher in panel.teachers])[:-1]
        self._joined_ends = np.cumsum([teacher.template.in_features for teacher in panel.teachers])[:-1]

    def encode(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """States (L, B, sum of hidden) of lower-cased words."""
        return np.concatenate([member.encode(sentences) for member in self._members], -1)

    def score_tags(self, states: Floats) -> Floats:
        """Scores (L, B, 5) of each token's tag."""
        return _join_choices_of([m.score_tags(s) for m, s in self._split(states)])

    def score_pairs(self, states: Floats, objects: Integers, pairs: Integers, present: Floats) -> tuple[Floats, Floats]:
        """Template scores (p, T + 1) and the pairs' joined states (p, sum of pair)."""
        answers = [m.score_pairs(s, objects, pairs, present) for m, s in self._split(states)]
        return _join_choices_of([scores for scores, _ in answers]), np.concatenate([joined for _, joined in answers], 1)

    def score_pointers(self, states: Floats, sentences: Integers, joined: Floats) -> Floats:
        """Scores (n, L) of the token that a pair's verb is."""
        parts = np.split(joined, self._joined_ends, 1)
        answers = [
            m.score_pointers(s, sentences, np.ascontiguousarray(part))
            for (m, s), part in zip(self._split(states), parts, strict=True)
        ]
        return _join_choices_of(answers)

    def score_owners(self, states: Floats, objects: Integers, attributes: Integers, owners: Integers) -> Floats:
        """Scores (q,) above zero where the object has the attribute."""
        answers = [m.score_owners(s, objects, attributes, owners) for m, s in self._split(states)]
        return _join_odds([torch.from_numpy(a) for a in answers]).numpy()

    def _split(self, states: Floats) -> list[tuple[TeacherPass, Floats]]:
        parts = np.split(states, self._ends, -1)
        return list(zip(self._members, map(np.ascontiguousarray, parts), strict=True))


def build_panel_decoder(panel: Panel, lexicon: Lexicon) -> Decoder:
    """A decoder that asks a panel."""
    return Decoder(PanelPass(panel), lexicon.templates)


def _join_choices(scores: Sequence[Tensor]) -> Tensor:
    """Logarithm of the mean probability of each choice along the last axis."""
    return _mean(scores, lambda s: s.softmax(-1)).clamp(min=_LEAST).log()


def _join_choices_of(scores: Sequence[Floats]) -> Floats:
    joined: Floats = _join_choices([torch.from_numpy(s) for s in scores]).numpy()
    return joined


def _join_odds(scores: Sequence[Tensor]) -> Tensor:
    """Logarithm of the odds of the mean probability that something holds."""
    return torch.logit(_mean(scores, torch.sigmoid), eps=_LEAST)


def _mean(scores: Sequence[Tensor], probability: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.stack([probability(s) for s in scores]).mean(0)
