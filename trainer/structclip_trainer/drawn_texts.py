"""The texts of a batch: captions and what was drawn for them, without those that truncation made equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from structclip_trainer.corpus import TripleList
from structclip_trainer.samples import Sample

Tokens = list[int]


@dataclass(frozen=True)
class Text:
    """A text, its triples, and the number of what it belongs to: a caption, or for a foil its unit."""

    text: str
    triples: TripleList
    of: int


@dataclass
class DrawnTexts:
    """The texts that are used, their token ids in the order of ``all``, and what was not used."""

    captions: list[Text]
    negatives: list[Text] = field(default_factory=list)
    positives: list[Text] = field(default_factory=list)
    units: list[Text] = field(default_factory=list)
    foils: list[Text] = field(default_factory=list)
    tokens: list[Tokens] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def all(self) -> list[Text]:
        """Captions, negatives, positives, units, foils: the order of a batch's rows of text."""
        return [*self.captions, *self.negatives, *self.positives, *self.units, *self.foils]

    @property
    def owners(self) -> list[int]:
        """The caption that each of ``all`` belongs to."""
        return [t.of for t in self.all[: -len(self.foils) or None]] + [self.units[t.of].of for t in self.foils]


def collect_texts(
    samples: Sequence[Sample], tokenize: Callable[[list[str]], list[Tokens]], with_negatives: bool, foil_triples: bool
) -> DrawnTexts:
    """
    The texts of some samples, tokenized in one call.

    A negative or positive that equals its caption after truncation, a positive that equals the negative, and a foil
    that equals its unit are not used, and counted; neither is a positive without a negative to beat. ``foil_triples``
    False gives negatives and foils no triples.
    """
    drawn = _drawn(samples, with_negatives, foil_triples)
    tokens = iter(tokenize([text.text for text in drawn.all]))
    captions = [next(tokens) for _ in drawn.captions]
    negatives = {t.of: (t, ids) for t in drawn.negatives if (ids := next(tokens)) != captions[t.of]}
    positives = [(t, ids) for t in drawn.positives if (ids := next(tokens)) != captions[t.of] and t.of in negatives]
    positives = [(t, ids) for t, ids in positives if ids != negatives[t.of][1]]
    units = [next(tokens) for _ in drawn.units]
    foils = [(t, ids) for t in drawn.foils if (ids := next(tokens)) != units[t.of]]
    found = DrawnTexts(
        drawn.captions,
        [t for t, _ in negatives.values()],
        [t for t, _ in positives],
        drawn.units,
        [t for t, _ in foils],
        [*captions, *(i for _, i in negatives.values()), *(i for _, i in positives), *units, *(i for _, i in foils)],
    )
    found.counts = {
        "negatives": len(negatives),
        "negatives_equal_after_truncation": len(drawn.negatives) - len(negatives),
    }
    if drawn.positives:
        found.counts |= {"positives": len(positives), "positives_not_used": len(drawn.positives) - len(positives)}
    if units:
        equal = len(drawn.foils) - len(foils)
        found.counts |= {"units": len(units), "foils": len(foils), "foils_equal_after_truncation": equal}
    return found


def _drawn(samples: Sequence[Sample], with_negatives: bool, foil_triples: bool) -> DrawnTexts:
    found = DrawnTexts([Text(s.row.caption, s.row.triples, i) for i, s in enumerate(samples)])
    for i, sample in enumerate(samples):
        if sample.negative is not None and with_negatives:
            triples = sample.negative.triples if foil_triples else []
            found.negatives.append(Text(sample.negative.caption, triples, i))
        if sample.positive is not None and with_negatives:
            found.positives.append(Text(sample.positive.caption, sample.positive.triples, i))
        for unit in sample.units:
            if unit.foil is not None:
                found.foils.append(Text(unit.foil, unit.foil_triples if foil_triples else [], len(found.units)))
            found.units.append(Text(unit.text, unit.triples, i))
    return found


def collect_assertions(samples: Sequence[Sample]) -> list[tuple[int, str]]:
    """The lower-cased texts that each caption asserts of its image, the caption itself and all its units."""
    return [
        (i, text)
        for i, sample in enumerate(samples)
        for text in sorted({sample.row.caption.lower(), *(unit.text.lower() for unit in sample.row.units)})
    ]
