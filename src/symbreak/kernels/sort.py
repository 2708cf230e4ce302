"""Poses of graphs: the nodes, sorted by an invariant key."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from symbreak.groups import Source, Symmetric, uniform_ragged
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.ties import check_tolerance, refine


class RandomSort(Kernel):
    """Node permutations of a ragged batch of graphs: sorts the nodes by an invariant key, equal ones in random order.

    The pose is the argsort itself: slot `r` of the canonical graph goes to the node of rank `r`. The law is uniform
    on the orders that agree with the key, `Π |cell|!` of them for each graph. It is an inversion kernel if and only
    if every permutation within the cells is an automorphism of the graph; always so if the cells are single nodes,
    and for graphs without edges whose features are the key. Otherwise it is equivariant in law still, with more
    entropy than needed: on a cycle, where all nodes look alike, it is uniform over all `n!` orders and not over the
    `2n` automorphisms.

    Args:
        key: batch -> `(N,)` or `(N, K)`, compared from the first column on; a permutation of the nodes must permute it
            and do no more. NaN is the largest value, equal to itself.
        atol: values of a graph closer than this are taken for equal (through chains of neighbours): keys that a network
            computes differ by rounding between equivalent nodes.

    Shapes:
        a PyG batch of N nodes -> int64 `(N,)`.

    Raises:
        ValueError: if the key has no row for each node.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> batch = Batch.from_data_list([Data(x=torch.tensor([[2.0], [0.0], [1.0]])), Data(x=torch.zeros(2, 1))])
        >>> kernel = RandomSort(lambda batch: batch.x)
        >>> kernel(batch)[:3], kernel.entropy(batch)
        (tensor([1, 2, 0]), tensor([0.0000, 0.6931], dtype=torch.float64))

    Reference:
        Lawrence et al. (2025); Kim et al. (2023), Learning probabilistic symmetrization, on random ties.
    """

    group = Symmetric()

    def __init__(self, key: Callable[[Any], Tensor], atol: float = 0.0):
        super().__init__()
        check_tolerance("atol", atol)
        self.key, self.atol = key, atol

    def forward(self, x: Any, *, generator: Source = None) -> Tensor:
        order = uniform_ragged(x.batch, x.ptr, generator=generator).argsort()
        return order[self.cells(x)[order].argsort(stable=True)]

    def entropy(self, x: Any) -> Tensor:
        cell = self.cells(x)
        one = torch.ones_like(cell, dtype=torch.float64)
        size = torch.zeros_like(one).index_add(0, cell, one)[cell]  # of the cell of each node
        zero = one.new_zeros(x.num_graphs)
        return zero.index_add(0, x.batch, torch.lgamma(size + 1) / size)

    @torch.no_grad()
    def cells(self, x: Any) -> Tensor:
        """int64 `(N,)`: the number of the cell of each node, counted by graph and then by key."""
        key = self.key(x)
        if key.dim() not in (1, 2) or len(key) != x.num_nodes:
            raise ValueError(
                f"The key has shape {tuple(key.shape)}, but the batch has {x.num_nodes} nodes: return one number for "
                f"each, ({x.num_nodes},), or a row of numbers, ({x.num_nodes}, K)."
            )
        cell = x.batch
        for column in (key[:, None] if key.dim() == 1 else key).unbind(1):
            cell = refine(cell, column, self.atol)
        return cell
