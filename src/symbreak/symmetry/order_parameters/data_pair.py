"""One input with its target."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.points import PointField


@dataclass(frozen=True, eq=False)
class DataPair:
    """A cloud of points and what is to be predicted on it.

    A vector for the whole cloud, such as a dipole moment or a field, is a `PointField` of one row; it is then the same
    at all points.

    Args:
        positions: `(n, 3)`.
        inputs: fields that the network sees, each of n rows or of one.
        targets: fields that it is to predict.
        species: integers `(n,)`; all points are alike if None.
    Raises:
        ValueError: if there is no point, or a field has another number of rows.
    """

    positions: Tensor
    inputs: Sequence[PointField] = ()
    targets: Sequence[PointField] = ()
    species: Tensor | None = None

    def __post_init__(self):
        x = self.positions
        if x.dim() != 2 or x.shape[1] != 3 or not len(x) or not bool(x.isfinite().all()):
            raise ValueError(
                f"The positions have shape {tuple(x.shape)}, but a pair has finite points of space, (n, 3), at least "
                "one: a sample without a geometry is a point at the origin."
            )
        for field in self.fields:
            if len(field.values) not in (1, len(x)):
                raise ValueError(
                    f"A field has {len(field.values)} rows, but the cloud has {len(x)} points: give one vector for "
                    "each, or a single one for all."
                )
        if self.species is not None and self.species.shape != (len(x),):
            raise ValueError(
                f"species has shape {tuple(self.species.shape)}, but the cloud has {len(x)} points: give ({len(x)},)."
            )

    @property
    def fields(self) -> tuple[PointField, ...]:
        """Inputs, then targets."""
        return (*self.inputs, *self.targets)

    def row_fields(self) -> list[Tensor]:
        """The values of each field at each point: `(n, dim)`, float64."""
        n = len(self.positions)
        return [field.values.detach().to("cpu", torch.float64).expand(n, -1) for field in self.fields]
