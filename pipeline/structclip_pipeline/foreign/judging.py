"""Which negatives of foreign captions hold the contract, why others do not, and what is wrong with those that do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from structclip_pipeline.foreign.defects import REPEATED, SAME_TEXT, Words, graph_flaws, text_fault, text_flaws
from structclip_pipeline.foreign.differences import edits_between
from structclip_pipeline.foreign.records import ForeignRow
from structclip_pipeline.negatives.readings import reading_fault
from structclip_pipeline.negatives.round_trip import Parse
from structclip_pipeline.negatives.true_of_image import Assertions
from structclip_schemas.edits import apply_edits, folded_words
from structclip_schemas.graph import SceneGraph
from structclip_schemas.variant import Variant

NOT_MADE = "not-made"
"""The file says that it has no negative for the caption."""


@dataclass(frozen=True, slots=True)
class Question:
    """A caption with its graph, the file's row, negatives of the row before, what its image's other captions say."""

    caption: str
    graph: SceneGraph
    row: ForeignRow
    previous: frozenset[Words]
    others: Assertions


@dataclass(slots=True)
class Judged:
    """The negatives of a caption that hold the contract; how often each fault (left out) and flaw (kept) was met."""

    variants: list[Variant] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    flaws: Counter[str] = field(default_factory=Counter)
    read: int = 0

    @property
    def reason(self) -> str | None:
        """Why a caption has no negative: the commonest fault; None when it has one."""
        if self.variants:
            return None
        return min(self.faults, key=lambda reason: (-self.faults[reason], reason), default=NOT_MADE)

    @property
    def counts(self) -> Counter[str]:
        """Negatives read and kept, faults and flaws, under names as ``run.json`` has them."""
        named = {name.replace("-", "_"): count for name, count in (self.faults + self.flaws).items()}
        return Counter({"read": self.read, "negatives": len(self.variants), **named})


def judge(questions: Sequence[Question], rule: str, parse: Parse) -> list[Judged]:
    """Judge the negatives of captions, in order; all texts that may be negatives are parsed at once."""
    answers = [_judge_texts(question, rule) for question in questions]
    texts = [variant.caption for answer in answers for variant in answer.variants]
    readings = iter(parse(texts) if texts else ())
    for question, answer in zip(questions, answers, strict=True):
        candidates, answer.variants = answer.variants, []
        for variant in candidates:
            _judge_reading(question, answer, variant, next(readings))
    return answers


def _judge_texts(question: Question, rule: str) -> Judged:
    row = question.row
    answer = Judged(read=len(row.negatives), faults=Counter({NOT_MADE: row.not_made} if row.not_made else {}))
    seen: set[Words] = set()
    for negative in row.negatives:
        fault = text_fault(question.caption, negative.caption, question.previous)
        edits = () if fault else edits_between(question.caption, negative.caption)
        text = apply_edits(question.caption, edits)
        words = folded_words(text)
        if fault is None and words == folded_words(question.caption):
            fault = SAME_TEXT
        if fault is None and words in seen:
            fault = REPEATED
        if fault is not None:
            answer.faults[fault] += 1
            continue
        seen.add(words)
        answer.variants.append(Variant(text, negative.kind, (), edits, None, None, rule))
    return answer


def _judge_reading(question: Question, answer: Judged, variant: Variant, reading: SceneGraph) -> None:
    variant = replace(variant, triples=reading.triples())
    fault = reading_fault(variant, question.graph, question.others)
    if fault is not None:
        answer.faults[fault] += 1
        return
    answer.variants.append(variant)
    answer.flaws.update(
        [*text_flaws(question.caption, variant.caption, variant.edits), *graph_flaws(question.graph, reading)]
    )
    if variant.caption not in {negative.caption for negative in question.row.negatives}:
        answer.flaws["spacing-mended"] += 1
    if question.row.triples_unchanged:
        answer.flaws["triples-unchanged"] += 1
