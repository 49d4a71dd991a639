"""What captions deny, on graphs written by hand over real captions of FACTUAL and COCO."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.parser.negation import deny
from structclip_pipeline.parser.signs import is_imperative
from structclip_pipeline.parser.token_graph import VERB, Token, TokenAttribute, TokenGraph, TokenRelation


def _tokens(caption):
    tokens, offset = [], 0
    for word in caption.split(" "):
        tokens.append(Token(word.lower(), offset, offset + len(word)))
        offset += len(word) + 1
    return tokens


def _graph(caption, text):
    """
    Read a graph written in the caption's own words.

    "man hat | hat:red | man V wear hat" names objects, then properties, then relations; a predicate is "V" and the
    verb's word, or a template; a word stands for its first place.
    """
    words = caption.lower().split(" ")

    find = words.index
    objects, attributes, relations = ([p for p in part.split(", ") if p.strip()] for part in text.split("|"))
    names = sorted(objects[0].split(), key=find) if objects else []
    ranges = tuple((find(n), find(n) + 1) for n in names)
    found = []
    for line in attributes:
        owner, word = line.strip().split(":")
        found.append(TokenAttribute(names.index(owner), find(word), find(word) + 1))
    joined = []
    for line in relations:
        head, *predicate, tail = line.split()
        verb = find(predicate[1]) if predicate[0] == VERB else -1
        template = " ".join([VERB, *predicate[2:]] if verb >= 0 else predicate)
        joined.append(TokenRelation(names.index(head), names.index(tail), template, verb))
    return TokenGraph(ranges, tuple(found), tuple(joined))


def _show(caption, graph):
    words = caption.lower().split(" ")
    names = [words[start] for start, _ in graph.objects]
    lines = [f"{names[a.object]}:{' '.join(words[a.start : a.end])}" for a in graph.attributes]
    lines += [f"{names[r.head]} {names[r.tail]}" for r in graph.relations]
    return " ".join(names), lines


@pytest.mark.parametrize(("caption", "graph", "objects", "rest"), [
    ("man wearing no hat", "man hat | | man V wearing hat", "man", []),
    ("A smiling boy in pants and a tie , with no shirt .",
     "boy pants tie shirt | boy:smiling | boy wear pants, boy wear tie, boy have shirt", "boy pants tie",
     ["boy:smiling", "boy pants", "boy tie"]),
    ("This man is playing tennis without a shirt .", "man tennis shirt | | man V playing tennis, man V playing shirt",
     "man tennis", ["man tennis"]),
    ("cabinet shelves without the door", "shelves door | shelves:cabinet | shelves without door", "shelves",
     ["shelves:cabinet"]),
    ("there are no clouds in the sky", "clouds sky | | clouds in sky", "sky", []),
    ("a jar that has no visible red label", "jar label | label:red | jar have label", "jar", []),
    ("A rowboat with paddles and no passengers is on the beach .",
     "rowboat paddles passengers beach | | rowboat with paddles, rowboat with passengers, rowboat on beach",
     "rowboat paddles beach", ["rowboat paddles", "rowboat beach"]),
    ("a man with no shirt or shoes on grass", "man shirt shoes grass | | man wear shirt, man wear shoes, man on grass",
     "man grass", ["man grass"]),
    ("a room with no bed and a bathroom", "room bed bathroom | | room with bed, room with bathroom", "room bathroom",
     ["room bathroom"]),
    ("a man with no shirt riding a horse", "man horse | | man V riding horse", "man horse", ["man horse"]),
    ("A large cake with no icing has some green accents", "cake accents | accents:green | cake have accents",
     "cake accents", ["accents:green", "cake accents"]),
    ("neither a cat nor a dog sits on the mat", "cat dog mat | | cat V sits on mat, dog V sits on mat", "mat", []),
    ("Those bagels are plain with nothing on them", "bagels nothing | bagels:plain | nothing on bagels", "bagels",
     ["bagels:plain"]),
])  # fmt: skip
def test_what_is_not_there_is_in_no_triple(caption, graph, objects, rest):
    """Objects after "no", "without", "neither" go with their properties and relations; what is there stays."""
    assert _show(caption, deny(_tokens(caption), _graph(caption, graph))) == (objects, rest)


@pytest.mark.parametrize(("caption", "graph", "objects", "rest"), [
    ("man with no shirt on skateboard", "man skateboard | man:shirt | man on skateboard", "man skateboard",
     ["man skateboard"]),
    ("tree without leaves on the grasslands", "tree grasslands | | tree V leaves on grasslands", "tree grasslands", []),
])  # fmt: skip
def test_a_noun_mistaken_for_something_else_goes_too(caption, graph, objects, rest):
    """A denied noun that the parser read as a property or as a verb states nothing either."""
    assert _show(caption, deny(_tokens(caption), _graph(caption, graph))) == (objects, rest)


@pytest.mark.parametrize(("caption", "graph", "objects", "rest"), [
    ("shoes are not touching the ground", "shoes ground | | shoes V touching ground", "shoes ground", []),
    ("all the sand that is not covered by water", "sand water | | water V covered sand", "sand water", []),
    ("man on a parked motorcycle , not facing the camera",
     "man motorcycle camera | motorcycle:parked | man on motorcycle, man face camera, motorcycle face camera",
     "man motorcycle camera", ["motorcycle:parked", "man motorcycle"]),
    ("A young boy not wearing a shirt , but wearing a neck tie .",
     "boy shirt tie | boy:young | boy V wearing shirt, boy V wearing tie", "boy tie", ["boy:young"]),
    ("branches of trees do not have leaves", "branches trees leaves | | trees have branches, trees have leaves",
     "branches trees", ["trees branches"]),
    ("A slice of pizza that does not have red sauce is on a white plate .",
     "pizza sauce plate | sauce:red, plate:white | pizza have sauce, pizza on plate", "pizza plate",
     ["plate:white", "pizza plate"]),
    ("The man on the motorcycle does not have his hands on the handlebars .",
     "man motorcycle hands handlebars | | man on motorcycle, man have hands, hands on handlebars",
     "man motorcycle hands handlebars", ["man motorcycle"]),
    ("the roses are not fully opened", "roses | roses:opened |", "roses", []),
    ("a reflection of the photographer that is not in black and white",
     "reflection photographer | photographer:black, photographer:white | reflection of photographer",
     "reflection photographer", ["reflection photographer"]),
    ("Several zebras in an open area during a not so sunny day",
     "zebras area day | area:open, day:sunny | zebras in area",
     "zebras area day", ["area:open", "zebras area"]),
    ("A bus is traveling down a city street that does not have much traffic",
     "bus street traffic | traffic:much | street have traffic", "bus street traffic", []),
    ("people are walking past the billboard on the truck without looking at it",
     "people billboard truck | | people V walking past billboard, billboard on truck, people V looking billboard",
     "people billboard truck", ["people billboard", "billboard truck"]),
    ("a man no longer riding a horse", "man horse | | man V riding horse", "man", []),
    ("a sticker on the street sign , not the roof , which is red",
     "sticker sign roof | | sticker on sign, sticker on roof",
     "sticker sign", ["sticker sign"]),
])  # fmt: skip
def test_not_takes_what_it_denies_and_no_more(caption, graph, objects, rest):
    """After "not" relations and properties go; things stay, unless it is a hat that nobody wears."""
    assert _show(caption, deny(_tokens(caption), _graph(caption, graph))) == (objects, rest)


@pytest.mark.parametrize(("caption", "graph", "objects", "rest"), [
    ("a no parking sign is hanging off a pole", "sign pole | | sign V hanging off pole", "sign pole", ["sign pole"]),
    ("no turn sign on the pole", "sign pole | sign:turn | sign on pole", "sign pole", ["sign:no turn", "sign pole"]),
    ("A No Parking , No Skateboards and No Littering sign on a street",
     "skateboards sign street | | sign with skateboards, sign on street", "sign street", ["sign street"]),
    ("A red do not enter sign under a green arrow", "sign arrow | sign:red, arrow:green | sign under arrow",
     "sign arrow", ["sign:red", "arrow:green", "sign arrow"]),
    ("An elephant and a rhinoceros stand not far from each", "elephant rhinoceros | | elephant stand rhinoceros",
     "elephant rhinoceros", ["elephant rhinoceros"]),
    ("not only a dog but a cat on a mat", "dog cat mat | | dog on mat, cat on mat", "dog cat mat",
     ["dog mat", "cat mat"]),
    ("A kitchen with no appliances other than the ones installed in the counters",
     "kitchen appliances counters | | kitchen with appliances", "kitchen appliances counters", ["kitchen appliances"]),
    ("the leg of zebra number 3 beside zebra no 2", "leg zebra | zebra:3 | zebra have leg", "leg zebra",
     ["zebra:3", "zebra leg"]),
    ("There is no where to park on the city street", "street | street:city |", "street", ["street:city"]),
])  # fmt: skip
def test_idioms_deny_nothing(caption, graph, objects, rest):
    """A sign that forbids is a sign; "not only", "not far", "no other than" and numbers deny nothing."""
    assert _show(caption, deny(_tokens(caption), _graph(caption, graph))) == (objects, rest)


def test_a_street_without_signs_has_none():
    """Signs are denied like anything else when nothing stands between that they could forbid."""
    caption = "a street with no street signs"
    graph = TokenGraph(((1, 2), (5, 6)), (TokenAttribute(1, 4, 5),), (TokenRelation(0, 1, "with", -1),))
    assert deny(_tokens(caption), graph) == TokenGraph(((1, 2),))


def test_a_subject_makes_no_order_of_not():
    """In "trees do not have leaves" somebody stands before the "do"; a sign's "do not enter" has nobody."""
    assert is_imperative(["sign", "that", "says", "do", "not", "enter"], 4, {0})
    assert not is_imperative(["the", "trees", "do", "not", "have", "leaves"], 3, {1})


_WORD_LIST = """
no not without n't neither nor never nothing a the hat man sign parking do does have , . and or but on red 2
"""
_WORDS = st.sampled_from(_WORD_LIST.split())


@given(st.lists(_WORDS, min_size=1, max_size=14), st.data())
def test_a_denied_graph_is_part_of_the_graph(words, data):
    """Whatever the words are, what is left was there before, and a caption without denial is unchanged."""
    caption = " ".join(words)
    starts = sorted(data.draw(st.sets(st.integers(0, len(words) - 1), max_size=5)))
    place = st.integers(0, len(words) - 1)
    graph = TokenGraph(tuple((i, i + 1) for i in starts))
    if starts:
        number = st.integers(0, len(starts) - 1)
        attributes = data.draw(st.lists(st.tuples(number, place), max_size=4))
        relations = data.draw(
            st.lists(st.tuples(number, number, st.sampled_from(["on", "have", VERB]), place), max_size=4)
        )
        graph = TokenGraph(
            graph.objects,
            tuple(TokenAttribute(o, i, i + 1) for o, i in attributes),
            tuple(TokenRelation(h, t, p, v if p == VERB else -1) for h, t, p, v in relations),
        )
    left = deny(_tokens(caption), graph)
    assert set(left.objects) <= set(graph.objects)
    ends = {(graph.objects[a.object], a.end) for a in graph.attributes}
    assert {(left.objects[a.object], a.end) for a in left.attributes} <= ends
    assert all(0 <= a.start < a.end for a in left.attributes)
    pairs = {(graph.objects[r.head], graph.objects[r.tail], r.template, r.verb) for r in graph.relations}
    assert {(left.objects[r.head], left.objects[r.tail], r.template, r.verb) for r in left.relations} <= pairs
    if {"no", "not", "without", "n't", "neither", "nor", "never", "nothing"}.isdisjoint(words):
        assert left == graph
