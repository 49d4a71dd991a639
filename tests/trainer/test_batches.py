"""What is drawn for a sample and how samples become a batch."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from structclip_trainer.batches import Collator
from structclip_trainer.corpus import Negative, Positive, Row, Unit
from structclip_trainer.model.new_tiny import train_tokenizer
from structclip_trainer.order import Place
from structclip_trainer.samples import Sample, draw_negative, draw_positive, draw_units, missing_parts
from structclip_trainer.settings import TinySettings

TRIPLE = {"head": "cup", "relation": "is", "tail": "red"}
OTHER = {"head": "cup", "relation": "is", "tail": "blue"}
TOKENIZER = train_tokenizer(["a red cup", "a blue cup"], TinySettings(vocabulary=700))


def _row(name: str, caption: str, *negatives: Negative, image: str | None = None) -> Row:
    return Row(
        name, image, f"{name}.png", caption, [TRIPLE], negatives, {"objects": 1, "attributes": 0, "relations": 2}
    )


def _sample(row: Row, negative: Negative | None = None, keeps: bool = True) -> Sample:
    return Sample(Place(0, 0, 0), row, np.zeros((3, 2, 2), np.uint8), negative, keeps)


def _negative(caption: str, kind: str = "swap_attribute") -> Negative:
    return Negative(kind, kind.replace("_", "-"), caption, [OTHER])


def _collate(samples: list[Sample], **settings: Any) -> Any:
    return Collator(TOKENIZER, **{"longest": 77, "kee_triples": 16} | settings).collate(samples)


def test_one_block_of_text() -> None:
    """Captions come first, then the negatives that exist, each knowing its caption; triples alike."""
    batch = _collate(
        [
            _sample(_row("a", "a red cup")),
            _sample(_row("b", "a red cup red"), _negative("a blue cup")),
            _sample(_row("c", "a cup"), _negative("cup a")),
        ]
    )
    texts = TOKENIZER.batch_decode(batch.input_ids, skip_special_tokens=True)
    assert [text.strip() for text in texts] == ["a red cup", "a red cup red", "a cup", "a blue cup", "cup a"]
    assert batch.pairing.negative_of.tolist() == [1, 2]
    assert batch.triples.size == 5
    assert batch.counts["negatives"] == 2


def test_no_negatives_wanted() -> None:
    """A loss that uses no negatives pays for none."""
    batch = _collate([_sample(_row("b", "a red cup"), _negative("a blue cup"))], with_negatives=False)
    assert batch.input_ids.shape[0] == 1
    assert batch.pairing.negative_of.numel() == 0


def test_negatives_without_triples() -> None:
    """Without the negatives' triples they have no KEE term; captions keep theirs."""
    samples = [_sample(_row("b", "a red cup"), _negative("a blue cup"))]
    assert _collate(samples).triples.has_triples.tolist() == [True, True]
    assert _collate(samples, negative_triples=False).triples.has_triples.tolist() == [True, False]


def test_no_kee_no_triples() -> None:
    """Without KEE no triples are tokenized."""
    assert _collate([_sample(_row("b", "a red cup"))], kee_triples=0).triples is None


def test_knowledge_is_dropped_for_both() -> None:
    """A caption whose KEE term is dropped is compared with a negative whose term is dropped too."""
    batch = _collate([_sample(_row("a", "cup")), _sample(_row("b", "a red cup"), _negative("a blue cup"), keeps=False)])
    assert batch.keeps_knowledge.tolist() == [True, False, False]


def test_negative_equal_after_truncation() -> None:
    """A negative that differs only beyond the text tower's length is not used, and counted."""
    long = "a red cup " * 40
    batch = _collate([_sample(_row("a", long + "blue"), _negative(long + "red"))])
    assert batch.pairing.negative_of.numel() == 0
    assert batch.counts["negatives_equal_after_truncation"] == 1
    assert batch.counts["captions_truncated"] == 1


def test_same_captions() -> None:
    """In a batch equal image ids and equal texts are masked, the diagonal is not."""
    rows = [
        _row("a", "a cup", image="1"),
        _row("b", "a red cup", image="1"),
        _row("c", "a red cup", image="2"),
        _row("d", "a tree"),
    ]
    expected = torch.zeros(4, 4, dtype=torch.bool)
    for i, j in ((0, 1), (1, 2)):
        expected[i, j] = expected[j, i] = True
    assert torch.equal(_collate([_sample(row) for row in rows]).pairing.same, expected)


def test_negatives_are_drawn_evenly() -> None:
    """Over the epochs each negative has its turn; the draw depends on seed, epoch and caption alone."""
    row = _row("a", "a cup", *(_negative(str(n)) for n in range(3)))
    drawn = [draw_negative(row, (), False, 0, epoch, "a") for epoch in range(300)]
    assert drawn == [draw_negative(row, (), False, 0, epoch, "a") for epoch in range(300)]
    assert min(Counter(n.caption for n in drawn if n).values()) > 70


@pytest.mark.parametrize(
    ("preferred", "only", "found"),
    [
        ((), True, {"a", "b"}),
        (("swap_object",), False, {"b"}),
        (("swap-object",), True, {"b"}),
        (("swap_relation",), False, {"a", "b"}),
        (("swap_relation",), True, {None}),
    ],
)
def test_preferred_negatives(preferred: tuple[str, ...], only: bool, found: set[str | None]) -> None:
    """A preferred kind or rule is drawn where a row has it; elsewhere any, or none with ``only``."""
    row = _row("a", "a cup", _negative("a", "swap_attribute"), _negative("b", "swap_object"))
    drawn = [draw_negative(row, preferred, only, 0, epoch, "a") for epoch in range(40)]
    assert {negative.caption if negative else None for negative in drawn} == found


def test_missing_parts() -> None:
    """A row lacks a required part when its graph has none of it."""
    assert missing_parts(_row("a", "a cup"), ("objects", "attributes")) == ["attributes"]


def _unit(text: str, foil: str | None, kind: str = "object") -> Unit:
    return Unit(kind, text, [TRIPLE], foil, [OTHER] if foil else [])


def _full(row: Row, negative: str | None = None, positive: str | None = None, *units: Unit) -> Sample:
    return replace(
        _sample(row, _negative(negative) if negative else None),
        positive=Positive(positive, [TRIPLE]) if positive else None,
        units=units,
    )


def test_positives_units_and_foils_follow() -> None:
    """All that was drawn is one block of text: captions, negatives, positives, units, foils; each knows whose it is."""
    batch = _collate(
        [
            _full(_row("a", "a cup"), None, None, _unit("red cup", None)),
            _full(_row("b", "a red cup"), "a blue cup", "cup red", _unit("cup", "red"), _unit("red", "blue")),
        ]
    )
    texts = [text.strip() for text in TOKENIZER.batch_decode(batch.input_ids, skip_special_tokens=True)]
    assert texts == ["a cup", "a red cup", "a blue cup", "cup red", "red cup", "cup", "red", "red", "blue"]
    whose = (batch.pairing.negative_of, batch.pairing.positive_of, batch.pairing.unit_of, batch.pairing.foil_of)
    assert [numbers.tolist() for numbers in whose] == [[1], [1], [0, 1, 1], [1, 2]]
    assert [len(part) for part in batch.pairing.parts(batch.input_ids)] == [2, 1, 1, 3, 2]
    assert batch.triples.size == len(batch.keeps_knowledge) == 9


def test_what_truncation_makes_equal_is_not_used() -> None:
    """A positive that equals caption or negative, or whose negative is not used, and a foil that equals its unit."""
    long = "a red cup " * 40
    batch = _collate(
        [
            _full(_row("a", long + "blue"), long + "red", "cup"),
            _full(_row("b", long + "x"), "a blue cup", long + "y"),
            _full(_row("c", "cup"), long + "x", long + "y", _unit(long + "z", long + "w")),
        ]
    )
    assert batch.pairing.negative_of.tolist() == [1, 2]
    assert (len(batch.pairing.positive_of), len(batch.pairing.unit_of), len(batch.pairing.foil_of)) == (0, 1, 0)
    assert batch.counts["positives_not_used"] == 3
    assert batch.counts["foils_equal_after_truncation"] == 1


def test_asserted_units() -> None:
    """A unit is not wrong for its image's other captions, nor for captions that have or are its words."""
    rows = [
        replace(_row("a", "a cup", image="1"), units=(_unit("Red cup", None),)),
        _row("b", "a tree", image="1"),
        replace(_row("c", "a cup on a table", image="2"), units=(_unit("red cup", None), _unit("table", None))),
        _row("d", "red cup", image="3"),
        _row("e", "a dog", image="4"),
    ]
    samples = [_full(row, None, None, *row.units[:1]) for row in rows]
    asserted = _collate(samples).pairing.asserted
    assert asserted.tolist() == [[False, True, True, True, False], [True, False, False, True, False]]


def test_positives_and_units_are_drawn_evenly() -> None:
    """One positive and one unit of each kind wanted, each in its turn."""
    units = [_unit(f"{kind}{n}", None, kind) for kind in ("object", "relation") for n in range(3)]
    row = replace(_row("a", "a cup"), units=tuple(units), positives=tuple(Positive(str(n), []) for n in range(3)))
    drawn = [draw_units(row, ("relation", "object"), 0, epoch, "a") for epoch in range(200)]
    assert {tuple(unit.kind for unit in pair) for pair in drawn} == {("relation", "object")}
    assert min(Counter(unit.text for pair in drawn for unit in pair).values()) > 40
    positives = Counter(p.caption for epoch in range(200) if (p := draw_positive(row, 0, epoch, "a")))
    assert min(positives.values()) > 40
    assert draw_positive(_row("b", "a cup"), 0, 0, "b") is None
    assert draw_units(_row("b", "a cup"), ("object",), 0, 0, "b") == ()
