"""Train the parser: the network over gold graphs, or over a teacher's answers as well; its weights are averaged."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from structclip_pipeline.parser.forward import Floats, Weights
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.packing import pack_arrays, unpack_arrays
from structclip_pipeline.parser.parsing import TokenParser, build_parser
from structclip_pipeline.parser.scoring import Score, list_triples, score_graphs
from structclip_pipeline.parser.shapes import Shapes
from structclip_pipeline.parser.training.augmentation import Example
from structclip_pipeline.parser.training.batching import Encoding
from structclip_pipeline.parser.training.corpus import Corpus
from structclip_pipeline.parser.training.counting import align_graphs, count_lexicon
from structclip_pipeline.parser.training.learning import Course, Variation, encode_words, learn, number_words
from structclip_pipeline.parser.training.meanings import Thesaurus
from structclip_pipeline.parser.training.network import Network
from structclip_pipeline.parser.training.synthesis import Composer
from structclip_schemas.errors import InputError

CLIP = 5.0


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training run."""

    epochs: int = 8
    seed: int = 0
    device: str = "cpu"
    workers: int = 0
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    dropout: float = 0.35
    forget: float = 0.5
    decay: float = 0.998
    variation: Variation = field(default_factory=Variation)
    shapes: Shapes = field(default_factory=Shapes)


def read_examples(corpus: Corpus, leading: int | None = None) -> tuple[list[Example], Lexicon]:
    """
    Align gold graphs with their captions; the examples and the lexicon counted from them.

    The first ``leading`` captions alone, None: all, tell what is a compound and what is usual.
    """
    alignments = align_graphs(corpus.triples, corpus.tokens)
    examples = [
        Example(tuple(t.text for t in tokens), alignment.graph)
        for tokens, alignment in zip(corpus.tokens, alignments, strict=True)
    ]
    return examples, count_lexicon(alignments, corpus.tokens, leading)


def train(
    examples: Sequence[Example],
    lexicon: Lexicon,
    development: Mapping[str, Corpus],
    recipe: Recipe,
    meta: Mapping[str, Any],
    report: Callable[[str, Model | None], None],
    thesaurus: Thesaurus | None = None,
    start: Model | None = None,
) -> None:
    """
    Train a model; after each epoch ``report`` gets a line with the development scores and the model so far.

    ``thesaurus`` gives words their meanings; those that no example holds are known by their meaning alone. ``start``
    is a trained model to go on from, with its words and their meanings in place of the thesaurus'.
    """
    torch.manual_seed(recipe.seed)
    if start is None:
        network, encoding, words = _begin(examples, lexicon, recipe, thesaurus)
    else:
        network, encoding, words = _go_on(examples, lexicon, recipe, start)
    report(f"{len(examples)} captions, {len(words)} words, {len(lexicon.templates)} templates", None)
    network.to(recipe.device)
    course = Course(
        examples,
        encoding,
        recipe.epochs,
        recipe.batch_size,
        recipe.seed,
        recipe.forget,
        recipe.variation,
        recipe.workers,
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.98), fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=course.steps + 1, pct_start=0.1
    )
    average = _Average(network, recipe.decay)

    def after_epoch(done: int, loss: float) -> None:
        model = Model(Weights(average.read(), words), lexicon, meta)
        scores = {name: score_model(model, corpus) for name, corpus in development.items()}
        line = f"epoch {done}: loss {loss:.3f} {describe_scores(scores)}"
        reached = {name: {"spice": round(s.spice, 2), "set_match": round(s.set_match, 2)} for name, s in scores.items()}
        filled = {**meta, "recipe": asdict(recipe), "development": {"epochs": done, **reached}}
        report(line, Model(model.weights, lexicon, filled))

    learn(network, course, optimizer, schedule, clip=CLIP, after_step=average.update, after_epoch=after_epoch)


def _begin(
    examples: Sequence[Example], lexicon: Lexicon, recipe: Recipe, thesaurus: Thesaurus | None
) -> tuple[Network, Encoding, tuple[str, ...]]:
    """A network with random weights for the words of the examples and of the thesaurus."""
    composer, rng = Composer([e for e in examples if e.gold]), random.Random(recipe.seed)
    composed = [composer.compose(rng) for _ in range(int(recipe.variation.composed * len(examples)))]
    encoding, words = number_words([*examples, *composed], lexicon.templates, thesaurus.words if thesaurus else ())
    meanings = thesaurus.describe(words, recipe.shapes.meaning) if thesaurus else None
    return Network(encoding.learned, len(lexicon.templates), recipe.shapes, recipe.dropout, meanings), encoding, words


def _go_on(
    examples: Sequence[Example], lexicon: Lexicon, recipe: Recipe, start: Model
) -> tuple[Network, Encoding, tuple[str, ...]]:
    """The network of a model of the same predicates, and its words; ``InputError`` where its sizes are others."""
    arrays, words = {name: torch.from_numpy(a.copy()) for name, a in start.weights.arrays.items()}, start.weights.words
    encoding = encode_words(examples, lexicon.templates, words, len(arrays["word.weight"]))
    meanings = arrays.get("meaning.weight")
    network = Network(encoding.learned, len(lexicon.templates), recipe.shapes, recipe.dropout, meanings)
    try:
        network.load_state_dict(arrays)
    except RuntimeError as error:
        raise InputError(f"the parser to start from has other sizes: {error}") from error
    return network, encoding, words


def score_model(model: Model, corpus: Corpus) -> Score:
    """SPICE F1 and set match of a model on captions it was not trained on."""
    return score_parser(build_parser(model), corpus)


def score_parser(parser: TokenParser, corpus: Corpus) -> Score:
    """SPICE F1 and set match of a parser on a corpus."""
    graphs = parser.parse(corpus.captions, corpus.tokens)
    return score_graphs([list_triples(g) for g in graphs], corpus.triples)


def describe_scores(scores: Mapping[str, Score]) -> str:
    """Scores in a line, as training prints them."""
    return ", ".join(f"{name} spice {s.spice:.2f} set match {s.set_match:.2f}" for name, s in scores.items())


class _Average:
    """A moving average of a network's weights, quicker at the beginning."""

    def __init__(self, network: Network, decay: float) -> None:
        self._network, self._decay, self._steps = network, decay, 0
        self._averaged = {name: value.detach().clone() for name, value in network.named_parameters()}

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights after a step into the average."""
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        for name, value in self._network.named_parameters():
            self._averaged[name].lerp_(value, 1 - decay)

    def read(self) -> dict[str, Floats]:
        """The average with the precision in which it is stored."""
        return unpack_arrays(pack_arrays({name: value.cpu().numpy() for name, value in self._averaged.items()}))
