"""Twenty steps of every preset on the CPU against a committed trace: a refactor that changes a bit is seen here.

A change that is meant (another draw, another order of sums) writes the trace anew and says so in its commit:
STRUCTCLIP_WRITE_TRACE=1 pytest tests/trainer/test_golden_trace.py
"""

import json
import os
import platform
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch

from structclip_trainer.config import build_settings
from structclip_trainer.log import read_lines
from structclip_trainer.loop import train
from structclip_trainer.presets import PRESETS
from structclip_trainer.start import Options, prepare

TRACE = Path(__file__).with_name("golden") / "trace.json"
STEPS = 20
TERMS = ("loss", "contrastive", "negative", "units", "gradient_norm")
SMALL = ("tiny.image_size=32", "tiny.patch_size=16", "tiny.width=32", "tiny.heads=2", "tiny.vision_layers=1")
SMALL += ("tiny.text_layers=1", "tiny.projection=16", "tiny.vocabulary=700", "batch_size=8", "warmup_steps=2")
SMALL += (f"max_steps={STEPS}", "log_every=1", "num_workers=0", "threads=1", "learning_rate=1e-3", "knowledge_warmup=4")
SMALL += ("kee_learning_rate=1e-3", "kee_layers=2", "kee_width=32", "kee_heads=2", "contrastive_warmup=5")
TRACED = {preset: (preset, ()) for preset in PRESETS} | {"default with positives": ("default", ("positives=true",))}
"""What is traced: a preset and settings beside it."""

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "pillow")


def _machine() -> dict[str, str]:
    """What bits depend on: the CPU family and the packages that compute."""
    cpu = {"machine": platform.machine(), "instructions": torch.backends.cpu.get_cpu_capability()}
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    for name in ("vendor_id", "cpu family", "model"):
        cpu[name] = next((line.split(":")[1].strip() for line in lines if line.split("\t")[0] == name), "?")
    return {**cpu, **{package: version(package) for package in PACKAGES}}


def _trace(data: Any, run: Path, preset: str, beside: tuple[str, ...]) -> dict[str, str]:
    """The terms of each step, as hexadecimal floats."""
    settings = build_settings(preset, {}, (*SMALL, *beside))
    options = Options(str(data.shards), str(data.images), "new:tiny", str(run), None, False, "cpu")
    train(*prepare(options, settings, print))
    lines = [line for line in read_lines(f"{run}/log.jsonl") if "loss" in line]
    assert len(lines) == STEPS
    return {term: " ".join(float(line[term]).hex() for line in lines) for term in TERMS if term in lines[0]}


def _write(traced: str, found: dict[str, str]) -> None:
    content = json.loads(TRACE.read_text(encoding="utf-8")) if TRACE.exists() else {"traces": {}}
    content = {"machine": _machine(), "traces": {**content["traces"], traced: found}}
    TRACE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


@pytest.mark.parametrize("traced", TRACED)
def test_losses_are_those_of_the_golden_trace(make_data: Any, tmp_path: Path, traced: str) -> None:
    """Bit for bit where CPU family and packages are the trace's own, to a thousandth elsewhere."""
    threads = torch.get_num_threads()
    found = _trace(make_data(more=True), tmp_path / "run", *TRACED[traced])
    torch.set_num_threads(threads)
    if os.environ.get("STRUCTCLIP_WRITE_TRACE"):
        _write(traced, found)
    golden = json.loads(TRACE.read_text(encoding="utf-8"))
    expected, here = golden["traces"][traced], _machine()
    other = [
        f"{name} {golden['machine'].get(name)} (here {here[name]})"
        for name in here
        if here[name] != golden["machine"].get(name)
    ]
    if not other:
        assert found == expected, "the trace changed on the software and CPU that wrote it: see this file's head"
        return
    warnings.warn(
        f"the golden trace is compared to a tolerance only: it was written with {', '.join(other)}", stacklevel=1
    )
    assert found.keys() == expected.keys()
    for term, values in expected.items():
        numbers = [[float.fromhex(v) for v in trace.split()] for trace in (found[term], values)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-3, abs=1e-3), (
            f"{term} differs, on other software: {other}"
        )
