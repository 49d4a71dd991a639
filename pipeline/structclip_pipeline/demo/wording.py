"""Captions of a scene, each true of it, worded as different people would."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from structclip_pipeline.demo.grammar import (
    PREPOSITIONS,
    a_,
    describe,
    noun,
    sentence,
    the,
    verb,
    whereabouts,
    without_colour,
)
from structclip_pipeline.demo.scene import Scene
from structclip_pipeline.demo.truth import Claim, Mention, stands
from structclip_pipeline.demo.vocabulary import OPPOSITES, generator

CAPTIONS = 4
"""Captions of a scene."""
Fact = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Caption:
    """A text and what it claims."""

    text: str
    claim: Claim


def write_captions(seed: int, part: str, index: int, scene: Scene) -> list[Caption]:
    """The captions of the scene ``index`` of a part: all different, every one naming things that are there."""
    rng = generator(seed, part, index, "captions")
    facts = find_facts(scene)
    rng.shuffle(facts)
    makers = _makers(facts)
    captions: dict[str, Caption] = {}
    while len(captions) < CAPTIONS:
        caption = makers[len(captions)](rng, scene, facts)
        captions.setdefault(caption.text, caption)
    chosen = list(captions.values())
    rng.shuffle(chosen)
    return chosen


def find_facts(scene: Scene) -> list[Fact]:
    """Every relation that clearly stands between two of the scene's things, each said in one direction."""
    count = range(len(scene.things))
    names = ("left of", "above", "in front of", "on", "inside")
    return [
        (name, i, j)
        for name in names
        for i in count
        for j in count
        if i != j and stands(name, scene.things[i], scene.things[j], scene)
    ]


Maker = Callable[[random.Random, Scene, list[Fact]], Caption]


def _makers(facts: list[Fact]) -> tuple[Maker, ...]:
    """Three captions on relations, one of them on two relations where there are two; one of any kind."""
    if len(facts) > 1:
        return _relate, _relate, _relate_twice, _say_anything
    return _relate, _relate, _relate, _say_anything


def _say_anything(rng: random.Random, scene: Scene, facts: list[Fact]) -> Caption:
    return rng.choices((_relate, _list_things, _say_attributes), (0.6, 0.25, 0.15))[0](rng, scene, facts)


def _turn(rng: random.Random, fact: Fact) -> Fact:
    """The fact, or one time in five the same fact said from the other side: people say "above" more than "below"."""
    name, head, tail = fact
    if name in OPPOSITES and rng.random() < 0.2:
        return OPPOSITES[name], tail, head
    return fact


def _relate(rng: random.Random, scene: Scene, facts: list[Fact]) -> Caption:
    name, head, tail = _turn(rng, rng.choice(facts))
    if name in ("left of", "right of") and rng.random() < 0.06:
        name = "next to"
    a, b = (describe(rng, scene, scene.things[i]) for i in (head, tail))
    frames = _FRAMES + _SPECIAL.get(name, ())
    text = rng.choice(frames)(rng, a, b, name)
    return Caption(sentence(text), Claim((a, b), ((name, 0, 1),)))


Frame = Callable[[random.Random, Mention, Mention, str], str]


def _word(rng: random.Random, name: str) -> str:
    return rng.choice(PREPOSITIONS[name])


def _is(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    return f"{a_(a)} {verb(a, 'is')} {_word(rng, name)} {a_(b)}."


def _phrase(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    opening = rng.choice(("", "", "a picture of ", "we see ", "look at "))
    return f"{opening}{a_(a)} {_word(rng, name)} {a_(b)}" + rng.choice((".", ""))


def _there(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    opening = rng.choice(("there", "there", "here"))
    return f"{opening} {verb(a, 'is')} {a_(a)} {_word(rng, name)} {a_(b)}."


def _that_is(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    """The first colour in a relative clause."""
    if a.colour is None:
        return _is(rng, a, b, name)
    clause = f"{a_(without_colour(a))} that {verb(a, 'is')} {a.colour}"
    return f"{clause} {verb(a, rng.choice(_VERBS))} {_word(rng, name)} {a_(b)}."


def _that_tail_is(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    """The second colour in a relative clause."""
    if b.colour is None:
        return _there(rng, a, b, name)
    clause = f"{a_(without_colour(b))} that {verb(b, 'is')} {b.colour}"
    return f"{a_(a)} {verb(a, 'is')} {_word(rng, name)} {clause}."


def _which(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    """The relation in a relative clause, the first colour as the predicate."""
    if a.colour is None:
        return _phrase(rng, a, b, name)
    link = rng.choice(("", f"that {verb(a, 'is')} "))
    return f"{the(without_colour(a))} {link}{_word(rng, name)} {a_(b)} {verb(a, 'is')} {a.colour}."


_VERBS = ("sits", "stands", "rests", "is")


def _sits(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    return f"{a_(a)} {verb(a, rng.choice(_VERBS[:3]))} {_word(rng, name)} {a_(b)}."


def _placed(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    participle = rng.choice(("placed", "put", "positioned"))
    been = rng.choice((f"{verb(a, 'is')}", f"{verb(a, 'has')} been"))
    return f"{a_(a)} {been} {participle} {_word(rng, name)} {a_(b)}."


def _definite(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    return f"the {noun(a)} {verb(a, 'is')} {_word(rng, name)} the {noun(b)}."


def _inverted(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    opening = f"to the {name}" if name in ("left of", "right of") else _word(rng, name)
    return f"{opening} {a_(b)} {verb(a, rng.choice(('is', 'is', 'sits')))} {a_(a)}."


def _picture(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    return f"in this picture, {a_(a)} {verb(a, 'is')} {_word(rng, name)} {a_(b)}."


def _with(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    """The second thing has the first somewhere."""
    owner = rng.choice((f"{verb(b, 'has')}", "with"))
    return f"{a_(b)} {owner} {a_(a)} {whereabouts(rng, b, name)}" + ("." if owner != "with" else rng.choice((".", "")))


def _possessive(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    del rng
    owner = the(b) + ("'s" if b.count == 1 else "'")
    return f"to {owner} {name.removesuffix(' of')} {verb(a, 'is')} {a_(a)}."


def _contains(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    del name
    return rng.choice((f"{a_(b)} contains {a_(a)}.", f"{a_(a)} is surrounded by {a_(b)}."))


def _hides(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    front, back = (a, b) if name == "in front of" else (b, a)
    return rng.choice((f"{a_(back)} is partly hidden by {a_(front)}.", f"{a_(front)} hides a part of {a_(back)}."))


def _supports(rng: random.Random, a: Mention, b: Mention, name: str) -> str:
    del name
    return rng.choice((f"{a_(b)} carries {a_(a)}.", f"{a_(a)} is carried by {a_(b)}."))


_FRAMES: tuple[Frame, ...] = (
    *((_is,) * 5),
    *((_phrase, _there) * 4),
    *((_sits, _placed, _definite) * 2),
    *(_that_is, _that_tail_is, _which, _inverted, _picture, _with),
)
"""Plain sentences are the most common, as with people; each other form is one caption in twenty-five."""
_SPECIAL: dict[str, tuple[Frame, ...]] = {
    "left of": (_possessive,),
    "right of": (_possessive,),
    "inside": (_contains,),
    "in front of": (_hides,),
    "behind": (_hides,),
    "on": (_supports,),
}


def _relate_twice(rng: random.Random, scene: Scene, facts: list[Fact]) -> Caption:
    """Two relations: of one thing to two others where there is such a thing, else of any things."""
    first = _turn(rng, rng.choice(facts))
    others = [
        turned for fact in facts for turned in (fact, _turned(fact)) if turned and set(turned[1:]) != set(first[1:])
    ]
    shared = [fact for fact in others if fact[1] == first[1]]
    if shared and rng.random() < 0.75:
        return _share_head(rng, scene, first, rng.choice(shared))
    return _chain(rng, scene, first, rng.choice(others))


def _turned(fact: Fact) -> Fact | None:
    name, head, tail = fact
    return (OPPOSITES[name], tail, head) if name in OPPOSITES else None


def _share_head(rng: random.Random, scene: Scene, first: Fact, second: Fact) -> Caption:
    a, b, c = (describe(rng, scene, scene.things[i]) for i in (first[1], first[2], second[2]))
    places = f"{_word(rng, first[0])} {a_(b)} and {_word(rng, second[0])} {a_(c)}"
    opening = rng.choice(
        (
            f"{a_(a)} {verb(a, 'is')}",
            f"{a_(a)} {verb(a, 'is')}",
            f"there {verb(a, 'is')} {a_(a)}",
            f"{a_(a)} {verb(a, rng.choice(_VERBS[:3]))}",
            f"{a_(a)} {verb(a, 'is')} placed",
            f"a picture of {a_(a)}",
            a_(a),
        )
    )
    claim = Claim((a, b, c), ((first[0], 0, 1), (second[0], 0, 2)))
    return Caption(sentence(f"{opening} {places}."), claim)


def _chain(rng: random.Random, scene: Scene, first: Fact, second: Fact) -> Caption:
    """Two clauses; a thing named before is named again in the same words, with "the"."""
    order = list(dict.fromkeys((*first[1:], *second[1:])))
    mentions = {i: describe(rng, scene, scene.things[i], colour=0.97, other=0.2) for i in order}
    a, b, c, d = (mentions[i] for i in (*first[1:], *second[1:]))
    said = set(first[1:])
    later = [the(m) if i in said else a_(m) for i, m in zip(second[1:], (c, d), strict=True)]
    link = rng.choice((", and ", " and ", "; ", ", while "))
    text = f"{a_(a)} {verb(a, 'is')} {_word(rng, first[0])} {a_(b)}{link}{later[0]} {verb(c, 'is')} "
    relations = tuple((name, order.index(i), order.index(j)) for name, i, j in (first, second))
    claim = Claim(tuple(mentions[i] for i in order), relations)
    return Caption(sentence(f"{text}{_word(rng, second[0])} {later[1]}."), claim)


def _list_things(rng: random.Random, scene: Scene, facts: list[Fact]) -> Caption:
    """Coordination without a relation; sometimes not of all things."""
    del facts
    mentions = [describe(rng, scene, thing) for thing in scene.things]
    rng.shuffle(mentions)
    kept = mentions if rng.random() < 0.7 else mentions[:2]
    phrases = [a_(m) for m in kept]
    listed = f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    also = f"there {verb(kept[0], 'is')} {phrases[0]}, and there {verb(kept[1], 'is')} also {phrases[1]}."
    listings: tuple[str, ...] = (
        f"{listed}.",
        listed,
        f"{listed} can be seen.",
        f"a picture with {listed}.",
        f"we see {listed}.",
    )
    if len(kept) == 2:
        listings += (also, also)
    return Caption(sentence(rng.choice(listings)), Claim(tuple(kept)))


def _say_attributes(rng: random.Random, scene: Scene, facts: list[Fact]) -> Caption:
    """Colours as predicates, where each shape is there only once."""
    if len({thing.shape for thing in scene.things}) < len(scene.things):
        return _list_things(rng, scene, facts)
    a, b = (describe(rng, scene, thing, colour=1.0) for thing in rng.sample(scene.things, 2))
    first, second = (f"{the(without_colour(m))} {verb(m, 'is')} {m.colour}" for m in (a, b))
    return Caption(sentence(f"{first}{rng.choice((' and ', ', and ', '; '))}{second}."), Claim((a, b)))
