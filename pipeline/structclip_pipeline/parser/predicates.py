"""Predicates as templates: a pointed verb and closed-class words."""

from structclip_pipeline.parser.token_graph import VERB

_CLOSED_CLASS_LIST = """
about above across after against along alongside amid among around as at away back before behind below beneath
beside besides between beyond bottom by close down during edge end face for from front has have having had in
inside into left like middle near next of off on onto opposite out outside over past right side sides the to top
toward towards through throughout under underneath until up upon via with within without other both center
corner other far
"""
CLOSED_CLASS = frozenset(_CLOSED_CLASS_LIST.split())
"""Words that a template spells out; any other first word of a predicate is its verb."""


def split_predicate(predicate: str) -> tuple[str | None, str]:
    """
    The verb's lemma (None without one) and the template of a gold predicate.

    >>> split_predicate("sit on"), split_predicate("on top of")
    (('sit', 'V on'), (None, 'on top of'))
    """
    first, _, rest = predicate.partition(" ")
    if first in CLOSED_CLASS:
        return None, predicate
    return first, f"{VERB} {rest}".strip()


def fill_template(template: str, verb: str) -> str:
    """The predicate's lemma: ``V on`` with ``sit`` is ``sit on``."""
    return verb + template[1:] if template.split(" ", 1)[0] == VERB else template
