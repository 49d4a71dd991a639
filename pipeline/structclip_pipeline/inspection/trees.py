"""A caption's record for the terminal: the caption with its marks, the graph and the variants as trees."""

from rich.cells import cell_len
from rich.text import Text
from rich.tree import Tree

from structclip_pipeline.foreign.differences import edits_between
from structclip_pipeline.inspection.characters import visible
from structclip_pipeline.inspection.marks import ATTRIBUTE, OBJECT, RELATION, line_ranges, roles_of, runs
from structclip_schemas.edits import Edit, inverse
from structclip_schemas.graph import Attribute, Relation, SceneGraph, SceneObject
from structclip_schemas.variant import CaptionRecord, Element, Unit, Variant

STYLES = {OBJECT: "bold cyan", ATTRIBUTE: "yellow", RELATION: "magenta"}
_QUIET = "dim"
_CHANGED = "bold red"


def heading(record: CaptionRecord, number: int, shard: str) -> Text:
    """Which row this is: its id and number, its shard, image, split, and who read the graph."""
    about = (("image", record.image), ("split", record.split), ("graph by", _parser_of(record.graph_source)))
    facts = ", ".join(f"{what} {value}" for what, value in about if value)
    line = Text().append(visible(record.caption_id), "bold")
    line.append(visible(f"  row {number:,}, in {shard.rsplit('/', 1)[-1]}"), _QUIET)
    return line.append("\n").append(visible(facts), _QUIET)


def _parser_of(graph_source: str) -> str:
    """Name and version; the hash is for machines."""
    return " ".join(graph_source.split(" ")[:2])


def marked_caption(caption: str, graph: SceneGraph, width: int) -> Text:
    """
    The caption in lines of at most ``width`` cells, its spans in colour, and under each line their letters.

    Letters say the same as colours: o for an object, a for an attribute, r for a relation.
    """
    shown, roles = visible(caption), roles_of(caption, graph)
    text = Text()
    for start, end in line_ranges(shown, width, cell_len):
        letters = Text()
        for left, right, role in runs(roles, start, end):
            style = STYLES.get(role or "", "")
            text.append(shown[left:right], style)
            letters.append((role or " ")[0] * cell_len(shown[left:right]), style)
        letters.rstrip()
        text.append("\n").append_text(letters).append("\n")
    return text.append_text(_legend())


def _legend() -> Text:
    parts = [Text(f"{role[0]} {role}", STYLES[role]) for role in (OBJECT, ATTRIBUTE, RELATION)]
    return Text("   ").join(parts)


def graph_tree(caption: str, graph: SceneGraph) -> Tree:
    """Objects with their phrases; under each its attributes and the relations it is the head of."""
    tree = Tree(Text(f"scene graph: {_count(graph)}"))
    for number, thing in enumerate(graph.objects):
        branch = tree.add(_object(caption, number, thing))
        for attribute in graph.attributes:
            if attribute.object == number:
                branch.add(_element("is ", attribute, ATTRIBUTE))
        for relation in graph.relations:
            if relation.head == number:
                tail = graph.objects[relation.tail]
                line = _element("", relation, RELATION)
                line.append(" → ").append(f"{relation.tail} {visible(tail.lemma)}", STYLES[OBJECT])
                branch.add(line)
    return tree


def _count(graph: SceneGraph) -> str:
    return ", ".join(f"{len(found)} {role}{'' if len(found) == 1 else 's'}" for role, found in _elements(graph).items())


def _elements(graph: SceneGraph) -> dict[str, tuple[SceneObject | Attribute | Relation, ...]]:
    return {OBJECT: graph.objects, ATTRIBUTE: graph.attributes, RELATION: graph.relations}


def _object(caption: str, number: int, thing: SceneObject) -> Text:
    line = _element(f"{number} ", thing, OBJECT)
    phrase = visible(caption[thing.phrase_start : thing.phrase_end])
    return line.append(f', phrase "{phrase}" {thing.phrase_start}:{thing.phrase_end}', _QUIET)


def _element(before: str, element: SceneObject | Attribute | Relation, role: str) -> Text:
    """Lemma, span, and the caption's word where it is another one."""
    line = Text(before).append(visible(element.lemma), STYLES[role])
    if element.start == element.end:
        return line.append(f" (no word, at {element.start})", _QUIET)
    word = "" if element.text == element.lemma else f' "{visible(element.text)}"'
    return line.append(f"{word} {element.start}:{element.end}", _QUIET)


def variant_trees(record: CaptionRecord) -> list[Tree]:
    """One tree of negatives, of positives and of units, each only where the record has any."""
    trees = [
        _tree_of(name, [_variant_tree(record.graph, variant) for variant in variants])
        for name, variants in (("negatives", record.negatives), ("positives", record.positives))
    ]
    trees.append(_tree_of("units", [_unit_tree(unit) for unit in record.units]))
    return [tree for tree in trees if tree.children]


def _tree_of(name: str, children: list[Tree]) -> Tree:
    tree = Tree(Text(f"{name}: {len(children)}"))
    tree.children.extend(children)
    return tree


def _variant_tree(graph: SceneGraph, variant: Variant) -> Tree:
    text = Text(visible(variant.caption))
    for edit in inverse(variant.edits):
        text.stylize(_CHANGED, edit.start, edit.end)
    tree = Tree(text)
    tree.add(Text(visible(f"{variant.kind}, rule {variant.rule}")))
    if checks := _checks(variant):
        tree.add(Text(checks))
    if variant.left is not None:
        named = [_named(graph, element) for element in (variant.left, variant.right) if element is not None]
        tree.add(Text(visible(f"changes {' and '.join(named)}")))
    for edit in variant.edits:
        tree.add(_edit(edit))
    return tree


def _checks(variant: Variant) -> str:
    trip = {None: "", True: "round trip holds", False: "round trip fails"}[variant.round_trip]
    plausibility = "" if variant.plausibility is None else f"plausibility {variant.plausibility:+.2f}"
    return ", ".join(filter(None, (trip, plausibility)))


def _named(graph: SceneGraph, element: Element) -> str:
    """An element by role, number and lemma; a foreign file's index may lead nowhere."""
    elements = _elements(graph).get(element.role, ())
    found = elements[element.index : element.index + 1] if element.index >= 0 else ()
    return f"{element.role} {element.index}" + "".join(f' "{e.lemma}"' for e in found)


def _edit(edit: Edit) -> Text:
    line = Text().append(f"{edit.start}:{edit.end} ", _QUIET)
    return line.append(f'"{visible(edit.before)}" → ').append(f'"{visible(edit.after)}"', _CHANGED)


def _unit_tree(unit: Unit) -> Tree:
    parts = ", ".join(f"{part.start}:{part.end}" for part in unit.parts)
    tree = Tree(Text(visible(f"{unit.kind}: {unit.text}")).append(f" {parts}", _QUIET))
    if unit.foil is not None:
        foil = tree.add(Text(visible(f"foil {unit.foil_kind}: {unit.foil}")))
        for edit in edits_between(unit.text, unit.foil):
            foil.add(_edit(edit))
    return tree
