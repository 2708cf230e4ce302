"""Structures as ASE holds them: checked, and with their symmetry."""

import numpy as np
import torch
from ase import Atoms
from ase.constraints import FixAtoms

from symbreak.relaxation.crystals import crystal
from symbreak.relaxation.molecules import molecule
from symbreak.relaxation.structure import SymmetricStructure

_VACUUM = 10.0  # Å, beyond three times the thickness of a layer: no operation takes it to the next one


def symmetric_structure(atoms: Atoms, tolerance: float) -> SymmetricStructure:
    """The atoms with their point group or, if they are periodic, their space group.

    Atoms are told apart by their numbers, initial charges and magnetic moments, which count as scalars, and by whether
    `FixAtoms` holds them. A layer is taken for a crystal with a cell so high that layers do not meet.

    Raises:
        ValueError: if there are fewer than two atoms, a coordinate is not finite, two atoms are no farther apart than
            twice the tolerance, a constraint is not FixAtoms, magnetic moments are vectors, or the structure is
            periodic along one vector only.
        ImportError: if the atoms are periodic and moyopy is not installed.
    """
    x = torch.tensor(atoms.positions, dtype=torch.float64)
    n = len(x)
    if n < 2:
        raise ValueError(
            f"The structure has {n} atom(s), but a displacement that is no translation takes two: repeat the cell of a "
            "crystal, atoms.repeat(2); a single atom has nothing to relax."
        )
    if not bool(x.isfinite().all()):
        atom = int(x.isfinite().all(1).logical_not().nonzero()[0])
        raise ValueError(
            f"Atom {atom} is at {x[atom].tolist()}, so the structure has no symmetry. Clean the input first."
        )
    if not 0 < tolerance < float("inf"):
        raise ValueError(f"The tolerance is {tolerance} Å, but it is positive and finite: try 0.01.")
    held = _held(atoms)
    labels = _labels(atoms, held)
    if not atoms.pbc.any():
        distance = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(torch.inf)
        if float(distance.min()) <= 2 * tolerance:
            i, j = divmod(int(distance.argmin()), n)
            raise ValueError(
                f"Atoms {i} and {j} are {float(distance.min()):.2g} Å apart, no more than twice the tolerance of "
                f"{tolerance:g} Å. Drop the one that is listed twice, or lower the tolerance."
            )
        return molecule(x, labels, held, tolerance)
    return crystal(torch.from_numpy(_cell(atoms)), x, labels, held, tolerance)


def _labels(atoms: Atoms, held: torch.Tensor) -> torch.Tensor:
    """int64 `(n,)`: equal for atoms that are alike."""
    moments = atoms.get_initial_magnetic_moments()
    if moments.ndim > 1:
        raise ValueError(
            f"The initial magnetic moments have shape {moments.shape}, but only collinear ones, (n,), are told apart: "
            "drop them if they do not matter to the forces."
        )
    rows = np.stack([atoms.numbers, atoms.get_initial_charges(), moments, held.numpy()], axis=1)
    number = np.unique(rows.round(6), axis=0, return_inverse=True)[1]
    return torch.from_numpy(1 + number.reshape(-1).astype(np.int64))


def _held(atoms: Atoms) -> torch.Tensor:
    """bool `(n,)`: the atoms that constraints hold."""
    held = torch.zeros(len(atoms), dtype=torch.bool)
    for constraint in atoms.constraints:
        if not isinstance(constraint, FixAtoms):
            raise ValueError(
                f"The constraint {type(constraint).__name__} may forbid a displacement that lowers the symmetry, and "
                "only FixAtoms is followed: drop it (atoms.set_constraint()), or hold whole atoms."
            )
        held[torch.from_numpy(np.asarray(constraint.get_indices(), dtype=np.int64))] = True
    return held


def _cell(atoms: Atoms) -> np.ndarray:
    """Three vectors as rows, where those along which a layer ends make room for it."""
    cell, periodic = np.array(atoms.cell), atoms.pbc
    if periodic.all():
        return cell
    if periodic.sum() == 1:
        raise ValueError(
            f"The structure is periodic along one vector only, pbc = {periodic.tolist()}, but the symmetry of wires is "
            "not found here: make it periodic along all three, in a cell with room around it."
        )
    (open_,) = np.flatnonzero(~periodic)
    normal = np.cross(cell[open_ - 2], cell[open_ - 1])
    if not np.linalg.norm(normal) > 0:
        raise ValueError(f"The layer is periodic along two vectors, but the cell {cell.tolist()} does not give both.")
    normal /= np.linalg.norm(normal)
    height = atoms.positions @ normal
    cell[open_] = (3 * np.ptp(height) + _VACUUM) * normal
    return cell
