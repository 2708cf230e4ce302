"""Molecules: point groups, with those of lines told by a finite group that acts alike."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.relaxation.irrep_names import irrep_name
from symbreak.relaxation.structure import SymmetricStructure
from symbreak.representations import Vector
from symbreak.symmetry.points import PointField, PointStabilizer, point_stabilizer
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.self_symmetry import Symmetry

_SAME = 1e-6  # of the largest displacement of an atom


@dataclass(frozen=True, eq=False)
class Molecule(SymmetricStructure):
    """A structure that is not periodic, in E(3). `labels` tell the atoms apart, int64 `(n,)`."""

    labels: Tensor
    stabilizer: PointStabilizer

    def rigid(self) -> Tensor:
        shifts = torch.eye(3, dtype=torch.float64)[:, None].expand(3, len(self.positions), 3)
        about = self.positions - self.stabilizer.centre
        about = (about / about.norm(dim=1).max()).expand_as(shifts)
        return torch.cat([shifts, torch.linalg.cross(shifts, about)])

    def left(self, displacement: Tensor) -> str:
        u = displacement / displacement.norm(dim=1).max()
        if len(self.stabilizer.continuous):
            field = PointField(Vector(Orthogonal(3)), u, tolerance=_SAME)
            return point_stabilizer(
                self.positions, species=self.labels, fields=(field,), tolerance=self.stabilizer.tolerance
            ).schoenflies
        miss = torch.cat([(images - u).norm(dim=-1).amax(-1) for _, images in self.images(u)])
        return schoenflies(self.rotations[miss < _SAME].numpy(), torch.zeros(1, dtype=torch.int64).numpy())[0]

    def irrep(self, characters: Tensor, displacement: Tensor) -> str:
        return irrep_name(self.name, characters, self.rotations, self.permutations, self.positions)


def molecule(positions: Tensor, labels: Tensor, held: Tensor, tolerance: float) -> Molecule:
    """The molecule with its point group.

    Vectors on the atoms of a line have no more than one wave around it, and so have they under the quarter turns:
    C4v and D4h split them as C∞v and D∞h do.

    Raises:
        ValueError: as `point_stabilizer`.
    """
    found = point_stabilizer(positions, species=labels, tolerance=tolerance)
    rotations, permutations = found.rotations, found.permutations
    if len(found.continuous):
        quarter = torch.linalg.matrix_exp(torch.pi / 2 * found.continuous[0])
        turns = torch.stack([torch.linalg.matrix_power(quarter, k) for k in range(4)])
        rotations = (turns[:, None] @ rotations).flatten(0, 1)
        permutations = permutations.repeat(4, 1)
    return Molecule(
        name=found.schoenflies,
        positions=found.symmetrized(positions),
        symmetry=Symmetry(rotations, permutations, complete=True),
        rotations=rotations,
        permutations=permutations,
        held=held,
        labels=labels,
        stabilizer=found,
    )
