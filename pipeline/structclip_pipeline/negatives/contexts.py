"""Corpus statistics of words: how often each object, attribute and relation stands in which context; merged exactly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import pyarrow as pa

from structclip_pipeline.negatives.lexicon import DETERMINERS, PREPOSITIONS
from structclip_pipeline.negatives.number import PLURAL, noun_number
from structclip_pipeline.parser.inflection import singular
from structclip_schemas.graph import SceneGraph, SceneObject, graph_from_row

CONTEXTS_KIND = "context-counts/1"
KEYS = ("role", "word", "context")
COUNTED, PLURAL_USE, BARE = "=one", "=many", "=bare"
"""Contexts of an object that tell how it is counted: "a dog", "dogs", "snow" without a determiner."""

INSTEAD = "~"
"""Opens the context of an object that another caption of the image has and this one has not: the same thing, maybe."""

Row = Mapping[str, Any]
Key = tuple[str, str, str]


def count_contexts(rows: Sequence[Row]) -> pa.Table:
    """
    Count the contexts in the graphs of one shard's rows: columns role, word, context, count, sorted.

    Objects stand with what they are, do, are done to and are related to, and with how they are counted; attributes
    with their owners; relations with both ends.
    """
    counts: Counter[Key] = Counter()
    graphs = [graph_from_row(dict(row)) for row in rows]
    for row, graph in zip(rows, graphs, strict=True):
        counts.update(_contexts_of_caption(row["caption"], graph))
    counts.update(_alternatives(zip((row["image_id"] for row in rows), graphs, strict=True)))
    keys = sorted(counts)
    columns = {name: pa.array([key[k] for key in keys], pa.string()) for k, name in enumerate(KEYS)}
    return pa.table(columns | {"count": pa.array([counts[key] for key in keys], pa.int64())})


def merge_contexts(parts: Sequence[pa.Table]) -> pa.Table:
    """The sum of several counts: exact, whatever the order and grouping of the parts."""
    merged = pa.concat_tables(parts).group_by(list(KEYS)).aggregate([("count", "sum")])
    return merged.rename_columns([*KEYS, "count"]).sort_by([(name, "ascending") for name in KEYS]).combine_chunks()


def name_object(lemma: str) -> str:
    """The word under which an object is counted: lower case, singular."""
    return singular(lemma.lower())


def object_contexts(graph: SceneGraph, index: int) -> list[str]:
    """What an object is and how it is related: "is red", "> ride" where it is ridden, "ride >" where it rides."""
    found = [f"is {a.lemma.lower()}" for a in graph.attributes if a.object == index]
    for relation in graph.relations:
        lemma = relation.lemma.lower()
        if relation.head == index:
            found += [f"{lemma} >", f"{lemma} > {name_object(graph.objects[relation.tail].lemma)}"]
        if relation.tail == index:
            found += [f"> {lemma}", f"{name_object(graph.objects[relation.head].lemma)} > {lemma}"]
    return found


def object_use(caption: str, item: SceneObject) -> str | None:
    """How an object is counted, None where its phrase does not tell ("the dog")."""
    words = caption[item.phrase_start : item.start].lower().split()
    if noun_number(item.text) == PLURAL:
        return PLURAL_USE
    if words and words[0] in ("a", "an", "one", "another", "each", "every"):
        return COUNTED
    return BARE if not words or words[0] not in DETERMINERS else None


def predicate_of(lemma: str) -> tuple[str, str]:
    """
    The verb of a relation's lemma and what follows it; a preposition alone has no verb.

    >>> predicate_of("sit on top of"), predicate_of("next to"), predicate_of("ride")
    (('sit', 'on top of'), ('', 'next to'), ('ride', ''))
    """
    first, _, rest = lemma.lower().partition(" ")
    return ("", lemma.lower()) if first in PREPOSITIONS else (first, rest)


def _contexts_of_caption(caption: str, graph: SceneGraph) -> Iterator[Key]:
    names = [name_object(o.lemma) for o in graph.objects]
    for index, item in enumerate(graph.objects):
        for context in object_contexts(graph, index):
            yield "object", names[index], context
        use = object_use(caption, item)
        if use:
            yield "object", names[index], use
    for attribute in graph.attributes:
        yield "attribute", attribute.lemma.lower(), names[attribute.object]
    for relation in graph.relations:
        lemma = relation.lemma.lower()
        for word in {lemma, predicate_of(lemma)[1] or lemma}:
            yield "relation", word, f"{names[relation.head]} >"
            yield "relation", word, f"> {names[relation.tail]}"


def _alternatives(captions: Iterable[tuple[str | None, SceneGraph]]) -> Iterator[Key]:
    """Objects of different captions of one image of which each stands in one caption and not in the other."""
    of_image: dict[str, list[frozenset[str]]] = defaultdict(list)
    for image, graph in captions:
        if image is not None:
            of_image[image].append(frozenset(name_object(o.lemma) for o in graph.objects))
    for named in of_image.values():
        for one, other in permutations(named, 2):
            for word in one - other:
                for instead in other - one:
                    yield "object", word, f"{INSTEAD}{instead}"
