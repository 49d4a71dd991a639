"""Train a parser: align gold graphs, train the network, keep an average of its weights."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from structclip_pipeline.parser.augmentation import Example, augment
from structclip_pipeline.parser.batching import IGNORED, Encoding, Labels, iterate_batches, make_batch
from structclip_pipeline.parser.counting import align_rows, count_lexicon
from structclip_pipeline.parser.factual import FactualRow
from structclip_pipeline.parser.features import build_vocabulary
from structclip_pipeline.parser.forward import Weights
from structclip_pipeline.parser.model import Model
from structclip_pipeline.parser.network import Network, Scores
from structclip_pipeline.parser.parsing import TokenParser
from structclip_pipeline.parser.presence import TemplateWords
from structclip_pipeline.parser.scoring import Score, list_triples, score_graphs
from structclip_pipeline.parser.shapes import Shapes
from structclip_pipeline.parser.synthesis import Composer
from structclip_pipeline.parser.token_graph import Token


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training run."""

    epochs: int = 8
    seed: int = 0
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    dropout: float = 0.35
    forget: float = 0.5
    joined: float = 0.2
    rewritten: float = 0.12
    composed: float = 0.04
    full_stop: float = 0.3
    decay: float = 0.998
    shapes: Shapes = field(default_factory=Shapes)


@dataclass(frozen=True)
class Corpus:
    """Rows and their tokens."""

    rows: Sequence[FactualRow]
    tokens: Sequence[Sequence[Token]]


def train(
    corpus: Corpus,
    development: Corpus,
    recipe: Recipe,
    meta: Mapping[str, Any],
    report: Callable[[str, Model | None], None],
) -> None:
    """Train a model; after each epoch ``report`` gets a line with the development scores and the model so far."""
    torch.manual_seed(recipe.seed)
    alignments = align_rows(corpus.rows, corpus.tokens)
    lexicon = count_lexicon(alignments, corpus.tokens)
    examples = [
        Example(tuple(t.text for t in tokens), alignment.graph)
        for tokens, alignment in zip(corpus.tokens, alignments, strict=True)
        if tokens
    ]
    composer, rng = Composer(examples), random.Random(recipe.seed)
    composed = [composer.compose(rng) for _ in range(int(recipe.composed * len(examples)))]
    encoding, words = _number([*examples, *composed], lexicon.templates)
    report(f"{len(examples)} captions, {len(words)} words, {len(lexicon.templates)} templates", None)
    network = Network(len(words), len(lexicon.templates), recipe.shapes, recipe.dropout)
    run = _Run(network, encoding, recipe, examples)
    for epoch in range(recipe.epochs):
        loss = run.train_epoch(examples, epoch)
        weights = Weights(run.average(), words)
        score = score_model(Model(weights, lexicon, meta), development)
        reached = {"epochs": epoch + 1, "spice": round(score.spice, 2), "set_match": round(score.set_match, 2)}
        line = f"epoch {epoch + 1}: loss {loss:.3f} dev spice {score.spice:.2f} set match {score.set_match:.2f}"
        report(line, Model(weights, lexicon, {**meta, "recipe": asdict(recipe), "development": reached}))


def score_model(model: Model, corpus: Corpus) -> Score:
    """SPICE F1 and set match of a model on rows it was not trained on."""
    graphs = TokenParser(model).parse([row.caption for row in corpus.rows], corpus.tokens)
    return score_graphs([list_triples(g) for g in graphs], [row.triples for row in corpus.rows])


def _vary(examples: Sequence[Example], composer: Composer, rng: random.Random, recipe: Recipe) -> list[Example]:
    rewritten = [composer.rewrite(e, rng) if rng.random() < recipe.rewritten else e for e in examples]
    composed = [composer.compose(rng) for _ in range(int(recipe.composed * len(examples)))]
    return augment(rewritten + composed, rng, joined=recipe.joined, full_stop=recipe.full_stop)


def _number(examples: Sequence[Example], templates: Sequence[str]) -> tuple[Encoding, tuple[str, ...]]:
    words = build_vocabulary(e.words for e in examples)
    counts = Counter(word for e in examples for word in e.words)
    encoding = Encoding(
        words={word: i for i, word in enumerate(words)},
        templates={template: i for i, template in enumerate(templates)},
        counts=counts,
        words_of_templates=TemplateWords(templates),
    )
    return encoding, words


def compute_loss(scores: Scores, labels: Labels) -> Tensor:
    """Mean loss per caption: tags, templates, pointers and owners added up."""
    tags = nn.functional.cross_entropy(
        scores.tags.flatten(0, 1), labels.tags.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    templates = nn.functional.cross_entropy(scores.templates, labels.templates, reduction="sum")
    pointers = nn.functional.cross_entropy(scores.pointers, labels.verbs, ignore_index=IGNORED, reduction="sum")
    owners = nn.functional.binary_cross_entropy_with_logits(scores.owners, labels.owners, reduction="sum")
    return (tags + templates + pointers + owners) / labels.tags.shape[0]


class _Run:
    """The state of a training run: network, optimiser, schedule, averaged weights."""

    def __init__(self, network: Network, encoding: Encoding, recipe: Recipe, examples: Sequence[Example]) -> None:
        self.composer = Composer(examples)
        count = len(examples) + int(recipe.composed * len(examples))
        self.network, self.encoding, self.recipe = network, encoding, recipe
        steps = recipe.epochs * -(-count // recipe.batch_size)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.98)
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, recipe.learning_rate, total_steps=steps + 1, pct_start=0.1
        )
        self.averaged = {name: value.detach().clone() for name, value in network.named_parameters()}
        self.step = 0

    def train_epoch(self, examples: Sequence[Example], epoch: int) -> float:
        """One pass over the examples; the mean loss."""
        rng = random.Random(f"{self.recipe.seed}/{epoch}")
        varied = _vary(examples, self.composer, rng, self.recipe)
        self.network.train()
        losses = [self._learn(batch, rng) for batch in iterate_batches(varied, self.recipe.batch_size, rng)]
        return sum(losses) / len(losses)

    def _learn(self, examples: Sequence[Example], rng: random.Random) -> float:
        batch, labels = make_batch(examples, self.encoding, rng, forget=self.recipe.forget)
        loss = compute_loss(self.network(batch), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self._average()
        return float(loss.detach())

    @torch.no_grad()
    def _average(self) -> None:
        self.step += 1
        decay = min(self.recipe.decay, (1 + self.step) / (10 + self.step))
        for name, value in self.network.named_parameters():
            self.averaged[name].lerp_(value, 1 - decay)

    def average(self) -> dict[str, Any]:
        """The averaged weights as they are stored: float16 precision in float32 arrays."""
        return {name: value.half().float().numpy().astype(np.float32) for name, value in self.averaged.items()}
