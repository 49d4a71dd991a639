"""The shipped parser on captions that nobody would write: no crash, true spans, no quadratic work, no influence."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structclip_pipeline.parser import load_parser
from structclip_pipeline.parser.token_graph import Token
from structclip_pipeline.parser.tokens import WINDOW, split_windows
from structclip_schemas.spans import graph_faults

ODD = {
    "empty": "",
    "space": " ",
    "white space": " \t\r\n\u00a0\u2003 ",
    "one word": "dog",
    "one letter": "a",
    "punctuation": "?!... -- ,,, (()",
    "all caps": "A MAN IN A RED HAT IS RIDING A BROWN HORSE ON THE BEACH.",
    "no space": "amanridingahorseonthebeach",
    "joined by slashes": "man/woman/dog-on-a-bench,red&blue;cup",
    "emoji": "a 👩🏽‍🦰 holding a 🍕 near 👨‍👩‍👧‍👦 and a 🇩🇪🇫🇷 flag 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "keycaps": "a 1️⃣ on a red ❤️ shirt",
    "arabic": "قطة سوداء تجلس على طاولة خشبية",
    "hebrew with points": "כֶּלֶב לָבָן רָץ עַל הַחוֹל",
    "right-to-left among words": "a man holding a sign that says \u202bقطة\u202c on a street",
    "combining marks": "a cafe\u0301 with a nai\u0308ve ma\u0301n\u0301 on a cha\u0301ir\u0301",
    "zero width": "a\u200bman\u200d on\u200c a \ufeffhorse\u00ad",
    "html": '<div class="a">A man &amp; his <b>dog</b><br/> on the&nbsp;<a href="http://x.y/z?q=1#f">beach</a></div>',
    "address": "photo by @user_1 (http://www.example.com/a?b=c) #dog #beach C:\\cats\\img_0001.JPG",
    "german": "Ein Mann mit rotem Hut reitet auf einem braunen Pferd am Strand.",
    "chinese": "一个戴红帽子的男人骑着一匹棕色的马。",
    "japanese": "赤い帽子をかぶった男性が茶色い馬に乗っている。",
    "thai": "ผู้ชายสวมหมวกสีแดงกำลังขี่ม้าสีน้ำตาล",
    "hindi": "लाल टोपी पहने एक आदमी भूरे घोड़े पर सवार है",
    "control characters": "a \x00man\x07 on\x1b[31m a\x7f horse",
    "lone surrogates": "a \ud83d man \udc00on a horse",
    "digits": "1234567890 12,345.67 3/4 1st 2nd 1990s",
    "only articles": "a the an a the",
    "only prepositions": "on in of with to",
    "repeated": "dog dog dog dog dog dog dog dog",
    "quotes": "''''\"\"\"\"``",
}


@pytest.fixture(scope="module")
def parser():
    return load_parser("default")


def _faults(caption, graph):
    """What breaks the contract of spans: the shared rules, empty elements, overlaps, wordless relations elsewhere."""
    faults = graph_faults(caption, graph)
    faults += [f"empty {e!r}" for e in (*graph.objects, *graph.attributes) if e.start == e.end or not e.text.strip()]
    faults += [f"no lemma {e!r}" for e in (*graph.objects, *graph.attributes, *graph.relations) if not e.lemma.strip()]
    faults += [
        f"wordless {r!r}"
        for r in graph.relations
        if not r.text and (r.start, r.end) != (graph.objects[r.head].end,) * 2
    ]
    ends = [(o.start, o.end) for o in graph.objects]
    return faults + [f"{a} overlaps {b}" for a, b in pairwise(ends) if a[1] > b[0]]


@pytest.mark.parametrize("caption", ODD.values(), ids=ODD.keys())
def test_odd_captions_keep_every_span_true(parser, caption):
    """Whatever stands for a caption is parsed, and every element is where it says."""
    assert _faults(caption, parser.parse([caption])[0]) == []


@pytest.mark.parametrize("caption", ["", " ", "?!... --", "a the an", " \t\r\n\u00a0"])
def test_nothing_is_seen_where_nothing_is_said(parser, caption):
    """A caption without a noun has an empty graph."""
    graph = parser.parse([caption])[0]
    assert (graph.objects, graph.attributes, graph.relations) == ((), (), ())


@pytest.mark.parametrize("caption", [
    "a man in a red hat is riding a brown horse on the beach.", "two dogs and a cat sitting under the table",
])  # fmt: skip
def test_capitals_change_no_lemma(parser, caption):
    """A caption in capitals means the same."""
    small, large = parser.parse([caption, caption.upper()])
    assert [t.lemmas for t in small.triples()] == [t.lemmas for t in large.triples()] != []


def test_a_one_word_caption_is_its_object(parser):
    """The word "dog" is a dog."""
    (dog,) = parser.parse(["dog"])[0].objects
    assert (dog.text, dog.lemma, dog.start, dog.end, dog.phrase_start, dog.phrase_end) == ("dog", "dog", 0, 3, 0, 3)


_ANY = st.characters(exclude_categories=())
_WORDS = st.sampled_from([
    "a", "the", "two", "man", "dogs", "horse", "red", "wooden", "on", "in", "of", "with", "sitting", "holding", "no",
    "not", "and", "'s", ".", "\u0301", "\u200d", "🇫🇷", "👨🏽", "ß", "İ", "ﬁ", "\ud800",
])  # fmt: skip
_GLUE = st.sampled_from([" ", " ", " ", "", "\n", "\u00a0", "  ", "-", "\u0301 "])


@st.composite
def _captions(draw):
    return "".join(draw(_WORDS) + draw(_GLUE) for _ in range(draw(st.integers(0, 20))))


@settings(max_examples=200, deadline=None)
@given(caption=st.one_of(st.text(_ANY, max_size=60), _captions()))
def test_spans_are_true_on_any_string(parser, caption):
    """Any string, lone surrogates among it, keeps every invariant of spans."""
    assert _faults(caption, parser.parse([caption])[0]) == []


@settings(max_examples=30, deadline=None)
@given(captions=st.lists(st.one_of(st.sampled_from(list(ODD.values())), _captions()), min_size=1, max_size=12))
def test_neighbours_change_no_graph(parser, captions):
    """Each caption's graph is the one it has alone, whatever odd captions stand beside it."""
    assert parser.parse(captions) == [parser.parse([caption])[0] for caption in captions]


def test_a_long_neighbour_changes_no_graph(parser):
    """A caption of 3,000 words in the batch, before or after, leaves the short ones' graphs as they are."""
    short = [caption for caption in ODD.values() if len(caption) < 100]
    long = "a red cup on a blue table and a dog under it " * 300
    alone = [parser.parse([caption])[0] for caption in short]
    assert parser.parse([long, *short])[1:] == alone
    assert parser.parse([*short, long])[:-1] == alone


def _count_lines(function, *arguments):
    """How many lines of Python this takes: a count of operations that no busy machine changes."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("unit", [
    "a red cup on a blue table and a man holding a dog , ", "cup and ", "red ", "holding and ", "no cup not red ",
    "the dog 's tail ", "a group of people in front of a house . ",
])  # fmt: skip
def test_work_grows_with_the_words_and_no_faster(parser, unit):
    """A caption of 5,000 words takes at most 50 times the work of one of 100, counted in lines run."""
    short, long = (" ".join((unit * n).split()[:n]) for n in (100, 5_000))
    parser.parse([short])
    assert _count_lines(parser.parse, [long]) <= 50 * _count_lines(parser.parse, [short])


@given(st.lists(st.sampled_from(["cup", ".", "on", "!"]), max_size=400))
def test_what_is_scored_at_once_is_short(words):
    """No window is over the limit, and the windows of a caption hold each token once: arrays grow with the words."""
    tokens = [Token(word, i, i + 1) for i, word in enumerate(words)]
    windows = split_windows(tokens)
    assert [i for start, end in windows for i in range(start, end)] == list(range(len(words)))
    assert all(0 < end - start <= WINDOW for start, end in windows)
