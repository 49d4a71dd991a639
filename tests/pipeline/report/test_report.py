"""The report: its figures against slow counting, its page, its Markdown, its command."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from structclip_pipeline.cli.group import pipeline
from structclip_pipeline.report.content import Report
from structclip_pipeline.report.examples import Drawing, Example, ExampleVariant
from structclip_pipeline.report.rendering import render

CAPTIONS = ("a red cup on a blue table", "a dog", "a red cup on a blue table", "<b>a cat</b> on a table", " ")


@pytest.fixture(scope="module")
def report():
    """Call ``report``: arguments -> the result of the command."""
    return lambda *arguments: CliRunner().invoke(pipeline, ["report", *map(str, arguments)])


@pytest.fixture
def folders(tmp_path, pipeline_command):
    """A graphs dataset of five captions, one empty, and its negatives."""
    lines = [json.dumps({"caption": text, "image_id": f"i{n // 2}"}) for n, text in enumerate(CAPTIONS)]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    assert pipeline_command("build-graphs", tmp_path / "c.jsonl", "-o", tmp_path / "graphs", "--workers", 0)[0] == 0
    negatives = ("-o", tmp_path / "negatives", "--workers", 0, "--verify", "off", "--strategy", "random")
    assert pipeline_command("make-negatives", tmp_path / "graphs", *negatives)[0] == 0
    return {name: tmp_path / name for name in ("graphs", "negatives")}


def test_the_figures_are_what_slow_counting_gives(folders, report):
    """Captions, images, elements and words, from the Parquet files themselves."""
    figures = json.loads(report(folders["negatives"], "--json").stdout)["figures"]
    rows = [row for path in folders["negatives"].glob("negatives-*.parquet") for row in pq.read_table(path).to_pylist()]
    assert figures["captions"] == len(rows) == 4
    assert figures["images"] == len({row["image_id"] for row in rows})
    assert figures["objects_a_caption"] == {str(k): v for k, v in Counter(len(r["objects"]) for r in rows).items()}
    assert figures["attributes"] == dict(Counter(a["lemma"] for r in rows for a in r["attributes"]))
    variants = [variant for row in rows for variant in row["negatives"]]
    assert variants and figures["negatives"]["kinds"] == {"random_swap": len(variants)}
    assert figures["negatives"]["edits"] == {str(k): v for k, v in Counter(len(v["edits"]) for v in variants).items()}
    assert figures["negatives"]["round_trip"] == {"random_swap None": len(variants)}


def test_the_page_shows_texts_as_they_are_and_loads_nothing(folders, report, tmp_path):
    """Markup in a caption stays text; no address of anything outside the file."""
    assert report(folders["negatives"], "-o", tmp_path / "r.html", "--examples", 4).exit_code == 0
    page = (tmp_path / "r.html").read_text()
    assert "&lt;b&gt;a cat" in page and "<b>a cat" not in page
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|<script", page)
    assert page.count('<mark class="after">') >= 2


def test_the_page_closes_what_it_opens(folders, report, tmp_path):
    """Every tag that needs it."""
    report(folders["graphs"], "-o", tmp_path / "r.html")
    open_tags: list[str] = []

    class Closing(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Closing().feed((tmp_path / "r.html").read_text())
    assert open_tags == []


def test_the_left_out_rows_are_in_the_tally(folders, report, tmp_path):
    """The manifest's counts are shown, on the page and on the terminal alike."""
    report(folders["graphs"], "-o", tmp_path / "r.md")
    assert "| empty-caption | 1 | 20.0% |" in (tmp_path / "r.md").read_text()
    shown = report(folders["graphs"])
    assert shown.exit_code == 0 and "empty-caption" in shown.stdout and "4 captions" in shown.stdout


def test_the_same_dataset_gives_the_same_page(folders, report, tmp_path):
    """No clock and no chance; another seed draws other examples."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        report(folders["graphs"], "-o", tmp_path / f"{name}.html", "--seed", seed, "--examples", 1)
    pages = [(tmp_path / f"{name}.html").read_bytes() for name in "abc"]
    assert pages[0] == pages[1]


@given(st.permutations([f"c{n}" for n in range(12)]), st.integers(0, 12), st.integers(0, 3))
def test_examples_do_not_depend_on_the_order_of_the_rows(order, count, seed):
    """And fewer of them are a prefix of more."""
    row = {"image_id": None, "caption": "a", "objects": [], "attributes": [], "relations": []}

    def drawn(ids, number):
        drawing = Drawing(number, seed)
        for caption_id in ids:
            drawing.offer({**row, "caption_id": caption_id})
        return [example.caption_id for example in drawing.examples()]

    everything = drawn(sorted(order), 12)
    assert drawn(order, count) == everything[:count]


def test_markdown_keeps_spaces_outside_the_marks_and_escapes_its_own_signs():
    """An inserted phrase starts with a space."""
    variant = ExampleVariant("positive", "k", "r/1", [], [("a *cup*", False), (" that is red", True)], None, None)
    report = Report("t", (), (), (Example("1", None, "a *cup*", [], [variant]),))
    assert "positive, k, r/1: a \\*cup\\* **that is red**\n" in render(report, "x.md")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("none",), "no structclip dataset"), (("graphs", "-o", "r.pdf"), "wanted a name that ends in .html or .md")],
)
def test_a_mistake_is_answered_with_what_to_do(tmp_path, report, arguments, message):
    """A folder that is none, a file of another kind."""
    result = report(*arguments)
    assert result.exit_code != 0 and message in result.output + str(result.exception)


def test_a_missing_shard_is_named(folders, report):
    """Not a traceback."""
    next(folders["graphs"].glob("graphs-*.parquet")).unlink()
    assert "a shard is missing" in str(report(folders["graphs"]).exception)


def test_a_packed_dataset_counts_what_its_negatives_count(folders, report, tmp_path, pipeline_command):
    """Captions are unfolded from their images, which are told apart by path where they have no id."""
    from PIL import Image

    lines = [json.dumps({"caption": text, "image": f"{n // 2}.png"}) for n, text in enumerate(CAPTIONS)]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    (tmp_path / "images").mkdir()
    for number in range(3):
        Image.new("RGB", (8, 8)).save(tmp_path / f"images/{number}.png")
    made = {name: tmp_path / f"with_images/{name}" for name in ("graphs", "negatives", "packed")}
    options = ("--workers", 0, "-o")
    assert pipeline_command("build-graphs", tmp_path / "c.jsonl", *options, made["graphs"])[0] == 0
    variants = ("--verify", "off", "--strategy", "random")
    assert pipeline_command("make-negatives", made["graphs"], *variants, *options, made["negatives"])[0] == 0
    images = ("--images", tmp_path / "images")
    assert pipeline_command("pack", made["negatives"], *images, *options, made["packed"])[0] == 0
    figures = {name: json.loads(report(made[name], "--json").stdout)["figures"] for name in ("negatives", "packed")}
    assert figures["packed"] == figures["negatives"] and figures["packed"]["images"] == 2
    assert report(made["packed"], "-o", tmp_path / "r.html").exit_code == 0
