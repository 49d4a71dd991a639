"""Scene graphs as values: objects, attributes and relations with spans, and the triples they spell."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, order=True)
class SceneObject:
    """An object's head noun ``caption[start:end]`` and the noun phrase around it, code-point offsets, half open."""

    start: int
    end: int
    text: str
    lemma: str
    phrase_start: int
    phrase_end: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of ``objects[object]`` that ``caption[start:end]`` states."""

    object: int
    text: str
    lemma: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A predicate from ``objects[head]`` to ``objects[tail]``; an empty span at the head's end when no word says it."""

    head: int
    tail: int
    text: str
    lemma: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Triple:
    """(head, relation, tail) in lemmas with the objects they name; an attribute's triple has no tail object."""

    head: str
    relation: str
    tail: str
    head_object: int | None
    tail_object: int | None

    @property
    def lemmas(self) -> tuple[str, str, str]:
        """The three lemmas alone, as sets of triples are compared."""
        return self.head, self.relation, self.tail


@dataclass(frozen=True, slots=True)
class SceneGraph:
    """The graph of one caption; tuples ordered as DESIGN section 2 says (see :meth:`ordered`)."""

    objects: tuple[SceneObject, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    relations: tuple[Relation, ...] = ()

    @classmethod
    def ordered(cls, objects: list[SceneObject], attributes: list[Attribute], relations: list[Relation]) -> Self:
        """Build a graph in the contract's order, whatever order the elements come in; indices are renumbered."""
        order = sorted(range(len(objects)), key=lambda i: (objects[i].start, objects[i].end))
        rank = {old: new for new, old in enumerate(order)}
        moved_attributes = [Attribute(rank[a.object], a.text, a.lemma, a.start, a.end) for a in attributes]
        moved_relations = [Relation(rank[r.head], rank[r.tail], r.text, r.lemma, r.start, r.end) for r in relations]
        return cls(
            objects=tuple(objects[i] for i in order),
            attributes=tuple(sorted(moved_attributes, key=lambda a: (a.object, a.start, a.end, a.lemma))),
            relations=tuple(sorted(moved_relations, key=lambda r: (r.start, r.end, r.head, r.tail, r.lemma))),
        )

    def triples(self) -> tuple[Triple, ...]:
        """One triple per relation, then one (object, "is", attribute) per attribute, in order, repeats kept."""
        lemma = [o.lemma for o in self.objects]
        return tuple(
            [Triple(lemma[r.head], r.lemma, lemma[r.tail], r.head, r.tail) for r in self.relations]
            + [Triple(lemma[a.object], "is", a.lemma, a.object, None) for a in self.attributes]
        )


def lemma_set(triples: tuple[Triple, ...]) -> frozenset[tuple[str, str, str]]:
    """The set of lemma triples, by which graphs are compared (a negative's must differ from its caption's)."""
    return frozenset(t.lemmas for t in triples)


def graph_from_row(row: dict[str, Any]) -> SceneGraph:
    """Read the graph columns of a table row (a dict as ``to_pylist`` gives it)."""
    return SceneGraph(
        objects=tuple(SceneObject(**o) for o in row["objects"]),
        attributes=tuple(Attribute(**a) for a in row["attributes"]),
        relations=tuple(Relation(**r) for r in row["relations"]),
    )
