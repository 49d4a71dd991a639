"""Counts of contexts: what they hold, and that merging is exact, whatever its order and grouping."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.negatives.contexts import count_contexts, merge_contexts, predicate_of
from structclip_schemas.graph import SceneGraph
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord

Scene = Callable[..., SceneGraph]
KEYS = st.tuples(st.sampled_from(["object", "relation"]), st.sampled_from("abc"), st.sampled_from(["> x", "=one"]))


def _table(counts: dict[tuple[str, str, str], int]) -> pa.Table:
    keys = sorted(counts)
    columns = {
        name: pa.array([key[k] for key in keys], pa.string()) for k, name in enumerate(("role", "word", "context"))
    }
    return pa.table(columns | {"count": pa.array([counts[key] for key in keys], pa.int64())})


def _counter(table: pa.Table) -> Counter[tuple[str, str, str]]:
    return Counter({(r["role"], r["word"], r["context"]): r["count"] for r in table.to_pylist()})


def _row(scene: Scene, image: str | None, *case: Any) -> dict[str, Any]:
    return row_from_record(CaptionRecord(case[0], image, None, None, case[0], scene(*case), "stub"))


@settings(deadline=None)
@given(st.lists(st.dictionaries(KEYS, st.integers(1, 10**12), min_size=1), min_size=1, max_size=6), st.data())
def test_merging_is_exact_in_any_order_and_grouping(parts: list[dict[Any, int]], data: st.DataObject) -> None:
    """Merged in two steps in a drawn order, counts are the sum that counters give, sorted by key."""
    wanted = sum((Counter(part) for part in parts), Counter[Any]())
    order = [_table(parts[k]) for k in data.draw(st.permutations(range(len(parts))))]
    cut = data.draw(st.integers(0, len(order)))
    groups = [group for group in (order[:cut], order[cut:]) if group]
    merged = merge_contexts([merge_contexts(group) for group in groups])
    assert _counter(merged) == wanted
    assert [tuple(row.values())[:3] for row in merged.to_pylist()] == sorted(wanted)
    assert merged.equals(merge_contexts([_table(part) for part in parts]))


def test_objects_stand_with_what_is_said_of_them(scene: Scene) -> None:
    """A ridden horse is counted under what rides it, what it is and how it is counted; plurals under their singular."""
    case = (
        "Two men ride a brown horse",
        ["Two *men*", "a brown *horse*"],
        [("horse", "brown")],
        [("men", "ride", "horse")],
    )
    found = {(r["role"], r["word"], r["context"]) for r in count_contexts([_row(scene, None, *case)]).to_pylist()}
    assert found == {
        ("object", "man", "ride >"), ("object", "man", "ride > horse"), ("object", "man", "=many"),
        ("object", "horse", "> ride"), ("object", "horse", "man > ride"), ("object", "horse", "is brown"),
        ("object", "horse", "=one"), ("attribute", "brown", "horse"), ("relation", "ride", "man >"),
        ("relation", "ride", "> horse"),
    }  # fmt: skip


def test_words_used_instead_of_each_other_are_counted(scene: Scene) -> None:
    """Of two captions of an image, objects that only one has stand instead of those that only the other has."""
    rows = [_row(scene, "i", "a hat", ["a *hat*"]), _row(scene, "i", "a cap", ["a *cap*"]), _row(scene, "k", "a cup", ["a *cup*"])]  # fmt: skip # noqa: E501
    found = {(r["word"], r["context"]): r["count"] for r in count_contexts(rows).to_pylist() if r["context"][0] == "~"}
    assert found == {("hat", "~cap"): 1, ("cap", "~hat"): 1}


@pytest.mark.parametrize(
    ("lemma", "parts"), [("sit on top of", ("sit", "on top of")), ("next to", ("", "next to")), ("ride", ("ride", ""))]
)
def test_predicates_are_verb_and_place(lemma: str, parts: tuple[str, str]) -> None:
    """What follows a verb is its preposition; a preposition alone has no verb."""
    assert predicate_of(lemma) == parts
