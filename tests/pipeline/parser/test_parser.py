"""The shipped parser: what holds for every caption."""

from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.parser import SHIPPED_MODEL, load_parser
from structclip_pipeline.parser.decoder import complete_places
from structclip_schemas.errors import InputError
from structclip_schemas.spans import graph_faults

CAPTIONS = [
    "A small red cube is left of two large striped blue balls.",
    "a man riding a horse",
    "the dog's tail",
    "Two giraffes and a zebra stand next to a wooden fence while a woman in a white hat watches.",
    "",
    "sky",
    "A group of people sitting on top of a bench. A cat sleeps under it.",
]
_WORDS = st.sampled_from(
    [
        "a",
        "the",
        "man",
        "men",
        "dog",
        "red",
        "on",
        "in",
        "sitting",
        "holding",
        ".",
        ",",
        "and",
        "'s",
        "é",
        "👨\u200d👩",
        "<b>",
        "قطة",
    ]
)


@pytest.fixture(scope="module")
def parser():
    return load_parser("default")


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(max_size=80), st.lists(_WORDS, max_size=25).map(" ".join)))
def test_spans_keep_the_contract_on_any_text(parser, text):
    """No Unicode string makes the parser fail, and every graph keeps the contract of spans."""
    assert graph_faults(text, parser.parse([text])[0]) == []


@pytest.mark.parametrize("text", [
    "\ud800 man on a horse", "'" * 5_000, "x" * 50_000, "a man on a horse , " * 1_000,
    "<p>A man</p>\r\n&nbsp;on <b>sofa</b>",
], ids=["surrogate", "quotes", "endless word", "five thousand words", "html"])  # fmt: skip
def test_odd_captions_are_parsed(parser, text):
    """Surrogates, endless words, very long captions and HTML are captions too."""
    assert graph_faults(text, parser.parse([text])[0]) == []


def test_a_graph_never_depends_on_its_batch(parser):
    """A caption's graph is the same alone, among others, and in any order."""
    together = parser.parse(CAPTIONS)
    assert [parser.parse([c])[0] for c in CAPTIONS] == together
    assert parser.parse(CAPTIONS[::-1]) == together[::-1]
    assert parser.parse(CAPTIONS * 60)[: len(CAPTIONS)] == together


def test_scores_are_the_same_to_the_bit_in_any_batch():
    """The forward pass gives a sentence the same states whatever it is batched with."""
    from structclip_pipeline.parser.forward import ForwardPass
    from structclip_pipeline.parser.model import Model

    forward = ForwardPass(Model.read(SHIPPED_MODEL).weights)
    sentences = [c.lower().split() for c in CAPTIONS if c] * 20
    batched = forward.score_tags(forward.encode(sentences))
    for column, words in enumerate(sentences[:6]):
        alone = forward.score_tags(forward.encode([words]))
        assert (alone[: len(words), 0] == batched[: len(words), column]).all()


def test_the_demo_worlds_captions_are_understood(parser):
    """Colours, counts, patterns and "left of" are read as FACTUAL writes them."""
    graph = parser.parse(["A red cube is under two blue balls."])[0]
    lemmas = {t.lemmas for t in graph.triples()}
    assert {("cube", "is", "red"), ("balls", "is", "blue"), ("balls", "is", "2"), ("cube", "under", "balls")} <= lemmas
    assert [graph_phrase(graph, i) for i in range(2)] == [(0, 10), (20, 34)]


def graph_phrase(graph, index):
    return graph.objects[index].phrase_start, graph.objects[index].phrase_end


def test_a_relation_without_a_word_is_an_empty_span(parser):
    """The relation of "dog's tail" is have, with an empty span at the end of the head's."""
    graph = parser.parse(["the dog's tail"])[0]
    relation = graph.relations[0]
    head = graph.objects[relation.head]
    assert (relation.lemma, relation.text, relation.start, relation.end) == ("have", "", head.end, head.end)
    assert (head.text, graph.objects[relation.tail].text) == ("dog", "tail")


def test_a_pipeline_is_saved_and_loaded_by_spacy(tmp_path):
    """The component works inside any spaCy pipeline and survives to_disk and load."""
    import structclip_pipeline.parser.component  # noqa: F401

    nlp = spacy.blank("en")
    nlp.add_pipe("structclip_graph")
    before = nlp(CAPTIONS[0])._.scene_graph
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert again(CAPTIONS[0])._.scene_graph == before
    assert [doc._.scene_graph for doc in again.pipe(CAPTIONS)] == load_parser("default").parse(CAPTIONS)


def test_a_models_folder_is_a_parser(tmp_path, parser):
    """A written model, loaded by its folder, parses the same and has the same name and hash."""
    from structclip_pipeline.parser.model import Model

    Model.read(SHIPPED_MODEL).write(tmp_path / "copy")
    copy = load_parser(str(tmp_path / "copy"))
    assert copy.source == parser.source
    assert copy.parse(CAPTIONS) == parser.parse(CAPTIONS)


def test_the_source_names_version_and_hash(parser):
    """graph_source is "name version sha256"."""
    name, version, digest = parser.source.split()
    assert (name, len(digest)) == ("structclip-en", 64)
    assert version.count(".") == 1


@pytest.mark.parametrize("spec", ["no/such/folder", "spacy:no_such_model"])
def test_an_unknown_parser_is_told_in_words(spec):
    """A folder without a model and a spaCy model that is not installed are input errors that say what to do."""
    with pytest.raises(InputError, match=r"train-parser|spacy download"):
        load_parser(spec)


def test_a_broken_model_is_told_in_words(tmp_path):
    """A damaged file is an input error with the folder's name."""
    for name in ("weights.npz", "lexicon.json", "meta.json"):
        (tmp_path / name).write_bytes(b"junk")
    with pytest.raises(InputError, match="cannot be read"):
        load_parser(str(tmp_path))


def test_the_shipped_model_is_small():
    """The model stays under 15 MB, so that the package stays small."""
    assert sum(file.stat().st_size for file in Path(SHIPPED_MODEL).iterdir()) < 15_000_000


def test_each_subject_keeps_its_own_predicate(parser):
    """In "a ball is red and the cube is blue" only the cube is blue."""
    graph = parser.parse(["A ball is red and the cube is blue."])[0]
    assert {t.lemmas for t in graph.triples()} == {("ball", "is", "red"), ("cube", "is", "blue")}


@pytest.mark.parametrize(("caption", "triple", "words"), [
    ("The red ball is to the right of the green cube.", ("ball", "on the right side of", "cube"), "to the right of"),
    ("A cone is left of two boxes.", ("cone", "at the left of", "boxes"), "left of"),
    ("Four tiny stars below a huge cone.", ("stars", "under", "cone"), "below"),
    ("A couple of dogs on a sofa.", ("dogs", "is", "2"), "on"),
    ("A woman is riding a brown horse.", ("woman", "ride", "horse"), "riding"),
])  # fmt: skip
def test_relations_are_found_with_their_words(parser, caption, triple, words):
    """Where things are is written as FACTUAL writes it, with the span of the caption's words."""
    graph = parser.parse([caption])[0]
    assert triple in {t.lemmas for t in graph.triples()}
    assert words in {r.text for r in graph.relations}


def test_an_attribute_takes_the_word_behind_its_last_article():
    """Where the tagger stops at "the", unless an object begins there; an attribute there is joined."""
    words = ["the", "man", "on", "the", "left"]
    assert complete_places([(2, 4)], [(1, 2)], words) == [(2, 5)]
    assert complete_places([(2, 4), (4, 6)], [(1, 2)], [*words, "side"]) == [(2, 6)]
    assert complete_places([(2, 4)], [(1, 2)], [*words[:4], ","]) == [(2, 4)]
    assert complete_places([(2, 4)], [(1, 2), (4, 5)], words) == [(2, 4)]
    assert complete_places([(2, 4)], [(1, 2)], words[:4]) == [(2, 4)]
