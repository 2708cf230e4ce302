"""Random displacements that lower the symmetry."""

from dataclasses import dataclass

import torch
from ase import Atoms
from torch import Tensor

from symbreak.groups import Source, normal
from symbreak.relaxation.directions import Direction
from symbreak.relaxation.input import symmetric_structure
from symbreak.relaxation.structure import SymmetricStructure

_CLOSED = 1e-6  # what of an image of a unit displacement may lie outside of its direction


@dataclass(frozen=True, eq=False)
class Kick:
    """A structure after a kick.

    Args:
        atoms: displaced, with the cell, constraints and arrays of the structure given, without its calculator.
        displacement: float64 `(n, 3)`, in Å.
        before: the symmetry of the structure given.
        left: the symmetry of it with the displacement, `{h : h u = u}`.
    """

    atoms: Atoms
    displacement: Tensor
    before: str
    left: str


def kick(
    atoms: Atoms,
    *,
    size: float = 0.05,
    direction: Direction | None = None,
    generator: Source = None,
    tolerance: float = 0.01,
) -> Kick:
    """The atoms after a random displacement that lowers their symmetry, and does nothing else.

        u = size √n · Σ_i z_i b_i / |z|,    z_i ~ N(0, 1)

    with the basis `b` of the direction, or of all the directions together. Rigid motions and totally symmetric
    displacements have no part in it. A direction is mapped to itself by the group H of the structure, and the Gaussian
    is invariant under orthogonal maps, so the kick is equivariant in law: `kick(g x) ~ g kick(x)`, and `h u ~ u` for
    all h in H. None of the equally good ways down is preferred. It is not equivariant draw by draw.

    What is left of the symmetry is found by comparing `h u` with `u` for all h of H, not from the new positions. Where
    these were symmetric up to the tolerance only, so are they still.

    Args:
        atoms: a molecule, a crystal, or a layer; not changed.
        size: the root of the mean over all atoms of `|u_i|²`, in Å, not weighted by masses.
        direction: one of `directions(atoms)`, or all of them.
        generator: of the random numbers; `SampleKeys` of one sample, if keys.
        tolerance: of the symmetry, in Å.

    Raises:
        ValueError: as `directions`; if no displacement lowers the symmetry, the size is not positive and finite, or
            the direction is that of another structure.
        ImportError: as `directions`.

    Example:
        >>> from symbreak.relaxation import directions
        >>> line = Atoms("CO2", [[0, 0, 0], [0, 0, 1.16], [0, 0, -1.16]])
        >>> bend = directions(line)[1]
        >>> bent = kick(line, direction=bend, generator=torch.Generator().manual_seed(0))
        >>> bend.irrep, bent.before, bent.left
        ('Πu', 'D∞h', 'C2v')
        >>> f"{float(bent.displacement.square().sum(1).mean().sqrt()):.3f}"
        '0.050'
    """
    if not 0 < size < float("inf"):
        raise ValueError(f"size is {size}, but it is a positive length in Å: try 0.05.")
    structure = symmetric_structure(atoms, tolerance)
    basis = structure.lowering_space() if direction is None else _checked(direction, structure)
    if not len(basis):
        raise ValueError(
            f"No displacement lowers the symmetry {structure.name} of this structure, so none keeps a relaxation on a "
            "saddle. To displace it all the same: atoms.rattle(0.05)."
        )
    z = normal((1, len(basis)), generator=generator, dtype=torch.float64)[0].cpu()
    u = (z @ basis.flatten(1)).unflatten(0, basis.shape[1:])
    u = u * (size * len(u) ** 0.5 / u.norm())
    kicked = atoms.copy()
    kicked.positions += u.numpy()
    return Kick(kicked, u, structure.name, structure.left(u))


def _checked(direction: Direction, structure: SymmetricStructure) -> Tensor:
    """The basis of a direction that the group maps to itself."""
    basis = direction.basis
    if basis.shape[1:] != structure.positions.shape:
        raise ValueError(
            f"The direction {direction.irrep} is of {basis.shape[1]} atoms, but the structure has "
            f"{len(structure.positions)}: take one of directions(atoms)."
        )
    rows = basis.flatten(1)
    lowering = structure.lowering_space().flatten(1)
    miss = float((rows - rows @ lowering.T @ lowering).abs().max()) if len(lowering) else 1.0
    for _, images in structure.images(basis):
        moved = images.flatten(2)
        miss = max(miss, float((moved - moved @ rows.T @ rows).abs().max()))
    if miss > _CLOSED:
        raise ValueError(
            f"The direction {direction.irrep} is not one of this structure, of symmetry {structure.name}: its group "
            f"takes displacements out of it by {miss:.2g}. Take one of directions(atoms), found at the same tolerance."
        )
    return basis
