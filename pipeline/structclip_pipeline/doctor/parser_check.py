"""Whether the shipped parser and tables work: the parser reads a caption, the tables answer a question."""

from collections.abc import Callable

from structclip_pipeline.doctor.finding import FAIL, OK, WARN, Finding

CAPTION = "A woman in a blue coat holds a yellow umbrella."
_TRIPLES = {("woman", "hold", "umbrella"), ("coat", "is", "blue"), ("umbrella", "is", "yellow")}
_REINSTALL = "pip install --force-reinstall structclip: a file of the package is damaged or missing"


def check_parser(spec: str = "default") -> Finding:
    """The parser loads and finds in one caption what is there."""
    from structclip_pipeline.parser import load_parser

    try:
        parser = load_parser(spec)
        (graph,) = parser.parse([CAPTION])
    except Exception as error:  # whatever a damaged file raises
        return Finding("parser", FAIL, f"{type(error).__name__}: {error}", _REINSTALL)
    missed = _TRIPLES - {triple.lemmas for triple in graph.triples()}
    if missed:
        return Finding("parser", WARN, f"did not find {sorted(missed)} in {CAPTION!r}", _REINSTALL)
    return Finding("parser", OK, f"{parser.source[:60]}, reads {CAPTION!r}")


def check_tables() -> list[Finding]:
    """The tables derived from WordNet and from the treebank can be read."""
    return [_check("word meanings", _meanings), _check("word classes", _classes), _check("words", _words)]


def _check(name: str, question: Callable[[], str]) -> Finding:
    try:
        return Finding(name, OK, question())
    except Exception as error:  # whatever a damaged file raises
        return Finding(name, FAIL, f"{type(error).__name__}: {error}", _REINSTALL)


def _meanings() -> str:
    from structclip_pipeline.negatives.thesaurus import shipped_thesaurus

    senses = shipped_thesaurus().noun_senses("dog")
    if not senses:
        raise ValueError("'dog' has no sense")
    return f"the table derived from WordNet, {len(senses)} sense(s) of 'dog'"


def _classes() -> str:
    from structclip_pipeline.negatives.tagging import shipped_tagger

    tags = shipped_tagger().tag(["a", "red", "cup"])
    return f"the table counted in the English Web Treebank, 'a red cup' is {' '.join(tags)}"


def _words() -> str:
    from structclip_pipeline.parser.words import load_words

    return f"{len(load_words()):,} words that are no typos"
