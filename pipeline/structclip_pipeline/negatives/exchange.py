"""An exchange: what a swap or a restatement wants to do to a caption and its graph, before edits are built."""

from dataclasses import dataclass

from structclip_pipeline.negatives.editing import Replacement
from structclip_schemas.graph import Triple
from structclip_schemas.variant import Element


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    The spans to replace and the triples afterwards; left and right are the elements exchanged.

    Both are None where a restatement exchanges none.
    """

    kind: str
    rule: str
    left: Element | None
    right: Element | None
    replacements: tuple[Replacement, ...]
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an exchange of two elements is not made: the name of a rule."""

    kind: str
    reason: str


Outcome = Exchange | Refusal
