"""The order in which the samples of a data set come: a function of (seed, epoch) alone."""

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor


class EpochOrder:
    """Yields the indices of an epoch, a batch at a time, as int64 tensors `(b,)`; the last batch may be smaller.

    The order is a hash of `(seed, epoch)`: a resumed run goes on with the order that the unbroken one would have
    had. The hash is not that of `SampleKeys`, so the order is independent of the elements drawn for the samples.

    Args:
        samples: how many there are.
        batch_size: of every batch but the last.
        seed: of the run.

    Example:
        >>> order = EpochOrder(5, 2, seed=0)
        >>> order.set_epoch(1)
        >>> sorted(torch.cat(list(order)).tolist())
        [0, 1, 2, 3, 4]
    """

    def __init__(self, samples: int, batch_size: int, *, seed: int):
        self.samples = samples
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch of the next pass; the trainer library calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.samples // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(derived_seed(self.seed, self.epoch, "order"))
        yield from torch.randperm(self.samples, generator=generator).split(self.batch_size)


def derived_seed(seed: int, epoch: int, purpose: str) -> int:
    """A 63-bit seed for one purpose in one epoch of a run."""
    digest = hashlib.blake2b(f"{seed}/{epoch}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
