"""Captions of a training caption's form with other words: what they say is for a teacher to tell."""

import random
from collections import defaultdict
from collections.abc import Sequence

from structclip_pipeline.parser.training.augmentation import Example

_ENDINGS = ("ing", "ed", "s")


class Mutator:
    """Exchanges objects, attributes and verbs for those of other captions, each with probability ``rate``."""

    def __init__(self, examples: Sequence[Example], rate: float = 0.4) -> None:
        self._rate = rate
        self._objects = [e.words[s:t] for e in examples for s, t in e.graph.objects]
        self._attributes = [e.words[a.start : a.end] for e in examples for a in e.graph.attributes]
        self._verbs: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for e in examples:
            for r in e.graph.relations:
                if r.verb >= 0:
                    self._verbs[find_ending(e.words[r.verb])].append((e.words[r.verb],))

    def mutate(self, example: Example, rng: random.Random) -> tuple[str, ...]:
        """The caption with other words in some places."""
        graph = example.graph
        pools = dict.fromkeys(graph.objects, self._objects)
        pools |= {(a.start, a.end): self._attributes for a in graph.attributes}
        pools |= {
            (r.verb, r.verb + 1): self._verbs[find_ending(example.words[r.verb])]
            for r in graph.relations
            if r.verb >= 0
        }
        words: list[str] = []
        at = 0
        for (start, end), pool in sorted(pools.items()):
            if start >= at and rng.random() < self._rate:
                words += [*example.words[at:start], *rng.choice(pool)]
                at = end
        return (*words, *example.words[at:])


def find_ending(verb: str) -> str:
    """
    The ending that tells which forms may stand in a verb's place.

    >>> find_ending("sitting"), find_ending("stand")
    ('ing', '')
    """
    return next((ending for ending in _ENDINGS if verb.endswith(ending)), "")
