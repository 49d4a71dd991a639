"""A scene graph as an SVG picture: one self-contained file, the caption on top."""

from html import escape

from structclip_pipeline.inspection.characters import visible
from structclip_pipeline.inspection.layout import LABEL_SIZE, OBJECT_SIZE, Arc, Column, Label, lay_out
from structclip_pipeline.inspection.marks import ATTRIBUTE, OBJECT, RELATION, line_ranges, roles_of, runs
from structclip_pipeline.inspection.text_width import text_width
from structclip_schemas.graph import SceneGraph

COLOURS = {OBJECT: "#1f5fa8", ATTRIBUTE: "#b3540a", RELATION: "#7a3c9c"}
_FILLS = {OBJECT: "#e3eefb", ATTRIBUTE: "#fdeedd"}
_INK, _PAPER = "#222222", "#ffffff"
_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_MARGIN = 28.0
_LEAST_WIDTH = 560.0
_WIDE_FONT = 1.15
"""A caption's line also fits in fonts that are so much wider than Helvetica; boxes have room for it."""
_CAPTION_SIZE, _CAPTION_LINE = 18.0, 26.0
_LEVEL, _BOX, _PILL, _PILL_STEP, _BEND = 30.0, 34.0, 24.0, 30.0, 8.0


def draw_graph(caption: str, graph: SceneGraph) -> str:
    """The SVG text of a caption and its graph; any caption gives well-formed XML, the same on every call."""
    layout = lay_out(graph)
    inner = max(layout.width, _LEAST_WIDTH)
    lines = _caption_lines(caption, graph, inner)
    arcs_top = _MARGIN + len(lines) * _CAPTION_LINE + 34
    boxes_top = arcs_top + layout.levels * _LEVEL + (16 if layout.arcs else 0)
    height = boxes_top + (_BOX if layout.columns else 0) + layout.most_attributes * _PILL_STEP + _MARGIN
    left = _MARGIN + (inner - layout.width) / 2
    parts = [
        *_opening(inner + 2 * _MARGIN, height, visible(caption)),
        *lines,
        _legend(_MARGIN + len(lines) * _CAPTION_LINE + 4),
        f'<g transform="translate({left:.1f} {boxes_top:.1f})">',
        *(_line(arc) for arc in layout.arcs),
        *(_arc_label(arc, relation.text) for arc, relation in zip(layout.arcs, graph.relations, strict=True)),
        *(part for column in layout.columns for part in _column(column)),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _opening(width: float, height: float, title: str) -> list[str]:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    arrow = (
        '<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M 0 0 L 8 4 L 0 8 z" fill="{COLOURS[RELATION]}"/></marker>'
    )
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f"<defs>{arrow}</defs>",
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
    ]


def _caption_lines(caption: str, graph: SceneGraph, width: float) -> list[str]:
    shown, roles = visible(caption), roles_of(caption, graph)
    ranges = line_ranges(shown, width, lambda text: _WIDE_FONT * text_width(text, _CAPTION_SIZE))
    return [
        _text(_MARGIN, _MARGIN + (number + 0.7) * _CAPTION_LINE, _CAPTION_SIZE, 'xml:space="preserve"')
        + "".join(_tspan(shown[a:b], role) for a, b, role in runs(roles, start, end))
        + "</text>"
        for number, (start, end) in enumerate(ranges)
    ]


def _text(x: float, y: float, size: float, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}"{" " if more else ""}{more}>'


def _tspan(text: str, role: str | None) -> str:
    if role is None:
        return escape(text)
    return f'<tspan fill="{COLOURS[role]}" font-weight="bold">{escape(text)}</tspan>'


def _legend(y: float) -> str:
    words = "".join(
        f'<tspan dx="{0 if role == OBJECT else 14}" fill="{COLOURS[role]}">{role}</tspan>'
        for role in (OBJECT, ATTRIBUTE, RELATION)
    )
    return _text(_MARGIN, y + 10, 12) + words + "</text>"


def _height(arc: Arc) -> float:
    """The arc's y over the boxes' top, which is 0."""
    return -(arc.level - 0.5) * _LEVEL - 16


def _line(arc: Arc) -> str:
    bend = min(_BEND, (arc.right - arc.left) / 2)
    aside = bend if arc.start < arc.end else -bend
    y = _height(arc)
    path = (
        f"M {arc.start:.1f} 0 V {y + bend:.1f} q 0 {-bend:.1f} {aside:.1f} {-bend:.1f} "
        f"H {arc.end - aside:.1f} q {aside:.1f} 0 {aside:.1f} {bend:.1f} V -1"
    )
    return f'<path d="{path}" fill="none" stroke="{COLOURS[RELATION]}" stroke-width="1.4" marker-end="url(#arrow)"/>'


def _arc_label(arc: Arc, words: str) -> str:
    said = f"said by: {words}" if words else "no word says it"
    return _labelled(arc.label, _height(arc), 20, RELATION, LABEL_SIZE, f'fill="{_PAPER}"', said)


def _column(column: Column) -> list[str]:
    x, bottom = column.box.centre, _BOX + len(column.attributes) * _PILL_STEP
    stem = f'<path d="M {x:.1f} {_BOX:.1f} V {bottom - _PILL / 2:.1f}" stroke="{COLOURS[ATTRIBUTE]}"/>'
    shape = f'fill="{_FILLS[OBJECT]}" stroke="{COLOURS[OBJECT]}" stroke-width="1.4" rx="5"'
    box = _labelled(column.box, _BOX / 2, _BOX, OBJECT, OBJECT_SIZE, shape)
    pill = f'fill="{_FILLS[ATTRIBUTE]}" stroke="{COLOURS[ATTRIBUTE]}" rx="12"'
    pills = [
        _labelled(label, _BOX + (number + 1) * _PILL_STEP - _PILL / 2, _PILL, ATTRIBUTE, LABEL_SIZE, pill)
        for number, label in enumerate(column.attributes)
    ]
    return [*([stem] if pills else []), box, *pills]


def _labelled(label: Label, y: float, height: float, role: str, size: float, shape: str, title: str = "") -> str:
    """A rectangle with a text in its middle, ``y`` being the middle's."""
    rectangle = (
        f'<rect x="{label.centre - label.width / 2:.1f}" y="{y - height / 2:.1f}" '
        f'width="{label.width:.1f}" height="{height:.1f}" {shape}/>'
    )
    weight = ' font-weight="bold"' if role == OBJECT else ""
    words = _text(label.centre, y + size * 0.35, size, f'text-anchor="middle" fill="{COLOURS[role]}"{weight}')
    told = f"<title>{escape(visible(title))}</title>" if title else ""
    return f'<g class="{role}">{told}{rectangle}{words}{escape(label.text)}</text></g>'
