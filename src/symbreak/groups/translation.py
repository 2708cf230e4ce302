"""Translations: of R^n, and of a periodic lattice."""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from symbreak.groups.group import FiniteGroup, Group, check_size
from symbreak.groups.randomness import Shape, Source, normal


@dataclass(frozen=True)
class Translation(Group):
    """R^n. An element is a float `(..., n)`.

    The group is not compact and has no Haar probability; `sample` draws standard normal vectors.
    """

    n: int

    def __post_init__(self):
        check_size("Translation", self.n)

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Tensor:
        return torch.zeros(*shape, self.n, dtype=dtype, device=device)

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        return g + h

    def inverse(self, g: Tensor) -> Tensor:
        return -g

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Tensor:
        return normal((*shape, self.n), generator=generator, dtype=dtype, device=device)

    def distance(self, g: Tensor, h: Tensor) -> Tensor:
        return torch.linalg.vector_norm(g - h, dim=-1)


@dataclass(frozen=True)
class Torus(FiniteGroup):
    """Z_{L_1} × ... × Z_{L_d}, the translations of a periodic lattice. An element is an int64 `(..., d)`.

    Example:
        >>> Torus((4, 4)).compose(torch.tensor([3, 1]), torch.tensor([2, 2])).tolist()
        [1, 3]
        >>> Torus((4, 3)).index(torch.tensor([1, 2]))  # row-major, like the sites
        tensor(5)
    """

    sizes: tuple[int, ...]

    def __post_init__(self):
        if not self.sizes:
            raise ValueError("Torus was given no sizes, but a lattice has at least one axis: try Torus((16, 16)).")
        for size in self.sizes:
            check_size("Torus", size)

    @property
    def order(self) -> int:
        return prod(self.sizes)

    def element(self, index: Tensor) -> Tensor:
        coordinates = []
        for size in reversed(self.sizes):
            coordinates.append(index % size)
            index = index // size
        return torch.stack(coordinates[::-1], dim=-1)

    def index(self, g: Tensor) -> Tensor:
        index = g[..., 0]
        for axis, size in enumerate(self.sizes[1:], start=1):
            index = index * size + g[..., axis]
        return index

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        return self.wrap(g + h)

    def inverse(self, g: Tensor) -> Tensor:
        return self.wrap(-g)

    def wrap(self, t: Tensor) -> Tensor:
        """Integer vectors `(..., d)`, each coordinate reduced to `0 .. L_i - 1`."""
        return torch.stack([t[..., axis] % size for axis, size in enumerate(self.sizes)], dim=-1)
