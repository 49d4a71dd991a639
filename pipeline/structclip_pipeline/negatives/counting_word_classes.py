"""
Rebuild and measure the table of word classes from a treebank in CoNLL-U.

``python -m structclip_pipeline.negatives.counting_word_classes TRAIN.conllu [DEV.conllu]`` writes the shipped table
from the first file and prints the tagger's figures on the second.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from structclip_pipeline.negatives.tagging import (
    ADJECTIVE,
    ADVERB,
    LONGEST_SUFFIX,
    NOUN,
    OPEN,
    PLURAL,
    TABLE,
    VERB,
    Tagger,
    table_from_json,
)
from structclip_schemas.errors import InputError
from structclip_schemas.manifest import canonical_json

Tagged = tuple[str, str]

CLASSES = {NOUN: "noun", PLURAL: "noun", ADJECTIVE: "adjective", ADVERB: "adverb", VERB: "verb"}
_RARE = 3
_FEWEST_FORMS = 2
_FEWEST_ENDINGS = 5
_SMALLEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares over words: of those whose gold class is one of the four, read right; of those read so, right; unknown."""

    accuracy: float
    precision: float
    unknown_accuracy: float
    words: int


def read_treebank(text: str) -> Iterator[list[Tagged]]:
    """
    Sentences as (form, tag); the tag is the universal one, "NOUNS" for a plural noun.

    Raises InputError when a line has fewer columns than CoNLL-U.
    """
    sentence: list[Tagged] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            if sentence:
                yield sentence
            sentence = []
        elif not line.startswith("#"):
            sentence += _word(line, number)
    if sentence:
        yield sentence


def count_table(sentences: Iterable[list[Tagged]]) -> str:
    """The table as canonical JSON: forms met twice, endings of rare words met five times, pairs of tags."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    transitions: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        before = "^"
        for form, tag in sentence:
            forms[form.lower()][tag] += 1
            transitions[before][tag] += 1
            before = tag
        transitions[before]["$"] += 1
    kept = {form: _pruned(counts) for form, counts in forms.items() if counts.total() >= _FEWEST_FORMS}
    return canonical_json({"forms": kept, "suffixes": _endings(forms), "transitions": transitions}) + "\n"


def measure(tagger: Tagger, sentences: Iterable[list[Tagged]], known: Iterable[str]) -> Accuracy:
    """The tagger's figures on gold sentences, restricted to nouns, adjectives, adverbs and verbs."""
    gold_count = right = read = read_right = unknown = unknown_right = 0
    vocabulary = frozenset(known)
    for sentence in sentences:
        for (form, gold), found in zip(sentence, tagger.tag([f for f, _ in sentence]), strict=True):
            same = CLASSES.get(gold) == CLASSES.get(found)
            gold_count, right = gold_count + (gold in CLASSES), right + (gold in CLASSES and same)
            read, read_right = read + (found in CLASSES), read_right + (found in CLASSES and same)
            if gold in CLASSES and form.lower() not in vocabulary:
                unknown, unknown_right = unknown + 1, unknown_right + same
    return Accuracy(_share(right, gold_count), _share(read_right, read), _share(unknown_right, unknown), gold_count)


def _share(part: int, whole: int) -> float:
    return part / max(whole, 1)


def _word(line: str, number: int) -> list[Tagged]:
    fields = line.split("\t")
    if len(fields) < 5:
        raise InputError(f"line {number}: {len(fields)} columns, wanted CoNLL-U's ten. Give a .conllu file.")
    if not fields[0].isdigit():  # a contraction's range or an elided word
        return []
    return [(fields[1], PLURAL if fields[3] == NOUN and fields[4] == "NNS" else fields[3])]


def _pruned(counts: Counter[str]) -> dict[str, int]:
    return {tag: n for tag, n in counts.items() if n >= _SMALLEST_SHARE * counts.total()}


def _endings(forms: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    for form, counts in forms.items():
        if counts.total() > _RARE or not form.isalpha():
            continue
        for length in range(min(LONGEST_SUFFIX, len(form) - 1) + 1):
            ending = form[len(form) - length :]
            endings[ending].update({tag: n for tag, n in counts.items() if tag in OPEN})
    return {e: dict(counts) for e, counts in endings.items() if counts.total() >= _FEWEST_ENDINGS}


def main(arguments: list[str]) -> None:
    """Write the table, print the figures."""
    if not 1 <= len(arguments) <= 2:
        raise SystemExit("usage: python -m structclip_pipeline.negatives.counting_word_classes TRAIN [DEV]")
    text = count_table(read_treebank(Path(arguments[0]).read_text(encoding="utf-8")))
    TABLE.write_text(text, encoding="utf-8")
    print(f"{TABLE.name}: {len(text):,} characters")
    if len(arguments) > 1:
        table = table_from_json(text)
        print(measure(Tagger(table), read_treebank(Path(arguments[1]).read_text(encoding="utf-8")), table.forms))


if __name__ == "__main__":
    main(sys.argv[1:])
