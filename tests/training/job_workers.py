"""What the jobs of `test_jobs.py` run: a spawned process must be able to import it."""

import os
import time
from pathlib import Path

import torch


def square(argument, report):
    for epoch in range(3):
        report(epoch + 1, f"loss {epoch}")
    return argument**2, os.getpid(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()


def picky(argument, report):
    if argument == "value":
        raise ValueError("that value is no good")
    if argument == "die":
        os.kill(os.getpid(), 9)
    if argument == "other":
        raise KeyError("lost")
    return argument


def slow(argument, report):
    """Notes its process id, then a beat every tenth of a second."""
    path = Path(argument)
    path.with_suffix(".pid").write_text(str(os.getpid()))
    for beat in range(600):
        report(beat, "")
        path.write_text(str(beat))
        time.sleep(0.1)
