"""Poses of graphs by their symmetry: the exact inversion kernel of S_n, and two cheaper kernels; needs numba."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symbreak.groups import Source, Symmetric, uniform_ragged
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.ties import check_tolerance
from symbreak.symmetry.graphs import ColouredGraphs, GraphSymmetries, automorphisms
from symbreak.symmetry.graphs.symmetry import BUDGET, poses


class _GraphKernel(Kernel):
    """What the three have in common: how a batch is coloured, and the measure against the exact kernel."""

    group = Symmetric()

    def __init__(
        self, nodes: Sequence[str] = (), edges: Sequence[str] = (), *, atol: float = 0.0, budget: int = BUDGET
    ):
        super().__init__()
        check_tolerance("atol", atol)
        self.nodes, self.edges, self.atol, self.budget = tuple(nodes), tuple(edges), atol, budget

    def excess(self, x: Any) -> Tensor:
        """float64 `(B,)`: the entropy above that of the exact kernel, in nats; 0 where this kernel is exact."""
        return self.entropy(x) - torch.from_numpy(self._decided(x).log_order()).to(x.batch.device)

    @abstractmethod
    def entropy(self, x: Any) -> Tensor: ...

    def _graphs(self, x: Any) -> ColouredGraphs:
        return ColouredGraphs.from_batch(x, self.nodes, self.edges, atol=self.atol)

    def _decided(self, x: Any) -> GraphSymmetries:
        found = automorphisms(self._graphs(x), budget=self.budget)
        self._check(x, found.decided)
        return found

    def _check(self, x: Any, known: NDArray[np.bool_]) -> None:
        if not known.all():
            raise ValueError(
                f"{self._undecided(x, known)} Raise the budget, colour the nodes by what tells them apart, or take "
                "RandomIndividualization, which needs no search."
            )

    def _undecided(self, x: Any, known: NDArray[np.bool_]) -> str:
        b = int((~known).argmax())
        return (
            f"Graph {b} of the batch, with {int(x.ptr[b + 1] - x.ptr[b])} nodes, was not decided within a budget of "
            f"{self.budget}; {int((~known).sum())} of {len(known)} were not."
        )


class CanonicalLabelling(_GraphKernel):
    """Node permutations of a ragged batch of graphs: a canonical labelling after a uniform automorphism.

    The exact inversion kernel of S_n, on every graph that the search decides: uniform on the coset `Aut(x) g₀`, with
    entropy `log |Aut(x)|` (each element to the 53 bits of a random number).

    Args:
        nodes: the fields by which nodes are told apart, with a row for each; a field that is not named does not count.
        edges: the same for edges, with a row for each column of `edge_index`.
        atol: values of a graph closer than this are equal (through chains of neighbours). NaN equals itself.
        budget: of the search on each graph, in visits of nodes and edges.

    Shapes:
        a PyG batch of N nodes -> int64 `(N,)`.

    Raises:
        ValueError: if a field is missing or has the wrong number of rows; naming the graph, if one was not decided.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> ring = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 0], [1, 2, 3, 0, 0, 1, 2, 3]])
        >>> batch = Batch.from_data_list([Data(x=torch.tensor([[0.0], [1.0], [0.0], [1.0]]), edge_index=ring)])
        >>> CanonicalLabelling(nodes=("x",)).support_size(batch)  # half turn, and mirrors through opposite corners
        tensor([4])

    Reference:
        Lawrence et al. (2025), inversion kernels; McKay, Piperno (2014), Practical graph isomorphism II.
    """

    def forward(self, x: Any, *, generator: Source = None) -> Tensor:
        graphs, owner = self._graphs(x), x.batch
        noise = uniform_ragged(owner, x.ptr, generator=generator).cpu().numpy()
        pose, labelled = poses(graphs, noise, budget=self.budget)
        self._check(x, labelled)
        return torch.from_numpy(pose).to(owner.device)

    def entropy(self, x: Any) -> Tensor:
        return torch.from_numpy(self._decided(x).log_order()).to(x.batch.device)

    def support_size(self, x: Any) -> Tensor:
        """int64 `(B,)`: the number of poses, `|Aut(x)|`; its logarithm is the entropy."""
        found = self._decided(x)
        orders = [found.order(b) for b in range(len(found))]
        large = [b for b, order in enumerate(orders) if order >= 1 << 63]
        if large:
            raise ValueError(
                f"Graph {large[0]} of the batch has {orders[large[0]]:.3e} automorphisms, more than an int64 counts. "
                "Take entropy, which is the logarithm."
            )
        return torch.tensor(orders, dtype=torch.int64, device=x.batch.device)


class RefinedSort(_GraphKernel):
    """Node permutations of a ragged batch of graphs: sorts the nodes by their refined colours, equal ones at random.

    The colours are those of 1-WL: of the coarsest equitable partition. The law is uniform on the `Π |cell|!` orders
    that agree with it: equivariant in law on every graph, and exact if and only if every permutation within the cells
    is an automorphism. So it is where refinement tells all nodes apart, and on complete and empty graphs and stars, but
    on a cycle it is uniform over all `n!` orders. `excess` measures it.

    Args:
        nodes: as in `CanonicalLabelling`.
        edges: the same.
        atol: the same.
        budget: of the search that `excess` compares with.

    Shapes:
        a PyG batch of N nodes -> int64 `(N,)`.

    Raises:
        ValueError: if a field is missing or has the wrong number of rows.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> both = Data(edge_index=torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]), num_nodes=4)
        >>> RefinedSort().excess(Batch.from_data_list([path, both])).exp()  # 2 / 2 and 24 / 8
        tensor([1.0000, 3.0000], dtype=torch.float64)

    Reference:
        Weisfeiler, Leman (1968); Lawrence et al. (2025).
    """

    def forward(self, x: Any, *, generator: Source = None) -> Tensor:
        cell = self.cells(x)
        order = uniform_ragged(x.batch, x.ptr, generator=generator).argsort()
        return order[cell[order].argsort(stable=True)]

    def entropy(self, x: Any) -> Tensor:
        cell = self.cells(x)
        size = torch.bincount(cell, minlength=len(cell))[cell].to(torch.float64)
        zero = size.new_zeros(x.num_graphs)
        return zero.index_add(0, x.batch, torch.lgamma(size + 1) / size)

    def cells(self, x: Any) -> Tensor:
        """int64 `(N,)`: the cell of each node, named by the first of its places in the batch."""
        from symbreak.symmetry.graphs.engine import columns, engine

        return torch.from_numpy(engine().cells(*columns(self._graphs(x)))).to(x.batch.device)


class RandomIndividualization(_GraphKernel):
    """Node permutations of a ragged batch of graphs: refines, draws a node of the target cell, and again to the end.

    Equivariant in law on every graph, without a search. Exact if and only if each target cell on the way is one orbit
    of the automorphisms that fix the nodes drawn before; so it is on forests, cycles, complete graphs, hypercubes and
    most molecules, and not on regular graphs with no automorphism. `excess` measures it.

    Args:
        nodes: as in `CanonicalLabelling`.
        edges: the same.
        atol: the same.
        budget: of `entropy`, which sums over the tree of all draws but for symmetry, and of the search for `excess`.

    Shapes:
        a PyG batch of N nodes -> int64 `(N,)`.

    Raises:
        ValueError: if a field is missing or has the wrong number of rows; naming the graph, if the tree of one is too
            large for its entropy.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> both = Data(edge_index=torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]), num_nodes=4)
        >>> kernel = RandomIndividualization()
        >>> batch = Batch.from_data_list([both])
        >>> kernel.entropy(batch).exp().round(), kernel.excess(batch).abs() < 1e-12
        (tensor([8.], dtype=torch.float64), tensor([True]))

    Reference:
        McKay, Piperno (2014), on individualization and refinement.
    """

    def forward(self, x: Any, *, generator: Source = None) -> Tensor:
        from symbreak.symmetry.graphs.engine import columns, engine

        graphs = self._graphs(x)
        noise = uniform_ragged(x.batch, x.ptr, generator=generator).cpu().numpy()
        return torch.from_numpy(engine().leaves(*columns(graphs), noise)).to(x.batch.device)

    def entropy(self, x: Any) -> Tensor:
        from symbreak.symmetry.graphs.engine import columns, engine

        entropy = engine().entropies(*columns(self._graphs(x)), self.budget)
        if (entropy < 0).any():
            raise ValueError(
                f"{self._undecided(x, entropy >= 0)} Draws need no search, but their entropy is a sum over the tree of "
                "all of them: raise the budget."
            )
        return torch.from_numpy(entropy).to(x.batch.device)
