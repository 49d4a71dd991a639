"""Datasets of handwritten variants, and a browser for the page."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structclip_pipeline.plan import Plan, ShardResult, ShardTask
from structclip_pipeline.run import run_plan
from structclip_schemas.edits import Edit
from structclip_schemas.graph import SceneGraph, Triple
from structclip_schemas.tables import row_from_record
from structclip_schemas.variant import CaptionRecord, Variant

Write = Callable[..., Path]
Browse = Callable[[Path, str], Any]


def _variant(caption: str, before: str, after: str, kind: str, plausibility: float | None) -> Variant:
    start = caption.index(before)
    edit = Edit(start, start + len(before), before, after)
    text = caption[:start] + after + caption[start + len(before) :]
    triple = Triple("cup", "is", after, 0, None)
    return Variant(text, kind, (triple,), (edit,), None, None, f"{kind}/1", None, plausibility)


def _row(spec: dict[str, Any], table: str) -> dict[str, Any]:
    spec = {"caption_id": "1", "image_id": None, "image": None, "caption": "a cup", **spec}
    made = {
        name: tuple(_variant(spec["caption"], *one) for one in spec.get(name, ()))
        for name in ("negatives", "positives")
    }
    own = {name: spec[name] for name in ("caption_id", "image_id", "image", "caption")}
    more = {"crop": None, "group": None, "pair_id": None} if table == "benchmark" else {}
    return row_from_record(CaptionRecord(**own, split=None, graph=SceneGraph(), graph_source="s 1 0", **made), **more)


def _rows(_: Any, shard: ShardTask) -> ShardResult:
    return ShardResult(list(shard.payload["rows"]))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """
    Write a dataset: ``write(name, shards, table="negatives")`` -> its folder.

    A shard is a list of rows, a row a dict of caption_id, image_id, image, caption, negatives and positives; these are
    tuples (before, after, kind, plausibility): the caption with one word changed.
    """

    def write_dataset(name: str, shards: list[list[dict[str, Any]]], table: str = "negatives") -> Path:
        tasks = tuple(
            ShardTask(index, len(rows), {"rows": [_row(row, table) for row in rows]})
            for index, rows in enumerate(shards)
        )
        inputs = ({"uri": "captions.json", "sha256": "0" * 64, "rows": sum(map(len, shards))},)
        run_plan(Plan(table, {}, inputs, "s 1 0", tasks), str(tmp_path / name), _rows)
        return tmp_path / name

    return write_dataset


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """
    Open a page in a real browser and run a script in it: ``browse(page, script)`` -> what the script returns.

    The script is the body of an async function. ``press(key, ...)`` presses keys one after another; ``downloaded()``
    gives name and text of what the page's link downloads. What the page keeps stays from one call to the next.
    """
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("needs a browser: Debian's package chromium, or Google Chrome")

    def run(page: Path, script: str) -> Any:
        copy = page.with_name("tested.html")
        copy.write_text(page.read_text().replace("</body>", f"<script>{_HARNESS % script}</script></body>"))
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000", "--dump-dom"]
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [browser, *options, profile, copy.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        found = re.search(r'<pre id="returned">(.*?)</pre>', done.stdout, flags=re.S)
        assert found, f"the script did not end: {done.stdout[-2000:]}"
        return json.loads(html.unescape(found[1]))

    return run


_HARNESS = """
const press = (...keys) => keys.forEach((key) => {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
});
let blob = null, name = null;
URL.createObjectURL = (given) => { blob = given; return "blob:none"; };
HTMLAnchorElement.prototype.click = function () { name = this.download; };
const downloaded = async () => [name, await blob.text()];
const read = (id) => document.getElementById(id).textContent;
(async () => { %s })().catch((error) => "error: " + error).then((value) => {
  const out = document.createElement("pre");
  out.id = "returned";
  out.textContent = JSON.stringify(value === undefined ? null : value);
  document.body.append(out);
});
"""
