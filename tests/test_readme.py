"""The README's commands run as they stand, on small stand-ins for COCO and SugarCrepe."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)
NEGCLIP = (
    "\ttitle\tfilepath\tneg_caption\tneg_image\n"
    "0\tA black cat sits on a red mat.\tcoco/val2014/1.jpg\t['A red cat sits on a black mat .']\t[1]\n"
)
PYTHON = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Run shell text in a folder where $COCO, $SUGARCREPE, $NEGCLIP, $BENCHMARKS and $CLIP stand for small things."""
    folder = tmp_path_factory.mktemp("readme")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COCO": str(folder / "COCO"),
        "SUGARCREPE": str(folder / "SUGARCREPE"),
        "NEGCLIP": str(folder / "NEGCLIP"),
        "BENCHMARKS": str(folder / "BENCHMARKS"),
        "CLIP": "new:tiny",
    }

    def run(text: str) -> None:
        subprocess.run(["bash", "-euc", text], cwd=folder, env=environment, check=True)

    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("demo", "out"))
    run("structclip-pipeline make-demo world --train 90 --validation 1 --test 10 --unseen 1")
    run("mkdir -p COCO/annotations SUGARCREPE; cp world/captions_train.json COCO/annotations/captions_train2017.json")
    run("mv world/images COCO/train2017; cp -r COCO/train2017 COCO/val2017")
    items = json.loads((folder / "world/benchmark_test.json").read_text())
    crepe = {
        str(i): {"filename": x["image"], "caption": x["true_caption"], "negative_caption": x["false_caption"]}
        for i, x in enumerate(items)
    }
    (folder / "SUGARCREPE/swap_att.json").write_text(json.dumps(crepe))
    (folder / "NEGCLIP").mkdir()
    (folder / "NEGCLIP/valid_neg_clip.tsv").write_text(NEGCLIP)
    return run


@pytest.mark.slow
def test_every_command_of_the_readme_runs(shell):
    """All shell blocks but `make` run to the end, the benchmark first, training cut to a few steps."""
    texts = [block for block in BLOCKS if "make demo" not in block]
    assert len(texts) >= 3
    for text in sorted(texts, key=lambda text: "prepare-benchmark" not in text):
        shell(re.sub(r"max_steps=\d+", "max_steps=3", text))
    for text in PYTHON:
        shell(f"python - <<'END'\n{text}\nEND")
