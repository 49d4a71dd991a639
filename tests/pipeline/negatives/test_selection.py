"""Which candidates are chosen, and what the image's other captions forbid."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.negatives.round_trip import choose
from structclip_pipeline.negatives.selection import deal, keyed_hash
from structclip_pipeline.negatives.true_of_image import assertions_of, is_asserted
from structclip_schemas.graph import SceneGraph, Triple
from structclip_schemas.variant import DEFAULT_KINDS, Variant

Scene = Callable[..., SceneGraph]


def _variant(caption: str, kind: str = "swap_object", plausibility: float | None = None) -> Variant:
    return Variant(caption, kind, (), (), None, None, f"{kind}/1", None, plausibility)


_VARIANTS = st.lists(
    st.builds(
        _variant,
        st.text("abc", min_size=1, max_size=4),
        st.sampled_from(DEFAULT_KINDS),
        st.none() | st.floats(-5, 2, width=32),
    ),
    max_size=10,
    unique_by=lambda v: v.caption,
)


def test_the_hash_is_that_of_the_contract() -> None:
    """blake2b of 8 bytes over UTF-8 compact JSON."""
    text = '[0,"id","rule/1","Ein Häuschen"]'
    assert json.loads(text) == [0, "id", "rule/1", "Ein Häuschen"]
    digest = blake2b(text.encode(), digest_size=8).hexdigest()
    assert keyed_hash([0, "id", "rule/1", "Ein Häuschen"]) == int(digest, 16)


@given(_VARIANTS, st.randoms())
def test_the_order_of_candidates_does_not_matter(variants: list[Variant], random) -> None:
    """Shuffled candidates are dealt alike, and none is lost."""
    dealt = deal(variants, DEFAULT_KINDS, "id", 0)
    random.shuffle(variants)
    assert deal(variants, DEFAULT_KINDS, "id", 0) == dealt
    assert len(dealt) == len(variants)


def test_kinds_take_turns_in_table_order() -> None:
    """From the kind that the hash names, round and round, skipping those that are used up."""
    variants = [_variant(f"{kind}{n}", kind) for kind in DEFAULT_KINDS for n in range(2)][:-1]
    start = keyed_hash([3, "id"]) % 3
    kinds = [v.kind for v in deal(variants, DEFAULT_KINDS, "id", 3)]
    turn = [*DEFAULT_KINDS[start:], *DEFAULT_KINDS[:start]]
    assert kinds[:3] == turn
    assert kinds[3:] == [k for k in turn if k != "swap_relation"]


def test_within_a_kind_the_plausible_come_first() -> None:
    """Best first; above 0 and within a tenth all are equal and the hash decides."""
    variants = [
        _variant("low", plausibility=-2.0),
        _variant("high", plausibility=0.9),
        _variant("zero", plausibility=0.0),
    ]
    order = [v.caption for v in deal(variants, ("swap_object",), "id", 0)]
    assert order[2] == "low"
    wanted = sorted(["high", "zero"], key=lambda c: keyed_hash([0, "id", "swap_object/1", c]))
    assert order[:2] == wanted


def _parse(captions: list[str]) -> list[SceneGraph]:
    """A parser that finds nothing, so that only variants without triples make the round trip."""
    return [SceneGraph() for _ in captions]


def _failing(variant: Variant) -> Variant:
    return replace(variant, triples=(Triple("a", "is", "b", 0, None),))


def test_flag_marks_and_keeps() -> None:
    """The chosen carry the outcome of the round trip; the rest is not parsed."""
    order = [_failing(_variant("x")), _variant("y"), _variant("z")]
    assert [v.round_trip for v in choose([order], 2, "flag", _parse)[0]] == [False, True]


def test_drop_takes_the_next_in_order() -> None:
    """What fails gives way until enough pass or none is left."""
    order = [_failing(_variant("x")), _variant("y"), _failing(_variant("z")), _variant("w"), _variant("v")]
    chosen = choose([order, [], order[:1]], 2, "drop", _parse)
    assert [[v.caption for v in c] for c in chosen] == [["y", "w"], [], []]


def test_off_parses_nothing() -> None:
    """Without verification the round trip is null."""
    assert choose([[_variant("x")]], 1, "off", None)[0][0].round_trip is None


def test_what_another_caption_asserts_is_no_negative(scene: Scene) -> None:
    """Dropped by words or by triples, kept where the image's captions do not say it."""
    other = "a dog on a red mat"
    graph = scene(other, ["a *dog*", "a red *mat*"], [("mat", "red")], [("dog", "on", "mat")])
    others = assertions_of([(other, graph)])
    original = (Triple("mat", "on", "dog", 0, 1),)
    says = replace(_variant("x"), triples=(Triple("dog", "on", "mat", 1, 0),))
    differs = replace(_variant("x"), triples=(Triple("dog", "under", "mat", 1, 0),))
    assert is_asserted(says, original, others)
    assert not is_asserted(differs, original, others)
    assert is_asserted(replace(differs, caption="A dog on a red mat."), original, others)
