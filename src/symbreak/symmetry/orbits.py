"""Orbits of nodes, from generators alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True, eq=False)
class NodeOrbits:
    """Which nodes of which input are exchanged by its symmetry: outputs that are scalars are equal on an orbit."""

    orbit: Tensor
    """int64 `(N,)`, the number of each node's orbit; orbits are numbered by their first nodes."""
    owner: Tensor
    """int64 `(N,)`, the input that each node belongs to."""
    items: int
    """How many inputs."""

    @property
    def count(self) -> int:
        """How many orbits, R."""
        return int(self.orbit.max()) + 1 if len(self.orbit) else 0

    @property
    def size(self) -> Tensor:
        """int64 `(R,)`, how many nodes each orbit has."""
        return torch.bincount(self.orbit, minlength=self.count)

    @property
    def root(self) -> Tensor:
        """int64 `(R,)`, the first node of each orbit."""
        nodes = torch.arange(len(self.orbit), device=self.orbit.device)
        return nodes.new_full((self.count,), len(nodes)).scatter_reduce(0, self.orbit, nodes, "amin")

    def total(self, values: Tensor) -> Tensor:
        """The sum over the nodes, or over the orbits, of each input: `(N, ...)` or `(R, ...)` -> `(items, ...)`."""
        owner = self.owner if len(values) == len(self.owner) else self.owner[self.root]
        return values.new_zeros(self.items, *values.shape[1:]).index_add(0, owner, values)


def node_orbits(symmetries: Sequence[Symmetry]) -> NodeOrbits:
    """The orbits of the nodes (or of the edges, see `Symmetry.on_edges`) of a ragged batch.

    Generators are enough: the orbits are the connected components of the arcs `i -> h(i)`, which are found by hooking
    and pointer jumping, a few sweeps even for one long cycle. So a group of order 50! costs what its generators cost.

    Args:
        symmetries: one for each input, whose nodes stand one after another.
    Raises:
        ValueError: if one permutes nothing.

    Example:
        >>> flip, turn = torch.tensor([[2, 1, 0]]), torch.tensor([[1, 2, 3, 0]])
        >>> node_orbits([Symmetry(flip, flip), Symmetry(turn, turn)]).orbit
        tensor([0, 1, 0, 2, 2, 2, 2])

    Reference:
        Shiloach, Vishkin (1982), An O(log n) parallel connectivity algorithm.
    """
    permutations = [node_permutations(symmetry) for symmetry in symmetries]
    sizes = [p.shape[1] for p in permutations]
    device = permutations[0].device if permutations else None
    starts = torch.tensor([0, *sizes]).cumsum(0).tolist()
    nodes = torch.arange(starts[-1], device=device)
    targets, sources = [], []
    for start, p in zip(starts, permutations, strict=False):
        h, i = (p != nodes[: p.shape[1]]).nonzero(as_tuple=True)
        sources.append(i + start)
        targets.append(p[h, i] + start)
    label = nodes if not permutations else _components(nodes, torch.cat(sources), torch.cat(targets))
    orbit = torch.unique(label, return_inverse=True)[1] if len(label) else label
    owner = torch.repeat_interleave(torch.arange(len(sizes), device=device), torch.tensor(sizes, device=device).long())
    return NodeOrbits(orbit, owner, len(sizes))


def node_permutations(symmetry: Symmetry) -> Tensor:
    """int64 `(k, n)`: what the elements do to the nodes.

    Raises:
        ValueError: if they do nothing.
    """
    if symmetry.permutations is None:
        raise ValueError(
            "An output for each node was asked for, but the symmetry does not say how its elements permute the nodes: "
            "give permutations=, int64 (k, n)."
        )
    return symmetry.permutations


def _components(nodes: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """int64 `(N,)`: the least node that arcs connect each node with."""
    label = nodes
    while True:
        one, two = label[source], label[target]
        apart = one != two
        if not bool(apart.any()):
            return label
        low, high = torch.minimum(one, two)[apart], torch.maximum(one, two)[apart]
        label = label.scatter_reduce(0, high, low, "amin")
        while not torch.equal(up := label[label], label):
            label = up
