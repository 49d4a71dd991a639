"""What stands before a noun in its phrase: an opening (article or count) and the words that describe."""

import re
from dataclasses import dataclass

from structclip_pipeline.negatives.lexicon import DETERMINERS
from structclip_schemas.graph import SceneGraph, SceneObject

_COUNT = re.compile(
    r"(a (couple|pair|group|bunch|lot|number) of|lots of|a few|an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+"
    r"|several|many|multiple|numerous)(?=\s)",
    re.IGNORECASE,
)
_COLLECTIVE = re.compile(r"\s*(\w+\s+){0,2}\w+\s+of\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Modifiers:
    """
    Half-open ranges in a caption: the opening, and the description up to the noun; either may be empty.

    ``counts`` tells whether the opening says how many: "two", "a", "several", "a group of"; "the" and "his" do not.
    """

    opening: tuple[int, int]
    description: tuple[int, int]
    counts: bool


def read_modifiers(caption: str, item: SceneObject) -> Modifiers:
    """The modifiers of an object's noun; another collective ("a herd of") belongs to no description."""
    start = item.phrase_start
    words = caption[start : item.start]
    count = _COUNT.match(words)
    opening = count.end() if count else _measure_determiner(words)
    collective = _COLLECTIVE.match(words, opening)
    described = start + (collective.end() if collective else opening)
    while described < item.start and caption[described].isspace():
        described += 1
    return Modifiers((start, start + opening), (described, item.start), bool(count))


def _measure_determiner(words: str) -> int:
    first = words.split(maxsplit=1)[:1]
    return len(first[0]) if first and first[0].lower() in DETERMINERS else 0


def list_described(graph: SceneGraph, index: int, description: tuple[int, int]) -> list[int]:
    """The attributes of an object that stand within its description."""
    return [
        k
        for k, a in enumerate(graph.attributes)
        if a.object == index and description[0] <= a.start and a.end <= description[1]
    ]
