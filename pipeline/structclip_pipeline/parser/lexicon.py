"""What a parser knows about spelling: lemmas, predicate templates and the words that stand for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

from structclip_pipeline.parser.inflection import choose_base
from structclip_pipeline.parser.words import load_words


@dataclass(frozen=True)
class Lexicon:
    """
    Tables counted from training data.

    ``objects`` and ``attributes`` map lower-cased words to FACTUAL's form where it differs; ``verbs`` maps verb
    forms to lemmas; ``templates`` lists the predicates the network chooses from; ``surfaces`` maps words between two
    objects to the template they stand for ("beneath" to "under"). ``compounds`` are pairs of words that name one object
    ("city street"), the second in the singular. ``usage`` maps words between two objects to the predicates that they
    stand for, the usual one first.
    """

    templates: tuple[str, ...] = ()
    objects: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    verbs: Mapping[str, str] = field(default_factory=dict)
    surfaces: Mapping[str, str] = field(default_factory=dict)
    compounds: tuple[str, ...] = ()
    usage: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Canonical JSON text."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote."""
        fields = json.loads(text)
        fields["templates"] = tuple(fields["templates"])
        fields["compounds"] = tuple(fields.get("compounds", ()))
        fields["usage"] = {words: tuple(found) for words, found in fields.get("usage", {}).items()}
        return cls(**fields)


def spell_verb(lexicon: Lexicon, known: frozenset[str], form: str) -> str:
    """The lemma of a verb form: from the table, or by the rules with a known verb, then any known word preferred."""
    return lexicon.verbs.get(form) or choose_base(form, known, load_words())
