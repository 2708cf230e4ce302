"""Processes of this machine that die with the one that started them, and leave Ctrl-C to it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def process_pool(
    workers: int, *, initializer: Callable[..., None] | None = None, initargs: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes, which are killed on the way out of an exception, such as Ctrl-C or a closed generator.

    Work is submitted under `deaf_children`, since the pool starts a process when it is first needed.

    Args:
        workers: processes at most.
        initializer: called in each of them, with `initargs`; a function at the top level of a module.
    """
    strangers = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(initializer, *initargs))
    try:
        yield executor
        executor.shutdown()
    finally:
        for process in set(multiprocessing.active_children()) - strangers:
            process.kill()
        executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes that start meanwhile never hear Ctrl-C; this one hears it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(initializer: Callable[..., None] | None, *initargs: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:  # a killed parent must not leave a writer in the folder that is resumed
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    if initializer is not None:
        initializer(*initargs)
