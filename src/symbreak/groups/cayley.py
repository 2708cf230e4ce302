"""Any finite group, by its multiplication table."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups.group import FiniteGroup
from symbreak.groups.tables import table


@dataclass(frozen=True)
class Cayley(FiniteGroup):
    """The finite group with a given Cayley table: `table[g][h]` is the number of `gh`. An element is an int64.

    Raises:
        ValueError: if element 0 is not the identity, or the table is not that of a group.

    Example:
        >>> klein = Cayley(((0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)))
        >>> klein.compose(torch.tensor(1), torch.tensor(2))
        tensor(3)
    """

    table: tuple[tuple[int, ...], ...]

    def __post_init__(self):
        n = len(self.table)
        if n == 0 or any(len(row) != n for row in self.table):
            raise ValueError(
                f"The table has {n} rows of lengths {sorted({len(row) for row in self.table})}, but a Cayley table is "
                "square and not empty."
            )
        table, slots = torch.tensor(self.table), torch.arange(n)
        if not (table[0].equal(slots) and table[:, 0].equal(slots)):
            raise ValueError("Row 0 and column 0 of the table must read 0, 1, 2, ...: element 0 is the identity.")
        if not (table.sort(0).values.T.eq(slots).all() and table.sort(1).values.eq(slots).all()):
            raise ValueError(
                "Each row and column of the table must hold each of 0 .. n-1 once, as gh = gk means h = k."
            )
        for g in range(n):
            wrong = (table[table[g]] != table[g][table]).nonzero()
            if len(wrong):
                h, k = wrong[0].tolist()
                raise ValueError(
                    f"The table is not associative: ({g}·{h})·{k} is {int(table[table[g, h], k])}, but {g}·({h}·{k}) "
                    f"is {int(table[g, table[h, k]])}."
                )

    @classmethod
    def of(cls, group: FiniteGroup) -> "Cayley":
        """The same group by its table, with the same numbering."""
        numbers = torch.arange(group.order)
        products = group.compose(group.element(numbers[:, None]), group.element(numbers[None, :]))
        return cls(tuple(map(tuple, group.index(products).tolist())))

    @property
    def order(self) -> int:
        return len(self.table)

    def element(self, index: Tensor) -> Tensor:
        return index

    def index(self, g: Tensor) -> Tensor:
        return g

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        return _table(self, g.device)[g, h]

    def inverse(self, g: Tensor) -> Tensor:
        return (_table(self, g.device) == 0).int().argmax(-1)[g]


@table
def _table(group: Cayley, device: torch.device) -> Tensor:
    return torch.tensor(group.table, device=device)
