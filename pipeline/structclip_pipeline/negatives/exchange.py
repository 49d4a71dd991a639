"""An exchange: what a swap wants to do to a caption and its graph, before edits are built."""

from dataclasses import dataclass

from structclip_pipeline.negatives.editing import Replacement
from structclip_schemas.graph import Triple
from structclip_schemas.variant import Element


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two elements of a graph exchanged: the spans to replace and the triples afterwards."""

    kind: str
    rule: str
    left: Element
    right: Element
    replacements: tuple[Replacement, ...]
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an exchange of two elements is not made: the name of a rule."""

    kind: str
    reason: str


Outcome = Exchange | Refusal
