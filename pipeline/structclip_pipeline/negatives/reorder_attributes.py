"""Exchange two attributes of one object that a conjunction or comma joins, as in "a black and white cow"."""

import re
from collections.abc import Iterator
from itertools import combinations

from structclip_pipeline.negatives import rules
from structclip_pipeline.negatives.exchange import Exchange, Outcome, Refusal
from structclip_pipeline.negatives.lexicon import CATEGORIES, COLOURS, DETERMINERS, INTENSIFIERS, SHADES
from structclip_pipeline.negatives.number import head_word
from structclip_pipeline.negatives.repair import article_repairs, exchange_spans
from structclip_pipeline.negatives.swap_attribute import category, is_barred, place_of
from structclip_pipeline.negatives.words import word_after, word_before
from structclip_schemas.graph import Attribute, SceneGraph
from structclip_schemas.variant import Element

KIND, RULE = "reorder_attributes", "reorder-attributes/1"
_JOINERS = re.compile(r"\band\b|\bor\b|&|,|\s")
_CONJUNCTION = re.compile(r",?\s+(and|or|&)\s+")
_COPULAS = frozenset(["is", "are", "was", "were", "look", "looks", "painted", "colored", "coloured"])
_PHOTOGRAPHS = frozenset(["photo", "photos", "photograph", "photographs", "picture", "pictures", "image", "images"])
_CLOSERS = frozenset(["", ".", "!", ";", "while", "but"])


def reorder_attributes(caption: str, graph: SceneGraph) -> Iterator[Outcome]:
    """Every exchange of two listed attributes of one object, and the reason of every one that is refused."""
    seen: set[tuple[int, int]] = set()
    for i, j in combinations(sorted(range(len(graph.attributes)), key=lambda k: graph.attributes[k].start), 2):
        first, second = graph.attributes[i], graph.attributes[j]
        if first.object != second.object or (first.start, second.start) in seen:
            continue
        seen.add((first.start, second.start))
        reason = forbidden_order(caption, graph, first, second)
        yield Refusal(KIND, reason) if reason else _exchange(caption, graph, i, j)


def forbidden_order(caption: str, graph: SceneGraph, first: Attribute, second: Attribute) -> str | None:
    """The name of the first rule that forbids exchanging two attributes of one object, or None."""
    pair = first, second
    kinds = [category(a) for a in pair]
    joint = caption[first.end : second.start]
    checks: rules.Checks = (
        ("not-listed", lambda: not is_list(joint, [a.text for a in graph.attributes if first.end <= a.start])),
        ("barred-attribute", lambda: any(is_barred(a) or a.lemma.lower() in SHADES for a in pair)),
        ("count", lambda: "count" in kinds),
        ("noun-attribute", lambda: "noun" in kinds and not {*kinds} <= {"noun", "material"}),
        ("attribute-order", lambda: not _CONJUNCTION.fullmatch(joint) and not _alike(kinds)),
        ("photograph", lambda: head_word(graph.objects[first.object]) in _PHOTOGRAPHS),
        ("bound-word", lambda: is_bound(caption, graph, first)),
        ("attribute-place", lambda: not _fits(caption, graph, first, second)),
    )
    return rules.first_that_holds(checks)


def is_list(joint: str, attributes: list[str]) -> bool:
    """Whether the text between two attributes only joins them, other attributes of a list aside."""
    for text in attributes:
        joint = joint.replace(text, " , ")
    return bool(joint.strip()) and not _JOINERS.sub("", joint)


def _alike(kinds: list[str]) -> bool:
    return kinds[0] == kinds[1] and kinds[0] in {*CATEGORIES, "adjective", "participle"}


def is_bound(caption: str, graph: SceneGraph, attribute: Attribute) -> bool:
    """
    Whether the word before an attribute belongs to it and would stay: "bright" in "bright red", "sky" in "sky blue".

    Determiners, counts and adjectives of the same object before a prenominal attribute do not.
    """
    word, start, end = word_before(caption, attribute.start)
    lower, item = word.lower(), graph.objects[attribute.object]
    if lower in SHADES | INTENSIFIERS or (lower.endswith("ly") and lower != "only") or word in ("-", "/"):
        return True
    if not item.phrase_start <= start < item.start or lower in DETERMINERS or lower.isdigit() or word in ("", ","):
        return False
    before = [a for a in graph.attributes if a.object == attribute.object and a.start <= start and end <= a.end]
    return not before or any(category(a) == "noun" for a in before)


def _fits(caption: str, graph: SceneGraph, first: Attribute, second: Attribute) -> bool:
    item = graph.objects[first.object]
    if second.end <= item.start:
        colours = all(a.lemma.lower() in COLOURS for a in (first, second))
        clear = all(place_of(caption, graph, a) == "before" for a in (first, second))
        return first.start >= item.phrase_start and (colours or clear)
    stated = first.start >= item.end and word_before(caption, first.start)[0].lower() in _COPULAS
    return stated and word_after(caption, second.end)[0].lower() in _CLOSERS


def _exchange(caption: str, graph: SceneGraph, i: int, j: int) -> Exchange:
    first, second = graph.attributes[i], graph.attributes[j]
    moved = exchange_spans(caption, (first.start, first.end), (second.start, second.end))
    replacements = (*moved, *article_repairs(caption, moved[:1]))
    return Exchange(KIND, RULE, Element("attribute", i), Element("attribute", j), replacements, graph.triples())
