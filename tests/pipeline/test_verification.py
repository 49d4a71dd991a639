"""verify of negatives: edits make the variant and undo it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.verification import variant_fault, verify_dataset
from structclip_schemas.dataset import open_dataset
from structclip_schemas.edits import Edit, apply_edits
from structclip_schemas.errors import ContractError
from structclip_schemas.variant import Variant

CAPTION = "a red cup on a blue table"
EDITS = (Edit(2, 5, "red", "blue"), Edit(15, 19, "blue", "red"))
VARIANT = Variant("a blue cup on a red table", "swap_attribute", (), EDITS, None, None, "swap-attribute/1")


def test_a_sound_variant_has_no_fault():
    """Nor has one without edits, as benchmarks have."""
    assert variant_fault(CAPTION, VARIANT) is None
    assert variant_fault(CAPTION, replace(VARIANT, caption="something else", edits=())) is None


@pytest.mark.parametrize(
    "broken",
    [
        replace(VARIANT, caption="a blue cup on a blue table"),
        replace(VARIANT, edits=EDITS[:1]),
        replace(VARIANT, edits=(Edit(3, 6, "red", "blue"),)),
        replace(VARIANT, edits=EDITS[::-1]),
    ],
)
def test_any_break_in_the_provenance_is_a_fault(broken):
    """Another caption, a lost edit, a shifted edit, edits out of order."""
    assert variant_fault(CAPTION, broken) is not None


@given(st.text(max_size=30), st.integers(0, 30), st.integers(0, 5), st.text(max_size=5))
def test_one_true_edit_of_any_text_has_no_fault(caption, start, length, after):
    """Whatever the text is."""
    start = min(start, len(caption))
    edits = (Edit(start, min(start + length, len(caption)), caption[start : start + length], after),)
    assert variant_fault(caption, replace(VARIANT, caption=apply_edits(caption, edits), edits=edits)) is None


def _negatives(words_module):
    def work(parameters, task):
        result = words_module.copy_words(parameters, task)
        bad = {
            "caption": "b",
            "kind": "swap_object",
            "triples": [],
            "edits": [{"start": 0, "end": 1, "before": "x", "after": "b"}],
            "left": None,
            "right": None,
            "rule": "swap-object-noun/1",
            "round_trip": None,
            "plausibility": None,
        }
        for row in result.rows:
            row.update(negatives=[bad], positives=[], units=[])
        return result

    return work


def test_verify_names_the_caption_whose_edits_lie(tmp_path, words_module):
    """The dataset is whole, its provenance is not."""
    from structclip_pipeline.plan import Plan, ShardTask
    from structclip_pipeline.run import run_plan

    task = ShardTask(0, 1, {"start": 0, "words": ["a"]})
    plan = Plan("negatives", {}, ({"uri": "x", "sha256": "0" * 64, "rows": 1},), "test 1 0", (task,))
    run_plan(plan, str(tmp_path), _negatives(words_module))
    with pytest.raises(ContractError, match=r"caption 'c0', a variant of rule swap-object-noun/1"):
        verify_dataset(open_dataset(str(tmp_path), "negatives"), lambda rows: None)
