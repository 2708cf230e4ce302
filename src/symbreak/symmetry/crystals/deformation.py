"""How one crystal became another: a strain, a displacement of each atom, and what is left out."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Tensor

from symbreak.symmetry.crystals.crystal import CrystalSymmetry, check_apart, checked_crystal, first_of_each
from symbreak.symmetry.crystals.lattices import adjugate, determinant, whole
from symbreak.symmetry.crystals.space_group import crystal_symmetry

_SLACK = 0.02  # of the norm of a strain: cells that fit nearly as well as the best are tried too
_TRIED = 64  # ... up to so many of them


@dataclass(frozen=True, eq=False)
class Deformation:
    """A crystal `parent` that became another, in the parent's axes.

    The vector `a` of the parent's cell became `R (1 + ε) a` of the child's, and the atom at `r` became the one at
    `R (1 + ε) (r + u + c)`, with one shift `c` for all. The mean of `u` is zero.

    Args:
        parent: on a cell that corresponds to the child's.
        strain: ε, symmetric, `(3, 3)`.
        rotation: R, `(3, 3)`.
        displacement: u, `(n, 3)`, in Å, for the atoms of the parent.
        atoms: int64 `(n,)`, the atom of the child that each atom of the parent became.
    """

    parent: CrystalSymmetry
    strain: Tensor
    rotation: Tensor
    displacement: Tensor
    atoms: Tensor


def deformation(
    parent: CrystalSymmetry, cell: Any, positions: Any, numbers: Any, *, largest_strain: float = 0.1
) -> Deformation:
    """The strain and the displacement that take a parent crystal to a child of the same atoms.

    The child's cell may be any supercell of the parent, turned and strained, with its atoms in any order and about any
    origin. Of the supercells of the parent that fit it nearly as well as the best, and of the shifts that put one atom
    on another, that with the least displacement is taken; each atom belongs to the nearest site of its species. What is
    left open, one of the domains that the parent's symmetry takes into each other, is settled by the order of the
    search.

    Args:
        parent: of the higher symmetry, as a rule.
        cell, positions, numbers: the child, as for `crystal_symmetry`.
        largest_strain: by which part a length may change.

    Raises:
        ValueError: if the child has not the parent's composition, no supercell fits it, or two atoms of the child are
            nearest to one site.

    Example:
        >>> from symbreak.symmetry.crystals import crystal_symmetry
        >>> salt = torch.tensor([[0.0, 0, 0], [0.5, 0.5, 0.5]])
        >>> parent = crystal_symmetry(4.0 * torch.eye(3), 4.0 * salt, [55, 17])
        >>> moved = torch.tensor([[0.0, 0, 0.1], [2.0, 2.0, 2.1]])
        >>> change = deformation(parent, torch.diag(torch.tensor([4.0, 4.0, 4.2])), moved, [55, 17])
        >>> [round(float(e), 3) for e in change.strain.diagonal()], [round(float(u), 3) for u in change.displacement[0]]
        ([0.0, 0.0, 0.05], [0.0, 0.0, 0.048])
    """
    cell, positions, numbers = checked_crystal(cell, positions, numbers, parent.tolerance)
    check_apart(cell, positions, parent.tolerance)
    copies = _copies(parent.numbers[parent.first_atoms], numbers)
    if float(torch.linalg.det(cell)) * float(torch.linalg.det(parent.primitive_cell)) < 0:
        cell = -cell  # the same lattice
    scaled = torch.linalg.solve(cell.T, positions.T).T
    best: tuple[float, Tensor, Tensor, Tensor, Tensor, Tensor] | None = None
    for M in _supercells(parent, cell, copies, largest_strain):
        supercell, (base, kinds) = M.double() @ parent.primitive_cell, _filled(parent, M)
        fit = _fit(supercell, base, kinds, copies, scaled, numbers)
        if fit is not None and (best is None or fit[0] < best[0] - 1e-9):
            best = (*fit, supercell, base, kinds)
    if best is None:
        raise ValueError(
            "In every supercell of the parent two atoms of the child are nearest to one site, so it is open which atom "
            "became which. Give structures that are nearer to each other, or the displacement itself."
        )
    _, displacement, atoms, supercell, base, kinds = best
    F = torch.linalg.solve(supercell, cell).T  # columns: F a = a'
    U, S, V = torch.linalg.svd(F)
    return Deformation(
        parent=crystal_symmetry(supercell, base @ supercell, kinds, tolerance=parent.tolerance),
        strain=V.T @ torch.diag(S) @ V - torch.eye(3, dtype=torch.float64),
        rotation=U @ V,
        displacement=displacement,
        atoms=atoms,
    )


def _copies(parent: Tensor, child: Tensor) -> int:
    """How many primitive cells of the parent the child holds."""
    copies, rest = divmod(len(child), len(parent))
    expected = parent.repeat(max(copies, 1)).sort().values
    if rest or not torch.equal(expected, child.sort().values):
        raise ValueError(
            f"The child has {_composition(child)}, but the parent's primitive cell has {_composition(parent)}: the "
            "child is one cell of it, or several. Compare the same atoms; a file that draws a part of the child is "
            "completed by unit_cell."
        )
    return copies


def _composition(numbers: Tensor) -> str:
    kinds, counts = numbers.unique(return_counts=True)
    return ", ".join(f"{int(c)} of species {int(k)}" for k, c in zip(kinds, counts, strict=True))


def _supercells(parent: CrystalSymmetry, cell: Tensor, copies: int, largest: float) -> list[Tensor]:
    """Integer matrices `M` for which `M P` fits the cell, P the parent's primitive cell: the least strained first."""
    P = parent.primitive_cell
    length = cell.norm(dim=1)
    reach = ((1 + largest) * float(length.max()) * torch.linalg.inv(P).norm(dim=0)).ceil().long().tolist()
    grid = torch.cartesian_prod(*[torch.arange(-r, r + 1) for r in reach])
    size = (grid.double() @ P).norm(dim=1)
    rows = [grid[(size >= (1 - largest) * a) & (size <= (1 + largest) * a)] for a in length.tolist()]
    found = _triples(rows, P, cell @ cell.T, 2.5 * largest * length[:, None] * length, copies)
    if not len(found):
        raise ValueError(
            f"No supercell of {copies} primitive cells of the parent fits the child's cell with lengths "
            f"{[round(a, 3) for a in length.tolist()]} Å to {largest:.0%}. Give the same material, or a larger "
            "largest_strain."
        )
    F = torch.linalg.solve(found.double() @ P, cell.expand(len(found), 3, 3)).mT
    U, S, V = torch.linalg.svd(F)
    strain = ((S - 1).norm(dim=1) * 1e6).round() / 1e6
    least_turned = (U @ V).diagonal(dim1=1, dim2=2).sum(-1).argsort(descending=True, stable=True)
    order = least_turned[strain[least_turned].argsort(stable=True)]
    order = order[strain[order] <= strain[order[0]] + _SLACK]
    return _inequivalent(found[order], parent)[:_TRIED]


def _triples(rows: list[Tensor], P: Tensor, metric: Tensor, tolerance: Tensor, copies: int) -> Tensor:
    """int64 `(t, 3, 3)`: one vector of each list, of given volume, with scalar products near those of the metric."""
    x = [row.double() @ P for row in rows]
    near = {(i, j): (x[i] @ x[j].T - metric[i, j]).abs() <= tolerance[i, j] for i, j in ((0, 1), (0, 2), (1, 2))}
    found = [torch.zeros(0, 3, 3, dtype=torch.int64)]
    for pairs in near[0, 1].nonzero().split(4096):
        pair, c = (near[0, 2][pairs[:, 0]] & near[1, 2][pairs[:, 1]]).nonzero().T
        a, b = pairs[pair].T
        M = torch.stack([rows[0][a], rows[1][b], rows[2][c]], dim=1)
        found.append(M[(M[:, 0] * torch.linalg.cross(M[:, 1], M[:, 2])).sum(1) == copies])
    return torch.cat(found)


def _inequivalent(found: Tensor, parent: CrystalSymmetry) -> list[Tensor]:
    """One of the matrices that the rotations of the parent take into each other: of domains, one."""
    P = parent.primitive_cell
    R = parent.primitive_operations.rotations
    W = whole(torch.linalg.solve(P.T, R @ P.T))  # (k, 3, 3), on columns
    seen: set[tuple[int, ...]] = set()
    kept = []
    for M in found:
        if tuple(M.flatten().tolist()) not in seen:
            kept.append(M)
            seen.update(map(tuple, (M @ W.mT).flatten(1).tolist()))
    return kept


def _filled(parent: CrystalSymmetry, M: Tensor) -> tuple[Tensor, Tensor]:
    """The parent's atoms in a supercell: scaled coordinates, primitive atoms one after the other, and species."""
    first = parent.first_atoms
    x = torch.linalg.solve(parent.primitive_cell.T, parent.positions[first].T).T
    D = abs(determinant(M))
    grid = torch.cartesian_prod(*[torch.arange(-reach, reach + 1) for reach in M.abs().sum(0).tolist()])
    _, coset = ((grid @ adjugate(M)) % D).unique(dim=0, return_inverse=True)
    scaled = (x[:, None] + grid[first_of_each(coset)]) @ torch.linalg.inv(M.double())
    return scaled.flatten(0, 1) % 1.0, parent.numbers[first].repeat_interleave(D)


def _fit(
    cell: Tensor, base: Tensor, kinds: Tensor, copies: int, scaled: Tensor, numbers: Tensor
) -> tuple[float, Tensor, Tensor] | None:
    """The shift and the assignment of least displacement: its square, the displacement, the child's atoms."""
    species, counts = numbers.unique(return_counts=True)
    rare = species[counts.argmin()]
    sites = (kinds == rare).nonzero()[:, 0]
    anchors = sites[sites % copies == 0]  # translates of a site give the same fit
    atom = (numbers == rare).nonzero()[0, 0]
    best = None
    for anchor in anchors.tolist():
        shift = base[anchor] - scaled[atom]
        for _ in range(3):  # the mean displacement goes into the shift
            fit = _assigned(cell, base, kinds, scaled + shift, numbers)
            if fit is None:
                break
            displacement, atoms = fit
            mean = displacement.mean(0)
            shift = shift - torch.linalg.solve(cell.T, mean)
            if float(mean.norm()) < 1e-12:
                break
        if fit is None:
            continue
        displacement = displacement - displacement.mean(0)
        square = float(displacement.square().sum())
        if best is None or square < best[0] - 1e-9:
            best = (square, displacement, atoms)
    return best


def _assigned(
    cell: Tensor, base: Tensor, kinds: Tensor, scaled: Tensor, numbers: Tensor
) -> tuple[Tensor, Tensor] | None:
    """Displacements of the sites to the atoms nearest to them; None if two atoms are nearest to one site."""
    images = torch.tensor(list(product((-1, 0, 1), repeat=3)), dtype=torch.float64)
    displacement, atoms = torch.zeros_like(base), torch.empty(len(base), dtype=torch.int64)
    for species in numbers.unique():
        site, atom = ((part == species).nonzero()[:, 0] for part in (kinds, numbers))
        gap = scaled[atom][:, None] - base[site]  # (m, m, 3)
        gap = gap - gap.round()
        length, turn = ((gap[..., None, :] + images) @ cell).norm(dim=-1).min(-1)
        nearest = length.argmin(1)
        if len(nearest.unique()) < len(nearest):
            return None
        own = torch.arange(len(atom))
        displacement[site[nearest]] = (gap[own, nearest] + images[turn[own, nearest]]) @ cell
        atoms[site[nearest]] = atom
    return displacement, atoms
