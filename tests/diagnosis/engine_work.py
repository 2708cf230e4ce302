"""What the engines of `test_engine.py` run: a spawned process must be able to import it."""

import os
import time


def square(x):
    return x * x, os.getpid()


def late(x):
    """The first chunks take longest."""
    time.sleep(0.3 / (1 + x))
    return x


def picky(x):
    if x == 2:
        raise ValueError("that chunk is no good")
    if x == 3:
        os.kill(os.getpid(), 9)
    return x


def note(folder):
    """Says which process works, and never ends."""
    with open(os.path.join(folder, f"{os.getpid()}.pid"), "w"):
        pass
    time.sleep(600)
