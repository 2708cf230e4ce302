"""The order parameter of a distortion: its symmetry-adapted modes by wave vector and irrep."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.crystals.crystal import CrystalSymmetry
from symbreak.symmetry.crystals.isotypic_waves import components
from symbreak.symmetry.crystals.mulliken import mulliken_irreps
from symbreak.symmetry.crystals.point_groups import PointGroup, point_group
from symbreak.symmetry.crystals.space_group import crystal_symmetry
from symbreak.symmetry.crystals.wave_vectors import Waves, WaveVector

_CUBIC = {0: "Γ", 1: "X", 2: "M", 3: "R"}  # coordinates of 1/2 -> point of the primitive cubic zone


@dataclass(frozen=True, eq=False)
class Mode:
    """The part of a displacement that one irrep of the parent's space group has, in all its copies.

    Args:
        wave_vector: of the star's representative, in the basis reciprocal to the primitive cell.
        point: its name, Γ at zero, and X, M, R where the lattice is primitive cubic; coordinates elsewhere.
        star: how many wave vectors the star has.
        little_co_group: the rotations that keep the representative.
        irrep: of the little co-group: Mulliken's name, about the origin that the order parameter states; a number in
            brackets where the group acts projectively.
        dimension: of that irrep.
        copies: how many modes of this symmetry the atoms have.
        symmetric: whether the parent allows it: Γ and totally symmetric.
        squared_amplitude: `Σ |u|²` over the atoms of the cell, in Å².
        arms: the squared amplitude by wave vector of the star, for those of the cell.
        displacement: `(n, 3)`, in Å: the part itself.
    """

    wave_vector: WaveVector
    point: str
    star: int
    little_co_group: PointGroup
    irrep: str
    dimension: int
    copies: int
    symmetric: bool
    squared_amplitude: float
    arms: tuple[tuple[WaveVector, float], ...]
    displacement: Tensor

    def __str__(self) -> str:
        return f"{self.point} {self.irrep}: {self.squared_amplitude:.4g} Å²"


@dataclass(frozen=True, eq=False)
class StrainMode:
    """The part of a strain that one irrep of the parent's point group has; the squared amplitude is `Σ ε_ij²`."""

    irrep: str
    dimension: int
    symmetric: bool
    squared_amplitude: float
    strain: Tensor

    def __str__(self) -> str:
        return f"strain {self.irrep}: {self.squared_amplitude:.4g}"


@dataclass(frozen=True, eq=False)
class OrderParameter:
    """The modes of a displacement, largest first, of all symmetries that the atoms of the cell have, and of a strain.

    Args:
        modes: their squared amplitudes add up to `squared_displacement`, their displacements to `displacement`.
        strain_modes: of the strain, if one was given.
        origin: `(3,)`, Cartesian: the names of irreps at the border of the zone depend on it.
        origin_atom: the atom that is the origin, or None if it is that of the space group's setting.
        translation: `(3,)`, the mean displacement, which was taken out.
        displacement: `(n, 3)`, without it.
    """

    modes: tuple[Mode, ...]
    strain_modes: tuple[StrainMode, ...]
    origin: Tensor
    origin_atom: int | None
    translation: Tensor
    displacement: Tensor

    @property
    def squared_displacement(self) -> float:
        """`Σ |u|²` over the atoms of the cell, in Å²."""
        return float(self.displacement.square().sum())

    @property
    def curie_floor(self) -> float:
        """`Σ |u|²` of all but the totally symmetric part, in Å²: what no equivariant map of the parent can reach."""
        return sum(mode.squared_amplitude for mode in self.modes if not mode.symmetric)

    def __str__(self) -> str:
        return "\n".join(str(mode) for mode in (*self.modes, *self.strain_modes) if mode.squared_amplitude > 1e-10)


def order_parameter(
    parent: CrystalSymmetry, displacement: Tensor, strain: Tensor | None = None, *, origin: int | None = None
) -> OrderParameter:
    """Splits a displacement of the atoms of a crystal into modes of one irrep each.

    The displacement is transformed to waves, and the waves of a star of wave vectors are projected on the irreps of the
    little co-group of one of them: together, an irrep of the space group. Complex conjugate ones are taken together, as
    displacements are real. The modes are orthogonal and add up to the displacement.

    Names of irreps at the border of the zone depend on the origin, as the waves of an operation about one site are not
    those about another. The origin is the atom that is asked for, or else, of the atoms with the site symmetry of the
    whole point group, the one with the shortest distance to another species: the centre of the octahedra in a
    perovskite. Where no atom has it, the origin is that of the space group's setting.

    Args:
        parent: on the cell that the displacement is periodic with, as in `Deformation.parent`.
        displacement: `(n, 3)`, of the atoms of the parent, in Å.
        strain: `(3, 3)`, symmetric.
        origin: an atom.

    Raises:
        ValueError: if shapes do not fit or a number is not finite, or the atom does not exist.

    Example:
        >>> from symbreak.symmetry.crystals import crystal_symmetry
        >>> chain = torch.tensor([[0.0, 0, 0], [2.0, 0, 0]])  # one atom of a simple cubic lattice, in a double cell
        >>> parent = crystal_symmetry(torch.diag(torch.tensor([4.0, 2.0, 2.0])), chain, [3, 3])
        >>> print(order_parameter(parent, torch.tensor([[0.1, 0, 0], [-0.1, 0, 0]])))
        X A2u: 0.02 Å²

    Reference:
        Campbell, Stokes, Tanner, Hatch (2006), ISODISPLACE: a web-based tool for exploring structural distortions.
    """
    n = len(parent.numbers)
    displacement = _finite("displacement", displacement, (n, 3))
    if origin is not None and not 0 <= origin < n:
        raise ValueError(f"The origin is atom {origin}, but the parent has the atoms 0 .. {n - 1}.")
    atom = _central_atom(parent) if origin is None else origin
    place = parent.origin if atom is None else parent.positions[atom]
    translation = displacement.mean(0)
    displacement = displacement - translation
    waves = Waves.of(parent, place)
    spectrum = waves.transform(displacement)
    cubic = parent.number >= 195 and parent.hermann_mauguin.startswith("P")
    modes: list[Mode] = []
    for star in waves.stars():
        carried = list(zip(star.arms, star.carriers, strict=True))
        there = torch.stack([waves.returned(g, star.first, spectrum[k]) for k, g in carried])  # (arms, p, 3)
        little = point_group(waves.rotations[list(star.little)])
        for component in components(waves, star, parent.conventional_cell):
            part = component.project(waves, star, there)
            weight = 1 + star.opposite  # the opposite waves are the conjugates
            own = torch.zeros_like(spectrum)
            for (k, g), wave in zip(carried, part, strict=True):
                own[k] = waves.carried(g, star.first, wave)[1]
            squares = part.abs().square().sum((1, 2)).tolist()
            modes.append(
                Mode(
                    wave_vector=waves.vector(star.first),
                    point=_point(waves.vector(star.first), cubic),
                    star=len(waves.rotations) // len(star.little),
                    little_co_group=little,
                    irrep=component.label,
                    dimension=component.dimension,
                    copies=component.copies,
                    symmetric=component.symmetric,
                    squared_amplitude=weight * sum(squares),
                    arms=tuple((waves.vector(k), weight * s) for k, s in zip(star.arms, squares, strict=True)),
                    displacement=weight * waves.inverse(own).real,
                )
            )
    return OrderParameter(
        modes=tuple(sorted(modes, key=lambda mode: -mode.squared_amplitude)),
        strain_modes=() if strain is None else strain_modes(parent, strain),
        origin=place,
        origin_atom=atom,
        translation=translation,
        displacement=displacement,
    )


def strain_modes(parent: CrystalSymmetry, strain: Tensor) -> tuple[StrainMode, ...]:
    """Splits a strain by the irreps of the parent's point group, largest first."""
    strain = _finite("strain", strain, (3, 3))
    if float((strain - strain.T).abs().max()) > 1e-6:
        raise ValueError(
            f"The strain {strain.tolist()} is not symmetric. Take the rotation out, as `deformation` does."
        )
    R = parent.primitive_operations.rotations
    turned = R @ strain @ R.mT
    found = []
    for a, irrep in enumerate(mulliken_irreps(R, parent.conventional_cell)):
        part = irrep.degree * (irrep.characters[:, None, None] * turned).mean(0)
        found.append(StrainMode(irrep.label, irrep.dimension, a == 0, float(part.square().sum()), part))
    return tuple(sorted(found, key=lambda mode: -mode.squared_amplitude))


def isotropy_group(parent: CrystalSymmetry, displacement: Tensor, size: float = 0.1) -> CrystalSymmetry:
    """What is left of the parent's symmetry when its atoms move along a displacement, such as one mode.

    Args:
        displacement: `(n, 3)`, of which the direction counts.
        size: by how much the atom that moves most is displaced, in Å: far above the tolerance, far below the distances
            of atoms.

    Raises:
        ValueError: if the displacement has another shape, is not finite, or is zero.
    """
    displacement = _finite("displacement", displacement, tuple(parent.positions.shape))
    largest = float(displacement.norm(dim=1).max())
    if not largest:
        raise ValueError("The displacement is zero, so it leads nowhere: the group left is the parent's.")
    moved = parent.positions + (size / largest) * displacement
    return crystal_symmetry(parent.cell, moved, parent.numbers, tolerance=parent.tolerance)


def _central_atom(parent: CrystalSymmetry) -> int | None:
    """The atom of full site symmetry with the nearest neighbour of another species; of equals, the first."""
    candidates = [i for i, site in enumerate(parent.sites) if site.point_group == parent.point_group]
    distances = []
    for i in candidates:
        other = parent.positions[parent.numbers != parent.numbers[i]]
        gap = torch.linalg.solve(parent.cell.T, (other - parent.positions[i]).T).T
        length = ((gap - gap.round()) @ parent.cell).norm(dim=-1)
        distances.append(round(float(length.min()), 3) if len(length) else float("inf"))
    return candidates[distances.index(min(distances))] if candidates else None


def _point(k: WaveVector, cubic: bool) -> str:
    if not any(k):
        return "Γ"
    if cubic and all(abs(c) in (0, 0.5) for c in k):
        return _CUBIC[sum(c != 0 for c in k)]
    return f"({', '.join(map(str, k))})"


def _finite(name: str, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    x = torch.as_tensor(x, dtype=torch.float64)
    if x.shape != shape:
        raise ValueError(f"The {name} has shape {tuple(x.shape)}, but that of this crystal has shape {shape}.")
    if not bool(x.isfinite().all()):
        raise ValueError(f"The {name} is not finite at {x.isfinite().logical_not().nonzero()[0].tolist()}.")
    return x
