"""What a kernel of points reads from a batch: positions, species and fields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symbreak.actions import Action, Fields, Pointwise, Rigid
from symbreak.groups import Orthogonal, SampleKeys
from symbreak.representations import DirectSum, Representation, Trivial, Vector
from symbreak.symmetry.points import PointField


@dataclass(frozen=True, eq=False)
class PointClouds:
    """A ragged batch of clouds, with what tells their points apart.

    Args:
        group: O(n) or SO(n).
        translations: whether translations move the clouds too.

    Shapes:
        positions `(N, n)`, ptr int64 `(B + 1,)`, species int64 `(N,)`, each field of N vectors.
    """

    positions: Tensor
    ptr: Tensor
    species: Tensor
    fields: tuple[PointField, ...]
    group: Orthogonal
    translations: bool

    @property
    def batch(self) -> Tensor:
        """int64 `(N,)`: the cloud of each point."""
        size = self.ptr.diff()
        return torch.repeat_interleave(torch.arange(len(size), device=size.device), size)

    def take(self, numbers: Sequence[int]) -> "PointClouds":
        """Some of the clouds, on the CPU."""
        ptr = self.ptr.cpu()
        rows = torch.cat([torch.arange(int(ptr[c]), int(ptr[c + 1])) for c in numbers] or [ptr[:0]])
        size = ptr.diff()[torch.tensor(numbers, dtype=torch.int64)]
        return replace(
            self,
            positions=self.positions.detach().cpu()[rows],
            ptr=torch.nn.functional.pad(size.cumsum(0), (1, 0)),
            species=self.species.cpu()[rows],
            fields=tuple(replace(field, values=field.values.detach().cpu()[rows]) for field in self.fields),
        )

    def keys(self) -> list[bytes]:
        """All that is known of each cloud; equal for equal clouds."""
        rows = [self.positions, self.species, *[field.values for field in self.fields]]
        arrays = [np.ascontiguousarray(tensor.detach().cpu().numpy()) for tensor in rows]
        ptr = self.ptr.tolist()
        return [b"".join(array[a:b].tobytes() for array in arrays) for a, b in zip(ptr, ptr[1:], strict=False)]

    def padded(self, rows: Tensor) -> Tensor:
        """`(N, ...) -> (B, most points, ...)`, with zeros behind the rows of the smaller clouds."""
        size, batch = self.ptr.diff(), self.batch
        dense = rows.new_zeros(len(size), int(size.max()) if len(size) else 0, *rows.shape[1:])
        dense[batch, torch.arange(len(batch), device=batch.device) - self.ptr[batch]] = rows
        return dense

    def centres(self) -> Tensor:
        """float64 `(B, n)`: the mean of the points of each cloud under translations, else the origin.

        Raises:
            ValueError: if translations move a cloud without points, which says nothing of where it is.
        """
        size = self.ptr.diff()
        x = self.positions.to(torch.float64)
        centre = x.new_zeros(len(size), x.shape[1])
        if not self.translations:
            return centre
        if bool((size == 0).any()):
            raise ValueError(
                f"Cloud {int((size == 0).nonzero()[0])} has no point, so every translation keeps it, and there is no "
                "uniform law on all of them. Leave empty clouds out, or turn about the origin, without Rigid."
            )
        return centre.index_add(0, self.batch, x) / size[:, None]


def point_clouds(
    action: Pointwise | Fields | Rigid, x: Any, fields: Sequence[str] = (), tolerance: float = 1e-3
) -> PointClouds:
    """The points of a batch, as its action says where they are.

    Of a dense batch the first columns are the positions, and all others are fields. Of a PyG batch `fields` names
    those that count: integers that stay as they are, such as species, must be equal; numbers that stay, and all that
    moves, must agree up to the tolerance. A field with one row for each graph is one of all its points.

    Raises:
        ValueError: if a coordinate is not finite, or a named field is not one of points.
    """
    linear, group = action.linear if isinstance(action, Rigid) else action, linear_group(action)
    if isinstance(linear, Pointwise):
        positions, ptr, species, found = _dense(linear, group, x, fields, tolerance)
    else:
        position = action.position if isinstance(action, Rigid) else "pos"
        positions, ptr, species, found = _ragged(linear, group, x, position, fields, tolerance)
    if not bool(positions.isfinite().all()):
        row = int(positions.isfinite().all(-1).logical_not().nonzero()[0])
        cloud = int(torch.searchsorted(ptr, row, right=True)) - 1
        raise ValueError(
            f"Point {row - int(ptr[cloud])} of cloud {cloud} is at {positions[row].tolist()}, so it has no pose. "
            "Clean the data first."
        )
    return PointClouds(positions, ptr, species, tuple(found), group, isinstance(action, Rigid))


def _dense(
    action: Pointwise, group: Orthogonal, x: Tensor, fields: Sequence[str], tolerance: float
) -> tuple[Tensor, Tensor, Tensor, list[PointField]]:
    action.check(x)
    if fields:
        raise ValueError(
            f"The fields {tuple(fields)} were named, but the columns of a dense batch have no names: all of them count."
        )
    if x.dim() != 3:
        raise ValueError(f"The data has shape {tuple(x.shape)}, but a dense batch of clouds is (B, points, columns).")
    parts = action.rep.parts if isinstance(action.rep, DirectSum) else (action.rep,)
    if not isinstance(parts[0], Vector):
        raise ValueError(
            f"The first columns of the data move by {parts[0]!r}, but they are the positions: Vector({group!r}), or a "
            "DirectSum that begins with it."
        )
    ptr = torch.arange(len(x) + 1, device=x.device) * x.shape[1]
    positions, *rest = x.flatten(0, 1).split([part.dim for part in parts], dim=-1)
    species = torch.zeros(len(positions), dtype=torch.int64, device=x.device)
    found = [PointField(rep, values, tolerance) for rep, values in zip(parts[1:], rest, strict=True) if rep.dim]
    return positions, ptr, species, found


def _ragged(
    action: Fields, group: Orthogonal, x: Any, position: str, fields: Sequence[str], tolerance: float
) -> tuple[Tensor, Tensor, Tensor, list[PointField]]:
    moves, found, integers = dict(action.moves), [], []
    if not isinstance(moves.get(position), Vector):
        raise ValueError(
            f"The field {position!r} moves by {moves.get(position)!r}, but it is to hold the positions, which are "
            f"vectors: declare it as Vector({group!r}); another name is told to Rigid."
        )
    for name in fields:
        if name not in moves and name not in action.still:
            raise ValueError(
                f"The field {name!r} was named, but the action knows {sorted({*moves, *action.still})}: declare it "
                "there, as one that moves or in still=."
            )
    missing = sorted({"batch", "ptr", position, *fields} - set(x.keys()))
    if missing:
        raise ValueError(
            f"The data hold {sorted(x.keys())}, but poses need {missing} too. Make a batch by "
            "Batch.from_data_list([data]), of graphs that have all the fields that the kernel names."
        )
    positions = x[position]
    for name in fields:
        values = x[name]
        if "edge" in name or len(values) not in (len(positions), x.num_graphs):
            raise ValueError(
                f"The field {name!r} has {len(values)} rows, but what tells points apart has one for each of the "
                f"{len(positions)} points or {x.num_graphs} graphs, and is not of edges."
            )
        values = values if len(values) == len(positions) else values[x.batch]
        values = values.flatten(1) if values.dim() > 1 else values[:, None]
        if name in moves:
            found.append(PointField(_copies(moves[name], values.shape[1]), values, tolerance))
        elif values.is_floating_point():
            found.append(PointField(Trivial(group, values.shape[1]), values, tolerance))
        else:
            integers += values.to(torch.int64).unbind(1)
    return positions, x.ptr, _species(integers, positions), found


def _copies(rep: Representation, width: int) -> Representation:
    return rep if width == rep.dim else DirectSum((rep,) * (width // rep.dim))


def _species(columns: list[Tensor], positions: Tensor) -> Tensor:
    """One integer for each row; of several columns a hash, which does not depend on the rest of the batch."""
    if len(columns) == 1:
        return columns[0]
    label = torch.zeros(len(positions), dtype=torch.int64, device=positions.device)
    for column in columns:
        label = SampleKeys(label + column, seed=len(columns)).bits((len(label),))
    return label


def linear_group(action: Action) -> Orthogonal:
    """O(n) or SO(n), by which points turn.

    Raises:
        ValueError: if it is not such points that the action moves.
    """
    linear = action.linear if isinstance(action, Rigid) else action
    if not isinstance(linear, Pointwise | Fields) or not isinstance(linear.group, Orthogonal):
        raise ValueError(
            f"The action is {action!r}, but the points of a cloud move by Pointwise or Fields of Orthogonal(n), or by "
            "Rigid of one of them: try Pointwise(Vector(Orthogonal(3)))."
        )
    return linear.group


def pieces(field: PointField) -> list[tuple[Representation, Tensor]]:
    """The parts of a field that is a direct sum, each with its columns `(N, dim)`; else the field itself."""
    parts = field.rep.parts if isinstance(field.rep, DirectSum) else (field.rep,)
    return list(zip(parts, field.values.split([part.dim for part in parts], dim=-1), strict=True))


def check_positive(name: str, value: float) -> None:
    """Refuses a tolerance that leaves no room for rounding."""
    if not value > 0:
        raise ValueError(f"{name} is {value}, but it must be positive: rounding alone moves points. Try 1e-6.")
