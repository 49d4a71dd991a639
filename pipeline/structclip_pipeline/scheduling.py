"""Running tasks: in this process, on local worker processes, or on a Dask scheduler. The one module that knows Dask."""

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from structclip_schemas.errors import InputError, StructclipError

T = TypeVar("T")
R = TypeVar("R")

DIED = "the worker process died"
_WINDOW = 3
_CONNECT_SECONDS = 30
_SECOND_CHANCES = 1  # a task whose worker dies may be innocent; twice is suspicious, and then it is tried alone
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task gave no result, in words that are the same wherever it ran."""

    detail: str


def run_tasks(
    function: Callable[[T], R], tasks: Iterable[T], *, workers: int, scheduler: str | None
) -> Iterator[tuple[T, R | Failure]]:
    """
    Run every task and yield each with its result or failure as it ends, in any order.

    ``workers`` 0 runs in this process; otherwise that many local processes of one thread, or the workers of the
    scheduler at an address. ``function`` is a picklable module-level function. StructclipError and OSError of a task
    are raised: they are no row's fault. InputError when the scheduler cannot be used.
    """
    if scheduler is not None:
        yield from _on_scheduler(function, tasks, scheduler)
    elif workers == 0:
        for task in tasks:
            yield task, attempt(function, task)
    else:
        yield from _on_local_workers(function, tasks, workers)


def attempt(function: Callable[..., R], *arguments: Any) -> R | Failure:
    """Call a function; an exception that a row may have caused becomes a Failure."""
    try:
        return function(*arguments)
    except Exception as error:
        return _failure(error)


@contextmanager
def isolation() -> Iterator[Callable[..., Any]]:
    """
    A way to call functions in a child process, which may die: ``call(function, *arguments)`` gives result or Failure.

    The child is kept between calls and started anew after its death.
    """
    pools: list[ProcessPoolExecutor] = []

    def call(function: Callable[..., R], *arguments: Any) -> R | Failure:
        if not pools:
            pools.append(ProcessPoolExecutor(1, get_context("spawn"), initializer=ignore_interrupts))
        try:
            return pools[0].submit(function, *arguments).result()
        except BrokenProcessPool:
            pools.pop().shutdown()
            return Failure(DIED)
        except Exception as error:
            return _failure(error)

    try:
        yield call
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches the whole process group, to the process that the user started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dask_setup(_worker: Any) -> None:
    """What a local worker process does first; Dask calls it by this name."""
    ignore_interrupts()


def _failure(error: BaseException) -> Failure:
    if isinstance(error, StructclipError | OSError):
        raise error
    return Failure(f"{type(error).__name__}: {error}")


def _on_local_workers(function: Callable[[T], R], tasks: Iterable[T], workers: int) -> Iterator[tuple[T, R | Failure]]:
    import dask
    from distributed import Client, LocalCluster

    quiet_distributed()
    settings = {
        "distributed.scheduler.allowed-failures": _SECOND_CHANCES,
        "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
        "distributed.comm.timeouts.connect": f"{_CONNECT_SECONDS}s",
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            preload=[__name__],
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield from _window(client, function, tasks, workers)


def _on_scheduler(function: Callable[[T], R], tasks: Iterable[T], address: str) -> Iterator[tuple[T, R | Failure]]:
    from distributed import Client

    quiet_distributed()
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"--scheduler {address}: no Dask scheduler answers there ({error}). "
            "Start one with `dask scheduler`, or leave the option out to use this machine."
        ) from error
    with client:
        yield from _window(client, function, tasks, _count_threads(client, address))


def _count_threads(client: Any, address: str) -> int:
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        client.get_versions(check=True)
    except (TimeoutError, ValueError) as error:
        raise InputError(
            f"--scheduler {address}: its workers cannot be used ({error}). Start workers (`dask worker {address}`) in "
            "an environment with the same versions as this one."
        ) from error
    return sum(client.nthreads().values())


def _window(
    client: Any, function: Callable[[T], R], tasks: Iterable[T], workers: int
) -> Iterator[tuple[T, R | Failure]]:
    """Keep three futures a worker in flight, so that neither the scheduler nor the client holds the whole plan."""
    from distributed import as_completed

    waiting = iter(tasks)
    submitted = {client.submit(function, task, pure=False): task for task in islice(waiting, _WINDOW * workers)}
    completed = as_completed(submitted, loop=client.loop)
    for future in completed:
        task = submitted.pop(future)
        yield task, _outcome(future)
        future.release()
        for another in islice(waiting, 1):
            new = client.submit(function, another, pure=False)
            submitted[new] = another
            completed.add(new)


def _outcome(future: Any) -> Any:
    from distributed import KilledWorker

    error = future.exception()
    if error is None:
        return future.result()
    return Failure(DIED) if isinstance(error, KilledWorker) else _failure(error)


def quiet_distributed() -> None:
    """Dask's own log lines tell a user nothing that our messages do not."""
    for name in ("distributed", "distributed.nanny", "distributed.scheduler", "distributed.worker", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
