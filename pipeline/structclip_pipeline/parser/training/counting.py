"""Count a lexicon from aligned gold graphs, and the synonyms that make more of them align."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from structclip_pipeline.parser.compounds import spell_pair
from structclip_pipeline.parser.inflection import NUMBERS
from structclip_pipeline.parser.lexicon import Lexicon
from structclip_pipeline.parser.locating import read_caption
from structclip_pipeline.parser.places import list_surfaces
from structclip_pipeline.parser.predicates import CLOSED_CLASS
from structclip_pipeline.parser.token_graph import VERB, Token, TokenRelation, span_text
from structclip_pipeline.parser.training.alignment import Alignment, align
from structclip_pipeline.parser.training.factual import Triples
from structclip_pipeline.parser.usage import read_between

_COMPOUND_COUNT = 5
_COMPOUND_SHARE = 0.85
_USUAL_COUNT = 3
_USUAL_SHARE = 0.8
_SYNONYM_COUNT = 4
_SYNONYM_SHARE = 0.25
_SYNONYM_RATE = 0.8
_SMALL_WORDS = CLOSED_CLASS | {
    "a",
    "an",
    "is",
    "are",
    "be",
    "being",
    "the",
    "this",
    "that",
    "and",
    ",",
    ".",
    "who",
    "which",
    "it",
    "its",
    "'s",
    "of",
    "there",
}


def align_graphs(graphs: Sequence[Triples], tokens: Sequence[Sequence[Token]]) -> list[Alignment]:
    """Align every graph, twice: what stays without a place the first time teaches synonyms for the second."""
    first = [align(t, triples) for t, triples in zip(tokens, graphs, strict=True)]
    synonyms = find_synonyms(first, tokens)
    return [align(t, g, synonyms) if _lacks(a) else a for t, g, a in zip(tokens, graphs, first, strict=True)]


def _lacks(alignment: Alignment) -> bool:
    return bool(alignment.lost) or any(_lacks_verb(r) for r in alignment.graph.relations)


def _lacks_verb(relation: TokenRelation) -> bool:
    return relation.verb < 0 and relation.template.split()[0] not in CLOSED_CLASS


def find_synonyms(alignments: Iterable[Alignment], tokens: Iterable[Sequence[Token]]) -> dict[tuple[str, str], float]:
    """Pairs of caption word and gold phrase that often stand together without other partners (guy, person)."""
    pairs: Counter[tuple[str, str]] = Counter()
    free: Counter[str] = Counter()
    for alignment, sentence in zip(alignments, tokens, strict=True):
        words = {sentence[i].text for i in _free_tokens(alignment, sentence)}
        free.update(words)
        phrases = {t[0] for t in alignment.lost if len(t) == 1} | {
            t[2] for t in alignment.lost if len(t) == 3 and t[1] == "is"
        }
        phrases |= {r.template.split()[0] for r in alignment.graph.relations if _lacks_verb(r)}
        pairs.update((word, phrase) for word in words for phrase in phrases)
    return {
        pair: _SYNONYM_RATE
        for pair, count in pairs.items()
        if count >= _SYNONYM_COUNT and count >= _SYNONYM_SHARE * free[pair[0]]
    }


def _free_tokens(alignment: Alignment, sentence: Sequence[Token]) -> list[int]:
    used = {i for start, end in alignment.object_phrases for i in range(start, end)}
    used |= {i for (start, end), _ in alignment.attribute_phrases for i in range(start, end)}
    used |= {token for token, _ in alignment.verbs}
    return [i for i, t in enumerate(sentence) if i not in used and t.text not in _SMALL_WORDS]


def count_lexicon(
    alignments: Sequence[Alignment],
    tokens: Sequence[Sequence[Token]],
    leading: int | None = None,
    *,
    minimum_templates: int = 3,
) -> Lexicon:
    """
    Count lemmas, templates seen at least ``minimum_templates`` times, surfaces, compounds and usage.

    The first ``leading`` captions alone, None: all, tell what is a compound and what is usual.
    """
    objects: defaultdict[str, Counter[str]] = defaultdict(Counter)
    attributes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    verbs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    templates: Counter[str] = Counter()
    for alignment, sentence in zip(alignments, tokens, strict=True):
        for (start, end), phrase in alignment.object_phrases.items():
            objects[span_text(sentence, start, end)][phrase] += 1
        for (start, end), phrase in alignment.attribute_phrases:
            attributes[span_text(sentence, start, end)][phrase] += 1
        for token, verb in alignment.verbs:
            verbs[sentence[token].text][verb] += 1
        templates.update(r.template for r in alignment.graph.relations)
    known = {verb for counts in verbs.values() for verb, count in counts.items() if count > 2}
    return Lexicon(
        templates=tuple(sorted(t for t, count in templates.items() if count >= minimum_templates)),
        objects=_majority(objects, minimum=2),
        attributes=NUMBERS | _majority(attributes, minimum=2),
        verbs=_majority(verbs, minimum=2, keep_equal=True) | {v: v for v in known if v not in verbs},
        surfaces=_count_surfaces(alignments, tokens),
        compounds=count_compounds(alignments[:leading], tokens[:leading]),
        usage=count_usage(alignments[:leading], tokens[:leading]),
    )


def count_usage(alignments: Sequence[Alignment], tokens: Sequence[Sequence[Token]]) -> dict[str, tuple[str, ...]]:
    """The predicates of words between two objects where one is usual, that one first, then the others by frequency."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for alignment, sentence in zip(alignments, tokens, strict=True):
        texts = [t.text for t in sentence]
        for relation in alignment.graph.relations:
            counts[read_between(texts, alignment.graph, relation) or ""][relation.template] += 1
    counts.pop("", None)
    return {
        words: tuple(sorted(found, key=lambda template: (-found[template], template)))
        for words, found in sorted(counts.items())
        if max(found.values()) >= max(_USUAL_COUNT, _USUAL_SHARE * found.total())
    }


def count_compounds(alignments: Sequence[Alignment], tokens: Sequence[Sequence[Token]]) -> tuple[str, ...]:
    """Pairs of words that are objects nearly wherever the second is the last of an object and the first before it."""
    whole, all_of_them = Counter[str](), Counter[str]()
    for alignment, sentence in zip(alignments, tokens, strict=True):
        for start, end in alignment.graph.objects:
            pair = spell_pair(sentence, end - 1)
            all_of_them[pair] += end > 1
            whole[pair] += end - start == 2
    return tuple(
        sorted(
            pair
            for pair, count in whole.items()
            if count >= _COMPOUND_COUNT and count >= _COMPOUND_SHARE * all_of_them[pair]
        )
    )


def _majority(table: Mapping[str, Counter[str]], *, minimum: int, keep_equal: bool = False) -> dict[str, str]:
    chosen = {}
    for text, counts in table.items():
        phrase, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= minimum and 2 * count > counts.total() and (keep_equal or phrase != text):
            chosen[text] = phrase
    return chosen


def _count_surfaces(alignments: Sequence[Alignment], tokens: Sequence[Sequence[Token]]) -> dict[str, str]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for alignment, sentence in zip(alignments, tokens, strict=True):
        graph = alignment.graph
        caption = read_caption(sentence, graph, {})
        for relation in graph.relations:
            head, tail = graph.objects[relation.head], graph.objects[relation.tail]
            wordy = relation.template.startswith(VERB) or relation.template == "have"
            if not wordy and head[1] <= tail[0] and not caption.locate(graph, relation):
                counts[caption.words_between(head, tail)][relation.template] += 1
    plain = {words: found for words, found in counts.items() if _is_plain(words)}
    return _majority(plain, minimum=3) | list_surfaces()


def _is_plain(words: str) -> bool:
    """Whether words may stand for a predicate: one word, or words of the closed class."""
    parts = words.split()
    return words.isalpha() or (len(parts) > 1 and CLOSED_CLASS.issuperset(parts))
