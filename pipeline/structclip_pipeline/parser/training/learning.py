"""The loop that all training shares: epochs of varied examples, batches, steps."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from structclip_pipeline.parser.features import build_vocabulary
from structclip_pipeline.parser.presence import TemplateWords
from structclip_pipeline.parser.training.augmentation import Example, augment
from structclip_pipeline.parser.training.batching import Encoding, Labels, iterate_batches, make_batch
from structclip_pipeline.parser.training.scorer import Batch, Scorer, Scores
from structclip_pipeline.parser.training.synthesis import Composer


@dataclass(frozen=True)
class Variation:
    """Shares of the examples that are joined, rewritten or lose or gain a full stop, and of composed ones added."""

    joined: float = 0.2
    rewritten: float = 0.12
    composed: float = 0.04
    full_stop: float = 0.3


@dataclass(frozen=True)
class Course:
    """
    What is learned in which order: ``epochs`` passes over the varied examples in batches.

    ``workers`` processes make the batches ahead; what a batch holds does not depend on them.
    """

    examples: Sequence[Example]
    encoding: Encoding
    epochs: int
    batch_size: int
    seed: int
    forget: float
    variation: Variation = field(default_factory=Variation)
    workers: int = 0

    @property
    def steps(self) -> int:
        """Number of batches of all epochs."""
        count = len(self.examples) + int(self.variation.composed * len(self.examples))
        return self.epochs * -(-count // self.batch_size)

    def iterate_epochs(self) -> Iterator["DataLoader[tuple[Batch, Labels]]"]:
        """Each epoch's batches."""
        composer = Composer([e for e in self.examples if e.gold])
        for epoch in range(self.epochs):
            rng = random.Random(f"{self.seed}/{epoch}")
            varied = vary_examples(self.examples, composer, rng, self.variation)
            drawn = list(iterate_batches(varied, self.batch_size, rng))
            batches = _Batches(drawn, self.encoding, self.forget, f"{self.seed}/{epoch}")
            yield DataLoader(batches, batch_size=None, num_workers=self.workers)


@dataclass(frozen=True)
class _Batches(Dataset[tuple[Batch, Labels]]):
    """An epoch's batches, made when asked for; each draws from chance of its own, named by ``key`` and its number."""

    batches: Sequence[list[Example]]
    encoding: Encoding
    forget: float
    key: str

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> tuple[Batch, Labels]:
        rng = random.Random(f"{self.key}/{number}")
        return make_batch(self.batches[number], self.encoding, rng, forget=self.forget)


def vary_examples(
    examples: Sequence[Example], composer: Composer, rng: random.Random, variation: Variation
) -> list[Example]:
    """The examples as one epoch sees them."""
    rewritten = [composer.rewrite(e, rng) if rng.random() < variation.rewritten else e for e in examples]
    composed = [composer.compose(rng) for _ in range(int(variation.composed * len(examples)))]
    return augment(rewritten + composed, rng, joined=variation.joined, full_stop=variation.full_stop)


def learn(
    network: Scorer,
    course: Course,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    *,
    clip: float,
    after_step: Callable[[], None] = lambda: None,
    after_epoch: Callable[[int, float], None],
) -> None:
    """Take every step of a course; ``after_epoch`` gets the number of epochs done and the epoch's mean loss."""
    trained = [p for p in network.parameters() if p.requires_grad]
    for done, batches in enumerate(course.iterate_epochs(), 1):
        network.train()
        total = torch.zeros((), dtype=torch.float64, device=network.device)
        for batch, labels in batches:
            loss = compute_loss(network(batch.to(network.device)), labels.to(network.device))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, clip)
            optimizer.step()
            schedule.step()
            after_step()
            total += loss.detach()
        after_epoch(done, float(total) / len(batches))


def compute_loss(scores: Scores, labels: Labels) -> Tensor:
    """Mean loss per caption: cross entropies of tags, templates, pointers and owners added up."""
    owners = nn.functional.binary_cross_entropy_with_logits(scores.owners, labels.owners, reduction="sum")
    crossed = (
        _cross_entropy(scores.tags, labels.tags)
        + _cross_entropy(scores.templates, labels.templates)
        + _cross_entropy(scores.pointers, labels.pointers)
    )
    return (crossed + owners) / labels.tags.shape[0]


def _cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
    return -(targets * scores.log_softmax(-1)).sum()


def number_words(
    examples: Sequence[Example], templates: Sequence[str], others: Iterable[str] = ()
) -> tuple[Encoding, tuple[str, ...]]:
    """The encoding of words and templates, and the vocabulary: words seen at least twice, then ``others``."""
    learned = build_vocabulary(e.words for e in examples)
    words = (*learned, *sorted(set(others) - set(learned)))
    return encode_words(examples, templates, words, len(learned)), words


def encode_words(examples: Iterable[Example], templates: Sequence[str], words: Sequence[str], learned: int) -> Encoding:
    """The encoding of a vocabulary whose first ``learned`` words have embeddings of their own."""
    return Encoding(
        words={word: i for i, word in enumerate(words)},
        learned=learned,
        templates={template: i for i, template in enumerate(templates)},
        counts=Counter(word for e in examples for word in e.words),
        words_of_templates=TemplateWords(templates),
    )
