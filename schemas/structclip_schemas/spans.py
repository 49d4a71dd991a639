"""Span rules of the contract: in range, true to the caption, never through a grapheme."""

import unicodedata

from structclip_schemas.graph import SceneGraph

_JOINER = "\u200d"


def splits_grapheme(text: str, offset: int) -> bool:
    """
    Whether a cut at ``offset`` goes through a user-perceived character (marks, joiners, modifiers, flags, CR LF).

    >>> splits_grapheme("e\u0301a", 1), splits_grapheme("e\u0301a", 2)
    (True, False)
    """
    if offset <= 0 or offset >= len(text):
        return False
    before, after = text[offset - 1], text[offset]
    if after == _JOINER or before == _JOINER or (before == "\r" and after == "\n"):
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return _is_flag(after) and _flags_before(text, offset) % 2 == 1


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, offset: int) -> int:
    count = 0
    while count < offset and _is_flag(text[offset - 1 - count]):
        count += 1
    return count


def graph_faults(caption: str, graph: SceneGraph) -> list[str]:
    """Everything about a graph that breaks the contract, in words; empty when it keeps it."""
    faults = [
        fault
        for element in (*graph.objects, *graph.attributes, *graph.relations)
        for fault in _span_faults(caption, element)
    ]
    count = len(graph.objects)
    for o in graph.objects:
        if not 0 <= o.phrase_start <= o.start <= o.end <= o.phrase_end <= len(caption):
            faults.append(f"phrase {o.phrase_start}:{o.phrase_end} does not surround object {o.text!r}")
    faults += [
        f"attribute {a.text!r} belongs to object {a.object} of {count}"
        for a in graph.attributes
        if not 0 <= a.object < count
    ]
    faults += [
        f"relation {r.text!r} joins objects {r.head} and {r.tail} of {count}"
        for r in graph.relations
        if not (0 <= r.head < count and 0 <= r.tail < count)
    ]
    return faults or _order_faults(graph)


def _span_faults(caption: str, element: object) -> list[str]:
    start, end, text = element.start, element.end, element.text  # type: ignore[attr-defined]
    if not 0 <= start <= end <= len(caption):
        return [f"span {start}:{end} out of range of a caption of {len(caption)} characters"]
    if caption[start:end] != text:
        return [f"span {start}:{end} reads {caption[start:end]!r}, not {text!r}"]
    if start < end and (splits_grapheme(caption, start) or splits_grapheme(caption, end)):
        return [f"span {start}:{end} cuts through a character"]
    return []


def _order_faults(graph: SceneGraph) -> list[str]:
    orders: dict[str, list[tuple[int, ...]]] = {
        "objects": [(o.start, o.end) for o in graph.objects],
        "attributes": [(a.object, a.start) for a in graph.attributes],
        "relations": [(r.start, r.end, r.head, r.tail) for r in graph.relations],
    }
    return [f"{name} out of order" for name, keys in orders.items() if keys != sorted(keys)]
