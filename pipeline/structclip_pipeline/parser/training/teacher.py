"""The teacher: a pretrained transformer under the scorer; slow, exact, and used in training only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from structclip_pipeline.parser.decoder import Decoder
from structclip_pipeline.parser.forward import Floats, Integers
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import LEXICON_FILE
from structclip_pipeline.parser.training.predecessor import Predecessor
from structclip_pipeline.parser.training.scorer import Batch, Scorer
from structclip_schemas.errors import InputError

SCORER_FILE = "scorer.safetensors"
ENCODER_FOLDER = "encoder"
_LONGEST_WORD = 8
"""Pieces of one word that are read; the rest of a longer one says nothing more."""


@dataclass(frozen=True)
class TeacherShapes:
    """Widths of the scorer's pair and pointer states."""

    pair: int = 512
    pointer: int = 128


class Teacher(Scorer):
    """A transformer whose states of a word's pieces are averaged; it computes in bfloat16, the scorer in float32."""

    def __init__(self, encoder: Any, tokenizer: Any, templates: int, shapes: TeacherShapes, dropout: float) -> None:
        super().__init__(encoder.config.hidden_size, templates, shapes.pair, shapes.pointer, dropout)
        self.encoder = encoder
        self.tokenizer = tokenizer
        self._pieces: dict[str, list[int]] = {}

    @classmethod
    def start(cls, folder: Path, templates: int, dropout: float) -> Self:
        """A teacher over a pretrained encoder's folder; its word embeddings stay as they are."""
        try:
            encoder = AutoModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{folder} holds no pretrained encoder: {error}; give a folder in Hugging Face's format"
            ) from error
        encoder.get_input_embeddings().requires_grad_(False)
        return cls(encoder, tokenizer, templates, TeacherShapes(), dropout)

    def encode(self, batch: Batch) -> Tensor:
        """States (B, L, hidden) of the words."""
        return self.encode_words(batch.sentences)

    def encode_words(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """States (B, L, hidden) of lower-cased words."""
        pieces, places = self._tokenize(sentences)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            states = self.encoder(input_ids=pieces, attention_mask=(pieces != self.tokenizer.pad_token_id).long())[0]
        return torch.bmm(places, states.float())

    def embed_words(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """The words' embeddings (B, L, hidden) before any layer."""
        pieces, places = self._tokenize(sentences)
        return torch.bmm(places, self.encoder.get_input_embeddings()(pieces))

    def _tokenize(self, sentences: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """Pieces (B, P), and the share (B, L, P) that each has in its word's state."""
        split = [[self._split(word) for word in words] for words in sentences]
        longest = max(sum(map(len, own)) for own in split) + 2
        pieces = torch.full((len(split), longest), self.tokenizer.pad_token_id)
        places = torch.zeros(len(split), max(len(words) for words in sentences), longest)
        for row, own in enumerate(split):
            flat = [piece for word in own for piece in word]
            ends = [self.tokenizer.cls_token_id, *flat, self.tokenizer.sep_token_id]
            pieces[row, : len(ends)] = torch.tensor(ends)
            at = 1
            for column, word in enumerate(own):
                places[row, column, at : at + len(word)] = 1 / len(word)
                at += len(word)
        return pieces.to(self.device), places.to(self.device)

    def _split(self, word: str) -> list[int]:
        if word not in self._pieces:
            ids = self.tokenizer(word, add_special_tokens=False)["input_ids"][:_LONGEST_WORD]
            self._pieces[word] = ids or [self.tokenizer.unk_token_id]
        return self._pieces[word]

    def write(self, folder: Path, lexicon: Lexicon) -> None:
        """Write encoder, tokenizer, scorer and lexicon into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder.save_pretrained(folder / ENCODER_FOLDER)
        self.tokenizer.save_pretrained(folder / ENCODER_FOLDER)
        scorer = {n: v.contiguous() for n, v in self.state_dict().items() if not n.startswith("encoder.")}
        save_file(scorer, folder / SCORER_FILE)
        (folder / LEXICON_FILE).write_text(lexicon.to_json() + "\n", encoding="utf-8")


def read_teacher(folder: Path) -> tuple[Teacher, Lexicon]:
    """Read what :meth:`Teacher.write` wrote; :class:`InputError` when a file is missing."""
    for name in (SCORER_FILE, LEXICON_FILE, f"{ENCODER_FOLDER}/config.json"):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder} is no teacher: it lacks {name}; give a folder that train-parser --encoder wrote"
            )
    lexicon = Lexicon.from_json((folder / LEXICON_FILE).read_text(encoding="utf-8"))
    teacher = Teacher.start(folder / ENCODER_FOLDER, len(lexicon.templates), dropout=0.0)
    teacher.load_state_dict({**teacher.state_dict(), **load_file(folder / SCORER_FILE)})
    return teacher.eval(), lexicon


class TeacherPass:
    """A teacher's scores as the decoder asks for them; states are (L, B, hidden), time first."""

    def __init__(self, teacher: Teacher | Predecessor) -> None:
        self._teacher = teacher
        self._device = teacher.device

    def encode(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """States of lower-cased words."""
        return _ask(lambda: self._teacher.encode_words(sentences).transpose(0, 1))

    def score_tags(self, states: Floats) -> Floats:
        """Scores (L, B, 5) of each token's tag."""
        return _ask(lambda: self._teacher.tag(self._place(states)))

    def score_pairs(self, states: Floats, objects: Integers, pairs: Integers, present: Floats) -> tuple[Floats, Floats]:
        """Template scores (p, T + 1) and the pairs' joined states (p, pair)."""
        given = (self._turn(states), self._place(objects), self._place(pairs))
        joined = _ask(lambda: self._teacher.join_pairs(*given))
        scores = _ask(lambda: self._teacher.score_templates(self._place(joined), self._place(present)))
        return scores, joined

    def score_pointers(self, states: Floats, sentences: Integers, joined: Floats) -> Floats:
        """Scores (n, L) of the token that a pair's verb is."""
        given = (self._turn(states), self._place(sentences), self._place(joined))
        return _ask(lambda: self._teacher.score_pointers(*given))

    def score_owners(self, states: Floats, objects: Integers, attributes: Integers, owners: Integers) -> Floats:
        """Scores (q,) above zero where the object has the attribute."""
        given = (self._turn(states), *map(self._place, (objects, attributes, owners)))
        return _ask(lambda: self._teacher.score_owners(*given))

    def _place(self, array: Floats | Integers) -> Tensor:
        return torch.from_numpy(array).to(self._device)

    def _turn(self, states: Floats) -> Tensor:
        return self._place(states).transpose(0, 1)


def build_decoder(teacher: Teacher, lexicon: Lexicon) -> Decoder:
    """A decoder that asks a teacher."""
    return Decoder(TeacherPass(teacher.eval()), lexicon.templates)


def _ask(question: Callable[[], Tensor]) -> Floats:
    with torch.inference_mode():
        answer: Floats = question().float().cpu().numpy().copy()
    return answer
