"""The symmetry of graphs: their automorphisms, orbits and canonical labellings."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symbreak.groups import Source, uniform
from symbreak.symmetry.graphs.batch import ColouredGraphs
from symbreak.symmetry.graphs.graph import ColouredGraph

BUDGET = 50_000_000
"""The default work for a graph, in visits of edges and nodes: about a second."""


@dataclass(frozen=True, eq=False)
class GraphSymmetry:
    """What is known of the automorphism group of one graph.

    Args:
        order: of the group; a lower bound if the search was stopped.
        node_orbits: int64 `(n,)`, the smallest node of the orbit of each.
        edge_orbits: int64 `(E,)`, the smallest edge of the orbit of each, by the rows of the graph.
        labelling: int64 `(n,)`, a pose `g` with `graph = g · canonical(graph)`: canonical node `i` is node `g[i]`.
            Isomorphic graphs have one canonical form.
        decided: whether the group is known. Else all here is of the subgroup that was found before the work ran out.
        labelled: whether the labelling is canonical.
        work: what it took.
    """

    order: int
    node_orbits: Tensor
    edge_orbits: Tensor
    labelling: Tensor
    decided: bool
    labelled: bool
    work: int
    _base: NDArray[np.int64]
    _table: NDArray[np.int64]
    _move: NDArray[np.int64]

    @property
    def generators(self) -> Tensor:
        """int64 `(k, n)`: generators of the group, none for the trivial one."""
        k, n = self._table.shape[1] - 1, len(self.labelling)
        if k * n > 1 << 28:
            raise ValueError(
                f"The group has {k} generators of {n} nodes each, too many for one array. Take them one by one by "
                "moves(k), which lists the moved nodes only."
            )
        found = torch.arange(n).repeat(k, 1)
        for i in range(k):
            nodes, images = self.moves(i)
            found[i, nodes] = images
        return found

    def moves(self, k: int) -> tuple[Tensor, Tensor]:
        """The nodes that generator `k` moves, and their images."""
        begin, end = self._table[1, k], self._table[1, k + 1]
        nodes, images = torch.from_numpy(self._move[:, begin:end].copy())
        return nodes, images

    def sample(self, count: int, *, generator: Source = None) -> Tensor:
        """int64 `(count, n)`: independent automorphisms, each equally likely (to the 53 bits of a random number).

        They are products of one uniform coset representative for each level of a chain of stabilizers.

        Example:
            >>> square = ColouredGraph.from_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
            >>> draws = graph_symmetry(square).sample(500, generator=torch.Generator().manual_seed(0))
            >>> len(draws.unique(dim=0))
            8
        """
        from symbreak.symmetry.graphs.engine import engine

        noise = uniform((count, self._base.shape[1]), generator=generator, dtype=torch.float64).cpu().numpy()
        return torch.from_numpy(engine().draw_many(len(self.labelling), self._base, self._table, self._move, noise))


@dataclass(frozen=True, eq=False)
class GraphSymmetries:
    """What is known of the automorphism groups of the graphs of a batch; `self[b]` is that of one.

    Args:
        ptr: int64 `(B + 1,)`, the nodes of each graph.
        edge_ptr: int64 `(B + 1,)`, its edges.
        node_orbits: int64 `(N,)`, nodes counted in each graph.
        edge_orbits: int64 `(E,)`.
        labelling: int64 `(N,)`.
        decided: bool `(B,)`.
        labelled: bool `(B,)`.
        work: int64 `(B,)`.
    """

    ptr: NDArray[np.int64]
    edge_ptr: NDArray[np.int64]
    node_orbits: NDArray[np.int64]
    edge_orbits: NDArray[np.int64]
    labelling: NDArray[np.int64]
    decided: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    work: NDArray[np.int64]
    _base_ptr: NDArray[np.int64]
    _base: NDArray[np.int64]
    _generator_ptr: NDArray[np.int64]
    _table: NDArray[np.int64]
    _move: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.decided)

    def __getitem__(self, b: int) -> GraphSymmetry:
        if not 0 <= b < len(self):
            raise IndexError(f"graph {b} of {len(self)}")
        nodes, edges = slice(*self.ptr[b : b + 2]), slice(*self.edge_ptr[b : b + 2])
        first, last = self._generator_ptr[b : b + 2]
        begin, end = self._table[1, first], self._table[1, last]
        table = self._table[:, first : last + 1].copy()
        table[1] -= begin
        return GraphSymmetry(
            self.order(b),
            torch.from_numpy(self.node_orbits[nodes].copy()),
            torch.from_numpy(self.edge_orbits[edges].copy()),
            torch.from_numpy(self.labelling[nodes].copy()),
            bool(self.decided[b]),
            bool(self.labelled[b]),
            int(self.work[b]),
            self._base[:, slice(*self._base_ptr[b : b + 2])].copy(),
            table,
            self._move[:, begin:end].copy(),
        )

    def order(self, b: int) -> int:
        """The order of the group of one graph, exactly."""
        return math.prod(self._base[1, self._base_ptr[b] : self._base_ptr[b + 1]].tolist())

    def log_order(self) -> NDArray[np.float64]:
        """float64 `(B,)`: the natural logarithms of the orders."""
        owner = np.repeat(np.arange(len(self)), np.diff(self._base_ptr))
        return np.bincount(owner, weights=np.log(self._base[1]), minlength=len(self)).astype(np.float64)

    def poses(self, noise: NDArray[np.float64]) -> NDArray[np.int64]:
        """int64 `(N,)`: the labelling of each graph after a uniform automorphism, nodes counted over the batch.

        Args:
            noise: uniform numbers `(N,)` in [0, 1).

        Raises:
            ValueError: if the noise has another shape.
        """
        from symbreak.symmetry.graphs.engine import engine, one_type

        _check_noise(noise, len(self.labelling))
        groups = self._base_ptr, self._base, self._generator_ptr, self._table, self._move
        return engine().draw_poses(self.ptr, self.labelling, *groups, one_type(noise[None], np.float64))


def automorphisms(graphs: ColouredGraphs | Iterable[ColouredGraph], *, budget: int = BUDGET) -> GraphSymmetries:
    """The automorphism group and a canonical labelling of each graph of a batch, in one compiled loop.

    The partition of the nodes by colour is refined until it is equitable, nodes are individualized until it is
    discrete, and the tree of all ways to do so is searched: along its first path for the chain of stabilizers

        Aut = G₀ ⊇ G₁ ⊇ ... ⊇ G_k = 1,    |Aut| = Π |G_i b_{i+1}|,

    and, if some target cell is more than one orbit, for its greatest leaf, the canonical one. Hashes only prune: an
    automorphism is accepted if it keeps every edge, and leaves are compared edge by edge. Memory is linear in the
    nodes, the edges, and the nodes that the generators move.

    Args:
        graphs: `ColouredGraphs`, or some graphs.
        budget: the work for each graph, counted in visits of nodes and edges and so equal on every machine. A graph on
            which it runs out is not `decided` (or not `labelled`, if only the canonical leaf is missing).

    Raises:
        ValueError: if the budget is negative or NaN.

    Example:
        >>> petersen = [(i, (i + 1) % 5) for i in range(5)] + [(i, i + 5) for i in range(5)]
        >>> petersen += [(5 + i, 5 + (i + 2) % 5) for i in range(5)]
        >>> found = automorphisms([ColouredGraph.from_edges(10, petersen), ColouredGraph.from_edges(50, [])])
        >>> found.order(0), found.order(1) == math.factorial(50), bool(found.decided.all())
        (120, True, True)

    Reference:
        McKay, Piperno (2014), Practical graph isomorphism II; Junttila, Kaski (2007), Engineering an efficient
        canonical labeling tool for large and sparse graphs.
    """
    from symbreak.symmetry.graphs.engine import columns, engine

    limit = _whole(budget)
    if not isinstance(graphs, ColouredGraphs):
        graphs = ColouredGraphs.from_graphs(graphs)
    labelling, node_orbits, edge_orbits, known, base_ptr, base, *generators = engine().automorphisms(
        *columns(graphs), limit
    )
    return GraphSymmetries(
        graphs.ptr,
        graphs.edge_ptr,
        node_orbits,
        edge_orbits,
        labelling,
        known[0].astype(np.bool_),
        known[1].astype(np.bool_),
        known[2],
        base_ptr,
        base[:, : base_ptr[-1]].copy(),
        *generators,
    )


def poses(
    graphs: ColouredGraphs, noise: NDArray[np.float64], *, budget: int = BUDGET
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """`automorphisms(graphs).poses(noise)`, and which graphs are labelled: all that a kernel needs, in one step.

    Args:
        graphs: of N nodes.
        noise: uniform numbers `(N,)` in [0, 1).
        budget: as in `automorphisms`. The pose of a graph that is not labelled is of no use.

    Raises:
        ValueError: if the budget is negative or NaN, or the noise has another shape.
    """
    from symbreak.symmetry.graphs.engine import columns, engine, one_type

    limit = _whole(budget)
    _check_noise(noise, len(graphs.node_colour))
    return engine().search_poses(*columns(graphs), limit, one_type(noise[None], np.float64))


def graph_symmetry(graph: ColouredGraph, *, budget: int = BUDGET) -> GraphSymmetry:
    """The automorphism group and a canonical labelling of one graph: see `automorphisms`.

    Example:
        >>> path = graph_symmetry(ColouredGraph.from_edges(3, [(0, 1), (1, 2)]))
        >>> path.order, path.generators, path.node_orbits
        (2, tensor([[2, 1, 0]]), tensor([0, 1, 0]))
    """
    return automorphisms([graph], budget=budget)[0]


def canonical_form(graph: ColouredGraph, *, budget: int = BUDGET) -> ColouredGraph:
    """The graph `g⁻¹ x` for its canonical labelling `g`: one for all isomorphic graphs, but for the order of edges.

    Raises:
        ValueError: if the budget runs out before the labelling is known to be canonical.

    Example:
        >>> one, other = ColouredGraph.from_edges(3, [(0, 1), (1, 2)]), ColouredGraph.from_edges(3, [(2, 0), (0, 1)])
        >>> canonical_form(one).same_as(canonical_form(other))
        True
    """
    found = graph_symmetry(graph, budget=budget)
    if not found.labelled:
        raise ValueError(
            f"A graph of {len(graph.node_colour)} nodes was not decided within a budget of {budget}. Raise the budget, "
            "or colour the nodes by what tells them apart."
        )
    return graph.relabel(np.argsort(found.labelling.numpy()))


def _whole(budget: float) -> int:
    if not budget >= 0:
        raise ValueError(f"The budget is {budget}, but it counts visits of nodes and edges: a million or more.")
    return int(min(budget, 1 << 62))


def _check_noise(noise: NDArray, nodes: int) -> None:
    if noise.shape != (nodes,):
        raise ValueError(
            f"The noise has shape {noise.shape}, but there is one number for each of the {nodes} nodes of the batch."
        )
