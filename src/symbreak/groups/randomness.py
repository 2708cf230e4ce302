"""Where random numbers come from: an argument, keyed to the sample when results must repeat."""

import math

import torch
from torch import Tensor

Shape = tuple[int, ...]


class SampleKeys:
    """A source of random numbers in which each sample of a batch has a stream of its own.

    The k-th draw for a sample is a hash of `(seed, epoch, index, k)` alone: it does not depend on the batch the
    sample came in, on the number of processes, or on the device, so a resumed or redistributed run draws the same
    numbers. Stands wherever a `torch.Generator` does; like one, it counts its draws.

    Args:
        index: int64 `(B,)`, the global index of each sample in its data set.
        seed: of the run.
        epoch: or any other counter that should give fresh draws.

    Example:
        >>> keys = SampleKeys(torch.tensor([7, 8, 9]), seed=0)
        >>> alone = SampleKeys(torch.tensor([8]), seed=0)
        >>> bool((uniform((3, 2), generator=keys)[1] == uniform((1, 2), generator=alone)[0]).all())
        True

    Reference:
        The mixing function is that of SplitMix64 (Steele, Lea, Flood 2014).
    """

    def __init__(self, index: Tensor, *, seed: int, epoch: int = 0):
        if index.dim() != 1 or index.dtype != torch.int64:
            raise ValueError(
                f"index has shape {tuple(index.shape)} and dtype {index.dtype}, but it names one sample each: "
                "give an int64 tensor of shape (B,)."
            )
        self.key = _mix(index + _signed(_GAMMA * (1 + epoch))) ^ _mix(torch.full_like(index, _signed(seed + _GAMMA)))
        self.draws = 0

    def bits(self, shape: Shape, owner: Tensor | None = None, slot: Tensor | None = None) -> Tensor:
        """int64 `shape`, 64 random bits each; `shape[0]` counts the samples.

        For ragged data, `owner` and `slot` (both of shape `shape`) name the sample and the position in it instead.
        """
        self.draws += 1
        if owner is None or slot is None:
            if not shape or shape[0] != len(self.key):
                raise ValueError(
                    f"{tuple(shape)} random numbers were asked of the keys of {len(self.key)} samples, but the first "
                    "axis must count the samples. Draw one element for each item, or pass a torch.Generator."
                )
            owner = torch.arange(shape[0], device=self.key.device).reshape(-1, *[1] * (len(shape) - 1))
            events = torch.Size(shape[1:]).numel()
            slot = torch.arange(events, device=self.key.device).reshape(1, *shape[1:])
        return _mix(_mix(self.key[owner] + _signed(_GAMMA * self.draws)) + slot)


Source = torch.Generator | SampleKeys | None

_GAMMA = 0x9E3779B97F4A7C15  # 2⁶⁴ over the golden ratio


def _signed(z: int) -> int:
    """The signed 64-bit integer congruent to `z`."""
    return (z + (1 << 63)) % (1 << 64) - (1 << 63)


def _mix(z: Tensor) -> Tensor:
    """A bijection of the 64-bit integers that scatters neighbours (SplitMix64)."""
    z = (z ^ _shift(z, 30)) * _signed(0xBF58476D1CE4E5B9)
    z = (z ^ _shift(z, 27)) * _signed(0x94D049BB133111EB)
    return z ^ _shift(z, 31)


def _shift(z: Tensor, k: int) -> Tensor:
    """Logical shift to the right; torch's own keeps the sign."""
    return (z >> k) & ((1 << (64 - k)) - 1)


def uniform(
    shape: Shape, *, generator: Source = None, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> Tensor:
    """Uniform numbers in [0, 1), of shape `shape`."""
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if isinstance(generator, SampleKeys):
        return _unit(generator.bits(shape), dtype).to(device)
    if generator is None:
        return torch.rand(shape, dtype=dtype, device=device)
    return torch.rand(shape, generator=generator, dtype=dtype, device=generator.device).to(device)


def uniform_ragged(owner: Tensor, ptr: Tensor, *, generator: Source = None) -> Tensor:
    """Uniform float64 numbers `(N,)` for a ragged batch: row `i` is of item `owner[i]`, whose rows begin at `ptr`."""
    if isinstance(generator, SampleKeys):
        slot = torch.arange(len(owner), device=owner.device) - ptr[owner]
        return _unit(generator.bits(tuple(owner.shape), owner, slot), torch.float64)
    return uniform(tuple(owner.shape), generator=generator, dtype=torch.float64, device=owner.device)


def normal(
    shape: Shape, *, generator: Source = None, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> Tensor:
    """Standard normal numbers of shape `shape`."""
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if isinstance(generator, SampleKeys):
        digits = _shift(generator.bits(shape), 12).to(torch.float64)
        centred = (digits + 0.5) * 2.0**-52  # exact and inside (0, 1): the quantile stays finite
        return torch.special.ndtri(centred).to(device=device, dtype=dtype)
    if generator is None:
        return torch.randn(shape, dtype=dtype, device=device)
    return torch.randn(shape, generator=generator, dtype=dtype, device=generator.device).to(device)


def integers(high: int, shape: Shape, *, generator: Source = None, device: torch.device | None = None) -> Tensor:
    """Uniform int64 numbers in {0, ..., high - 1}, of shape `shape`."""
    if isinstance(generator, SampleKeys):
        return (_unit(generator.bits(shape), torch.float64) * high).long().to(device)
    if generator is None:
        return torch.randint(high, shape, device=device)
    return torch.randint(high, shape, generator=generator, device=generator.device).to(device)


def _unit(bits: Tensor, dtype: torch.dtype) -> Tensor:
    digits = 1 - round(math.log2(torch.finfo(dtype).eps))  # of the mantissa: nothing rounds up to 1
    return (_shift(bits, 64 - digits).to(torch.float64) * 2.0**-digits).to(dtype)
