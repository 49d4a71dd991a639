"""The command structclip-train: what it writes, how it answers bad input, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from structclip_trainer.cli import train; train()"]
SMALL_KEE = [part for key in ("layers=2", "width=32", "heads=2") for part in ("--set", f"kee_{key}")]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def run(*arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=timeout)


def arguments_of(data: Any, output: Path, *more: object) -> list[str]:
    """Arguments that train on the tiny dataset."""
    return [
        *("--shards", str(data.shards), "--images", str(data.images)),
        *("--model", "new:tiny", "--output", str(output), *map(str, more)),
    ]


def lines(output: Path) -> list[dict[str, Any]]:
    """The log without what depends on time."""
    timed = ("samples_per_second", "data_wait")
    found = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in timed} for line in found]


def checkpoint(output: Path) -> Path:
    """The newest checkpoint."""
    return output / "checkpoints" / (output / "latest").read_text().strip()


def assert_refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """Exit code 2, the words, no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


def assert_said(message: str, *said: str) -> None:
    """The words are all in the message."""
    for words in said:
        assert words in message


def refuse(*arguments: object) -> str:
    """The message with which the command refuses, asked in this process (exit code 2 belongs to the error's class)."""
    from structclip_schemas.errors import InputError
    from structclip_trainer.cli.train import train

    with pytest.raises(InputError) as error:
        train.main([str(a) for a in arguments], standalone_mode=False)
    assert error.value.exit_code == 2
    return str(error.value)


def kill_after(command: list[str], reached: Callable[[], bool], number: int) -> int:
    """Start a command, send it a signal as soon as something is reached; its exit code."""
    process = subprocess.Popen(
        [*COMMAND, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    deadline = time.monotonic() + 120
    while not reached() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    return process.wait(60)


@pytest.mark.parametrize("preset", ["default", "paper", "official", "negclip", "infonce"])
@pytest.mark.slow
def test_a_run(make_data: Any, tiny_options: list[str], tmp_path: Path, preset: str) -> None:
    """Every preset trains, writes log, settings and checkpoints, and what it writes loads as a model."""
    from structclip_trainer.loading import load_model

    data, output = make_data(), tmp_path / "run"
    done = run(
        *arguments_of(data, output, "--preset", preset, "--validation", data.shards, *tiny_options),
        *("--set", "max_steps=5", "--set", "save_every=2", "--set", "keep_last=2"),
        *SMALL_KEE,
    )
    assert done.returncode == 0, done.stderr
    assert [line["step"] for line in lines(output) if "loss" in line] == [1, 2, 3, 4, 5]
    assert [line["step"] for line in lines(output) if "validation" in line] == [2, 4, 5]
    assert sorted(p.name for p in (output / "checkpoints").iterdir()) == ["step-000000004", "step-000000005"]
    model, tokenizer, processor = load_model(str(output))
    assert model.config.has_kee == (preset in ("default", "paper", "official"))
    assert tokenizer("a red square")["input_ids"][-1] == model.config.clip_config.text_config.eos_token_id
    assert processor.crop_size["height"] == 32


@pytest.mark.parametrize(
    "options",
    [
        ("--preset", "default", "--set", "crop_smallest=0.6"),
        ("--preset", "default", "--set", "crop_smallest=0.6", "--set", "accumulate=3", "--set", "kee_dropout=0.3"),
        ("--preset", "negclip", "--set", "crop_smallest=0.6", "--set", "num_workers=0"),
        ("--preset", "infonce", "--set", "crop_smallest=0.6"),
        ("--preset", "paper", "--set", "crop_smallest=0.6", "--set", "kee_dropout=0.3", "--set", "kee_layers=1"),
        ("--preset", "official", *SMALL_KEE),
    ],
)
@pytest.mark.slow
def test_killed_and_resumed(make_data: Any, tiny_options: list[str], tmp_path: Path, options: tuple[str, ...]) -> None:
    """A run killed by SIGKILL and resumed ends with the same bits, log included, as one that was not killed."""
    data = make_data(images=14, captions=3, shards=3, more=True)
    settings = [*tiny_options, *options, "--set", "max_steps=24", "--set", "save_every=4", "--set", "positives=true"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run(*arguments_of(data, whole, *settings)).returncode == 0
    command = arguments_of(data, broken, *settings)
    first = kill_after(command, lambda: (broken / "latest").exists(), signal.SIGKILL)
    assert first == -signal.SIGKILL
    second = run(*command, "--resume")
    assert second.returncode == 0, second.stderr
    assert "resuming" in second.stderr
    assert lines(broken) == lines(whole)
    one, other = (load_file(checkpoint(o) / "model.safetensors") for o in (whole, broken))
    assert all(torch.equal(one[name], other[name]) for name in one)
    states = [torch.load(checkpoint(o) / "trainer_state" / "optimizer.pt", weights_only=True) for o in (whole, broken)]
    assert str(states[0]["optimizer"]) == str(states[1]["optimizer"])
    progress = [(checkpoint(o) / "trainer_state" / "progress.json").read_text() for o in (whole, broken)]
    assert progress[0] == progress[1]


@pytest.mark.slow
def test_terminated(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """SIGTERM lets the step end, saves, and exits 143; resuming goes on from that very step."""
    data, output = make_data(), tmp_path / "run"
    command = arguments_of(data, output, *tiny_options, "--set", "max_steps=5000", "--set", "save_every=5000")
    log = output / "log.jsonl"
    code = kill_after(command, lambda: log.exists() and log.read_text().count("\n") > 3, signal.SIGTERM)
    assert code == 143
    assert json.loads((checkpoint(output) / "trainer_state" / "progress.json").read_text())["step"] == len(
        lines(output)
    )


def test_not_finite(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """A loss that is not finite ends with exit code 4 and names the step and the batch's captions."""
    data, output = make_data(), tmp_path / "run"
    done = run(
        *arguments_of(data, output, *tiny_options),
        *("--set", "learning_rate=1e30", "--set", "warmup_steps=0", "--set", "max_steps=9"),
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    failed = json.loads((output / "failed_batch.json").read_text())
    assert f"step {failed['step']}:" in done.stderr
    assert len(failed["caption_ids"]) == 8
    assert failed["caption_ids"][0] in done.stderr


def test_help_is_fast() -> None:
    """--help does not import torch."""
    code = "import sys; from structclip_trainer.cli.train import train; train(['--help'], standalone_mode=False); "
    done = subprocess.run(
        [sys.executable, "-c", code + "sys.exit('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "--shards" in done.stdout


def test_print_config() -> None:
    """--print-config prints the settings of preset, file and assignments."""
    done = run("--print-config", "--preset", "paper", "--set", "seed=5")
    assert done.returncode == 0
    assert "seed: 5  # " in done.stdout
    assert "negative_on: cosine  # " in done.stdout


def test_missing_options() -> None:
    """Without inputs the command says which options are missing."""
    assert_refused(run("--shards", "x"), "--model, --output")


def test_unknown_setting() -> None:
    """An unknown setting is refused with the nearest name."""
    assert_said(refuse("--set", "max_step=3"), "unknown setting 'max_step'", "Did you mean max_steps?")


def test_no_dataset(make_data: Any, tmp_path: Path) -> None:
    """A folder that is no dataset is refused, and nothing is written."""
    data, output = make_data(), tmp_path / "run"
    (data.shards / "manifest.json").unlink()
    assert_refused(run(*arguments_of(data, output)), "no structclip dataset")
    assert not output.exists()


def test_unfinished_dataset(make_data: Any, tmp_path: Path) -> None:
    """A dataset whose run did not finish is told apart."""
    data = make_data()
    (data.shards / "manifest.json").rename(data.shards / "plan.json")
    assert_said(refuse(*arguments_of(data, tmp_path / "run")), "did not finish", "same command again")


def test_other_contract(make_data: Any, tmp_path: Path) -> None:
    """A dataset of another contract version is refused."""
    data = make_data()
    manifest = json.loads((data.shards / "manifest.json").read_text())
    (data.shards / "manifest.json").write_text(json.dumps({**manifest, "version": 9}))
    assert_said(refuse(*arguments_of(data, tmp_path / "run")), "contract version 9")


def test_missing_image_root(make_data: Any, tmp_path: Path) -> None:
    """An image root that is not there is refused."""
    data = make_data()
    arguments = arguments_of(data, tmp_path / "run")
    arguments[arguments.index("--images") + 1] = str(tmp_path / "nowhere")
    assert_said(refuse(*arguments), "nowhere", "no such folder")


def test_no_image_root_in_sight(make_data: Any, tmp_path: Path) -> None:
    """Without --images and without images beside the dataset the command asks for them."""
    arguments = arguments_of(make_data(), tmp_path / "run")
    del arguments[arguments.index("--images") : arguments.index("--images") + 2]
    assert_said(refuse(*arguments), "--images ROOT")


def test_broken_shard(make_data: Any, tmp_path: Path, tiny_options: list[str]) -> None:
    """A shard whose bytes are not those of the manifest, or that is missing, is refused by name."""
    data = make_data()
    shard = next(data.shards.glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-9] + b"123456789")
    assert_said(refuse(*arguments_of(data, tmp_path / "run", *tiny_options)), shard.name, "bytes differ")
    shard.unlink()
    assert_said(refuse(*arguments_of(data, tmp_path / "run", *tiny_options)), shard.name, "not there")


@pytest.mark.parametrize("content", [None, "{}", '{"model_type": "bert"}', "no json"])
def test_foreign_model(make_data: Any, tmp_path: Path, content: str | None) -> None:
    """A model folder that is neither ours nor CLIP's is refused."""
    data = make_data()
    model = tmp_path / "model"
    model.mkdir()
    if content is not None:
        (model / "config.json").write_text(content)
    arguments = arguments_of(data, tmp_path / "run")
    arguments[arguments.index("new:tiny")] = str(model)
    assert_said(refuse(*arguments), str(model), "Wanted a run of structclip-train")


def test_missing_model(make_data: Any, tmp_path: Path) -> None:
    """A path where no model is, is refused."""
    data = make_data()
    arguments = arguments_of(data, tmp_path / "run")
    arguments[arguments.index("new:tiny")] = str(tmp_path / "none")
    assert_said(refuse(*arguments), "nothing there")


@pytest.mark.slow
def test_taken_folder(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """A folder that holds a run is refused without --resume, and with it when the settings are others."""
    data, output = make_data(), tmp_path / "run"
    settings = [*tiny_options, "--set", "max_steps=2"]
    assert run(*arguments_of(data, output, *settings)).returncode == 0
    assert_refused(run(*arguments_of(data, output, *settings)), "holds a run already", "--resume")
    done = run(*arguments_of(data, output, *settings, "--resume", "--set", "seed=9"))
    assert_refused(done, "seed 0 (now 9)")
    finished = run(*arguments_of(data, output, *settings, "--resume"))
    assert finished.returncode == 0, finished.stderr


@pytest.mark.slow
def test_broken_images(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """A broken image is left out with id and reason; more than the allowed share stops the run with exit code 2."""
    data, output = make_data(images=12, captions=2), tmp_path / "run"
    (data.images / "part" / "0003.png").write_bytes(b"broken")
    settings = [*tiny_options, "--set", "max_steps=6"]
    done = run(*arguments_of(data, output, *settings, "--set", "max_bad_images=0.1"))
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in (output / "left_out.jsonl").read_text().splitlines()]
    assert {(f["caption_id"], f["reason"]) for f in found} == {
        ("c0003-0", "unreadable-image"),
        ("c0003-1", "unreadable-image"),
    }
    done = run(*arguments_of(data, tmp_path / "other", *settings))
    assert_refused(done, "of 24 rows have no readable image", "more than 1.0%")


@pytest.mark.slow
def test_training_goes_on_from_a_run(make_data: Any, tiny_options: list[str], tmp_path: Path) -> None:
    """A run of infonce is a model that default starts from: same CLIP, with a KEE beside it."""
    data, base, output = make_data(), tmp_path / "base", tmp_path / "run"
    settings = [*tiny_options, "--set", "max_steps=2"]
    assert run(*arguments_of(data, base, *settings, "--preset", "infonce")).returncode == 0
    arguments = arguments_of(data, output, *settings, "--set", "learning_rate=1e-12")
    arguments[arguments.index("new:tiny")] = str(base)
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    before, after = (load_file(checkpoint(o) / "model.safetensors") for o in (base, output))
    assert any(name.startswith("kee.") for name in after)
    torch.testing.assert_close(before["clip.visual_projection.weight"], after["clip.visual_projection.weight"])
