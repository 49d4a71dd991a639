"""The demo benchmark: true against false, one exchange apart, and no way to tell without the picture."""

import math
import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.demo.foils import KINDS, Foil, make_foils
from structclip_pipeline.demo.scene import UNSEEN, draw_scene
from structclip_pipeline.demo.truth import Claim, Mention, judge
from structclip_pipeline.demo.vocabulary import COLOURS, SHAPES, is_unseen
from structclip_pipeline.demo.wording import write_captions

SCENES = 1500
COUNTS = {"a": 1, "an": 1, "two": 2, "three": 3}
NAMES = {**{s: s for s in SHAPES}, **{s + "s": s for s in SHAPES}, "boxes": "box"}
PLACES = {
    "to the left of": "left of",
    "to the right of": "right of",
    "left of": "left of",
    "right of": "right of",
    "above": "above",
    "over": "above",
    "below": "below",
    "under": "below",
    "beneath": "below",
    "in front of": "in front of",
    "behind": "behind",
    "to its left": "left of",
    "to their left": "left of",
    "to its right": "right of",
    "to their right": "right of",
}
THING = re.compile(
    rf"\b(an?|two|three)((?: (?:small|large|striped|dotted|checkered|{'|'.join(COLOURS)}))*) ({'|'.join(NAMES)})\b"
)
PLACE = re.compile(rf"\b({'|'.join(sorted(PLACES, key=len, reverse=True))})\b")


@pytest.fixture(scope="module", params=["test", UNSEEN])
def foils(request: pytest.FixtureRequest) -> list[Foil]:
    part = request.param
    return [foil for i in range(SCENES) for foil in make_foils(0, part, i, draw_scene(0, part, i))]


def read(text: str) -> Claim:
    """The test's own reading of a benchmark text: its things in order, its relations by their words."""
    text = text[0].lower() + text[1:]
    mentions = []
    for match in THING.finditer(text):
        words = match[2].split()
        mentions.append(
            Mention(
                NAMES[match[3]],
                COUNTS[match[1]],
                next((w for w in words if w in COLOURS), None),
                next((w for w in words if w in ("small", "large")), None),
                next((w for w in words if w in ("striped", "dotted", "checkered")), None),
            )
        )
    places = [PLACES[p] for p in PLACE.findall(THING.sub("thing", text))]
    heads = [(i + 1, 0) for i in range(2)] if " with " in text else [(0, i + 1) for i in range(2)]
    return Claim(tuple(mentions), tuple((p, *heads[i]) for i, p in enumerate(places)))


@given(st.integers(0, 2**32), st.integers(0, 10**6), st.sampled_from(["test", UNSEEN]))
@settings(deadline=None, max_examples=300)
def test_the_first_text_is_true_and_the_second_false(seed: int, index: int, part: str) -> None:
    """As read by the test and judged by the truth check, not as the maker claims."""
    scene = draw_scene(seed, part, index)
    for foil in make_foils(seed, part, index, scene):
        assert read(foil.true_text) == foil.true_claim
        assert read(foil.false_text) == foil.false_claim
        assert judge(read(foil.true_text), scene) is True
        assert judge(read(foil.false_text), scene) is False


def test_a_thousand_scenes_give_six_hundred_items_of_each_kind(foils: list[Foil]) -> None:
    """Enough for a share with a standard error of two points."""
    counts = Counter(foil.kind for foil in foils)
    assert min(counts[kind] for kind in KINDS) >= 0.6 * SCENES


def test_both_texts_have_the_same_words(foils: list[Foil]) -> None:
    """As a bag, articles aside; a count exchanged changes plurals too."""
    for foil in foils:
        bags = [Counter(w for w in re.findall(r"\w+", t.lower()) if w not in ("a", "an")) for t in _texts(foil)]
        if not set(bags[0]) & {"two", "three"}:
            assert bags[0] == bags[1]


def test_a_blind_model_stays_at_half(foils: list[Foil]) -> None:
    """N-gram models of the true texts, and of what tells true from false, fitted on one half, fail on the other."""
    for kind in KINDS:
        items = [foil for foil in foils if foil.kind == kind]
        random.Random(1).shuffle(items)
        half = len(items) // 2
        for order in (1, 2, 3):
            for prefers in (_likelihood(items[:half], order), _contrast(items[:half], order)):
                right = sum(prefers(f.true_text) > prefers(f.false_text) for f in items[half:])
                ties = sum(prefers(f.true_text) == prefers(f.false_text) for f in items[half:])
                assert (right + ties / 2) / (len(items) - half) <= 0.6


def test_a_model_of_the_captions_cannot_tell_either(foils: list[Foil]) -> None:
    """An n-gram model of the training captions prefers the true text no more than six times in ten."""
    captions = [c.text for i in range(3000) for c in write_captions(0, "train", i, draw_scene(0, "train", i))]
    prefers = _language_model(captions, 3)
    for kind in KINDS:
        items = [foil for foil in foils if foil.kind == kind]
        assert sum(prefers(f.true_text) > prefers(f.false_text) for f in items) / len(items) <= 0.6


def test_unseen_pairs_are_no_sign_of_a_false_text(foils: list[Foil]) -> None:
    """Both texts name equally many pairs that training lacks."""
    for foil in foils:
        counts = [
            sum(is_unseen(0, m.shape, m.colour or "") for m in claim.mentions)
            for claim in (foil.true_claim, foil.false_claim)
        ]
        assert counts[0] == counts[1]


def test_no_form_of_the_benchmark_occurs_in_the_captions(foils: list[Foil]) -> None:
    """With things and places taken out, the two sets of forms share nothing."""
    captions = [c.text for i in range(3000) for c in write_captions(0, "train", i, draw_scene(0, "train", i))]
    assert not {_form(t) for f in foils for t in _texts(f)} & {_form(t) for t in captions}


def test_the_benchmark_has_no_word_that_the_captions_lack(foils: list[Foil]) -> None:
    """A model with a vocabulary of the captions can read it."""
    captions = [c.text for i in range(3000) for c in write_captions(0, "train", i, draw_scene(0, "train", i))]
    known = {w for t in captions for w in re.findall(r"\w+", t.lower())}
    assert {w for f in foils for t in _texts(f) for w in re.findall(r"\w+", t.lower())} <= known


def _texts(foil: Foil) -> tuple[str, str]:
    return foil.true_text, foil.false_text


def _form(text: str) -> str:
    return PLACE.sub("place", THING.sub("thing", text[0].lower() + text[1:]))


def _grams(text: str, order: int) -> list[tuple[str, ...]]:
    words = ["<s>"] * (order - 1) + re.findall(r"\w+", text.lower())
    return [tuple(words[i : i + order]) for i in range(len(words) - order + 1)]


def _language_model(texts: list[str], order: int):
    counts = Counter(g for t in texts for g in _grams(t, order))
    contexts = Counter(g[:-1] for g in counts.elements())
    return lambda t: round(sum(math.log((counts[g] + 0.05) / (contexts[g[:-1]] + 3)) for g in _grams(t, order)), 9)


def _likelihood(items: list[Foil], order: int):
    return _language_model([f.true_text for f in items], order)


def _contrast(items: list[Foil], order: int):
    true = Counter(g for f in items for g in _grams(f.true_text, order))
    false = Counter(g for f in items for g in _grams(f.false_text, order))
    return lambda t: round(sum(math.log((true[g] + 1) / (false[g] + 1)) for g in _grams(t, order)), 9)
