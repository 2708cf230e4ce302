"""Encodings of the order of the nodes of graphs."""

from typing import Any

import torch
from torch import Tensor, nn

from symbreak.breaking.encoding import Encoding, beside


class NodeEncoding(Encoding):
    """A learned row for each rank; the node that the pose puts at rank `r` of its graph receives row `r`.

    A graph of `n` nodes uses the first `n` rows.

    Args:
        capacity: number of rows, the size of the largest graph.
        width: of a row.
        field: the node field that the rows join when the encoding enters at the input.
        generator: for the starting values.

    Shapes:
        g `(N,)` over all nodes of the batch -> `(N, width)`.

    Raises:
        ValueError: if a graph is larger than `capacity`, or two rows are equal.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> encoding = NodeEncoding(4, 2)
        >>> batch = Batch.from_data_list([Data(x=torch.zeros(3, 1))])
        >>> code = encoding(torch.tensor([2, 0, 1]), batch)  # rank 0 is at node 2
        >>> bool((code[2] == encoding.rows[0]).all())
        True
    """

    def __init__(self, capacity: int, width: int, *, field: str = "x", generator: torch.Generator | None = None):
        super().__init__()
        self.field = field
        self.rows = nn.Parameter(torch.randn(capacity, width, generator=generator))
        self.check()

    def forward(self, g: Tensor, x: Any) -> Tensor:
        largest = int(x.ptr.diff().max()) if x.num_graphs else 0
        if largest > len(self.rows):
            raise ValueError(
                f"A graph of {largest} nodes came in, but there are {len(self.rows)} rows. Make the encoding with "
                f"capacity={largest} or more."
            )
        slots = torch.arange(len(g), device=g.device)
        rank = slots - x.ptr[x.batch]
        code = torch.zeros(len(g), self.rows.shape[1], dtype=self.rows.dtype, device=g.device)
        return code.index_put((g,), self.rows[rank])

    def join(self, x: Any, code: Tensor) -> Any:
        if isinstance(x, Tensor):
            return beside(x, code, dim=-1)
        joined = x.clone()
        joined[self.field] = beside(x[self.field], code, dim=-1)
        return joined

    def check(self) -> None:
        apart = torch.cdist(self.rows.detach(), self.rows.detach()).fill_diagonal_(torch.inf)
        close = (apart <= 1e-6).nonzero()
        if len(close):
            i, j = close[0].tolist()
            raise ValueError(
                f"Rows {i} and {j} of v are equal, so the swap of the two ranks leaves v as it is and is not broken. "
                "Start the rows from other values, or widen them."
            )
