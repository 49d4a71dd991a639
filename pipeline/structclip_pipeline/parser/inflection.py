"""Rules of English inflection: the bases a verb form may have, singular nouns, number words."""

from collections.abc import Container
from functools import lru_cache

_NUMBER_LIST = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty
"""
NUMBERS = {word: str(value) for value, word in enumerate(_NUMBER_LIST.split())} | {"couple of": "2"}
"""Number words and the digits FACTUAL writes for them."""

_IRREGULAR_FORMS = """
be am is are was were been being|have has had having|do does did done|go goes went gone|sit sat|stand stood
lie lying lies lain|lay laid laying lays|hold held|ride rode ridden|eat ate eaten|wear wore worn|take took taken
make made|fly flew flown flies|run ran|swim swam swum|drive drove driven|throw threw thrown|catch caught
fall fell fallen|hang hung|lean leant|leap leapt|put|cut|hit|set|shut|split|spread|let|see saw seen|sew sewn
show shown|grow grew grown|blow blew blown|draw drew drawn|drink drank drunk|build built|bend bent|feed fed
lead led|read|keep kept|sleep slept|sweep swept|leave left|write wrote written|give gave given
break broke broken|speak spoke spoken|stick stuck|strike struck stricken|swing swung|tie tied tying|die dying
buy bought|bring brought|teach taught|sell sold|tell told|say said|pay paid|bite bit bitten|hide hid hidden
slide slid|shine shone|shoot shot|light lit|wind wound|bind bound|find found|grind ground|fight fought
freeze froze frozen|choose chose chosen|rise rose risen|tear tore torn|weave wove woven|shake shook shaken
sing sang sung|ring rang rung|spring sprang sprung|sink sank sunk|begin began begun|get got gotten|meet met
lose lost|send sent|spend spent|spin spun|dig dug|cling clung|fling flung|string strung|weep wept|kneel knelt
creep crept|come came|become became|overcome overcame|ski skiing skis skied|use using used|age aging aged
dye dyed dyeing|eye eyed eyeing
"""
IRREGULAR = {
    form: entry.split()[0]
    for line in _IRREGULAR_FORMS.strip().splitlines()
    for entry in line.split("|")
    for form in entry.split()
}
"""Irregular verb forms and their bases."""

_IRREGULAR_NOUNS = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "people": "person",
    "oxen": "ox",
    "leaves": "leaf",
    "knives": "knife",
    "shelves": "shelf",
    "loaves": "loaf",
    "wolves": "wolf",
    "calves": "calf",
    "halves": "half",
    "scarves": "scarf",
    "hooves": "hoof",
    "wives": "wife",
    "lives": "life",
    "elves": "elf",
    "thieves": "thief",
}
_VOWELS = frozenset("aeiou")
_KEEPS_DOUBLE = ("ll", "ss", "zz", "ff", "ee", "oo")


def singular(noun: str) -> str:
    """
    The singular of a noun by rules; a word that looks singular is returned as it is.

    >>> singular("firemen"), singular("benches"), singular("grass"), singular("berries")
    ('fireman', 'bench', 'grass', 'berry')
    """
    if noun in _IRREGULAR_NOUNS:
        return _IRREGULAR_NOUNS[noun]
    if noun.endswith("men") and len(noun) > 4:
        return noun[:-2] + "an"
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "sses", "xes", "zes", "buses")):
        return noun[:-2]
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and len(noun) > 2:
        return noun[:-1]
    return noun


@lru_cache(maxsize=20_000)
def verb_bases(form: str) -> tuple[str, ...]:
    """
    Every base a verb form may have by the rules, the likeliest first.

    >>> verb_bases("sitting")[0], verb_bases("riding")[0], verb_bases("parked")[0], verb_bases("flies")[0]
    ('sit', 'ride', 'park', 'fly')
    """
    if form in IRREGULAR:
        return IRREGULAR[form], form
    for suffix in ("ying", "ing", "ied", "ed", "ies", "es", "s"):
        if form.endswith(suffix) and len(form) - len(suffix) >= 2:
            return (*_bases_without(form, suffix), form)
    return (form,)


def choose_base(form: str, *known: Container[str]) -> str:
    """The likeliest base in the first list of words that holds one, or the likeliest by the rules alone."""
    bases = verb_bases(form)
    return next((base for words in known for base in bases if base in words), bases[0])


def _bases_without(form: str, suffix: str) -> tuple[str, ...]:
    stem = form[: -len(suffix)]
    if suffix in ("ied", "ies"):
        return (stem + "y", stem + "ie")
    if suffix == "ying":
        return (stem + "y", stem + "ie")
    if suffix == "s":
        return (stem,) if not form.endswith("ss") else (form,)
    if suffix == "es":
        return (stem, stem + "e") if stem.endswith(("sh", "ch", "x", "ss", "zz", "o")) else (stem + "e", stem)
    return _bases_of_stem(stem)


def _bases_of_stem(stem: str) -> tuple[str, ...]:
    if not any(letter in _VOWELS or letter == "y" for letter in stem):
        return (stem + "e", stem)
    if len(stem) > 2 and stem[-1] == stem[-2] and not stem.endswith(_KEEPS_DOUBLE):
        return (stem[:-1], stem, stem + "e")
    return (stem + "e", stem) if _wants_e(stem) else (stem, stem + "e")


def _wants_e(stem: str) -> bool:
    last, before = stem[-1], stem[-2]
    if last in "vcuz" or stem.endswith(("dg", "rg", "rs", "ns", "ang", "oung", "plung", "iat", "uat")):
        return not stem.endswith(("hang", "bang", "clang"))
    if last == "s" and before in _VOWELS:
        return True
    if last == "l" and before not in _VOWELS and before not in "lrw":
        return True
    if last in _VOWELS or last in "wxy" or before not in _VOWELS:
        return False
    syllables = sum(1 for a, b in zip(" " + stem, stem, strict=False) if b in _VOWELS and a not in _VOWELS)
    if syllables == 1:
        return len(stem) < 3 or stem[-3] not in _VOWELS
    return stem.endswith(("at", "iz", "is", "ak", "ut", "ur", "ag", "in")) and not stem.endswith("ain")
