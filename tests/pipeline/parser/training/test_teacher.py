"""The teacher and what is learned from it, with an encoder that the test makes."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from structclip_pipeline.cli.train_parser import train_parser
from structclip_pipeline.parser import load_parser
from structclip_schemas.errors import InputError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "man", "rid", "##ing", "horse", "red", "cup", "on", "table", "the"]
ROWS = [
    'a man riding a horse,"( man , ride , horse )"\n',
    'red cup on the table,"( cup , is , red ) , ( cup , on , table )"\n',
    'two dogs in the grass,"( dogs , is , 2 ) , ( dogs , in , grass )"\n',
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A folder of a small encoder with random weights and a vocabulary of fourteen pieces."""
    folder = tmp_path_factory.mktemp("encoder")
    (folder / "vocab.txt").write_text("\n".join(PIECES))
    tokenizer = transformers.BertTokenizerFast(vocab={piece: i for i, piece in enumerate(PIECES)})
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def files(tmp_path):
    """Options that name FACTUAL files, plain captions and annotated ones, as a user would."""
    header = "caption,scene_graph\n"
    (tmp_path / "train.csv").write_text(header + "".join(ROWS[i % 3] for i in range(60)))
    (tmp_path / "dev.csv").write_text(header + "".join(ROWS))
    texts = ["a man on a table", "the horse on the table", "a red horse"]
    notes = [{"id": i, "image_id": i, "caption": text} for i, text in enumerate(texts)]
    images = [{"id": i, "file_name": f"{i}.jpg"} for i in range(3)]
    (tmp_path / "captions.json").write_text(json.dumps({"images": images, "annotations": notes}))
    (tmp_path / "graphs.csv").write_text('caption_id,scene_graph\n0,"( man , on , table )"\n')
    (tmp_path / "graphs_dev.csv").write_text('caption_id,scene_graph\n2,"( horse , is , red )"\n')
    named = {"--factual-train": "train.csv", "--factual-dev": "dev.csv", "--captions": "captions.json"}
    named |= {"--graphs": "graphs.csv", "--graphs-dev": "graphs_dev.csv"}
    return [part for option, name in named.items() for part in (option, str(tmp_path / name))]


@pytest.mark.slow
def test_a_teacher_is_trained_and_learned_from(encoder, files, tmp_path):
    """An encoder becomes a teacher, and a parser trained with its answers parses."""
    teacher, model = str(tmp_path / "teacher"), str(tmp_path / "model")
    first = CliRunner().invoke(
        train_parser, [*files, "--encoder", str(encoder), "--output", teacher, "--epochs", "1"], catch_exceptions=False
    )
    assert "annotated spice" in first.output
    second = CliRunner().invoke(
        train_parser, [*files, "--teacher", teacher, "--output", model, "--epochs", "1"], catch_exceptions=False
    )
    assert "1 teacher(s) answered" in second.output
    assert len(load_parser(model).parse(["a man riding a horse"])) == 1


@pytest.mark.slow
def test_processes_that_make_batches_change_no_weight(files, tmp_path):
    """What a batch holds depends on its number, not on the process that makes it or on when."""
    for workers in ("0", "2"):
        options = [*files, "--output", str(tmp_path / workers), "--epochs", "1", "--workers", workers]
        CliRunner().invoke(train_parser, options, catch_exceptions=False)
    alone, helped = (np.load(tmp_path / workers / "weights.npz") for workers in ("0", "2"))
    assert all(np.array_equal(alone[name], helped[name]) for name in alone)


@pytest.mark.slow
def test_a_parser_goes_on_from_another(encoder, files, tmp_path):
    """It keeps the words and their meanings, starts from the weights, and refuses a parser of other predicates."""
    from structclip_pipeline.parser.model import Model

    teacher, first, second = (str(tmp_path / name) for name in ("teacher", "first", "second"))
    command = [*files, "--epochs", "1"]
    for options in (
        ["--encoder", str(encoder), "--output", teacher],
        ["--teacher", teacher, "--output", first],
        ["--teacher", first, "--start", first, "--output", second],
    ):
        CliRunner().invoke(train_parser, [*command, *options], catch_exceptions=False)
    one, other = Model.read(tmp_path / "first"), Model.read(tmp_path / "second")
    assert one.weights.words == other.weights.words
    assert np.array_equal(one.weights.arrays["meaning.weight"], other.weights.arrays["meaning.weight"])
    before, after = (model.weights.arrays["word.weight"].ravel() for model in (one, other))
    assert np.corrcoef(before, after)[0, 1] > 0.9
    fewer = [*command, "--start", first, "--output", str(tmp_path / "third"), "--limit", "2"]
    with pytest.raises(InputError, match="knows other predicates"):
        CliRunner().invoke(train_parser, fewer, catch_exceptions=False)


def test_a_device_that_is_not_there_is_named(files, tmp_path):
    """Before any data are read."""
    options = [*files, "--captions", "missing.json", "--output", str(tmp_path / "model"), "--device", "cuda:99"]
    with pytest.raises(InputError, match="--device cuda:99: not usable here"):
        CliRunner().invoke(train_parser, options, catch_exceptions=False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_teacher_and_parser_are_trained_on_cuda(encoder, files, tmp_path):
    """Both steps run on the device, and what they write parses on the CPU."""
    teacher, model = str(tmp_path / "teacher"), str(tmp_path / "model")
    on_device = [*files, "--epochs", "1", "--device", "cuda", "--workers", "2"]
    for options in (["--encoder", str(encoder), "--output", teacher], ["--teacher", teacher, "--output", model]):
        CliRunner().invoke(train_parser, [*on_device, *options], catch_exceptions=False)
    assert len(load_parser(model).parse(["a man riding a horse"])) == 1


def test_targets_are_the_teachers_probabilities(encoder):
    """The answers on a gold graph's spans are the softmax of the teacher's scores, caption by caption."""
    from structclip_pipeline.parser.lexicon import Lexicon
    from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph
    from structclip_pipeline.parser.training.augmentation import Example
    from structclip_pipeline.parser.training.distillation import Labeller
    from structclip_pipeline.parser.training.panel import Panel
    from structclip_pipeline.parser.training.teacher import Teacher, TeacherPass

    torch.manual_seed(0)
    lexicon = Lexicon(("V on", "on"))
    teacher = Teacher.start(encoder, 2, 0.3).eval()
    examples = [
        Example(("a", "red", "cup", "on", "table"), TokenGraph(((2, 3), (4, 5)), (TokenAttribute(0, 1, 2),))),
        Example(("man", "on", "horse"), TokenGraph(((0, 1), (2, 3)))),
    ]
    answers = [e.targets for e in Labeller(Panel([teacher]), lexicon).label_gold(examples, 1.0)]
    ask = TeacherPass(teacher)
    for example, answer in zip(examples, answers, strict=True):
        states = ask.encode([example.words])
        wanted = torch.from_numpy(ask.score_tags(states)[:, 0]).softmax(-1)
        np.testing.assert_allclose(answer.tags, wanted, atol=2e-2)
        for row in answer.templates.values():
            assert abs(float(row.sum()) - 1) < 1e-2
        for pair, row in answer.pointers.items():
            assert row.shape == (len(example.words),)
            assert abs(float(row.sum() - answer.templates[pair][0])) < 1e-2
    assert set(answers[0].owners) == {((1, 2), 0), ((1, 2), 1)}


def test_a_written_teacher_scores_as_before(encoder, tmp_path):
    """Writing a teacher and reading it again keeps every score."""
    from structclip_pipeline.parser.lexicon import Lexicon
    from structclip_pipeline.parser.training.teacher import Teacher, TeacherPass, read_teacher

    torch.manual_seed(1)
    teacher = Teacher.start(encoder, 2, 0.3).eval()
    teacher.write(tmp_path, Lexicon(("V on", "on")))
    again, lexicon = read_teacher(tmp_path)
    assert lexicon.templates == ("V on", "on")
    words = [["a", "man", "riding", "horse"]]
    first, second = (TeacherPass(t).score_tags(TeacherPass(t).encode(words)) for t in (teacher, again))
    np.testing.assert_array_equal(first, second)


def test_what_is_no_teacher_is_told_in_words(files, tmp_path):
    """A folder without a teacher, a folder without an encoder and both options at once are told in words."""
    output = ["--output", str(tmp_path / "model")]
    result = CliRunner().invoke(train_parser, [*files, "--teacher", str(tmp_path), *output])
    assert isinstance(result.exception, InputError) and "no teacher" in str(result.exception)
    result = CliRunner().invoke(train_parser, [*files, "--encoder", str(tmp_path), *output])
    assert isinstance(result.exception, InputError) and "no pretrained encoder" in str(result.exception)
    for other in ("--teacher", "--start"):
        result = CliRunner().invoke(train_parser, [*files, "--encoder", "a", other, "b", *output])
        assert result.exit_code == 2 and "give one or the other" in result.output


def test_graphs_of_unknown_captions_are_an_input_error(files, tmp_path):
    """Graphs for captions that no file holds name some of them."""
    (tmp_path / "graphs.csv").write_text('caption_id,scene_graph\n77,"( man , on , table )"\n')
    result = CliRunner().invoke(train_parser, [*files, "--output", str(tmp_path / "model")])
    assert isinstance(result.exception, InputError) and "'77'" in str(result.exception)


def test_meanings_are_a_function_of_the_word(encoder):
    """Words get finite rows of the size asked for, the unknown zeros, and the same word the same row each time."""
    from structclip_pipeline.parser.training.meanings import Thesaurus
    from structclip_pipeline.parser.training.teacher import Teacher

    torch.manual_seed(2)
    thesaurus = Thesaurus(Teacher.start(encoder, 2, 0.3))
    assert "horse" in thesaurus.words and "##ing" not in thesaurus.words
    words = ("", *thesaurus.words)
    first, second = thesaurus.describe(words, 4), thesaurus.describe(words, 4)
    assert first.shape == (len(words), 4) and bool(first.isfinite().all())
    assert not first[0].any()
    torch.testing.assert_close(first, second)
