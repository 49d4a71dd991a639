"""Several processes under torchrun do what one process does."""

import json
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from structclip_schemas.errors import InputError
from structclip_trainer.config import build_settings
from structclip_trainer.distributed import ALONE, Ranks
from structclip_trainer.start import check_division

SCRIPT = Path(__file__).with_name("rank_gradients.py")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
SMALL = ["kee_layers=2", "kee_width=32", "kee_heads=2", "kee_dropout=0", "positives=true"]


def _torchrun(*arguments: object) -> list[str]:
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        *map(str, arguments),
    ]


@pytest.mark.slow
def test_two_ranks_have_the_gradient_of_one_process(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """
    Loss terms and gradients of two ranks are those of one process with the joint batch, fp64, to 1e-9, for all presets.

    Some captions have no negative, some images come twice, some texts are equal: counts and masks reach over ranks.
    """
    data = make_data(images=12, captions=3, shards=2, more=True)
    given = [data.shards.parent, tmp_path / "run", *(o for o in tiny_options if o != "--set"), *SMALL]
    done = subprocess.run(_torchrun(SCRIPT, *given), capture_output=True, text=True, env=ENVIRONMENT, timeout=400)
    assert done.returncode == 0, done.stderr
    module = runpy.run_path(str(SCRIPT))
    for number, case in enumerate(module["CASES"]):
        shared = torch.load(tmp_path / f"run-{number}.pt", weights_only=True)
        alone = module["compute"](case, data.shards.parent, tmp_path / f"alone-{number}", given[2:], ALONE)
        assert shared.keys() == alone.keys(), case
        for name, value in alone.items():
            difference = float((shared[name] - value).abs().max())
            assert difference < 1e-9, (case, name)


def _arguments(data: Any, output: Path, *more: str) -> list[str]:
    named = {"--shards": data.shards, "--images": data.images, "--model": "new:tiny", "--output": output}
    return [*(part for name, value in named.items() for part in (name, str(value))), *more]


def _lines(output: Path) -> list[dict[str, Any]]:
    timed = ("samples_per_second", "data_wait")
    found = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in timed} for line in found]


def _checkpoint(output: Path) -> Path:
    return output / "checkpoints" / (output / "latest").read_text().strip()


@pytest.mark.slow
def test_two_ranks_killed_and_resumed(make_data: Any, tiny_options: list[str], two_ranks: Any, tmp_path: Path) -> None:
    """Two ranks killed by SIGKILL and resumed end with the same bits as two that were not, with crops and dropout."""
    data = make_data(images=14, captions=3, shards=3, more=True)
    settings = [*tiny_options, "--set", "crop_smallest=0.6", "--set", "kee_dropout=0.3", "--set", "positives=true"]
    settings += ["--set", "max_steps=16", "--set", "save_every=4", "--set", "keep_last=2"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    codes, said = two_ranks.run(_arguments(data, whole, *settings))
    assert codes == [0, 0], said
    ranks = two_ranks.start(_arguments(data, broken, *settings))
    two_ranks.wait((broken / "latest").exists, ranks)
    for rank in ranks:
        rank.send_signal(signal.SIGKILL)
    assert two_ranks.end(ranks)[0] == [-signal.SIGKILL] * 2
    codes, said = two_ranks.run(_arguments(data, broken, *settings, "--resume"))
    assert codes == [0, 0], said
    assert said.count("resuming") == 1
    assert _lines(broken) == _lines(whole)
    assert [p.name for p in sorted((broken / "checkpoints").iterdir())] == ["step-000000012", "step-000000016"]
    one, other = (load_file(_checkpoint(o) / "model.safetensors") for o in (whole, broken))
    assert all(torch.equal(one[name], other[name]) for name in one)
    states = [torch.load(_checkpoint(o) / "trainer_state" / "optimizer.pt", weights_only=True) for o in (whole, broken)]
    assert len(states[0]["random"]) == 2
    assert not torch.equal(*states[0]["random"])
    assert torch.equal(states[0]["random"], states[1]["random"])


@pytest.mark.slow
def test_a_signal_to_one_rank_stops_both(
    make_data: Any, tiny_options: list[str], two_ranks: Any, tmp_path: Path
) -> None:
    """SIGTERM to the second rank alone: both end with 143 after the same step, which is saved, once."""
    data, output = make_data(), tmp_path / "run"
    settings = [*tiny_options, "--set", "max_steps=5000", "--set", "save_every=5000"]
    ranks, log = two_ranks.start(_arguments(data, output, *settings)), output / "log.jsonl"
    two_ranks.wait(lambda: log.exists() and log.read_text().count("\n") > 3, ranks)
    ranks[1].send_signal(signal.SIGTERM)
    codes, said = two_ranks.end(ranks)
    assert codes == [143, 143], said
    assert said.count("saved, go on with --resume") == 1
    progress = json.loads((_checkpoint(output) / "trainer_state" / "progress.json").read_text())
    assert progress["step"] == len(_lines(output))
    assert progress["totals"]["captions"] == 8 * progress["step"]


@pytest.mark.slow
def test_a_broken_image_is_left_out_once(
    make_data: Any, tiny_options: list[str], two_ranks: Any, tmp_path: Path
) -> None:
    """An image that one rank finds broken is left out by both and written once; too many of them end both with 2."""
    data, output = make_data(images=12, captions=2), tmp_path / "run"
    (data.images / "part" / "0003.png").write_bytes(b"broken")
    settings = [*tiny_options, "--set", "max_steps=6"]
    codes, said = two_ranks.run(_arguments(data, output, *settings, "--set", "max_bad_images=0.1"))
    assert codes == [0, 0], said
    found = [json.loads(line) for line in (output / "left_out.jsonl").read_text().splitlines()]
    assert sorted((f["caption_id"], f["reason"]) for f in found) == [
        ("c0003-0", "unreadable-image"),
        ("c0003-1", "unreadable-image"),
    ]
    codes, said = two_ranks.run(_arguments(data, tmp_path / "other", *settings))
    assert codes == [2, 2], said
    assert "Traceback" not in said


@pytest.mark.parametrize(("batch", "world", "parts"), [(8, 3, 1), (8, 2, 5), (8, 1, 9)])
def test_a_batch_that_does_not_divide(batch: int, world: int, parts: int) -> None:
    """A batch that ranks and micro-batches do not divide is refused with what would do."""
    settings = build_settings(None, {}, [f"batch_size={batch}", f"accumulate={parts}"])
    with pytest.raises(InputError, match=f"wanted a multiple of {world}, of {world * parts} or more"):
        check_division(settings, Ranks(0, world))


@pytest.mark.parametrize(("batch", "world", "parts"), [(8, 4, 2), (9, 3, 2), (2, 1, 1)])
def test_a_batch_that_divides(batch: int, world: int, parts: int) -> None:
    """Micro-batches may differ by one caption, ranks may not."""
    check_division(build_settings(None, {}, [f"batch_size={batch}", f"accumulate={parts}"]), Ranks(0, world))
