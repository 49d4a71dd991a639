"""Which captions of a batch are no negatives for each other, and what a batch made of parts looks like."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_trainer.accumulation import split_evenly
from structclip_trainer.batches import Collator
from structclip_trainer.corpus import Negative, Positive, Row, Unit
from structclip_trainer.model.new_tiny import train_tokenizer
from structclip_trainer.order import Place
from structclip_trainer.pairing import Pairing, identify_captions, join_pairings, join_texts, same_rows
from structclip_trainer.samples import Sample
from structclip_trainer.settings import TinySettings

TRIPLE = {"head": "cup", "relation": "is", "tail": "red"}
COLLATOR = Collator(train_tokenizer(["a red cup", "a blue dog"], TinySettings(vocabulary=700)), 77, 16)

words = st.sampled_from(["red", "blue", "cup", "dog", "Red", "a red cup"])
units = st.builds(Unit, st.just("object"), words, st.just([TRIPLE]), st.none() | words, st.just([]))
keys = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=7)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """A sample with or without negative, positive and units, from so few words that many are equal."""
    name, caption, all_units = draw(st.sampled_from("1234")), draw(words), draw(st.lists(units, max_size=3))
    row = Row(caption, name, name, caption, [TRIPLE], (), {}, units=tuple(all_units))
    negative = Negative("swap_object", "swap-object", draw(words), [TRIPLE]) if draw(st.booleans()) else None
    positive = Positive(draw(words), [TRIPLE]) if draw(st.booleans()) else None
    pixels = np.zeros((3, 1, 1), np.uint8)
    return Sample(Place(0, 0, 0), row, pixels, negative, True, positive, tuple(all_units[: draw(st.integers(0, 2))]))


@given(keys)
def test_equal_image_or_equal_text(pairs: list[tuple[str, str]]) -> None:
    """Two captions are no negatives for each other where image or text are equal; never a caption and itself."""
    identities = identify_captions(pairs)
    for i, one in enumerate(pairs):
        for j, other in enumerate(pairs):
            expected = i != j and (one[0] == other[0] or one[1] == other[1])
            assert bool(same_rows(identities, i, i + 1)[0, j]) == expected
    assert torch.equal(same_rows(identities, 0, len(pairs)), Pairing(identities, torch.empty(0)).same)


@given(st.lists(samples(), min_size=1, max_size=8), st.integers(1, 4))
@settings(max_examples=300)
def test_parts_are_joined(chosen: list[Sample], parts: int) -> None:
    """The parts of a batch, collated each for itself and joined, are the batch collated whole: texts, masks, owners."""
    whole = COLLATOR.collate(chosen)
    batches = [COLLATOR.collate(part) for part in split_evenly(chosen, min(parts, len(chosen)))]
    pairings = [batch.pairing for batch in batches]
    joined = join_pairings(pairings)
    for one, other in zip(joined.tensors, whole.pairing.tensors, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(joined.same, whole.pairing.same)
    assert torch.equal(joined.asserted, whole.pairing.asserted)
    width = max(batch.input_ids.shape[1] for batch in batches)
    padding = COLLATOR.tokenizer.pad_token_id
    padded = [torch.nn.functional.pad(b.input_ids, (0, width - b.input_ids.shape[1]), value=padding) for b in batches]
    assert torch.equal(join_texts(padded, pairings), whole.input_ids)
