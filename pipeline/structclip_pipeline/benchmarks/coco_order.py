"""ARO's order of COCO and Flickr30k: a caption against four shuffles of its words, the same on every run."""

import re
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from structclip_pipeline.benchmarks.items import Item, coco_id, read_json, require, row_id, sound, text_of
from structclip_pipeline.negatives.tagging import ADJECTIVE, NOUN, PLURAL, PROPER, shipped_tagger
from structclip_schemas.edits import folded_words

NAME = "a retrieval file of COCO or Flickr30k"
MOST_WORDS = 30
_NOUNS = frozenset({NOUN, PLURAL, PROPER})
_STRIPPED = re.compile(r"([.!\"()*#:;~])")


def read_coco_order(url: str) -> list[Item]:
    """
    A list of {"image", "caption": [several]}: every caption is an item with at most four false ones.

    As ARO does it, captions are lower-cased, some marks become spaces, and 30 words are kept. Nouns and adjectives are
    told by the table of word classes that is shipped, where ARO asks spaCy's small model. A shuffle in the words of
    the caption or of another shuffle is left away, since it would be a tie. Raises InputError when the file is missing
    or not of this format.
    """
    document = read_json(url, NAME)
    require(isinstance(document, list), url, NAME, "wanted a list of objects", document)
    found = [(record, text) for record in document for text in _captions(record)]
    items = [_item(row_id(url, row), record, text) for row, (record, text) in enumerate(found)]
    return sound(url, NAME, "image, caption", items)


def plain_words(caption: str) -> str:
    """
    A caption as ARO's loader cuts it.

    >>> plain_words("A man (in red) rides.  ")
    'a man in red rides'
    """
    return " ".join(_STRIPPED.sub(" ", caption.lower()).split()[:MOST_WORDS])


def shuffles(caption: str, seed: str) -> tuple[str, ...]:
    """Nouns and adjectives among themselves; all other words; within groups of three words; the groups of three."""
    words, random = caption.split(), Random(seed)
    if not words:
        return ()
    tags = shipped_tagger().tag(words)
    nouns = [place for place, tag in enumerate(tags) if tag in _NOUNS]
    adjectives = [place for place, tag in enumerate(tags) if tag == ADJECTIVE]
    others = sorted({*range(len(words))} - {*nouns, *adjectives})
    threes = [words[start : start + 3] for start in range(0, len(words), 3)]
    made = (
        _shuffled(_shuffled(words, nouns, random), adjectives, random),
        _shuffled(words, others, random),
        [word for three in threes for word in random.sample(three, len(three))],
        [word for three in random.sample(threes, len(threes)) for word in three],
    )
    return tuple(_different(caption, (" ".join(each) for each in made)))


def _shuffled(words: Sequence[str], places: list[int], random: Random) -> list[str]:
    """The words with those at some places in another order."""
    result = list(words)
    for place, other in zip(places, random.sample(places, len(places)), strict=True):
        result[place] = words[other]
    return result


def _different(caption: str, texts: Iterable[str]) -> list[str]:
    seen = {folded_words(caption)}
    kept = []
    for text in texts:
        words = folded_words(text)
        if words not in seen:
            kept.append(text)
            seen.add(words)
    return kept


def _captions(record: Any) -> list[Any]:
    """The captions of an image; one None for a record that has none, so that it is left out with a reason."""
    captions = record.get("caption") if isinstance(record, dict) else None
    return captions if isinstance(captions, list) and captions else [captions]


def _item(item_id: str, record: Any, caption: Any) -> Item:
    image = text_of(record, "image") if isinstance(record, dict) else None
    true = plain_words(caption) if isinstance(caption, str) else None
    return Item(
        item_id=item_id,
        image=image,
        image_id=coco_id(image),
        split=None,
        group="order",
        true_caption=true,
        false_captions=(None,) if true is None else shuffles(true, item_id),
    )
