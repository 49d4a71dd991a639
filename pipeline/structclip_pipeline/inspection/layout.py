"""
Where a scene graph's parts are drawn: objects in a row in the caption's order, relations as arcs over them.

Every arc leaves and enters an object at a place of its own; arcs that share a stretch have levels of their own; the
row is stretched until every label fits onto its arc. So nothing overlaps, whatever the graph is.
"""

from dataclasses import dataclass
from itertools import pairwise

from structclip_pipeline.inspection.characters import visible
from structclip_pipeline.inspection.text_width import shortened, text_width
from structclip_schemas.graph import SceneGraph

OBJECT_SIZE, LABEL_SIZE = 15.0, 13.0
_PADDING = 12.0
_GAP = 26.0
_PORT = 16.0
_AIR = 8.0
"""Between a label and its arc's line, both sides together."""
_LABEL_ROOM = 22.0
"""Between a label and the bends of its arc, both sides together."""


@dataclass(frozen=True, slots=True)
class Label:
    """A short text, its centre and the width kept free for it."""

    text: str
    centre: float
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """An object's box and under it its attributes."""

    box: Label
    attributes: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """A relation from x ``start`` to x ``end`` at a level from 1, the lowest."""

    start: float
    end: float
    level: int
    label: Label

    @property
    def left(self) -> float:
        """The smaller x."""
        return min(self.start, self.end)

    @property
    def right(self) -> float:
        """The larger x."""
        return max(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns in the order of the objects, arcs in the order of the relations, from x 0 to ``width``."""

    columns: tuple[Column, ...]
    arcs: tuple[Arc, ...]
    width: float

    @property
    def levels(self) -> int:
        """The highest arc's level; 0 without arcs."""
        return max((arc.level for arc in self.arcs), default=0)

    @property
    def most_attributes(self) -> int:
        """Attributes of the object that has most."""
        return max((len(column.attributes) for column in self.columns), default=0)


_End = tuple[int, bool]
"""One end of a relation: its index, and whether it is the tail's."""


def lay_out(graph: SceneGraph) -> Layout:
    """Place a graph's parts; the same graph gives the same layout. Quadratic in the number of relations."""
    texts = [_text(r.lemma) for r in graph.relations]
    label_widths = [text_width(text, LABEL_SIZE) + _AIR for text in texts]
    ends = _ends(graph)
    ports = [_port_offsets(e, label_widths) for e in ends]
    boxes = [_box_width(o.lemma, offsets) for o, offsets in zip(graph.objects, ports, strict=True)]
    attributes: list[list[str]] = [[] for _ in graph.objects]
    for attribute in graph.attributes:
        attributes[attribute.object].append(_text(attribute.lemma))
    widths = [max([box, *map(_pill_width, own)]) for box, own in zip(boxes, attributes, strict=True)]
    offsets = {end: x for of_object in ports for end, x in of_object.items()}
    centres = _centres(graph, widths, offsets, label_widths)
    columns = tuple(
        Column(Label(_text(o.lemma), x, box), tuple(Label(text, x, _pill_width(text)) for text in own))
        for o, x, box, own in zip(graph.objects, centres, boxes, attributes, strict=True)
    )
    spans = [
        (centres[r.head] + offsets[i, False], centres[r.tail] + offsets[i, True]) for i, r in enumerate(graph.relations)
    ]
    width = centres[-1] + widths[-1] / 2 if centres else 0.0
    return Layout(columns, _arcs(spans, texts, label_widths), width)


def _text(lemma: str) -> str:
    return shortened(visible(lemma))


def _pill_width(text: str) -> float:
    return text_width(text, LABEL_SIZE) + 2 * _PADDING


def _box_width(lemma: str, offsets: dict[_End, float]) -> float:
    ports = max(offsets.values(), default=0.0) - min(offsets.values(), default=0.0)
    return max(text_width(_text(lemma), OBJECT_SIZE), ports) + 2 * _PADDING


def _ends(graph: SceneGraph) -> list[list[_End]]:
    """
    The ends of relations at each object from left to right, so that arcs to one side nest instead of crossing.

    Those to the left come first, the nearest leftmost; loops; those to the right, the nearest rightmost.
    """
    keyed: list[list[tuple[int, int, int, _End]]] = [[] for _ in graph.objects]
    for i, relation in enumerate(graph.relations):
        for own, other, tail in ((relation.head, relation.tail, False), (relation.tail, relation.head, True)):
            side = (other > own) - (other < own)
            keyed[own].append((side, own - other, i if side <= 0 else -i, (i, tail)))
    return [[end for *_, end in sorted(of_object)] for of_object in keyed]


def _port_offsets(ends: list[_End], label_widths: list[float]) -> dict[_End, float]:
    """How far from the object's centre each end lies; the ends of a loop are as far apart as its label needs."""
    places: list[float] = []
    for before, (index, _) in zip([None, *ends], ends, strict=False):
        if before is None:
            places.append(0.0)
        else:
            places.append(places[-1] + (label_widths[index] + _LABEL_ROOM if before[0] == index else _PORT))
    middle = places[-1] / 2 if places else 0.0
    return {end: place - middle for end, place in zip(ends, places, strict=True)}


def _centres(
    graph: SceneGraph, widths: list[float], offsets: dict[_End, float], label_widths: list[float]
) -> list[float]:
    """The objects' x from left to right, each as far left as boxes and labels let it."""
    to_left: list[list[tuple[int, float]]] = [[] for _ in widths]
    for i, relation in enumerate(graph.relations):
        near, far = sorted((relation.head, relation.tail))
        ports = offsets[i, near == relation.tail] - offsets[i, far == relation.tail]
        if near < far:
            to_left[far].append((near, ports + label_widths[i] + _LABEL_ROOM))
    centres: list[float] = []
    for number, width in enumerate(widths):
        least = centres[-1] + widths[number - 1] / 2 + _GAP + width / 2 if centres else width / 2
        centres.append(max([least, *(centres[near] + room for near, room in to_left[number])]))
    return centres


def _arcs(spans: list[tuple[float, float]], texts: list[str], label_widths: list[float]) -> tuple[Arc, ...]:
    levels = _levels(spans)
    return tuple(
        Arc(*span, levels[i], Label(texts[i], _label_centre(i, spans, levels, label_widths[i]), label_widths[i]))
        for i, span in enumerate(spans)
    )


def _levels(spans: list[tuple[float, float]]) -> list[int]:
    """Levels, shortest arc first: over all arcs it contains, at none that an overlapping arc has."""
    levels = [0] * len(spans)
    placed: list[tuple[float, float, int]] = []
    for i in sorted(range(len(spans)), key=lambda i: (abs(spans[i][0] - spans[i][1]), i)):
        left, right = sorted(spans[i])
        met = [p for p in placed if p[0] <= right and left <= p[1]]
        taken = {level for *_, level in met}
        level = 1 + max((level for start, end, level in met if left <= start and end <= right), default=0)
        while level in taken:
            level += 1
        levels[i] = level
        placed.append((left, right, level))
    return levels


def _label_centre(index: int, spans: list[tuple[float, float]], levels: list[int], width: float) -> float:
    """The middle of the arc, or the nearest place to it where no higher arc comes down through the label."""
    left, right = sorted(spans[index])
    middle = (left + right) / 2
    crossings = sorted(x for j, span in enumerate(spans) if levels[j] > levels[index] for x in span if left < x < right)
    cuts = [left, *crossings, right]
    half = width / 2 + 4
    places = [min(max(middle, start + half), end - half) for start, end in pairwise(cuts) if end - start >= 2 * half]
    return min(places, key=lambda x: abs(x - middle), default=middle)
