"""The irreps of a finite group of turns and mirrors by name, and the names of its subgroups."""

import math

import torch
from torch import Tensor

from symbreak.groups import Cyclic, Dihedral, FiniteGroup, FiniteSemidirect, LatticeTurn
from symbreak.symmetry.crystals.mulliken import Irrep, mulliken_irreps
from symbreak.symmetry.crystals.point_groups import point_group


def point_of(group: FiniteGroup) -> FiniteGroup:
    """The group that weights are over: of a lattice its point group, else the group itself."""
    return group.acting if isinstance(group, FiniteSemidirect) else group


def point_rotations(group: FiniteGroup) -> Tensor:
    """The point group of a lattice as matrices in space, float64 `(|P|, 3, 3)`; further axes stay as they are.

    Example:
        >>> from symbreak.groups import inversions
        >>> point_rotations(inversions((8,)))[1].diagonal().tolist()
        [-1.0, 1.0, 1.0]
    """
    if not isinstance(group, FiniteSemidirect) or not isinstance(group.phi, LatticeTurn):
        raise ValueError(f"The group is {group!r}, but only lattice groups have a point group: try p4m(9) or pm3m(15).")
    matrices = torch.tensor(group.phi.matrices, dtype=torch.float64)
    d = matrices.shape[-1]
    rotations = torch.eye(3, dtype=torch.float64).repeat(len(matrices), 1, 1)
    rotations[:, :d, :d] = matrices
    return rotations


def named_irreps(group: FiniteGroup) -> tuple[Irrep, ...]:
    """The irreps of C_n, of D_n as the turns and mirrors of the plane, or of the point group of a lattice.

    With Mulliken's names, the totally symmetric one first; complex conjugate ones of C_n are taken together.

    Raises:
        ValueError: for other groups.

    Example:
        >>> [irrep.label for irrep in named_irreps(Cyclic(6))], [irrep.label for irrep in named_irreps(Dihedral(5))]
        (['A', 'B', 'E1', 'E2'], ['A1', 'A2', 'E1', 'E2'])
    """
    if isinstance(group, FiniteSemidirect):
        return mulliken_irreps(point_rotations(group), torch.eye(3, dtype=torch.float64))
    if not isinstance(group, Cyclic | Dihedral):
        raise ValueError(
            f"The irreps of {group!r} have no names here. Use Cyclic, Dihedral or a lattice group; weight_stabilizer "
            "serves every finite group."
        )
    mirrored, n = isinstance(group, Dihedral), group.n
    turns = torch.arange(n, dtype=torch.float64)
    sign = 1 - 2 * (turns % 2)
    one = [("A", torch.ones_like(turns))] + [("B", sign)] * (n % 2 == 0)
    found = []
    for letter, chi in one:
        if not mirrored:
            found.append(Irrep(letter, 1, 1, chi))
        for number, parity in ((1, 1), (2, -1)) if mirrored else ():
            name = "A" + "'" * number if n == 1 else f"{letter}{number}"
            found.append(Irrep(name, 1, 1, torch.cat([chi, parity * chi])))
    for k in range(1, (n + 1) // 2):
        name = f"E{k}" if n > 4 else "E"
        chi = 2 * (2 * math.pi * k / n * turns).cos()
        chi = torch.cat([chi, torch.zeros_like(chi)]) if mirrored else chi
        found.append(Irrep(name, 2, 2 if mirrored else 1, chi))
    return tuple(found)


def subgroup_name(group: FiniteGroup, elements: Tensor) -> str:
    """The name of a subgroup in Schoenflies' notation; of D_n, as turns and mirrors of the plane, C_m or C_mv.

    Args:
        elements: int64 `(m,)`, numbers of the elements.

    Example:
        >>> subgroup_name(Dihedral(6), torch.tensor([0, 3, 6, 9])), subgroup_name(Dihedral(6), torch.tensor([0, 7]))
        ('C2v', 'Cs')
    """
    if isinstance(group, FiniteSemidirect):
        return point_group(point_rotations(group)[elements]).schoenflies
    assert isinstance(group, Cyclic | Dihedral)
    turns = int((elements < group.n).sum())
    if turns == len(elements):
        return f"C{turns}"
    return "Cs" if turns == 1 else f"C{turns}v"
