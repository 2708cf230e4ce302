"""A cloud with edges, float64, and elements of O(3) of both kinds."""

from typing import NamedTuple

import pytest
import torch
from e3nn import o3
from torch import Tensor

from symbreak.groups import Orthogonal

HARMONICS = o3.Irreps.spherical_harmonics(2)


class Cloud(NamedTuple):
    """Nodes and edges of one or two graphs, as a convolution takes them."""

    positions: Tensor
    src: Tensor
    dst: Tensor
    batch: Tensor

    def harmonics(self, g: Tensor | None = None, irreps: o3.Irreps = HARMONICS) -> Tensor:
        r = self.positions if g is None else self.positions @ g.mT
        return o3.spherical_harmonics(irreps, r[self.src] - r[self.dst], True, normalization="component")

    def scalars(self, number: int = 3) -> Tensor:
        d = (self.positions[self.src] - self.positions[self.dst]).norm(dim=1, keepdim=True)
        return torch.cos(d * torch.arange(1.0, number + 1).to(d))


def make_cloud(dtype: torch.dtype) -> Cloud:
    """Two graphs of four nodes, all pairs of which are edges."""
    positions = torch.randn(8, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64).to(dtype)
    batch = torch.arange(8) // 4
    src, dst = ((batch[:, None] == batch) & ~torch.eye(8, dtype=torch.bool)).nonzero().T
    return Cloud(positions, src, dst, batch)


@pytest.fixture
def double():
    """float64 by default, since e3nn makes its coefficients in the default precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def cloud(double) -> Cloud:
    return make_cloud(torch.float64)


@pytest.fixture
def elements(double) -> Tensor:
    """`(8, 3, 3)`: four Haar draws of O(3) and their products with the inversion, so four of each determinant."""
    g = Orthogonal(3).sample((4,), generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    return torch.cat([g, -g])


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    """The module with every parameter moved off its start, θ above all."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for p in module.parameters():
            p += torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
    return module
