"""Ragged batches of graphs, in PyTorch Geometric's form."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.actions.action import Action
from symbreak.groups import Element, Group, Source, Symmetric, batch_size, take, uniform_ragged, unsqueeze
from symbreak.representations import Representation

_STRUCTURE = ("edge_index", "batch", "ptr", "num_nodes")


@dataclass(frozen=True)
class Fields(Action):
    """One element of a group for each graph of a batch; every field moves as declared.

    Args:
        group: of the elements.
        moves: pairs `(field, representation)` for what moves: `(rows, ..., dim)`, with a row for each node, for
            each edge if the field's name holds "edge", or for each graph.
        still: fields that do not move. A field of the batch in neither list is an error, so that no velocity or normal
            is forgotten.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> batch = Batch.from_data_list([Data(pos=torch.tensor([[1.0, 0.0]]))])
        >>> Fields(Orthogonal(2), (("pos", Vector(Orthogonal(2))),)).act(quarter, batch).pos
        tensor([[0., 1.]])
    """

    group: Group
    moves: tuple[tuple[str, Representation], ...]
    still: tuple[str, ...] = ()

    def __post_init__(self):
        if not self.moves:
            raise ValueError("Fields was told of no field that moves. Name one: (('pos', Vector(Orthogonal(3))),).")
        for name, rep in self.moves:
            if rep.group != self.group:
                raise ValueError(f"The field {name!r} moves by {rep!r}, but the elements are of {self.group!r}.")

    def act(self, g: Element, x: Any) -> Any:
        _check_fields(x, tuple(name for name, _ in self.moves) + self.still, self)
        if batch_size(g) != x.num_graphs:
            raise ValueError(f"g has {batch_size(g)} elements, but the batch has {x.num_graphs} graphs: one for each.")
        moved = x.clone()
        for name, rep in self.moves:
            value, each = x[name], take(g, _owner(x, name))
            if value.dim() < 2:
                raise ValueError(
                    f"The field {name!r} has shape {tuple(value.shape)}, but {rep!r} moves (rows, ..., {rep.dim})."
                )
            for _ in range(value.dim() - 2):
                each = unsqueeze(each, 1)
            moved[name] = rep.act(each, value)
        return moved

    def haar(self, x: Any, *, generator: Source = None) -> Element:
        like = x[self.moves[0][0]]
        return self.group.sample((x.num_graphs,), generator=generator, dtype=like.dtype, device=like.device)


@dataclass(frozen=True)
class Relabel(Action):
    """Permutations of the nodes of each graph: one index vector over all the nodes of the batch.

    The element is an int64 `(N,)`; node `i` becomes node `g[i]`, and no node leaves its graph.

    Args:
        nodes: fields with a row for each node, which are permuted.
        still: other fields, which are not: of edges (edges keep their order) and of graphs.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> graph = Data(x=torch.tensor([[10.0], [11.0], [12.0]]), edge_index=torch.tensor([[0], [1]]))
        >>> moved = Relabel(("x",)).act(torch.tensor([2, 0, 1]), Batch.from_data_list([graph]))
        >>> moved.x[:, 0].tolist(), moved.edge_index.tolist()  # 0 -> 2, 1 -> 0, 2 -> 1
        ([11.0, 12.0, 10.0], [[2], [0]])
    """

    nodes: tuple[str, ...]
    still: tuple[str, ...] = ()
    group: Symmetric = Symmetric()

    def act(self, g: Tensor, x: Any) -> Any:
        _check_fields(x, self.nodes + self.still, self)
        nodes = len(x.batch)
        if g.shape != (nodes,):
            raise ValueError(f"g has shape {tuple(g.shape)}, but the batch has {nodes} nodes: one int64 for each.")
        moved, source = x.clone(), self.group.inverse(g)
        for name in self.nodes:
            if len(x[name]) != nodes:
                raise ValueError(
                    f"The field {name!r} has {len(x[name])} rows, but a field of nodes has one for each of the {nodes} "
                    "nodes. Declare fields of edges and of graphs in still=."
                )
            moved[name] = x[name][source]
        if "edge_index" in x:
            moved.edge_index = g[x.edge_index]
        return moved

    def haar(self, x: Any, *, generator: Source = None) -> Tensor:
        _check_fields(x, self.nodes + self.still, self)
        order = uniform_ragged(x.batch, x.ptr, generator=generator).argsort()
        return order[x.batch[order].argsort(stable=True)]  # by graph, exactly, and within it by the uniform numbers


def _check_fields(x: Any, declared: tuple[str, ...], action: Action) -> None:
    names = set(x.keys())
    if not {"batch", "ptr"} <= names:
        raise ValueError(
            f"The data hold {sorted(names)}, but an action moves batches: make one by Batch.from_data_list([data])."
        )
    unknown = sorted(names - set(declared) - set(_STRUCTURE))
    missing = sorted(set(declared) - names)
    if unknown:
        raise ValueError(
            f"The batch has the fields {unknown}, of which {action!r} was not told how they move. Declare each one, "
            "among the fields that move or in still=."
        )
    if missing:
        raise ValueError(
            f"The batch has no fields {missing}, which {action!r} was told to move; it has {sorted(names)}."
        )


def _owner(x: Any, name: str) -> Tensor:
    """The graph that each row of a field belongs to."""
    rows, nodes = len(x[name]), len(x.batch)
    if "edge" in name:  # by name, since a batch may happen to have as many edges as nodes
        if "edge_index" in x and rows == x.edge_index.shape[1]:
            return x.batch[x.edge_index[0]]
    elif rows == nodes:
        return x.batch
    elif rows == x.num_graphs:
        return torch.arange(rows, device=x[name].device)
    raise ValueError(
        f"The field {name!r} has {rows} rows, but a field that moves has one for each of the {nodes} nodes or "
        f"the {x.num_graphs} graphs, or, if 'edge' is in its name, for each edge."
    )
