"""`make demo` at reduced size: the whole path, from drawn scenes to a plain CLIP, and again without new work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = {
    "DEMO_TRAIN": "300",
    "DEMO_VALIDATION": "20",
    "DEMO_TEST": "40",
    "DEMO_STEPS": "8",
    "DEMO_WORKERS": "2",
}
KEYS = {"swap_attribute", "swap_object", "swap_relation", "i2t_r1", "t2i_r1"}


def run_demo(folder: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", str(ROOT / "data/demo.sh"), str(folder)],
        check=True,
        cwd=folder.parent,
        env={**os.environ, "PATH": path, **SMALL},
    )


def state_of(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.name not in ("run.json", "log.jsonl")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder)
    return folder


@pytest.mark.slow
def test_the_demo_writes_what_the_contract_names(demo):
    """World, graphs, negatives, benchmark and three runs stand at the end, and nothing beside the folder."""
    wanted = [
        "world/images",
        "world/captions_test.json",
        "benchmark/manifest.json",
        "results.png",
        "results.svg",
        "clip/model.safetensors",
    ]
    wanted += [
        f"{table}/{part}/manifest.json" for table in ("graphs", "negatives") for part in ("train", "validation", "test")
    ]
    wanted += [f"runs/{preset}/latest" for preset in ("infonce", "negclip", "default")]
    assert not [name for name in wanted if not (demo / name).exists()]
    assert [p.name for p in demo.parent.iterdir()] == ["demo"]


@pytest.mark.slow
def test_the_results_have_the_contract_s_shape(demo):
    """Every preset has its rows with the five figures, as shares."""
    results = json.loads((demo / "results.json").read_text())
    assert results["steps"] == 8
    assert results["seeds"] == [0]
    assert set(results["presets"]) == {"infonce", "negclip", "default"}
    for preset, rows in results["presets"].items():
        assert set(rows) >= {"plain", "blind"} | ({"fused"} if preset == "default" else set())
        for figures in rows.values():
            assert set(figures) >= KEYS
            assert all(0 <= figures[key] <= 1 for key in KEYS)


@pytest.mark.slow
def test_running_the_demo_again_changes_nothing(demo):
    """A finished demo, run again, leaves every file as it is."""
    before = state_of(demo)
    run_demo(demo)
    assert state_of(demo) == before
