"""Training: the command, and that torch and numpy compute the same."""

import random

import numpy as np
import pytest
from click.testing import CliRunner

from structclip_pipeline.cli.train_parser import train_parser
from structclip_pipeline.parser import load_parser
from structclip_schemas.errors import InputError

CSV = "caption,scene_graph\n"
ROWS = [
    'a man riding a horse,"( man , ride , horse )"\n',
    'red cup on the table,"( cup , is , red ) , ( cup , on , table )"\n',
    'two dogs in the grass,"( dogs , is , 2 ) , ( dogs , in , grass )"\n',
]


def test_torch_and_numpy_agree():
    """The numpy forward pass gives the torch network's scores."""
    torch = pytest.importorskip("torch")
    from structclip_pipeline.parser.forward import ForwardPass, Weights
    from structclip_pipeline.parser.presence import TemplateWords
    from structclip_pipeline.parser.shapes import Shapes
    from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
    from structclip_pipeline.parser.training.augmentation import Example
    from structclip_pipeline.parser.training.batching import Encoding, make_batch
    from structclip_pipeline.parser.training.network import Network

    torch.manual_seed(0)
    words = ("", "a", "man", "dog", "on", "red")
    network = Network(5, 2, Shapes(16, 16, 8, 24, 32, 16), 0.3, torch.randn(len(words), 8)).eval()
    examples = [
        Example(
            ("a", "man", "on", "red", "dog"),
            TokenGraph(((1, 2), (4, 5)), (TokenAttribute(1, 3, 4),), (TokenRelation(0, 1, "on", -1),)),
        ),
        Example(
            ("a", "zebra", "on", "the", "big", "red", "dog", "on", "man"),
            TokenGraph(((1, 2), (6, 7), (8, 9)), (TokenAttribute(1, 4, 6),)),
        ),
    ]
    numbers = {word: i for i, word in enumerate(words)}
    encoding = Encoding(numbers, 5, {"on": 0, "V": 1}, {}, TemplateWords(("on", "V")))
    batch, _ = make_batch(examples, encoding, random.Random(0), forget=0)
    network.presence.data.normal_()
    wanted = network(batch)
    forward = ForwardPass(Weights({n: p.detach().numpy() for n, p in network.named_parameters()}, words))
    states = forward.encode([e.words for e in examples])
    templates, joined = forward.score_pairs(states, batch.objects.numpy(), batch.pairs.numpy(), batch.present.numpy())
    owners = forward.score_owners(states, batch.objects.numpy(), batch.attributes.numpy(), batch.owners.numpy())
    np.testing.assert_allclose(forward.score_tags(states)[:, 1], wanted.tags[1].detach(), atol=1e-5)
    np.testing.assert_allclose(templates, wanted.templates.detach(), atol=1e-5)
    np.testing.assert_allclose(owners, wanted.owners.detach(), atol=1e-5)
    sentences = batch.objects.numpy()[batch.pairs.numpy()[:, 0], 0]
    pointers = forward.score_pointers(states, sentences, joined)
    np.testing.assert_allclose(pointers[2:], wanted.pointers.detach()[2:], atol=1e-5)


@pytest.mark.slow
def test_train_parser_writes_a_parser(tmp_path):
    """One epoch over 200 rows prints its development scores and writes a folder that load_parser takes."""
    pytest.importorskip("torch")
    (tmp_path / "train.csv").write_text(CSV + "".join(ROWS[i % 3] for i in range(200)))
    (tmp_path / "dev.csv").write_text(CSV + "".join(ROWS))
    options = ["--factual-train", tmp_path / "train.csv", "--factual-dev", tmp_path / "dev.csv"]
    command = [*map(str, options), "--output", str(tmp_path / "model"), "--epochs", "1"]
    result = CliRunner().invoke(train_parser, command)
    assert result.exit_code == 0, result.output
    assert "dev spice" in result.output
    assert len(load_parser(str(tmp_path / "model")).parse(["a man riding a horse"])) == 1
    again = CliRunner().invoke(train_parser, command)
    assert isinstance(again.exception, InputError)


@pytest.mark.parametrize("content", [None, "caption,graph\na,b\n", CSV])
def test_a_wrong_file_is_told_in_words(tmp_path, content):
    """A missing file, a missing column and an empty file are input errors that name the file."""
    file = tmp_path / "train.csv"
    if content is not None:
        file.write_text(content)
    options = ["--factual-train", str(file), "--factual-dev", str(file), "--output", str(tmp_path / "model")]
    result = CliRunner().invoke(train_parser, options)
    assert isinstance(result.exception, InputError)
    assert "train.csv" in str(result.exception)
