"""Permutations: the symmetric group, and Young subgroups for ragged batches."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups.group import Group, check_size
from symbreak.groups.randomness import Shape, Source, uniform


class _Permutations(Group):
    """What both groups of permutations share; the number of slots is read off the element."""

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        g, h = torch.broadcast_tensors(g, h)
        return g.gather(-1, h)

    def inverse(self, g: Tensor) -> Tensor:
        slots = torch.arange(g.shape[-1], device=g.device).expand_as(g)
        return torch.zeros_like(g).scatter(-1, g, slots)

    def distance(self, g: Tensor, h: Tensor) -> Tensor:
        return (g != h).to(torch.float64).mean(-1) if g.shape[-1] else torch.zeros(g.shape[:-1], dtype=torch.float64)


@dataclass(frozen=True)
class Symmetric(_Permutations):
    """S_n. An element is an int64 `(..., n)`: slot `i` goes to slot `g[..., i]`.

    `Symmetric()` without a size composes and inverts elements of any size, one index vector over all the nodes of a
    ragged batch included; only `identity` and `sample` need the size.

    Example:
        >>> g, h = torch.tensor([1, 2, 0]), torch.tensor([1, 0, 2])
        >>> Symmetric(3).compose(g, h)  # h first: 0 -> 1 -> 2
        tensor([2, 1, 0])
    """

    n: int | None = None

    def __post_init__(self):
        if self.n is not None:
            check_size("Symmetric", self.n, least=0)

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Tensor:
        return torch.arange(self._size(), device=device).expand(*shape, -1)

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Tensor:
        noise = uniform((*shape, self._size()), generator=generator, dtype=torch.float64, device=device)
        return noise.argsort(dim=-1)

    def _size(self) -> int:
        if self.n is None:
            raise ValueError(
                "Symmetric() has no size of its own, but identity and sample need one. Draw through an action that "
                "sees the data, such as Relabel(...).haar(batch), or name the size: Symmetric(5)."
            )
        return self.n


@dataclass(frozen=True)
class Young(_Permutations):
    """S_{n_1} × ... × S_{n_k} inside S_N: the permutations that keep each block of slots to itself.

    An element is an int64 `(..., N)` with `N = Σ n_i`, like one of `Symmetric(N)`. The blocks are the graphs of a
    ragged batch.

    Example:
        >>> g = Young((2, 1)).sample((100,), generator=torch.Generator().manual_seed(0))
        >>> bool((g[:, 2] == 2).all()), sorted(set(g[:, 0].tolist()))
        (True, [0, 1])
    """

    sizes: tuple[int, ...]

    def __post_init__(self):
        for n in self.sizes:
            check_size("Young", n, least=0)

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Tensor:
        return torch.arange(sum(self.sizes), device=device).expand(*shape, -1)

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Tensor:
        noise = uniform((*shape, sum(self.sizes)), generator=generator, dtype=torch.float64, device=device)
        sizes = torch.tensor(self.sizes, dtype=torch.int64, device=device)
        block = torch.repeat_interleave(torch.arange(len(self.sizes), device=device), sizes)
        order = noise.argsort(dim=-1)
        return order.gather(-1, block[order].argsort(dim=-1, stable=True))
