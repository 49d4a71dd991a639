"""A panel of teachers, with encoders that the test makes."""

import numpy as np
import pytest

from structclip_pipeline.parser.lexicon import Lexicon
from structclip_schemas.errors import InputError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "man", "horse", "red", "cup", "on", "table"]
LEXICON = Lexicon(("V on", "on"))
WORDS = [["a", "red", "cup", "on", "table"], ["man", "on", "a", "red", "horse"]]
OBJECTS = np.array([[0, 2, 2], [0, 4, 4], [1, 0, 0], [1, 4, 4]])
ATTRIBUTES = np.array([[0, 1, 1], [1, 3, 3]])
OWNERS = np.array([[0, 0, 4, 3], [1, 3, 4, 3]])
PAIRS = np.array([[0, 1, 4, 3], [2, 3, 5, 3]])


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    """Two teachers with random weights and encoders of different widths."""
    from structclip_pipeline.parser.training.teacher import Teacher

    made = []
    for seed, width in ((0, 32), (1, 16)):
        folder = tmp_path_factory.mktemp("encoder")
        transformers.BertTokenizerFast(vocab={piece: i for i, piece in enumerate(PIECES)}).save_pretrained(folder)
        config = transformers.BertConfig(
            vocab_size=len(PIECES),
            hidden_size=width,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
        )
        torch.manual_seed(seed)
        transformers.BertModel(config).save_pretrained(folder)
        made.append(Teacher.start(folder, 2, 0.3).eval())
    return made


def ask(scoring):
    """Everything that the decoder asks, as probabilities."""
    states = scoring.encode(WORDS)
    present = np.zeros((2, 2, 2), np.float32)
    templates, joined = scoring.score_pairs(states, OBJECTS, PAIRS, present)
    answers = (
        scoring.score_tags(states),
        templates,
        scoring.score_pointers(states, np.array([0, 1]), joined),
    )
    owners = scoring.score_owners(states, OBJECTS, ATTRIBUTES, OWNERS)
    return [torch.from_numpy(a).softmax(-1).numpy() for a in answers] + [1 / (1 + np.exp(-owners))]


def test_a_panel_says_the_mean_of_its_members_probabilities(teachers):
    """Tags, predicates, pointers and owners are the means of what the members say alone."""
    from structclip_pipeline.parser.training.panel import Panel, PanelPass
    from structclip_pipeline.parser.training.teacher import TeacherPass

    alone = [ask(TeacherPass(teacher)) for teacher in teachers]
    for together, *own in zip(ask(PanelPass(Panel(teachers))), *alone, strict=True):
        np.testing.assert_allclose(together, np.mean(own, 0), atol=1e-4)


def test_a_panels_targets_are_the_means_of_its_members_targets(teachers):
    """What is learned from two teachers is the mean of what is learned from each."""
    from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph
    from structclip_pipeline.parser.training.augmentation import Example
    from structclip_pipeline.parser.training.distillation import Labeller
    from structclip_pipeline.parser.training.panel import Panel

    examples = [Example(tuple(WORDS[0]), TokenGraph(((2, 3), (4, 5)), (TokenAttribute(0, 1, 2),)))]
    both, *alone = (
        Labeller(Panel(members), LEXICON).label_gold(examples, 1.0)[0].targets
        for members in (teachers, teachers[:1], teachers[1:])
    )
    np.testing.assert_allclose(both.tags, np.mean([a.tags for a in alone], 0), atol=2e-3)
    for key, value in both.owners.items():
        assert value == pytest.approx(np.mean([a.owners[key] for a in alone]), abs=1e-4)
    for pair, row in both.templates.items():
        np.testing.assert_allclose(row, np.mean([a.templates[pair] for a in alone], 0), atol=2e-3)


def test_teachers_of_other_predicates_are_refused(teachers, tmp_path):
    """Two teachers with different templates make no panel, and the message names both."""
    from structclip_pipeline.parser.training.panel import read_panel

    teachers[0].write(tmp_path / "one", LEXICON)
    teachers[1].write(tmp_path / "two", Lexicon(("V on", "under")))
    with pytest.raises(InputError, match=r"one and .*two know other predicates"):
        read_panel([tmp_path / "one", tmp_path / "two"])
