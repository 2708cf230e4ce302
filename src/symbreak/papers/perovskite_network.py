"""An E(3)-equivariant network on the atoms of a crystal: an order parameter goes in, a displacement comes out."""

from functools import cache
from typing import Any, NamedTuple

import torch
from e3nn import o3
from e3nn.math import soft_one_hot_linspace
from e3nn.nn import FullyConnectedNet, Gate
from torch import Tensor, nn

from symbreak.papers.perovskite_data import REACH, Perovskite
from symbreak.papers.perovskite_order import IRREPS

HARMONICS: Any = o3.Irreps.spherical_harmonics(2)  # Any: type checkers cannot follow the annotations of e3nn
DISTANCES, RADIAL = 6, 16  # functions of the distance, and neurons
SCALARS, VECTORS, TENSORS = 6, 4, 4  # channels between the layers, in both parities each
SQUARED = 4  # channels that are multiplied with each other
NEIGHBOURS = 12.0  # on average

_EVERY: Any = o3.Irreps(IRREPS).sort().irreps.simplify()  # type: ignore[union-attr]
_KINDS = "3x0e"


class Graph(NamedTuple):
    """The atoms of a crystal with what a network needs of their edges.

    Shapes:
        kinds `(n, 3)`, one-hot; centres `(4,)`; source, target `(e,)`; harmonics `(e, 9)`; distances `(e, 6)`.
    """

    kinds: Tensor
    centres: Tensor
    source: Tensor
    target: Tensor
    harmonics: Tensor
    distances: Tensor


def graph(crystal: Perovskite) -> Graph:
    """The crystal with its edges, computed once: float64."""
    source, target, r = crystal.edges()
    _, kinds = crystal.numbers.unique(return_inverse=True)
    distances = soft_one_hot_linspace(r.norm(dim=1), 0.0, REACH, DISTANCES, basis="smooth_finite", cutoff=True)
    return Graph(
        kinds=torch.nn.functional.one_hot(kinds, 3).to(r),
        centres=crystal.centres,
        source=source,
        target=target,
        harmonics=o3.spherical_harmonics(HARMONICS, r, True, normalization="component"),
        distances=distances * DISTANCES**0.5,
    )


class Convolution(nn.Module):
    """Sums over neighbours, and the products of such sums.

        m_i = z^(-1/2) Σ_j x_j ⊗_{R(|r_ij|)} Y(r_ij),    y_i = A x_i + B m_i + C (D m_i ⊗ D m_i)

    with matrices A, B, D of their own for each species. The products are all the symmetric ones of a channel with
    itself. Without them an axial vector alone moves nothing that is even in it, as no even scalar is linear in it.

    Args:
        before, after: of x and y, `e3nn.o3.Irreps`.
    """

    edge: Any
    factors: Any

    def __init__(self, before: Any, after: Any):
        super().__init__()
        self.edge = _edge_product(before)
        sums = self.edge.irreps_out.simplify()
        self.radial = FullyConnectedNet([DISTANCES, RADIAL, self.edge.weight_numel], torch.nn.functional.silu)
        self.own = o3.FullyConnectedTensorProduct(before, _KINDS, after)
        self.mixed = o3.FullyConnectedTensorProduct(sums, _KINDS, after)
        self.factors = o3.Irreps([(SQUARED, ir) for _, ir in _EVERY])
        self.factor = o3.FullyConnectedTensorProduct(sums, _KINDS, self.factors)
        self.blocks, coefficients = _squares(torch.get_default_dtype())
        self.register_buffer("coefficients", coefficients)  # (out, dim, dim)
        self.squared = o3.Linear(o3.Irreps([(SQUARED * mul, ir) for mul, ir in self.blocks]), after)

    def forward(self, x: Tensor, graph: Graph) -> Tensor:
        message = self.edge(x[graph.source], graph.harmonics, self.radial(graph.distances))
        total = message.new_zeros(len(x), message.shape[1]).index_add(0, graph.target, message) / NEIGHBOURS**0.5
        factor = self.factor(total, graph.kinds)
        channels = torch.cat([factor[:, part].unflatten(1, (SQUARED, -1)) for part in self.factors.slices()], dim=2)
        products = torch.einsum("nca,ncb,oab->nco", channels, channels, self.coefficients)
        products = torch.cat([products[..., part].flatten(1) for part in self.blocks.slices()], dim=1)
        return self.own(x, graph.kinds) + self.mixed(total, graph.kinds) + self.squared(products)


class DisplacementNetwork(nn.Module):
    """Two convolutions with a gate between them: species and an order parameter -> a vector for each atom.

    Shapes:
        p `(4, 18)`, on the centres of the octahedra -> `(n, 3)`, in Å.
    """

    gate: Any

    def __init__(self):
        super().__init__()
        scalars, gated = (
            o3.Irreps([(mul, (l, p)) for mul, l in parts for p in (1, -1)])
            for parts in ([(SCALARS, 0)], [(VECTORS, 1), (TENSORS, 2)])
        )
        gates = o3.Irreps([(sum(mul for mul, _ in gated), "0e")])
        activations = [torch.nn.functional.silu, torch.tanh]  # an odd scalar needs an odd function
        self.gate = Gate(scalars, activations, gates, [torch.sigmoid], gated)
        self.first = Convolution(o3.Irreps(f"{_KINDS} + {IRREPS}"), self.gate.irreps_in)
        self.last = Convolution(self.gate.irreps_out, o3.Irreps("1o"))

    def forward(self, p: Tensor, graph: Graph) -> Tensor:
        on_atoms = p.new_zeros(len(graph.kinds), p.shape[1]).index_copy(0, graph.centres, p)
        x = torch.cat([graph.kinds, on_atoms], dim=1)
        return self.last(self.gate(self.first(x, graph)), graph)


@cache
def _squares(dtype: torch.dtype) -> tuple[Any, Tensor]:
    """The symmetric products of a channel with itself, to irreps up to degree 2: irreps, and `(out, dim, dim)`.

    The dtype is the default one, in which e3nn makes them.
    """
    square: Any = o3.ReducedTensorProducts("ij=ji", i=_EVERY, filter_ir_out=[ir for _, ir in _EVERY])
    return square.irreps_out, square.change_of_basis.to(dtype)


def _edge_product(before: Any) -> o3.TensorProduct:
    """Each channel with each harmonic, to all irreps up to degree 2, with weights for each edge."""
    outputs, paths = [], []
    for i, (mul, a) in enumerate(before):
        for j, (_, b) in enumerate(HARMONICS):
            for ir in a * b:
                if ir in _EVERY:
                    paths.append((i, j, len(outputs)))
                    outputs.append((mul, ir))
    after, place, _ = o3.Irreps(outputs).sort()  # type: ignore[misc]
    instructions = [(i, j, place[k], "uvu", True) for i, j, k in paths]
    return o3.TensorProduct(before, HARMONICS, after, instructions, internal_weights=False, shared_weights=False)
