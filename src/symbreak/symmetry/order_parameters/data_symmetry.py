"""The joint symmetry of a small set of inputs and targets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.order_parameters.axial_symmetry import axial_name
from symbreak.symmetry.order_parameters.data_pair import DataPair
from symbreak.symmetry.points import PointField, PointStabilizer, point_stabilizer
from symbreak.symmetry.points.closure import largest
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.points.table import multiplication_table
from symbreak.symmetry.self_symmetry import Symmetry

_O3 = Orthogonal(3)
_MOST = 4000  # points of all the pairs


@dataclass(frozen=True, eq=False)
class DataSymmetry:
    """The orthogonal maps that send a set of pairs to itself: `K = {g : {g p_i} = {p_i}}`.

    Args:
        schoenflies: its name.
        symmetry: K in the form that `fixed_subspace` reads; of a single pair with what it does to the points.
        pairs: int64 `(k, N)`: the number of the pair that each is sent to.
        residual: the largest distance of an image from its partner.
        gap: the least residual of a map that the positions alone rule out.
        tolerance: the largest that was allowed.
    """

    schoenflies: str
    symmetry: Symmetry
    pairs: Tensor
    residual: float
    gap: float
    tolerance: float

    @property
    def order(self) -> int | None:
        """The number of maps, None where it is infinite."""
        return None if self.symmetry.tangents is not None else len(self.pairs)


def data_symmetry(pairs: Sequence[DataPair], *, translations: bool = True, tolerance: float = 0.01) -> DataSymmetry:
    """The joint symmetry K of a training set: what no equivariant optimizer can break.

    A map is in K if it sends each pair, input and target together, to a pair of the set, with points permuted freely,
    and no pair to where another one goes: a pair that is listed twice needs an image that is listed twice. Not the
    symmetry of the law behind the data, nor that of the targets alone: a set that was sampled at random has none. That
    of mini-batches is smaller still.

    The stabilizer of all the points of all the pairs, laid over each other with their fields, holds K; its elements
    are tried one by one. So this is for sets of up to a few thousand points in all. Samples of a single vector, such
    as velocities with their accelerations, are no pairs: make one pair of them, with the velocities as positions, the
    accelerations as a target, and `translations=False`.

    Args:
        pairs: with the same number of inputs, of targets and of their representations, in O(3).
        translations: whether each pair is taken about its centroid, since the network does not see where it is; else
            about the origin.
        tolerance: the largest distance of an image from its partner; each field has its own.
    Raises:
        ValueError: if there are no pairs or too many points, they differ in their fields, or points of different pairs
            are so near that the tolerance does not tell them apart.

    Example:
        >>> from symbreak.representations import Vector
        >>> corners = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)
        >>> stretched = corners * torch.tensor([0.5, 0.5, 2.0])
        >>> data_symmetry([DataPair(corners, targets=[PointField(Vector(_O3), stretched)])]).schoenflies
        'D4h'
        >>> up, down = (
        ...     DataPair(torch.zeros(1, 3), targets=[PointField(Vector(_O3), torch.tensor([[0.0, 0.0, s]]))])
        ...     for s in (1.0, -1.0)
        ... )
        >>> data_symmetry([up]).schoenflies, data_symmetry([up, down]).schoenflies
        ('C∞v', 'D∞h')
    """
    _check(pairs)
    positions = [_centred(pair.positions, translations) for pair in pairs]
    fields = [pair.row_fields() for pair in pairs]
    species = [_species(pair) for pair in pairs]
    whole = [
        PointField(field.rep, torch.cat([rows[f] for rows in fields]), field.tolerance)
        for f, field in enumerate(pairs[0].fields)
    ]
    found = point_stabilizer(
        torch.cat(positions), species=torch.cat(species), fields=whole, translations=False, tolerance=tolerance
    )
    sent = [_sent(R, positions, species, fields, pairs[0].fields, tolerance) for R in found.rotations]
    kept = torch.tensor([to is not None for to in sent])
    kept = _closed(found, kept)
    matrices, tangents = found.rotations[kept], found.continuous if len(found.continuous) else None
    permutations = found.permutations[kept] if len(pairs) == 1 else None
    return DataSymmetry(
        schoenflies=_name(matrices, found.continuous),
        symmetry=Symmetry(matrices, permutations, tangents, complete=True),
        pairs=torch.tensor([to for to, inside in zip(sent, kept.tolist(), strict=True) if inside]),
        residual=float(found.residuals[kept].max()),
        gap=found.gap,
        tolerance=tolerance,
    )


def _check(pairs: Sequence[DataPair]) -> None:
    if not pairs:
        raise ValueError("There are no pairs, and every map keeps an empty set: give the training set.")
    count = sum(len(pair.positions) for pair in pairs)
    if count > _MOST:
        raise ValueError(
            f"The pairs have {count} points in all, but the joint symmetry is looked for among {_MOST} at most. Give "
            "the pairs that a symmetry could exchange, or the group by which the data were made."
        )
    kinds = {tuple(field.rep for field in pair.inputs) for pair in pairs}
    kinds_out = {tuple(field.rep for field in pair.targets) for pair in pairs}
    if len(kinds) > 1 or len(kinds_out) > 1:
        raise ValueError(
            f"The pairs have {len(kinds)} kinds of inputs and {len(kinds_out)} kinds of targets, but a map can only "
            "exchange pairs of one kind: give each the same representations in the same order."
        )
    for field in pairs[0].fields:
        if field.rep.group != _O3:
            raise ValueError(
                f"A field moves under {field.rep.group!r}, but K is looked for in {_O3!r}: build its representation "
                "from that group."
            )


def _centred(positions: Tensor, translations: bool) -> Tensor:
    x = positions.detach().to("cpu", torch.float64)
    return x - x.mean(0) if translations else x


def _species(pair: DataPair) -> Tensor:
    return torch.zeros(len(pair.positions), dtype=torch.int64) if pair.species is None else pair.species.cpu().long()


def _sent(
    R: Tensor,
    positions: Sequence[Tensor],
    species: Sequence[Tensor],
    fields: Sequence[Sequence[Tensor]],
    kinds: Sequence[PointField],
    tolerance: float,
) -> list[int] | None:
    """The pair that each is sent to; None if they are not sent one to one."""
    left, to = set(range(len(positions))), []
    moved = [[kind.rep.act(R, f) for kind, f in zip(kinds, rows, strict=True)] for rows in fields]
    for x, label, values in zip(positions, species, moved, strict=True):
        for j in sorted(left):
            if len(positions[j]) != len(x):
                continue
            fits = (torch.cdist(x @ R.T, positions[j]) <= tolerance) & (label[:, None] == species[j])
            for kind, one, two in zip(kinds, values, fields[j], strict=True):
                fits &= (one[:, None] - two).norm(dim=-1) <= kind.tolerance
            if _matched(fits.numpy()):
                to.append(j)
                left.remove(j)
                break
        else:
            return None
    return to


def _matched(fits: np.ndarray) -> bool:
    """Whether each row can take a column of its own; rows that fit one column fit the same ones."""
    free = np.ones(len(fits), dtype=bool)
    for row in fits:
        open_ = np.flatnonzero(row & free)
        if not len(open_):
            return False
        free[open_[0]] = False
    return True


def _closed(found: PointStabilizer, kept: Tensor) -> Tensor:
    """The maps that were kept, without those whose products the tolerance left out."""
    table = multiplication_table(found.rotations.numpy())
    place = torch.full((len(kept),), -1).masked_scatter(kept, torch.arange(int(kept.sum()))).numpy()
    inner = place[table[kept.numpy()][:, kept.numpy()]]
    if (inner >= 0).all():
        return kept
    rows = kept.nonzero()[:, 0]
    group = largest(inner, found.rotations[rows].numpy(), found.residuals[rows].numpy())
    return torch.zeros_like(kept).index_fill(0, rows[torch.from_numpy(group)], True)


def _name(matrices: Tensor, continuous: Tensor) -> str:
    improper = torch.linalg.det(matrices) < 0
    if len(continuous) == 3:
        return "Kh" if bool(improper.any()) else "K"
    if not len(continuous):
        return schoenflies(matrices.numpy(), np.zeros(1, dtype=np.int64))[0]
    A = continuous[0]
    axis = torch.stack([A[2, 1], A[0, 2], A[1, 0]])
    turned = matrices @ axis @ axis < 0
    kinds = ((improper, ~turned), (~improper, turned), (improper, turned))
    return axial_name(*[bool((one & two).any()) for one, two in kinds])
