"""Where the chunks of a file are worked on: in this process, in several, or on a cluster (`ray_cluster`)."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from symbreak.processes import deaf_children, process_pool

AHEAD = 3  # chunks that are held for each process: one at work, two waiting

Work = Callable[[Any], Any]


class Engine(ABC):
    """Maps chunks to partial results."""

    @abstractmethod
    def map(self, work: Work, chunks: Iterable[Any]) -> Iterator[Any]:
        """`work(chunk)` for every chunk, in the order of the chunks, whichever is done first.

        Only a few chunks are held at a time: the next one is taken from `chunks` as a result is taken from here. So
        memory does not grow with the file, and what is merged in this order does not depend on the engine.

        Args:
            work: picklable, where it goes to another process.
            chunks: plain data.
        """


@dataclass(frozen=True)
class Local(Engine):
    """Processes of this machine.

    Args:
        workers: how many; 1 works in this process, more start afresh and read the program's modules anew, so that a
            script must have its `if __name__ == "__main__":`.
    Raises:
        ValueError: if there are no workers.

    Example:
        >>> list(Local().map(abs, [-1, 2, -3]))
        [1, 2, 3]
    """

    workers: int = 1

    def __post_init__(self):
        if self.workers < 1:
            raise ValueError(f"There are {self.workers} workers, but at least one must do the work. Use 1 or more.")

    def map(self, work: Work, chunks: Iterable[Any]) -> Iterator[Any]:
        if self.workers == 1:
            yield from map(work, chunks)
            return
        pending: deque[Future[Any]] = deque()
        try:
            with process_pool(self.workers, initializer=_one_thread) as executor:
                for chunk in chunks:
                    with deaf_children():
                        pending.append(executor.submit(work, chunk))
                    if len(pending) >= AHEAD * self.workers:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
        except BrokenProcessPool as error:
            raise RuntimeError(
                "A worker process died, perhaps for want of memory. Run again with fewer workers."
            ) from error


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
