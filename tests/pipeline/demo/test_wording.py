"""Captions are true, varied and English."""

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.demo.grammar import a_, noun, verb
from structclip_pipeline.demo.scene import draw_scene
from structclip_pipeline.demo.truth import Mention, judge
from structclip_pipeline.demo.vocabulary import COLOURS, SHAPES
from structclip_pipeline.demo.wording import CAPTIONS, Caption, find_facts, write_captions
from structclip_pipeline.demo.world import PARTS


def captions_of(seed: int, part: str, count: int) -> list[Caption]:
    return [c for i in range(count) for c in write_captions(seed, part, i, draw_scene(seed, part, i))]


@given(st.integers(0, 2**32), st.integers(0, 10**6), st.sampled_from(PARTS))
@settings(deadline=None, max_examples=300)
def test_every_caption_is_true_of_its_scene(seed: int, index: int, part: str) -> None:
    """The truth check, which knows measures alone, agrees with every caption's claim."""
    scene = draw_scene(seed, part, index)
    captions = write_captions(seed, part, index, scene)
    assert len({c.text for c in captions}) == CAPTIONS
    assert [judge(c.claim, scene) for c in captions] == [True] * CAPTIONS


@given(st.integers(0, 2**32), st.integers(0, 10**6))
@settings(deadline=None)
def test_a_caption_says_what_it_claims_and_no_more(seed: int, index: int) -> None:
    """Colours, sizes, patterns and shapes in the text are those of the claim."""
    scene = draw_scene(seed, "train", index)
    for caption in write_captions(seed, "train", index, scene):
        words = set(re.findall(r"[a-z]+", caption.text.lower()))
        mentions = caption.claim.mentions
        assert words & set(COLOURS) == {m.colour for m in mentions if m.colour}
        assert words & {"small", "large"} == {m.size for m in mentions if m.size}
        assert words & {"striped", "dotted", "checkered"} == {m.pattern for m in mentions if m.pattern}
        assert {s for s in SHAPES if words & {s, s + "s", s + "es"}} == {m.shape for m in mentions}


@given(st.integers(0, 2**32), st.integers(0, 10**6))
@settings(deadline=None)
def test_the_relation_of_a_scene_is_told(seed: int, index: int) -> None:
    """Every scene has a clear relation, and at least three captions name one."""
    scene = draw_scene(seed, "test", index)
    assert find_facts(scene)
    assert sum(bool(c.claim.relations) for c in write_captions(seed, "test", index, scene)) >= 3


def test_half_of_the_captions_relate_two_coloured_things() -> None:
    """A relation between two things whose colours are both named: what attribute binding is learned from."""
    captions = captions_of(0, "train", 500)
    bound = [c for c in captions if any(all(c.claim.mentions[i].colour for i in r[1:]) for r in c.claim.relations)]
    assert len(bound) >= len(captions) / 2


def test_captions_come_in_many_forms() -> None:
    """With names and attributes taken out, more than a hundred forms are left and none makes up a tenth."""
    named = {*SHAPES, *COLOURS, "small", "large", "striped", "dotted", "checkered", "boxes", *(s + "s" for s in SHAPES)}
    forms = Counter(
        " ".join(w for w in re.findall(r"[a-z]+|[,.;]", c.text.lower()) if w not in named)
        for c in captions_of(0, "train", 1000)
    )
    assert len(forms) > 100
    assert max(forms.values()) < sum(forms.values()) / 10


def test_articles_plurals_and_verbs_agree() -> None:
    """English of the parts that captions are put together from."""
    two = Mention("box", 2, "orange")
    assert (a_(two), noun(two), verb(two, "is"), verb(two, "sits")) == (
        "two orange boxes",
        "orange boxes",
        "are",
        "sit",
    )
    one = Mention("ball", 1, "orange")
    assert (a_(one), verb(one, "has")) == ("an orange ball", "has")
    assert a_(Mention("ball", 1, "orange", "small")) == "a small orange ball"
