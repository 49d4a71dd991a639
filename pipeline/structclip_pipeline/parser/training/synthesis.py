"""Training captions composed by rule: what FACTUAL's short captions lack and longer captions are full of."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.places import PLACES
from structclip_pipeline.parser.token_graph import TokenAttribute, TokenGraph, TokenRelation
from structclip_pipeline.parser.training.augmentation import Example

_COLOUR_LIST = """
red blue green yellow purple orange cyan pink brown gray black white gold silver
"""
_COLOURS = _COLOUR_LIST.split()
_SIZES = ("small", "large", "big", "tiny", "huge", "little", "giant")
_STUFF_LIST = """
metal wooden rubber glass plastic shiny striped spotted checkered dotted plain
"""
_STUFFS = _STUFF_LIST.split()
_SHAPE_LIST = """
cube ball cone cylinder ring star box sphere pyramid disc block triangle square circle heart
"""
_SHAPES = _SHAPE_LIST.split()
_COUNTS = ("two", "three", "four", "five", "six")
_VIEWS = (
    "a close up of",
    "a close-up of",
    "a view of",
    "an overhead view of",
    "there is",
    "there are",
    "in this photo ,",
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words of a noun phrase, its noun's place and its attributes' places."""

    words: tuple[str, ...]
    noun: tuple[int, int]
    attributes: tuple[tuple[int, int], ...]


def collect_phrases(examples: Iterable[Example]) -> list[Phrase]:
    """Noun phrases of captions that consist of attributes and a noun, with the article before them."""
    found = []
    for example in examples:
        for index, (start, end) in enumerate(example.graph.objects):
            own = sorted((a.start, a.end) for a in example.graph.attributes if a.object == index and a.end <= start)
            first = _reach_back(own, start)
            article = first > 0 and example.words[first - 1] in ("a", "an", "the")
            by = first - article
            kept = tuple((s - by, e - by) for s, e in own if s >= first)
            found.append(Phrase(example.words[by:end], (start - by, end - by), kept))
    return found


def _reach_back(attributes: Sequence[tuple[int, int]], start: int) -> int:
    for begin, end in reversed(attributes):
        if end != start:
            break
        start = begin
    return start


def make_shape_phrase(rng: random.Random) -> Phrase:
    """A phrase such as "two large striped blue balls"."""
    count = rng.choice(_COUNTS) if rng.random() < 0.3 else None
    pools = [p for p in (_SIZES, _STUFFS, _COLOURS) if rng.random() < 0.5]
    chosen = ([count] if count else []) + [rng.choice(pool) for pool in pools]
    article = [] if count else [rng.choice(("a", "the", "one")[: 2 + (rng.random() < 0.1)])]
    noun = rng.choice(_SHAPES)
    plural = noun + ("es" if noun.endswith(("x", "s")) else "s")
    words = [*article, *chosen, plural if count else noun]
    first = len(article) if article != ["one"] else 0
    return Phrase(tuple(words), (len(words) - 1, len(words)), tuple((i, i + 1) for i in range(first, len(words) - 1)))


class Composer:
    """Composes and rewrites captions; phrases come from training captions or from lists of shapes."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._phrases = collect_phrases(examples)

    def compose(self, rng: random.Random) -> Example:
        """A caption that says where things are, sometimes with two things or two places."""
        draft = _Draft()
        heads = [draft.add(self._pick(rng))]
        if rng.random() < 0.25:
            draft.say("and")
            heads.append(draft.add(self._pick(rng)))
        if rng.random() < 0.6:
            draft.say("are" if len(heads) > 1 or rng.random() < 0.3 else "is")
        self._place(draft, heads, rng)
        if rng.random() < 0.2:
            draft.say("and")
            self._place(draft, heads, rng)
        return draft.finish()

    def _place(self, draft: "_Draft", heads: list[int], rng: random.Random) -> None:
        template = rng.choice(list(PLACES))
        draft.say(rng.choice(PLACES[template]))
        tails = [draft.add(self._pick(rng))]
        if rng.random() < 0.15:
            draft.say("and")
            tails.append(draft.add(self._pick(rng)))
        draft.join(heads, template, tails)

    def _pick(self, rng: random.Random) -> Phrase:
        return make_shape_phrase(rng) if rng.random() < 0.5 else rng.choice(self._phrases)

    def rewrite(self, example: Example, rng: random.Random) -> Example:
        """A training caption with one of its objects joined by another, seen in a view, or two called a couple."""
        kind = rng.choice(("coordinate", "coordinate", "view", "couple"))
        if kind == "view":
            return shift(example, tuple(rng.choice(_VIEWS).split()))
        if kind == "couple":
            return say_couple(example)
        return coordinate(example, rng.randrange(max(1, len(example.graph.objects))), rng.choice(self._phrases))


class _Draft:
    """A caption in the making."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.objects: list[tuple[int, int]] = []
        self.attributes: list[TokenAttribute] = []
        self.relations: list[TokenRelation] = []

    def say(self, text: str) -> None:
        self.words += text.split()

    def add(self, phrase: Phrase) -> int:
        by, index = len(self.words), len(self.objects)
        self.words += phrase.words
        self.objects.append((phrase.noun[0] + by, phrase.noun[1] + by))
        self.attributes += [TokenAttribute(index, s + by, e + by) for s, e in phrase.attributes]
        return index

    def join(self, heads: Sequence[int], template: str, tails: Sequence[int]) -> None:
        self.relations += [TokenRelation(h, t, template, -1) for h in heads for t in tails]

    def finish(self) -> Example:
        return Example(
            tuple(self.words), TokenGraph(tuple(self.objects), tuple(self.attributes), tuple(self.relations))
        )


def shift(example: Example, words: tuple[str, ...]) -> Example:
    """The caption after other words."""
    return insert(example, 0, words)


def insert(example: Example, place: int, words: tuple[str, ...]) -> Example:
    """The caption with words inserted; spans after the place move."""
    by, graph = len(words), example.graph

    def move(offset: int) -> int:
        return offset + by if offset >= place else offset

    def move_end(offset: int) -> int:
        return offset + by if offset > place else offset

    moved = TokenGraph(
        tuple((move(s), move_end(e)) for s, e in graph.objects),
        tuple(TokenAttribute(a.object, move(a.start), move_end(a.end)) for a in graph.attributes),
        tuple(TokenRelation(r.head, r.tail, r.template, move(r.verb) if r.verb >= 0 else -1) for r in graph.relations),
    )
    return Example((*example.words[:place], *words, *example.words[place:]), moved)


def say_couple(example: Example) -> Example:
    """The caption with "a couple of dogs" for "two dogs"."""
    for place, attribute in enumerate(example.graph.attributes):
        if example.words[attribute.start : attribute.end] == ("two",):
            at = attribute.start
            longer = insert(example, at + 1, ("couple", "of"))
            words = (*longer.words[:at], "a", *longer.words[at + 1 :])
            attributes = list(longer.graph.attributes)
            attributes[place] = TokenAttribute(attribute.object, at + 1, at + 3)
            return Example(words, TokenGraph(longer.graph.objects, tuple(attributes), longer.graph.relations))
    return example


def coordinate(example: Example, index: int, phrase: Phrase) -> Example:
    """Another thing beside one of the objects ("a man and a dog"), which takes part in the same relations."""
    graph = example.graph
    if not graph.objects or (
        graph.objects[index][1] < len(example.words) and example.words[graph.objects[index][1]] in ("'s", "of")
    ):
        return example
    at = graph.objects[index][1]
    if any(a.start < at < a.end for a in graph.attributes) or any(o[0] == at for o in graph.objects):
        return example
    longer = insert(example, at, ("and", *phrase.words))
    words = list(longer.words)
    after = at + 1 + len(phrase.words)
    if after < len(words) and words[after] in ("is", "was"):
        words[after] = "are"
    old, by = longer.graph, at + 1
    new = TokenGraph(
        (*old.objects, (phrase.noun[0] + by, phrase.noun[1] + by)),
        old.attributes + tuple(TokenAttribute(len(old.objects), s + by, e + by) for s, e in phrase.attributes),
        old.relations
        + tuple(_replace_object(r, index, len(old.objects)) for r in old.relations if index in (r.head, r.tail)),
    )
    return Example(tuple(words), sort_objects(new))


def _replace_object(relation: TokenRelation, old: int, new: int) -> TokenRelation:
    head, tail = (new if i == old else i for i in (relation.head, relation.tail))
    return TokenRelation(head, tail, relation.template, relation.verb)


def sort_objects(graph: TokenGraph) -> TokenGraph:
    """The same graph with its objects in order."""
    order = sorted(range(len(graph.objects)), key=graph.objects.__getitem__)
    rank = {old: new for new, old in enumerate(order)}
    return TokenGraph(
        tuple(graph.objects[i] for i in order),
        tuple(TokenAttribute(rank[a.object], a.start, a.end) for a in graph.attributes),
        tuple(TokenRelation(rank[r.head], rank[r.tail], r.template, r.verb) for r in graph.relations),
    )
