"""Scheduling: a Dask scheduler elsewhere, and what is said when there is none."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from structclip_pipeline.scheduling import Failure, isolation, run_tasks
from structclip_schemas.errors import InputError, StructclipError


@pytest.mark.slow
def test_a_scheduler_address_runs_the_tasks_on_its_workers(tmp_path, words_module):
    """A scheduler and a worker started apart, found by address."""
    file = tmp_path / "scheduler.json"
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = str(Path(sys.executable).parent / "dask")
    processes = [
        subprocess.Popen(
            [dask, "scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)],
            **options,
        )
    ]
    try:
        while not file.exists():
            time.sleep(0.1)
        command = [dask, "worker", "--scheduler-file", str(file), "--no-dashboard", "--no-nanny", "--nthreads", "1"]
        processes.append(subprocess.Popen(command, **options))
        import json

        address = json.loads(file.read_text())["address"]
        results = dict(run_tasks(abs, range(-20, 0), workers=0, scheduler=address))
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    assert results == {n: -n for n in range(-20, 0)}


@pytest.mark.slow
def test_no_scheduler_at_the_address_is_the_users_error(monkeypatch):
    """The message says how to start one."""
    monkeypatch.setattr("structclip_pipeline.scheduling._CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no Dask scheduler answers there"):
        list(run_tasks(abs, [1], workers=0, scheduler="tcp://127.0.0.1:9"))


def test_a_users_error_in_a_task_is_raised():
    """It is no row's fault, so no row is quarantined for it."""
    with pytest.raises(StructclipError, match="as it is"):
        list(run_tasks(_refuse, [1], workers=0, scheduler=None))


def test_an_isolated_call_survives_its_process(words_module):
    """A child that ends is a Failure, and the next call gets a new child."""
    import os

    with isolation() as call:
        assert call(abs, -3) == 3
        assert call(os._exit, 9) == Failure("the worker process died")
        assert call(int, "x") == Failure("ValueError: invalid literal for int() with base 10: 'x'")
        assert call(abs, -4) == 4


@pytest.mark.slow
def test_local_workers_listen_on_this_machine_only(words_module):
    """Tasks are code: no port of ours is open to the network, and no dashboard is."""
    addresses = next(result for _, result in run_tasks(words_module.listening, [0], workers=1, scheduler=None))
    assert len(addresses) >= 3 and set(addresses) == {"127.0.0.1"}


def _refuse(task):
    raise StructclipError("as it is")
