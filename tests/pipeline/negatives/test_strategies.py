"""The strategies random and pos: what the parser's reading rules out, and that only (seed, caption_id) decides."""

from collections.abc import Callable
from typing import Any

import pytest

from structclip_pipeline.negatives.making import Demand
from structclip_pipeline.negatives.strategies import make_word_swaps
from structclip_pipeline.negatives.task import demand_of
from structclip_schemas.errors import InputError
from structclip_schemas.graph import lemma_set
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord, variant_from_row

CUP = "a red cup on a blue table"


@pytest.fixture
def rows(parser_module: Any) -> Callable[..., list[dict[str, Any]]]:
    """Rows of the graphs table from (image, caption) pairs."""

    def build(*pairs: tuple[str | None, str]) -> list[dict[str, Any]]:
        graphs = parser_module.PARSER.parse([caption for _, caption in pairs])
        return [
            row_from_record(CaptionRecord(str(number), image, None, None, caption, graph, parser_module.PARSER.source))
            for number, ((image, caption), graph) in enumerate(zip(pairs, graphs, strict=True))
        ]

    return build


def _made(rows: list[dict[str, Any]], parser_module: Any, per_caption: int = 100, strategy: str = "pos") -> Any:
    demand = Demand((f"{strategy}_swap",), per_caption, 0, "off", strategy)
    return make_word_swaps(rows, demand, None, parser_module.PARSER.parse)


def _captions(made: Any) -> list[list[str]]:
    return [[v["caption"] for v in row["negatives"]] for row in made.rows]


def test_triples_are_the_parsers_reading(rows: Any, parser_module: Any) -> None:
    """Each variant's triples are what the parser reads in it, and they differ from the caption's."""
    table = rows((None, CUP))
    (row,) = _made(table, parser_module).rows
    for v in map(variant_from_row, row["negatives"]):
        (graph,) = parser_module.PARSER.parse([v.caption])
        assert v.triples == graph.triples()
        assert lemma_set(v.triples) != {(t["head"], t["relation"], t["tail"]) for t in table[0]["triples"]}
        assert v.round_trip is None
    assert _captions(_made(table, parser_module))[0] != []


def test_a_variant_that_reads_as_the_caption_gives_way(rows: Any, parser_module: Any) -> None:
    """Exchanging words that the parser does not read is no negative; the caption says why it has none."""
    made = _made(rows((None, "big dark sheds")), parser_module)
    assert _captions(made) == [[]]
    assert made.without_negative == {"same-graph": 1}
    assert made.counts["same_graph"] == made.counts["candidates"] > 0


def test_what_another_caption_of_the_image_says_is_none(rows: Any, parser_module: Any) -> None:
    """An exchange that the image's other caption asserts is left out; that of another image is not."""
    swapped = "a blue cup on a red table"
    assert swapped in _captions(_made(rows(("1", CUP), ("2", swapped)), parser_module))[0]
    made = _made(rows(("1", CUP), ("1", swapped)), parser_module)
    assert swapped not in _captions(made)[0]
    assert made.counts["true_of_image"] >= 1


@pytest.mark.parametrize("strategy", ["random", "pos"])
def test_one_is_a_prefix_of_three(rows: Any, parser_module: Any, strategy: str) -> None:
    """Asking for more negatives appends; neighbours and batches change nothing."""
    table = rows((None, CUP), (None, "a red dog on a blue cat"))
    three = _captions(_made(table, parser_module, 3, strategy))
    assert [own[:1] for own in three] == _captions(_made(table, parser_module, 1, strategy))
    assert three[0] == _captions(_made(table[:1], parser_module, 3, strategy))[0]


def test_every_candidate_is_accounted_for(rows: Any, parser_module: Any) -> None:
    """Candidates are negatives, refused for a reason, or cut."""
    counts = _made(rows(("1", CUP), ("1", "a dog on a table")), parser_module, 2, "random").counts
    parts = ("negatives", "same_graph", "nothing_added", "true_of_image", "cut")
    assert counts["candidates"] == sum(counts[name] for name in parts)


def test_a_strategy_makes_its_own_kind_alone() -> None:
    """Other kinds than the strategy's are refused with a way out."""
    assert demand_of(None, 1, 0, "off", "pos").kinds == ("pos_swap",)
    with pytest.raises(InputError, match="--strategy random makes random_swap alone"):
        demand_of("swap_object", 1, 0, "off", "random")
