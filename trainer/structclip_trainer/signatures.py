"""The three failure signatures of Structure-CLIP training, found in a run's log, each with what to try."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from structclip_trainer.settings import Settings

FLAT, FALLING, HIGH_HINGE = "flat-swap-accuracy", "falling-retrieval", "high-hinge-low-contrastive"
WARNING = "warning"
BEGIN, RECENT = 20, 40
_LEAST_RISE, _GOOD_ACCURACY = 0.02, 0.7
_LEAST_FALL = 0.02
_LOW, _HIGH = 0.25, 0.8

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Signature:
    """A named way of failing: the step at which it showed, what was seen and what to try."""

    name: str
    step: int
    seen: str
    advice: str

    def record(self) -> dict[str, Any]:
        """The line of log.jsonl."""
        return {"step": self.step, WARNING: self.name, "seen": self.seen, "try": self.advice}

    def __str__(self) -> str:
        return f"step {self.step}: warning {self.name}: {self.seen}. Try: {self.advice}"


@dataclass(frozen=True)
class Chance:
    """The losses of a model that tells nothing apart; None where that is not known."""

    contrastive: float | None
    negative: float | None

    @classmethod
    def of(cls, settings: Settings) -> "Chance":
        """Log B for InfoNCE, both margins for max of hinges; log(1 + e^margin) for softplus, the margin for a hinge."""
        contrastive = {"infonce": math.log(settings.batch_size), "max_hinge": 2 * settings.contrastive_margin}
        margin = settings.negative_margin
        negative = {"softplus": math.log1p(math.exp(margin)), "hinge": margin}
        return cls(contrastive.get(settings.contrastive or ""), negative.get(settings.negative_loss))


def find_signatures(records: Sequence[Record], chance: Chance) -> list[Signature]:
    """
    The signatures that a log shows at its end.

    Only its first 20 and last 40 lines of training and its validations are looked at; before there are as many, only
    retrieval is judged.
    """
    steps = [r for r in records if "loss" in r]
    validations = [r for r in records if "validation" in r]
    found = [_falling_retrieval(validations)]
    if len(steps) >= BEGIN + RECENT:
        begin, recent = steps[:BEGIN], steps[-RECENT:]
        found += [_flat_swap_accuracy(begin, recent), _high_hinge(recent, chance)]
    return [signature for signature in found if signature is not None]


@dataclass
class Watch:
    """Looks at the log as it grows; keeps no more of it than the signatures need, and reports each once."""

    chance: Chance
    reported: set[str] = field(default_factory=set)
    begin: list[Record] = field(default_factory=list)
    recent: list[Record] = field(default_factory=list)
    validations: list[Record] = field(default_factory=list)

    def see(self, record: Record) -> list[Signature]:
        """Take note of one more line; the signatures that it shows for the first time."""
        if WARNING in record:
            self.reported.add(record[WARNING])
        elif "validation" in record:
            self.validations.append(record)
        elif len(self.begin) < BEGIN:
            self.begin.append(record)
        else:
            self.recent = [*self.recent, record][-RECENT:]
        found = find_signatures([*self.begin, *self.recent, *self.validations], self.chance)
        new = [signature for signature in found if signature.name not in self.reported]
        self.reported |= {signature.name for signature in new}
        return new


def start_watch(settings: Settings, earlier: Iterable[Record]) -> Watch:
    """A watch that has seen a resumed run's log already."""
    watch = Watch(Chance.of(settings))
    for record in sorted(earlier, key=lambda r: WARNING not in r):
        watch.see(record)
    return watch


def _flat_swap_accuracy(begin: Sequence[Record], recent: Sequence[Record]) -> Signature | None:
    """Accuracy on the batches' negatives under 70 % that has risen by less than two points since the beginning."""
    before, now = _accuracy(begin), _accuracy(recent)
    if before is None or now is None or now >= _GOOD_ACCURACY or now - before >= _LEAST_RISE:
        return None
    return Signature(
        FLAT,
        recent[-1]["step"],
        f"accuracy on hard negatives {now:.1%} over the last {RECENT} lines, {before:.1%} over the first {BEGIN}",
        "negative_loss=softplus with negative_on=scaled (a hinge on the cosine is drowned out), a higher "
        "negative_weight or learning_rate, preferred_negatives=swap-object-phrase; read twenty negatives with "
        "structclip-pipeline inspect",
    )


def _falling_retrieval(validations: Sequence[Record]) -> Signature | None:
    """Recall at 1 of plain text, mean of both ways, twice below the best before by more than two standard errors."""
    recalls = [_recall(r["validation"]) for r in validations]
    if len(recalls) < 3:
        return None
    best, last = max(recalls[:-2]), max(recalls[-2:])
    images = max(float(validations[-1]["validation"].get("images", 1)), 1.0)
    if last >= best - max(_LEAST_FALL, 2 * math.sqrt(best * (1 - best) / images)):
        return None
    return Signature(
        FALLING,
        validations[-1]["step"],
        f"validation recall at 1 {last:.1%} after {best:.1%} at its best",
        "a lower learning_rate, a lower negative_weight, freeze=vision, fewer steps, or an earlier checkpoint; "
        "structclip-export --interpolate 0.5 mixes the base model in",
    )


def _high_hinge(recent: Sequence[Record], chance: Chance) -> Signature | None:
    """The contrastive loss at most a quarter of chance while the comparison with negatives has at least 80 % of it."""
    losses = [(float(r["contrastive"]), float(r["negative"])) for r in recent if "negative" in r]
    if not losses or not chance.contrastive or not chance.negative:
        return None
    contrastive, negative = (sum(values) / len(losses) for values in zip(*losses, strict=True))
    if contrastive > _LOW * chance.contrastive or negative < _HIGH * chance.negative:
        return None
    return Signature(
        HIGH_HINGE,
        recent[-1]["step"],
        f"contrastive loss {contrastive:.3g} (chance {chance.contrastive:.3g}) but negative {negative:.3g} "
        f"(chance {chance.negative:.3g})",
        "a higher negative_weight, negative_on=scaled, negative_text=both, more than one negative a caption "
        "(make-negatives --per-caption 3); a larger batch_size makes the contrastive loss harder",
    )


def _accuracy(lines: Sequence[Record]) -> float | None:
    """The mean of the better of plain and fused; None where no line has negatives."""
    names = ("swap_accuracy_plain", "swap_accuracy_fused")
    best = [max(r[name] for name in names if name in r) for r in lines if any(name in r for name in names)]
    return sum(best) / len(best) if best else None


def _recall(validation: Mapping[str, float]) -> float:
    return (validation["i2t_r1_plain"] + validation["t2i_r1_plain"]) / 2
