"""How far many jobs are: bars on a terminal, one plain line for each finished job elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Display:
    """Shows the jobs on stderr while it is entered.

    Args:
        names: of the jobs.
        epochs: of each job.
        shown: False for silence.
        console: of rich; stderr unless given.
    """

    def __init__(self, names: Sequence[str], epochs: Sequence[int], *, shown: bool, console: Console | None = None):
        self.names = names
        self.epochs = epochs
        self.shown = shown
        self.console = console if console is not None else Console(stderr=True)
        self.done = 0
        self._started: dict[int, float] = {}
        self._bars: dict[int, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=not (shown and self.console.is_terminal),
        )

    def __enter__(self) -> "Display":
        self._progress.start()
        self._overall = self._progress.add_task("all", total=len(self.names), text="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, job: int) -> None:
        """The job runs now."""
        if job not in self._started:
            self._started[job] = time.monotonic()
            self._bars[job] = self._progress.add_task(self.names[job], total=self.epochs[job], text="")

    def advance(self, job: int, epochs: int, text: str) -> None:
        """The job has done so many epochs; heard after its end, it changes nothing."""
        self.start(job)
        if job in self._bars:
            self._progress.update(self._bars[job], completed=epochs, text=text)

    def finish(self, job: int, failed: str | None = None) -> None:
        """The job is over; `failed` says why, if it failed."""
        self.start(job)
        self.done += 1
        self._progress.remove_task(self._bars.pop(job))
        self._progress.update(self._overall, completed=self.done)
        if self.shown and (failed is not None or not self.console.is_terminal):
            state = f"{time.monotonic() - self._started[job]:.1f} s" if failed is None else f"failed: {failed}"
            line = f"{self.done}/{len(self.names)} {self.names[job]}: {state}"
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)
