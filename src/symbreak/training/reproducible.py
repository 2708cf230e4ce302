"""The settings of torch under which the same numbers come out again, to the bit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Fixes the number of threads, asks for deterministic algorithms, and puts everything back.

    Sums are split by threads, so their rounding depends on how many there are. An operation that has no
    deterministic form on the device raises. The global generators are put back too.

    Args:
        threads: of torch, in this process.
    """
    import torch

    before = (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.backends.cudnn.benchmark,
    )
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read once, when CUDA starts
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
        try:
            yield
        finally:
            torch.set_num_threads(before[0])
            torch.use_deterministic_algorithms(before[1], warn_only=before[2])
            torch.backends.cudnn.benchmark = before[3]
