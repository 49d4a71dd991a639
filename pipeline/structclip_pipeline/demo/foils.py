"""
The demo world's benchmark: pairs of a true and a false text about a picture, made from the scene's state.

The false text differs from the true one by one exchange and is as likely a true text of another scene, so that only
the picture tells them apart. No sentence form here occurs in the captions, whose words it shares.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from structclip_pipeline.demo.grammar import PREPOSITIONS, a_, describe, sentence, verb, whereabouts
from structclip_pipeline.demo.scene import Scene
from structclip_pipeline.demo.truth import Claim, Mention, judge
from structclip_pipeline.demo.vocabulary import OPPOSITES, generator, is_unseen
from structclip_pipeline.demo.wording import Fact, find_facts

KINDS = ("swap_attribute", "swap_object", "swap_relation")


@dataclass(frozen=True, slots=True)
class Foil:
    """A benchmark item: two texts and what they claim, the first true of the scene, the second false."""

    kind: str
    true_text: str
    false_text: str
    true_claim: Claim
    false_claim: Claim


def make_foils(seed: int, part: str, index: int, scene: Scene) -> list[Foil]:
    """The benchmark items of a scene: up to two that exchange attributes, two objects, eight relations."""
    rng = generator(seed, part, index, "foils")
    candidates = [
        *list(_attribute_swaps(rng, scene, seed))[:2],
        *list(_object_swaps(rng, scene))[:2],
        *_relation_swaps(rng, scene),
    ]
    return [
        foil for foil in candidates if judge(foil.true_claim, scene) is True and judge(foil.false_claim, scene) is False
    ]


def _attribute_swaps(rng: random.Random, scene: Scene, seed: int) -> Iterator[Foil]:
    """Two things with one attribute exchanged: mostly the colour; size, pattern or count where both things have it."""
    pairs = list(combinations(scene.things, 2))
    rng.shuffle(pairs)
    for pair in pairs:
        one, other = rng.sample(pair, 2)
        a, b = describe(rng, scene, one, colour=1.0), describe(rng, scene, other, colour=1.0)
        fields = [name for name in ("size", "pattern", "count") if _differ(a, b, name)]
        name = rng.choice(fields) if fields and rng.random() < 0.5 else "colour"
        c, d = _exchanged(a, b, name)
        if name == "colour" and _unseen(seed, a, b) != _unseen(seed, c, d):
            continue
        frame = rng.choice(_TWO_THINGS)
        yield Foil(KINDS[0], _fill(frame, a, b), _fill(frame, c, d), Claim((a, b)), Claim((c, d)))


def _differ(a: Mention, b: Mention, name: str) -> bool:
    return None not in (getattr(a, name), getattr(b, name)) and getattr(a, name) != getattr(b, name)


def _exchanged(a: Mention, b: Mention, name: str) -> tuple[Mention, Mention]:
    return replace(a, **{name: getattr(b, name)}), replace(b, **{name: getattr(a, name)})


def _unseen(seed: int, a: Mention, b: Mention) -> int:
    return sum(is_unseen(seed, m.shape, m.colour or "") for m in (a, b))


def _object_swaps(rng: random.Random, scene: Scene) -> Iterator[Foil]:
    """Two things in a relation that could stand either way round, with the two exchanged."""
    facts = [fact for fact in find_facts(scene) if fact[0] in OPPOSITES]
    rng.shuffle(facts)
    for fact in facts:
        name, head, tail = fact if rng.random() < 0.5 else _turned(fact)
        a, b = (describe(rng, scene, scene.things[i], colour=1.0, other=0.5) for i in (head, tail))
        frame, place = rng.choice(_ONE_RELATION), rng.choice(PREPOSITIONS[name])
        relations = ((name, 0, 1),)
        yield Foil(
            KINDS[1],
            _fill(frame, a, b, place),
            _fill(frame, b, a, place),
            Claim((a, b), relations),
            Claim((b, a), relations),
        )


def _turned(fact: Fact) -> Fact:
    return OPPOSITES[fact[0]], fact[2], fact[1]


def _relation_swaps(rng: random.Random, scene: Scene) -> Iterator[Foil]:
    """One thing beside a second and over or under a third, with the two relations exchanged."""
    facts = [fact for fact in find_facts(scene) if fact[0] in ("left of", "above")]
    facts += [_turned(fact) for fact in facts]
    for head in range(len(scene.things)):
        across = [fact for fact in facts if fact[1] == head and fact[0] in ("left of", "right of")]
        down = [fact for fact in facts if fact[1] == head and fact[0] in ("above", "below")]
        if across and down:
            first, second = rng.sample([rng.choice(across), rng.choice(down)], 2)
            yield _share_head(rng, scene, first, second)
            yield _share_tail(rng, scene, _turned(first), _turned(second))


def _share_head(rng: random.Random, scene: Scene, first: Fact, second: Fact) -> Foil:
    """A is left of B and above C."""
    a, b, c = _describe_all(rng, scene, (first[1], first[2], second[2]))
    frame = rng.choice(_TWO_RELATIONS)
    one, two = (rng.choice(PREPOSITIONS[fact[0]]) for fact in (first, second))
    texts = _fill(frame, a, b, one, c, two), _fill(frame, a, b, two, c, one)
    claims = (Claim((a, b, c), ((r, 0, 1), (s, 0, 2))) for r, s in _both_ways(first[0], second[0]))
    return Foil(KINDS[2], *texts, *claims)


def _share_tail(rng: random.Random, scene: Scene, first: Fact, second: Fact) -> Foil:
    """A has B to its right and C below it."""
    a, b, c = _describe_all(rng, scene, (first[2], first[1], second[1]))
    one, two = (whereabouts(rng, a, fact[0]) for fact in (first, second))
    texts = _fill(_NEIGHBOURS, a, b, one, c, two), _fill(_NEIGHBOURS, a, b, two, c, one)
    claims = (Claim((a, b, c), ((r, 1, 0), (s, 2, 0))) for r, s in _both_ways(first[0], second[0]))
    return Foil(KINDS[2], *texts, *claims)


def _describe_all(rng: random.Random, scene: Scene, chosen: tuple[int, ...]) -> list[Mention]:
    return [describe(rng, scene, scene.things[i], colour=1.0, other=0.3) for i in chosen]


def _both_ways(one: str, two: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one, two), (two, one)


_TWO_THINGS = (
    "This picture has {a} and {b}.",
    "Here we see {a} and also {b}.",
    "In this picture there {a_is} {a} and {b}.",
)
_ONE_RELATION = (
    "This picture has {a} {ab} {b}.",
    "Here we see that {a} {a_is} {ab} {b}.",
    "{a} can be seen {ab} {b}.",
)
_TWO_RELATIONS = (
    "This picture has {a} {ab} {b} and {ac} {c}.",
    "Here we see that {a} {a_is} {ab} {b} and {ac} {c}.",
    "{a} can be seen {ab} {b} and {ac} {c}.",
)


_NEIGHBOURS = "This picture has {a} with {b} {ab} and {c} {ac}."


def _fill(frame: str, a: Mention, b: Mention, ab: str = "", c: Mention | None = None, ac: str = "") -> str:
    third = a_(c) if c is not None else ""
    return sentence(frame.format(a=a_(a), a_is=verb(a, "is"), b=a_(b), ab=ab, c=third, ac=ac))
