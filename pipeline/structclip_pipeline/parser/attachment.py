"""One attachment for one phrase: in "a person on a cart behind a horse" either the person or the cart is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from structclip_pipeline.parser.token_graph import VERB, TokenRelation


@dataclass(frozen=True, slots=True)
class ScoredRelation:
    """A relation and by how much its score exceeds that of none."""

    relation: TokenRelation
    margin: float


def choose_attachments(found: Sequence[ScoredRelation]) -> list[TokenRelation]:
    """
    Relations without the weaker of two readings of the same words.

    Two relations to one tail compete when their heads are related themselves (coordinated heads are not) and both say
    the same: the same template, or the same with and without a verb.
    """
    related = {frozenset((f.relation.head, f.relation.tail)) for f in found}
    by_tail: dict[tuple[int, str], list[ScoredRelation]] = {}
    for f in found:
        by_tail.setdefault((f.relation.tail, _strip_verb(f.relation.template)), []).append(f)
    lost = {
        weaker.relation
        for rivals in by_tail.values()
        for weaker in rivals
        for other in rivals
        if frozenset((weaker.relation.head, other.relation.head)) in related
        and _share_verb(other.relation, weaker.relation)
        and _is_better(other, weaker)
    }
    return [f.relation for f in found if f.relation not in lost]


def _strip_verb(template: str) -> str:
    first, _, rest = template.partition(" ")
    return rest if first == VERB and rest else template


def _share_verb(one: TokenRelation, other: TokenRelation) -> bool:
    return one.verb == other.verb or -1 in (one.verb, other.verb)


def _is_better(one: ScoredRelation, other: ScoredRelation) -> bool:
    return (one.margin, -one.relation.head) > (other.margin, -other.relation.head)
