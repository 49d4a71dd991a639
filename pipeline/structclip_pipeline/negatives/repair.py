"""Repairs after spans moved: capitals, a or an, agreement of verbs."""

from collections.abc import Sequence

from structclip_pipeline.negatives.editing import Replacement
from structclip_pipeline.negatives.lexicon import (
    ADVERBS,
    BACKREFERENCES,
    CLAUSE_OPENERS,
    COLLECTIVES,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE_AUXILIARIES,
    FUNCTION_WORDS,
    INFINITIVE_OPENERS,
    PERCEIVING,
    PREPOSITIONS,
    PROPER_ADJECTIVES,
)
from structclip_pipeline.negatives.memory import remember_last
from structclip_pipeline.negatives.number import (
    EITHER,
    PLURAL,
    SINGULAR,
    agreeing_auxiliary,
    head_word,
    object_number,
    third_person,
    verb_number,
)
from structclip_pipeline.negatives.phrase_rules import ends_right_before, follows_as_a_verb
from structclip_pipeline.negatives.words import (
    cased_like,
    indefinite_article,
    is_title_case,
    starts_sentence,
    tokens,
    word_after,
    word_before,
)
from structclip_schemas.graph import SceneGraph

Span = tuple[int, int]

_CLOSED_CLASSES = FUNCTION_WORDS | BACKREFERENCES
_BEFORE_NOUNS = DETERMINERS | PREPOSITIONS
_UNCHANGING = frozenset(("set", "cut", "put", "spread", "split", "shut", "cast"))
"""Verbs whose participle is their plain form, which captions use before a preposition: "bananas set on a table"."""


def exchange_spans(caption: str, left: Span, right: Span) -> list[Replacement]:
    """Put the text of each span in the place of the other, capitals as the places ask for."""
    return [
        Replacement(*left, recase(caption, caption[slice(*right)], right[0], left[0])),
        Replacement(*right, recase(caption, caption[slice(*left)], left[0], right[0])),
    ]


def recase(caption: str, text: str, source: int, target: int) -> str:
    """
    Text taken from offset ``source`` as it must be written at ``target``: a capital only where a sentence starts.

    Proper adjectives, acronyms and captions that capitalise most words keep their letters.
    """
    if not text or is_title_case(caption):
        return text
    to_start = starts_sentence(caption, target) and caption[target : target + 1].isupper()
    if to_start:
        return text[0].upper() + text[1:]
    if starts_sentence(caption, source) and not _keeps_capital(text):
        return text[0].lower() + text[1:]
    return text


def _keeps_capital(text: str) -> bool:
    word = text.split()[0]
    return any(c.isupper() for c in word[1:]) or word.lower().removesuffix("'s") in PROPER_ADJECTIVES


def article_repairs(caption: str, replacements: Sequence[Replacement]) -> list[Replacement]:
    """The "a" and "an" before replaced spans that the new first word asks to change, unless they are replaced too."""
    repairs = []
    for replacement in replacements:
        word, start, end = word_before(caption, replacement.start)
        replaced = any(r.start < end and start < r.end for r in replacements)
        if word.lower() not in ("a", "an") or not replacement.after or replaced:
            continue
        article = indefinite_article(replacement.after)
        if article != word.lower():
            repairs.append(Replacement(start, end, article.capitalize() if word[0].isupper() else article))
    return repairs


def agreement_repairs(caption: str, graph: SceneGraph, numbers: dict[int, str]) -> list[Replacement] | None:
    """
    The finite verbs to change when the subjects named by ``numbers`` (object: new number) change their number.

    None when some finite verb's subject cannot be told, or a word might be a verb that the graph does not know.
    """
    repairs: list[Replacement] = []
    words = _read_subjects(caption, graph)
    if words is None or any(_does_something_unknown(caption, graph, k) for k in numbers):
        return None
    for word, start, end, subjects in words:
        moved = [s for s in subjects if s in numbers]
        if len(subjects) != 1 or not moved or _is_participle(caption, graph, moved[0], word, start):
            continue
        if _is_perceived(caption, graph, moved[0], word, start):
            continue
        if _agree(graph, word, start, SINGULAR) != word and _is_coordinated(caption, graph, moved[0]):
            continue
        changed = _agree(graph, word, start, numbers[moved[0]])
        if changed != word:
            repairs.append(Replacement(start, end, cased_like(word, changed)))
    return repairs


def _does_something_unknown(caption: str, graph: SceneGraph, index: int) -> bool:
    """Whether a verb of which the graph does not tell seems to follow one thing: "a kitchen shows"."""
    item = graph.objects[index]
    word, start, _ = word_after(caption, item.phrase_end)
    told = word.lower() in FUNCTION_WORDS or _predicates_at(graph, start) is not None
    return follows_as_a_verb(caption, item.phrase_start, word) and not told


def _is_perceived(caption: str, graph: SceneGraph, subject: int, word: str, start: int) -> bool:
    """Whether somebody watches or lets the subject do something: "people watch a kite fly", not "a man rides"."""
    before = word_before(caption, graph.objects[subject].phrase_start)[0].lower()
    return before in PERCEIVING and _is_plain(graph, word, start)


def _is_plain(graph: SceneGraph, word: str, start: int) -> bool:
    """Whether a predicate's verb has its plain form, as with a plural, an infinitive, or a participle like "set"."""
    return any(verb_number(word, lemma.split()[0]) == PLURAL for _, lemma in _predicates_at(graph, start) or ())


def _is_participle(caption: str, graph: SceneGraph, subject: int, word: str, start: int) -> bool:
    """Whether a word with a plural verb's form follows a single thing: "set" in "a table with bananas set on it"."""
    item = graph.objects[subject]
    if word.lower() in _UNCHANGING and any(" " in lemma for _, lemma in _predicates_at(graph, start) or ()):
        return True
    if word.lower() in FINITE_AUXILIARIES or head_word(item) in COLLECTIVES or object_number(caption, item) != SINGULAR:
        return False
    return _is_plain(graph, word, start)


@remember_last
def _read_subjects(caption: str, graph: SceneGraph) -> list[tuple[str, int, int, set[int]]] | None:
    """The words outside phrases that agree with an object, with what they agree with; None where that is not told."""
    found = []
    for word, start, end in _words_outside_phrases(caption, graph):
        subjects = _subjects(caption, graph, word, start)
        if subjects is None:
            return None
        if subjects:
            found.append((word, start, end, subjects))
    return found


def _words_outside_phrases(caption: str, graph: SceneGraph) -> list[tuple[str, int, int]]:
    phrases = [(o.phrase_start, o.phrase_end) for o in graph.objects]
    return [t for t in tokens(caption) if not any(s <= t[1] < e for s, e in phrases)]


def _is_infinitive(caption: str, graph: SceneGraph, start: int) -> bool:
    """Whether a verb stands behind "to", "can" or their like, the noun of a trash can not among them."""
    before, begin, _ = word_before(caption, start)
    return before.lower() in INFINITIVE_OPENERS and not any(o.start <= begin < o.end for o in graph.objects)


def _subjects(caption: str, graph: SceneGraph, word: str, start: int) -> set[int] | None:
    """The objects a word agrees with: empty when it is no finite verb, None when that cannot be told."""
    if word.lower() in FINITE_AUXILIARIES and not _is_infinitive(caption, graph, start):
        return _auxiliary_subjects(caption, graph, start, start + len(word))
    if word.lower() in CONJUNCTIONS:
        return set()
    if word_before(caption, start)[0].lower() in DETERMINERS or _is_done_now(caption, start):
        return set()
    predicates = _predicates_at(graph, start)
    if predicates is None:
        return set() if _is_harmless(caption, word, start, graph) else _subject_before(caption, graph, start)
    if not any(verb_number(word, lemma.split()[0]) for _, lemma in predicates) or word.lower() in PREPOSITIONS:
        return set()
    if _is_infinitive(caption, graph, start):
        return set()
    return {i for ends, _ in predicates for i in _preceding(graph, ends, start)[-1:]} or None


def _is_done_now(caption: str, start: int) -> bool:
    """Whether a word stands behind a verb in its progressive form, so that it is none itself: "are doing tricks"."""
    participle, begin, _ = word_before(caption, start)
    return participle.lower().endswith("ing") and word_before(caption, begin)[0].lower() in FINITE_AUXILIARIES


def _subject_before(caption: str, graph: SceneGraph, start: int) -> set[int] | None:
    """The object whose phrase opens its clause and ends right before a verb: "the desk" in "the desk has"."""
    for index, item in enumerate(graph.objects):
        before = word_before(caption, item.phrase_start)[0].lower()
        opens = starts_sentence(caption, item.phrase_start) or before in CLAUSE_OPENERS
        if opens and item.phrase_end <= start and not caption[item.phrase_end : start].strip():
            return {index}
    return None


def _is_harmless(caption: str, word: str, start: int, graph: SceneGraph) -> bool:
    """Whether a word outside phrases is surely no finite verb: in a predicate, closed class, "the day", "of mud"."""
    opens = any(o.phrase_start == word_after(caption, start + len(word))[1] for o in graph.objects)
    if word_before(caption, start)[0].lower() in _BEFORE_NOUNS or (opens and word.lower() == "other"):
        return True
    spans = [(e.start, e.end) for elements in (graph.relations, graph.attributes) for e in elements]
    inside = any(first <= start < end for first, end in spans)
    return (
        inside or not word[0].isalpha() or word.lower() in _CLOSED_CLASSES or word.lower().endswith(("ing", "ed", "ly"))
    )


def _predicates_at(graph: SceneGraph, start: int) -> list[tuple[tuple[int, ...], str]] | None:
    """The objects and lemma of each relation or stated attribute that starts at an offset; None where none does."""
    found: list[tuple[tuple[int, ...], str]] = [
        ((r.head, r.tail), r.lemma) for r in graph.relations if r.start == start and r.text
    ]
    found += [((a.object,), a.lemma) for a in graph.attributes if a.start == start]
    return found or None


def _auxiliary_subjects(caption: str, graph: SceneGraph, start: int, end: int) -> set[int] | None:
    if word_before(caption, start)[0].lower() == "there":
        following = word_after(caption, end)[1]
        return {i for i, o in enumerate(graph.objects) if o.phrase_start == following} or None
    described = _described_by_clause(caption, graph, start, end)
    if described:
        return described
    position, predicates = start, _predicates_at(graph, start)
    while predicates is None:
        word, position, end = word_after(caption, end)
        predicates = _predicates_at(graph, position)
        if predicates is None and word.lower() not in ADVERBS | {"been", "being", "not"}:
            return _subject_before(caption, graph, start)
    return {i for ends, _ in predicates for i in _preceding(graph, ends, start)[-1:]} or None


def _described_by_clause(caption: str, graph: SceneGraph, start: int, end: int) -> set[int]:
    """The object right before the "that" before an auxiliary which fits its number: "a machine that is"."""
    relative, opening, _ = word_before(caption, start)
    if relative.lower() not in ("that", "which", "who"):
        return set()
    number = SINGULAR if agreeing_auxiliary(caption[start:end], SINGULAR) == caption[start:end] else PLURAL
    return {
        index
        for index, item in enumerate(graph.objects)
        if ends_right_before(caption, item, opening)
        and word_before(caption, item.phrase_start)[0].lower() != "of"
        and object_number(caption, item) in (number, EITHER)
    }


def _preceding(graph: SceneGraph, ends: tuple[int, ...], start: int) -> list[int]:
    return sorted((i for i in ends if graph.objects[i].phrase_end <= start), key=lambda i: graph.objects[i].end)


def _is_coordinated(caption: str, graph: SceneGraph, index: int) -> bool:
    """Whether "and" stands beside the object: a plural verb then agrees with both parts, a singular one with it."""
    item = graph.objects[index]
    before, after = word_before(caption, item.phrase_start)[0], word_after(caption, item.phrase_end)[0]
    return "and" in (before.lower(), after.lower())


def _agree(graph: SceneGraph, word: str, start: int, number: str) -> str:
    if number == EITHER:
        return word
    if word.lower() in FINITE_AUXILIARIES:
        return agreeing_auxiliary(word, number)
    lemma = (_predicates_at(graph, start) or [((), word)])[0][1].split()[0]
    if verb_number(word, lemma) == number:
        return word
    return third_person(lemma) if number == "singular" else lemma
