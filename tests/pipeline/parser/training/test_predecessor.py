"""The shipped parser as a member of a panel of teachers."""

from pathlib import Path

import numpy as np
import pytest

import structclip_pipeline.parser
from structclip_pipeline.parser.forward import ForwardPass
from structclip_pipeline.parser.model import Model
from structclip_schemas.errors import InputError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

SHIPPED = Path(structclip_pipeline.parser.__file__).parent / "model"
WORDS = [["a", "red", "cup", "on", "table"], ["man", "riding", "a", "horse"]]
OBJECTS = np.array([[0, 2, 2], [0, 4, 4], [1, 0, 0], [1, 3, 3]])
ATTRIBUTES = np.array([[0, 1, 1]])


def test_a_parser_on_a_panel_scores_as_it_does_alone():
    """The torch scorer over the shipped weights gives the numbers of the numpy forward pass."""
    from structclip_pipeline.parser.training.predecessor import read_predecessor
    from structclip_pipeline.parser.training.teacher import TeacherPass

    predecessor, lexicon = read_predecessor(SHIPPED)
    pairs, owners = np.array([[0, 1, 14, 9], [2, 3, 15, 9]]), np.array([[0, 0, 13, 8]])
    present = np.zeros((2, 2, len(lexicon.templates)), np.float32)
    answers = []
    for scoring in (TeacherPass(predecessor), ForwardPass(Model.read(SHIPPED).weights)):
        states = scoring.encode(WORDS)
        templates, joined = scoring.score_pairs(states, OBJECTS, pairs, present)
        tags = scoring.score_tags(states)[:, :2]
        pointers = scoring.score_pointers(states, np.array([0, 1]), joined)
        owned = scoring.score_owners(states, OBJECTS, ATTRIBUTES, owners)
        answers.append((tags[:4], templates, pointers[:, :4], owned))
    for mine, own in zip(*answers, strict=True):
        np.testing.assert_allclose(mine, own, atol=2e-4)


def test_a_parser_and_a_teacher_of_other_predicates_make_no_panel(tmp_path):
    """A folder with weights is read as a parser, and its predicates have to be the teacher's."""
    from structclip_pipeline.parser.training.panel import read_panel

    with pytest.raises(InputError, match=r"it lacks scorer\.safetensors"):
        read_panel([SHIPPED, tmp_path])


def test_the_first_teacher_has_to_know_what_words_mean(tmp_path):
    """A parser alone can teach nothing about words that no caption held, and the message says so."""
    from structclip_pipeline.parser.training.job import Job, run_job

    train = tmp_path / "train.csv"
    train.write_text('caption,scene_graph\na red cup on a table,"( cup , is , red ) , ( cup , on , table )"\n')
    job = Job(factual_train=train, factual_dev=train, output=tmp_path / "out", teachers=(SHIPPED,))
    with pytest.raises(InputError, match="name a teacher's folder first"):
        run_job(job, overwrite=False, say=print)
