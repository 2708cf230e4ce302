"""The networks of the dialled breaking: message passing with one θ, strict or relaxed, and without symmetry."""

from typing import NamedTuple

import torch
from e3nn import o3
from e3nn.nn import Gate
from torch import Tensor, nn
from torch.nn.functional import silu

from symbreak.layers import ConditionedWeight, RelaxedConvolution, relaxed_weights
from symbreak.layers.relaxed import RelaxedWeight
from symbreak.papers.dialled_breaking_molecules import CUTOFF, Molecules, cosine_cutoff, neighbours

THETA = "0e + 1o + 1e + 2e + 2o"  # up to degree 2: a field acts by its direction and its square; 0o leads nowhere here
SCALARS, VECTORS, QUADRUPOLES = 12, 4, 3
RADIAL, SHELLS = 12, 6
WIDTH = 30  # of the network without symmetry, which has 1.4 times as many parameters
READ_OUT = 24
DEGREE = 4.6  # neighbours of an atom, on average
_HARMONICS = "1x0e + 1x1o + 1x2e"


class Graph(NamedTuple):
    """The atoms of molecules in one list, and their edges with what the networks see of them."""

    atoms: Tensor
    """`(N, 3)`: 1, and electronegativity and radius about those of carbon."""
    src: Tensor
    dst: Tensor
    harmonics: Tensor
    """`(E, 9)`, of the direction from dst to src."""
    shells: Tensor
    """`(E, SHELLS)`, of the distance; 0 at the cutoff."""
    molecule: Tensor
    """int64 `(N,)`, the molecule of each atom."""
    there: Tensor
    """bool `(B, n)`, of the padded batch."""


def graph(molecules: Molecules) -> Graph:
    """The geometry graph: all pairs of atoms within the cutoff, in both directions."""
    there = molecules.atoms
    b, i, j = neighbours(molecules).nonzero(as_tuple=True)
    r = molecules.positions[b, j] - molecules.positions[b, i]
    distance = r.norm(dim=1, keepdim=True)
    number = (there.flatten().cumsum(0) - 1).view_as(there)
    centres = torch.linspace(0.9, CUTOFF, SHELLS, dtype=r.dtype)
    shells = torch.exp(-((distance - centres) / (centres[1] - centres[0])).square()) * cosine_cutoff(distance)
    chi, radius = molecules.electronegativity[there] - 2.55, 4 * (molecules.radius[there] - 0.76)
    harmonics = o3.spherical_harmonics(_HARMONICS, r, True, normalization="component")
    atoms = torch.stack([torch.ones_like(chi), chi, radius], dim=1)
    owner = torch.arange(len(there)).unsqueeze(1).expand_as(there)[there]
    return Graph(atoms, number[b, j], number[b, i], harmonics, 2 * shells, owner, there)


class MoleculeNetwork(nn.Module):
    """Two relaxed convolutions with one θ for both, a gate between them, and a read-out of the scalars of each atom.

    Args:
        theta: irreps of θ, "0e" for the strict network; or a `ConditionedWeight` of a field.
    Shapes:
        a graph of N atoms -> scores `(N,)`. field `(B, 3)`, of each molecule, where θ is conditioned; theta `(dim,)`
        instead of the network's own.
    """

    def __init__(self, theta: str | ConditionedWeight = THETA):
        super().__init__()
        self.gate = Gate(
            f"{SCALARS}x0e", [silu], f"{VECTORS + QUADRUPOLES}x0e", [torch.sigmoid],
            f"{VECTORS}x1o + {QUADRUPOLES}x2e",
        )  # fmt: skip
        self.condition = theta if isinstance(theta, ConditionedWeight) else None
        shared = theta if isinstance(theta, ConditionedWeight) else RelaxedWeight(theta)
        hidden, ends, radial = str(self.gate.irreps_in), str(self.gate.irreps_out), [SHELLS, RADIAL]
        self.first = RelaxedConvolution("3x0e", _HARMONICS, hidden, shared, radial, DEGREE, irreps_extra="")
        self.second = RelaxedConvolution(ends, _HARMONICS, f"{SCALARS}x0e", shared, radial, DEGREE, irreps_extra="")
        self.read_out = _read_out(3 + 2 * SCALARS)

    def forward(self, graph: Graph, field: Tensor | None = None, theta: Tensor | None = None) -> Tensor:
        edges = graph.src, graph.dst, graph.harmonics, graph.shells
        if self.condition is not None and field is not None:
            theta = self.condition(field)
        h = self.gate(self.first(graph.atoms, *edges, theta=theta, batch=graph.molecule))
        k = silu(self.second(h, *edges, theta=theta, batch=graph.molecule))
        return self.read_out(torch.cat([graph.atoms, h[:, :SCALARS], k], dim=1)).squeeze(1)


class FreeNetwork(nn.Module):
    """Message passing of the same depth, to which coordinates are plain features: it knows no symmetry.

    Each message is a perceptron of both atoms and of the 9 harmonics and the shells of the edge.

    Args:
        field: whether it is told the field of each molecule too.
    Shapes:
        as `MoleculeNetwork`.
    """

    def __init__(self, field: bool = False):
        super().__init__()
        edge, told = 9 + SHELLS, 3 * field
        self.told = field
        self.first = nn.Sequential(
            nn.Linear(6 + told + edge, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(),
        )  # fmt: skip
        self.second = nn.Sequential(nn.Linear(2 * WIDTH + edge, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU())
        self.read_out = _read_out(3 + told + 2 * WIDTH)

    def forward(self, graph: Graph, field: Tensor | None = None) -> Tensor:
        x, edge = graph.atoms, torch.cat([graph.harmonics, graph.shells], dim=1)
        told = [] if field is None or not self.told else [field[graph.molecule]]
        ends = [part[graph.dst] for part in told]
        h = self._sum(self.first(torch.cat([x[graph.src], x[graph.dst], edge, *ends], dim=1)), graph)
        k = self._sum(self.second(torch.cat([h[graph.src], h[graph.dst], edge], dim=1)), graph)
        return self.read_out(torch.cat([x, h, k, *told], dim=1)).squeeze(1)

    def _sum(self, messages: Tensor, graph: Graph) -> Tensor:
        total = messages.new_zeros(len(graph.atoms), messages.shape[1]).index_add(0, graph.dst, messages)
        return total / DEGREE**0.5


def strict() -> MoleculeNetwork:
    """The same network with θ = 1 for good."""
    network = MoleculeNetwork("0e")
    for weight in relaxed_weights(network).values():
        weight.theta.requires_grad_(False)
    return network


def scores(atoms: Tensor, graph: Graph, each_atom: bool) -> Tensor:
    """Scores of the atoms `(N,)` as those of a padded batch, `(B, n)`, or their means over each molecule, `(B,)`."""
    padded = atoms.new_zeros(graph.there.shape).masked_scatter(graph.there, atoms)
    return padded if each_atom else padded.sum(1) / graph.there.sum(1)


def _read_out(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, READ_OUT), nn.SiLU(), nn.Linear(READ_OUT, 1))
