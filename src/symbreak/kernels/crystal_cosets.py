"""Cosets of the stabilizers of crystals: one each, the same one however a crystal is placed and written down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symbreak.groups import SampleKeys, uniform
from symbreak.kernels.lattice_bases import reduced_basis, shortest_bases
from symbreak.symmetry.crystals import Operations, crystal_symmetry
from symbreak.symmetry.crystals.crystal import checked_crystal
from symbreak.symmetry.crystals.operations import closed_subset
from symbreak.symmetry.points import PointField

# Waves by which canonical forms are told apart: whole numbers, so that each is periodic; amplitudes and phases in
# general position, so that no two forms have one energy but by accident.
_WAVES = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 2, 0], [0, 1, 2], [2, 0, 1]], dtype=torch.float64)
_AMPLITUDES = torch.tensor([1.27323, 1.09861, 0.83929, 0.61803, 0.69315, 0.57722], dtype=torch.float64)
_PHASES = torch.tensor([0.43429, 1.32472, 2.23607, 0.80902, 1.61803, 2.71828], dtype=torch.float64)
_ROUNDING = 1e-10  # of an energy, for each atom
_SAME = 0.1  # of an entry of two equal rotations; those of a crystal differ by more
_SHAPE = torch.tensor([[1.0, 0.6, 0.3], [0.0, 0.9, 0.7], [0.0, 0.0, 0.8]], dtype=torch.float64)  # of Gram matrices


@dataclass(frozen=True, eq=False)
class CrystalCoset:
    """The poses `(t, R)` of a crystal that lead to one canonical form, each once modulo the lattice of the cell.

    Shapes:
        rotations float64 `(k, 3, 3)`; origins float64 `(k, 3)`, in Å, each beside an atom as listed.
    """

    rotations: Tensor
    origins: Tensor

    def up_to_translations(self) -> "CrystalCoset":
        """Each rotation once."""
        rest, first = torch.arange(len(self.rotations)), []
        while len(rest):  # at most 48 times
            first.append(int(rest[0]))
            rest = rest[(self.rotations[rest] - self.rotations[rest[0]]).abs().amax((1, 2)) > _SAME]
        return CrystalCoset(self.rotations[first], self.origins[first])


def crystal_coset(
    cell: Tensor,
    positions: Tensor,
    species: Tensor,
    fields: Sequence[PointField] = (),
    *,
    special: bool,
    tolerance: float,
) -> CrystalCoset:
    """The coset `G_x g₀` of the operations that keep a crystal, its fields and the lattice of its cell.

    `g₀` is a basis of shortest lattice vectors with an atom of the rarest species as its origin, of all such the one
    whose canonical form has the least energy. It is chosen from the crystal made symmetric, so neither rounding nor
    noise below the tolerance chooses among atoms or vectors that an operation exchanges.

    Args:
        cell: `(3, 3)`, rows.
        positions: `(n, 3)`, in Å.
        species: int64 `(n,)`.
        fields: what has to be kept too.
        special: whether mirrors do not count.
        tolerance: in Å.

    Raises:
        ValueError: if no group is found, as `crystal_symmetry` says.
    """
    cell, positions, species = checked_crystal(cell, positions, species, tolerance)
    cell = reduced_basis(cell).double() @ cell
    operations = crystal_symmetry(cell, positions, species, tolerance=tolerance).operations
    crystal = _Symmetric.of(cell, positions, species, operations)
    operations = replace(operations, rotations=crystal.rotations)
    if special:
        operations = operations.take(torch.linalg.det(operations.rotations) > 0)
    operations, values = _kept(operations, fields)
    frame, origin = _best(crystal, operations.permutations, values, special)
    atom = operations.permutations[:, origin]
    return CrystalCoset(operations.rotations @ frame, positions[atom] + crystal.shifts[atom])


@dataclass(frozen=True, eq=False)
class _Symmetric:
    """A crystal as symmetric as its operations say.

    Shapes:
        cell `(3, 3)`, rows; scaled `(n, 3)`; species `(n,)`; shifts `(n, 3)`, in Å, from the given positions;
        rotations `(k, 3, 3)`, of the operations, orthogonal to rounding.
    """

    cell: Tensor
    scaled: Tensor
    species: Tensor
    shifts: Tensor
    rotations: Tensor

    @classmethod
    def of(cls, cell: Tensor, positions: Tensor, species: Tensor, operations: Operations) -> "_Symmetric":
        """The cell of mean metric, by a strain without a turn, and the mean positions."""
        back = torch.linalg.inv(cell)
        W = (back.T @ operations.rotations @ cell.T).round()  # on columns of coordinates
        metric = (W.mT @ (cell @ cell.T) @ W).mean(0)
        square, V = torch.linalg.eigh(back @ metric @ back.T)
        sound = cell @ (V * square.sqrt()) @ V.T
        scaled, w = positions @ back, operations.translations @ back
        gap = (scaled[operations.permutations] - w[:, None]) @ torch.linalg.inv(W).mT - scaled
        shift = (gap - gap.round()).mean(0)
        return cls(sound, scaled + shift, species, shift @ cell, sound.T @ W @ torch.linalg.inv(sound).T)


def _kept(operations: Operations, fields: Sequence[PointField]) -> tuple[Operations, list[PointField]]:
    """The operations that keep the fields too, and the fields as symmetric as they say, of size one at most."""
    for field in fields:
        values = field.values.to(torch.float64)
        gap = field.rep.act(operations.rotations[:, None], values) - values[operations.permutations]
        misfit = gap.norm(dim=-1).amax(-1) / field.tolerance
        operations = operations.take(misfit <= 1)
        operations = operations.take(closed_subset(operations, misfit[misfit <= 1], 1.0))
    found = []
    for field in fields:
        values = field.values.to(torch.float64)
        mean = field.rep.act(operations.rotations.mT[:, None], values[operations.permutations]).mean(0)
        largest = max(float(mean.norm(dim=-1).max()), field.tolerance)
        found.append(PointField(field.rep, mean / largest, field.tolerance))
    return operations, found


def _best(crystal: _Symmetric, permutations: Tensor, fields: Sequence[PointField], special: bool) -> tuple[Tensor, int]:
    """Axes `(3, 3)`, as columns, and the number of the atom at the origin, of least energy."""
    N = shortest_bases(crystal.cell)
    if special:
        N = N[torch.linalg.det(N.double() @ crystal.cell) > 0]
    kinds, counts = crystal.species.unique(return_counts=True)
    rare = crystal.species == kinds[counts.argmin()]
    first = permutations.amin(0) == torch.arange(len(rare))  # of each orbit one atom, since all lead to one form
    origins = (rare & first).nonzero()[:, 0]
    frames = _axes(N.double() @ crystal.cell)
    energy = torch.stack([_energies(crystal, N, frames, fields, int(origin)) for origin in origins])
    # Of one coset the first frame, and not the one that rounding puts first.
    least = energy.flatten() <= energy.min() + _ROUNDING * len(rare)
    origin, number = divmod(int(least.int().argmax()), len(N))
    return frames[number], int(origins[origin])


def _axes(basis: Tensor) -> Tensor:
    """Orthonormal columns `R` for which `basis · R` is lower triangular with a positive diagonal: `(K, 3, 3)`."""
    Q, upper = torch.linalg.qr(basis.mT)
    return Q * upper.diagonal(dim1=1, dim2=2).sign()[:, None, :]


def _energies(crystal: _Symmetric, N: Tensor, frames: Tensor, fields: Sequence[PointField], origin: int) -> Tensor:
    """The energy of the canonical form of each basis about an atom: `(K,)`.

        E = Σ_k w_k cos(Σ_m α_m sin(2π n_m · y_k + β_m) + b · R⁻¹ f_k + φ_k) + ⟨C, G⟩

    of the coordinates y in the basis, modulo 1, the fields f and the Gram matrix G. Two canonical forms have one energy
    if they are one crystal, and else by accident only.
    """
    keys = SampleKeys(crystal.species, seed=2402)
    weight, phase = uniform((len(crystal.species), 2), generator=keys, dtype=torch.float64).unbind(1)
    y = (crystal.scaled - crystal.scaled[origin]) @ torch.linalg.inv(N.double())
    angle = torch.sin(2 * torch.pi * (y @ _WAVES.T) + _PHASES) @ _AMPLITUDES + 2 * torch.pi * phase
    for number, field in enumerate(fields):
        keys = SampleKeys(torch.arange(field.rep.dim), seed=number)
        b = 1 + uniform((field.rep.dim,), generator=keys, dtype=torch.float64)
        angle = angle + field.rep.act(frames.mT[:, None], field.values) @ b
    A = N.double() @ crystal.cell
    shape = (A @ A.mT * _SHAPE).sum((1, 2)) / crystal.cell.square().sum()
    return torch.cos(angle) @ (1 + weight) + shape
