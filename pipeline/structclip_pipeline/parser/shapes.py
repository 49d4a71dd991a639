"""Sizes of the network and the labels it predicts."""

from dataclasses import dataclass

TAGS = ("O", "B-object", "I-object", "B-attribute", "I-attribute")
"""Labels of tokens: the first and the further tokens of an object and of an attribute."""

OUTSIDE, BEGIN_OBJECT, IN_OBJECT, BEGIN_ATTRIBUTE, IN_ATTRIBUTE = range(5)

FARTHEST = 12
"""Token distances between two spans are clipped here."""

FARTHEST_RANK = 8
"""Objects further apart than this many objects are never joined."""


@dataclass(frozen=True)
class Shapes:
    """Widths: word, n-gram and meaning embeddings, one direction of a recurrent layer, pair scorer, pointer."""

    word: int = 96
    ngram: int = 96
    meaning: int = 64
    hidden: int = 224
    pair: int = 256
    pointer: int = 64
    layers: int = 2
