"""The displacements that lower the symmetry of a structure, by irrep."""

from dataclasses import dataclass

from ase import Atoms
from torch import Tensor

from symbreak.relaxation.input import symmetric_structure
from symbreak.relaxation.isotypic_components import IsotypicComponent, isotypic_components
from symbreak.relaxation.structure import SymmetricStructure


@dataclass(frozen=True, eq=False)
class Direction:
    """All displacements of the atoms that transform by one irrep of the group of a structure.

    Args:
        irrep: its name.
        dimension: over the reals: complex conjugate irreps are taken together.
        multiplicity: how often it occurs.
        basis: orthonormal, of all of its copies.
        left: the symmetry that a generic displacement of the direction leaves.

    Shapes:
        basis float64 `(k, n, 3)`, k = dimension · multiplicity.
    """

    irrep: str
    dimension: int
    multiplicity: int
    basis: Tensor
    left: str

    def __str__(self) -> str:
        return f"{self.multiplicity} {self.irrep} -> {self.left}"


def directions(atoms: Atoms, *, tolerance: float = 0.01) -> tuple[Direction, ...]:
    """The displacements that lower the symmetry of a structure, by irrep of its group H.

        V = rigid motions ⊕ Fix(H) ⊕ Σ_ρ V_ρ,    Fix(H) = {u : h u = u for h in H}

    The forces on a symmetric structure are in `Fix(H)`, so a relaxation never leaves it, and whether its end is a
    minimum along the `V_ρ`, the directions, is not tested. Displacements are in Å, orthogonal as forces are to rigid
    motions: not weighted by masses.

    Of a molecule, rigid motions are translations and rotations; of a crystal or a layer, translations. Displacements of
    a crystal have the period of its cell: repeat the cell to see those at the border of the zone. The cell is not
    strained. With atoms that `FixAtoms` holds, H keeps them as a set, displacements are those of the others, and rigid
    motions those that move no atom that is held. The cost grows as the third power of the number of atoms: hundreds.

    Args:
        atoms: a molecule, a crystal, or a layer.
        tolerance: of the symmetry, in Å.

    Returns:
        The directions by name; none where every displacement keeps the symmetry. Of crystals, names are of the wave
        vector and of an irrep of its little co-group.

    Raises:
        ValueError: if there are fewer than two atoms, a coordinate is not finite, two atoms are no farther apart than
            twice the tolerance, a constraint is not FixAtoms, magnetic moments are vectors, or the structure is
            periodic along one vector only.
        ImportError: if the atoms are periodic and moyopy is not installed.

    Example:
        >>> flat = Atoms("NH3", [[0, 0, 0], [1, 0, 0], [-0.5, 0.75**0.5, 0], [-0.5, -(0.75**0.5), 0]])
        >>> for direction in directions(flat):  # vibrations of planar ammonia: A1' + A2'' + 2 E'
        ...     print(direction)
        1 A2'' -> C3v
        2 E' -> Cs

    Reference:
        Wilson, Decius, Cross (1955), Molecular vibrations.
    """
    structure = symmetric_structure(atoms, tolerance)
    return tuple(sorted((_direction(structure, part) for part in isotypic_components(structure)), key=_order))


def _direction(structure: SymmetricStructure, part: IsotypicComponent) -> Direction:
    u = part.generic()
    return Direction(structure.irrep(part.characters, u), part.dimension, part.copies, part.basis, structure.left(u))


def _order(direction: Direction) -> tuple:
    return direction.dimension, direction.irrep
