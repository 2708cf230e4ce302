"""Many jobs over a few processes, with progress, and a Ctrl-C that leaves nothing behind."""

import multiprocessing
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from symbreak.processes import deaf_children, process_pool

from .progress import Display
from .reproducible import reproducible

Report = Callable[[int, str], None]
Worker = Callable[[Any, Report], Any]


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Args:
        name: for the progress and for error messages.
        epochs: the length of its progress bar.
        argument: what the worker gets; picklable.
    """

    name: str
    epochs: int
    argument: Any


def run_jobs(
    jobs: Sequence[Job], worker: Worker, *, workers: int = 1, progress: bool = True, threads: int = 1
) -> list[Any]:
    """Runs `worker(job.argument, report)` for every job and returns the results in the order of the jobs.

    The worker calls `report(epochs done, text)` as it goes. Every job runs under `reproducible(threads)`, so that its
    numbers do not depend on how many workers there are. A job that fails lets the others finish; then the first
    failure is raised under its job's name, a ValueError as a ValueError. Ctrl-C kills the processes at once, so a
    worker must write its files with `atomic`; a death of this process ends them too.

    Args:
        jobs: may be empty.
        worker: a function at the top level of a module.
        workers: processes; 1 runs the jobs in this one.
        progress: shown on stderr.
        threads: of torch, in each process.
    """
    if workers < 1 or threads < 1:
        raise ValueError(f"There are {workers} workers of {threads} threads, but both count from 1.")
    failures: dict[int, Exception] = {}
    results: list[Any] = [None] * len(jobs)
    with Display([job.name for job in jobs], [job.epochs for job in jobs], shown=progress) as display:
        alone = workers == 1 or len(jobs) <= 1
        outcomes = _here(jobs, worker, threads, display) if alone else _there(jobs, worker, workers, threads, display)
        for number, result, error in outcomes:
            results[number] = result
            if error is not None:
                failures[number] = error
            display.finish(number, None if error is None else _one_line(error))
    if failures:
        _raise(jobs, failures)
    return results


Outcome = tuple[int, Any, Exception | None]


def _here(jobs: Sequence[Job], worker: Worker, threads: int, display: Display) -> Iterator[Outcome]:
    for number, job in enumerate(jobs):
        display.start(number)

        def report(epochs: int, text: str = "", number: int = number) -> None:
            display.advance(number, epochs, text)

        try:
            with reproducible(threads):
                result = worker(job.argument, report)
        except Exception as error:
            yield number, None, error
        else:
            yield number, result, None


def _there(jobs: Sequence[Job], worker: Worker, workers: int, threads: int, display: Display) -> Iterator[Outcome]:
    messages = multiprocessing.get_context("spawn").Queue()
    count = min(workers, len(jobs))
    try:
        with process_pool(count, initializer=_take_messages, initargs=(messages,)) as executor:
            with deaf_children():
                futures: dict[Future[Any], int] = {
                    executor.submit(_work, worker, job.argument, number, threads): number
                    for number, job in enumerate(jobs)
                }
            pending = set(futures)
            while pending:
                finished, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                _show(messages, display)
                for future in finished:
                    error = future.exception()
                    if error is not None and not isinstance(error, Exception):
                        error = RuntimeError(f"{type(error).__name__}: {error}")
                    yield futures[future], None if error is not None else future.result(), error
    finally:  # also when the reader of this generator stops
        messages.close()
        messages.cancel_join_thread()


def _show(messages: Any, display: Display) -> None:
    while True:
        try:
            number, epochs, text = messages.get_nowait()
        except queue.Empty:
            return
        display.advance(number, epochs, text)


_messages: Any = None  # of a worker process: set once, when it starts


def _take_messages(messages: Any) -> None:
    global _messages
    _messages = messages
    messages.cancel_join_thread()


def _work(worker: Worker, argument: Any, number: int, threads: int) -> Any:
    def report(epochs: int, text: str = "") -> None:
        _messages.put((number, epochs, text))

    report(0)
    with reproducible(threads):
        return worker(argument, report)


def _one_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__


def _raise(jobs: Sequence[Job], failures: dict[int, Exception]) -> None:
    number = min(failures)
    error = failures[number]
    others = f" ({len(failures) - 1} more of {len(jobs)} jobs failed.)" if len(failures) > 1 else ""
    if isinstance(error, ValueError):
        raise ValueError(f"{jobs[number].name}: {error}{others}") from error
    if isinstance(error, BrokenProcessPool):
        raise RuntimeError(
            f"A worker process died, perhaps for want of memory; {len(failures)} of {len(jobs)} jobs are unfinished. "
            "Resume with fewer workers."
        ) from error
    raise RuntimeError(f"{jobs[number].name}: {type(error).__name__}: {error}{others}") from error
