"""English forms of the demo world's words: noun phrases, articles, plurals, agreement, prepositions."""

import random
from dataclasses import replace

from structclip_pipeline.demo.scene import Scene, Thing
from structclip_pipeline.demo.truth import Mention

_PLURALS = {"box": "boxes"}
_COUNTS = {2: "two", 3: "three"}
PREPOSITIONS = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
    "on": ("on", "on top of"),
    "inside": ("inside", "in"),
    "in front of": ("in front of",),
    "behind": ("behind",),
    "next to": ("next to", "beside"),
}


def describe(rng: random.Random, scene: Scene, thing: Thing, colour: float = 0.94, other: float = 0.6) -> Mention:
    """
    What one text says about a thing; ``colour`` and ``other`` are the chances that each attribute is mentioned.

    The colour is always mentioned where another thing has the same shape.
    """
    alone = sum(t.shape == thing.shape for t in scene.things) == 1
    return Mention(
        shape=thing.shape,
        count=thing.count,
        colour=thing.colour if rng.random() < colour or not alone else None,
        size=thing.size if rng.random() < other else None,
        pattern=thing.pattern if rng.random() < other else None,
    )


def noun(mention: Mention) -> str:
    """
    The bare noun phrase, without a determiner or a count.

    >>> noun(Mention("box", 2, "red", "small"))
    'small red boxes'
    """
    name = mention.shape if mention.count == 1 else _PLURALS.get(mention.shape, mention.shape + "s")
    return " ".join(word for word in (mention.size, mention.pattern, mention.colour, name) if word)


def a_(mention: Mention) -> str:
    """
    The noun phrase with an indefinite article or a count.

    >>> a_(Mention("ball", 1, "orange")), a_(Mention("ball", 3, "red"))
    ('an orange ball', 'three red balls')
    """
    words = noun(mention)
    if mention.count > 1:
        return f"{_COUNTS[mention.count]} {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def the(mention: Mention) -> str:
    """The noun phrase with the definite article, the count kept."""
    return f"the {noun(mention)}" if mention.count == 1 else f"the {_COUNTS[mention.count]} {noun(mention)}"


def verb(mention: Mention, singular: str) -> str:
    """The verb that agrees with the mention: is, has or one that takes an s."""
    if mention.count == 1:
        return singular
    return {"is": "are", "has": "have"}.get(singular, singular.removesuffix("s"))


def whereabouts(rng: random.Random, owner: Mention, name: str) -> str:
    """Where something is, told from its neighbour by a pronoun: above it, to their left."""
    one = owner.count == 1
    if name in ("left of", "right of"):
        return f"to {'its' if one else 'their'} {name.removesuffix(' of')}"
    return f"{rng.choice(PREPOSITIONS[name])} {'it' if one else 'them'}"


def without_colour(mention: Mention) -> Mention:
    """The same mention, its colour unsaid."""
    return replace(mention, colour=None)


def sentence(text: str) -> str:
    """The text with a capital."""
    return text[0].upper() + text[1:]
