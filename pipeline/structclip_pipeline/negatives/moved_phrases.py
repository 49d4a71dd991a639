"""Two phrases in each other's place: articles and capitals as the places ask for."""

from structclip_pipeline.negatives import noun_rules
from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.inflection import inflect_noun
from structclip_pipeline.negatives.lexicon import (
    DEMONSTRATIVES,
    EVENTS,
    FINITE_AUXILIARIES,
    MASS,
    POSSESSIVES,
    PREPOSITIONS,
)
from structclip_pipeline.negatives.number import PLURAL, SINGULAR, head_word, object_number
from structclip_pipeline.negatives.pair_rules import are_coordinated
from structclip_pipeline.negatives.repair import Span, exchange_spans, recase
from structclip_pipeline.negatives.words import indefinite_article, is_written_as_a_name, starts_sentence, word_before
from structclip_schemas.graph import SceneObject


def moved_phrases(caption: str, first: SceneObject, second: SceneObject) -> list[Replacement] | None:
    """
    The two phrases in each other's place, with determiners as the places ask for; None when that cannot be told.

    Articles stay in place where one phrase has none ("Man riding a horse" gives "Horse riding a man", "a giraffe and
    zebra" gives "a zebra and giraffe"), but for an article that two share the second phrase keeps its own as well ("a
    cat on desk" gives "a desk on a cat"), and one in the place of several things gets one ("children in bed": "a bed in
    children"). Behind "there is" the incoming phrase is made indefinite and the outgoing one
    takes its "the".
    """
    left, right = (first.phrase_start, first.phrase_end), (second.phrase_start, second.phrase_end)
    if is_existential(caption, left[0]):
        return _moved_behind_there(caption, first, second)
    bare, other_bare = (_lacks_an_article(caption, o) for o in (first, second))
    article = noun_rules.opening_article(caption, *right)
    if bare and not other_bare:
        fits = article == "the" or (article and starts_sentence(caption, left[0]))
        if not fits or object_number(caption, second) != SINGULAR:
            return None
        return exchange_spans(caption, left, (right[0] + len(article) + 1, right[1]))
    article = noun_rules.opening_article(caption, *left)
    if article in ("a", "an") and other_bare:
        arrived, left_behind = exchange_spans(caption, (left[0] + len(article) + 1, left[1]), right)
        if are_coordinated(caption, first, second):
            return [arrived, left_behind]
        return [arrived, exchange_spans(caption, left, right)[1]]
    if other_bare and object_number(caption, first) == PLURAL and _may_get_an_article(caption, first, second):
        return _moved_with_an_article(caption, left, right)
    return exchange_spans(caption, left, right)


def _may_get_an_article(caption: str, first: SceneObject, second: SceneObject) -> bool:
    """Whether the second noun is a thing of which there may be several, and stands alone behind a preposition."""
    several = inflect_noun(second.text, PLURAL) is not None and head_word(second) not in EVENTS
    behind = word_before(caption, second.phrase_start)[0].lower() in PREPOSITIONS
    return several and behind and not are_coordinated(caption, first, second)


def _moved_with_an_article(caption: str, left: Span, right: Span) -> list[Replacement]:
    """A noun without its article in the place of several things gets one: "children in bed", "a bed in children"."""
    noun = recase(caption, caption[slice(*right)], right[0], len(caption))
    arrived = f"{indefinite_article(noun)} {noun}"
    if starts_sentence(caption, left[0]) and caption[left[0]].isupper():
        arrived = arrived[0].upper() + arrived[1:]
    arrived = arrived.upper() if caption.isupper() else arrived
    return [Replacement(*left, arrived), exchange_spans(caption, left, right)[1]]


def _lacks_an_article(caption: str, item: SceneObject) -> bool:
    """
    Whether a noun that wants an article has none: "zebra" in "a giraffe and zebra", "Man" or "Crowd of people" where a
    headline opens.
    """
    if not noun_rules.is_bare_singular(caption, item) or is_written_as_a_name(caption, item.text, item.start):
        return False
    opening = caption[item.phrase_start : item.start].lower()
    if " of " in opening:
        return not opening.startswith("plenty ")
    return object_number(caption, item) == SINGULAR and head_word(item) not in MASS


def is_existential(caption: str, start: int) -> bool:
    """Whether a phrase that starts at an offset stands behind "there is" or "here are"."""
    word, word_start, _ = word_before(caption, start)
    if word.lower() == "there's" or word.lower() == "there":
        return True
    return word.lower() in FINITE_AUXILIARIES and word_before(caption, word_start)[0].lower() in ("there", "here")


def _moved_behind_there(caption: str, first: SceneObject, second: SceneObject) -> list[Replacement] | None:
    left, right = (first.phrase_start, first.phrase_end), (second.phrase_start, second.phrase_end)
    incoming, outgoing = caption[slice(*right)], caption[slice(*left)]
    if incoming.split(maxsplit=1)[0].lower() in POSSESSIVES | DEMONSTRATIVES:
        return None
    if noun_rules.opening_article(caption, *right) == "the":
        if second.lemma.lower() in MASS:
            return None
        incoming = _indefinite(incoming, object_number(caption, second))
        if noun_rules.opening_article(caption, *left) in ("a", "an"):
            outgoing = ("THE " if caption.isupper() else "the ") + outgoing.split(maxsplit=1)[1]
    incoming = recase(caption, incoming.upper() if caption.isupper() else incoming, right[0], left[0])
    return [Replacement(*left, incoming), Replacement(*right, outgoing)]


def _indefinite(phrase: str, number: str) -> str:
    body = phrase.split(maxsplit=1)[1]
    return body if number == PLURAL else f"{indefinite_article(body)} {body}"
