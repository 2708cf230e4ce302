"""The G2 molecules as clouds of atoms, and what each atom sees of its neighbours."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

CUTOFF = 2.6  # Å: bonds, and most pairs with a neighbour in common
LEAST_ATOMS = 3  # what has fewer has no angles
_ELECTRONEGATIVITY = {
    "H": 2.20, "Li": 0.98, "Be": 1.57, "B": 2.04, "C": 2.55, "N": 3.04, "O": 3.44, "F": 3.98, "Na": 0.93, "Al": 1.61,
    "Si": 1.90, "P": 2.19, "S": 2.58, "Cl": 3.16,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Molecules:
    """A batch of molecules, padded to the largest.

    Args:
        positions: of the atoms about their mean, in Å; 0 where there is none.
        atoms: which are there.
        electronegativity: χ, of Pauling; 0 where there is none.
        radius: covalent, in Å; likewise.

    Shapes:
        positions float64 `(B, n, 3)`, atoms bool `(B, n)`, electronegativity and radius float64 `(B, n)`.
    """

    positions: Tensor
    atoms: Tensor
    electronegativity: Tensor
    radius: Tensor

    def __len__(self) -> int:
        return len(self.positions)

    def rows(self, index: Tensor) -> "Molecules":
        """Some of them."""
        return Molecules(
            self.positions[index], self.atoms[index], self.electronegativity[index], self.radius[index]
        )  # fmt: skip

    def turned(self, g: Tensor) -> "Molecules":
        """Each under an orthogonal map of its own, `(B, 3, 3)`."""
        return replace(self, positions=self.positions @ g.mT)


class Seen(NamedTuple):
    """What an atom sees: a number, a vector and a quadrupole, which turn with the molecule; 0 without an atom."""

    charge: Tensor
    """`(B, n)`, `q_i = Σ_j (χ_j - χ_i) c(r_ij)`."""
    dipole: Tensor
    """`(B, n, 3)`, `p_i = Σ_j (χ_j - χ_i) c(r_ij) u_ij`."""
    quadrupole: Tensor
    """`(B, n, 3, 3)`, `Q_i = Σ_j χ_j c(r_ij) (u_ij u_ijᵀ - 1/3)`, without trace."""


@cache
def g2_molecules() -> tuple[tuple[str, ...], Molecules]:
    """Names and geometries of the G2 molecules with three atoms or more, which ASE carries.

    Raises:
        ImportError: without ASE.

    Example:
        >>> names, molecules = g2_molecules()
        >>> len(names), int(molecules.atoms.sum()), tuple(molecules.positions.shape)
        (120, 790, (120, 14, 3))

    Reference:
        Curtiss, Raghavachari, Redfern, Pople (1997), Assessment of Gaussian-2 and density functional theories for the
        computation of enthalpies of formation.
    """
    try:
        from ase.build import molecule
        from ase.collections import g2
        from ase.data import covalent_radii
    except ImportError as error:
        raise ImportError(
            "The molecules come with ASE, which is missing. Try: pip install symbreak[structures]"
        ) from error
    found = [
        (name, cloud) for name, cloud in ((name, molecule(name)) for name in g2.names) if len(cloud) >= LEAST_ATOMS
    ]
    most = max(len(cloud) for _, cloud in found)
    positions = torch.zeros(len(found), most, 3, dtype=torch.float64)
    chi, radius = positions[..., 0].clone(), positions[..., 0].clone()
    for b, (_, cloud) in enumerate(found):
        n = len(cloud)
        x = torch.from_numpy(cloud.positions)
        positions[b, :n] = x - x.mean(0)
        symbols = cloud.get_chemical_symbols()
        chi[b, :n] = torch.tensor([_ELECTRONEGATIVITY[symbol] for symbol in symbols], dtype=torch.float64)
        radius[b, :n] = torch.from_numpy(covalent_radii[cloud.numbers])
    return tuple(name for name, _ in found), Molecules(positions, chi > 0, chi, radius)


def cosine_cutoff(distance: Tensor) -> Tensor:
    """`c(r) = ½ (1 + cos π r / R)`, from 1 at 0 to 0 at the cutoff R."""
    return (1 + torch.cos(math.pi * distance.clamp(max=CUTOFF) / CUTOFF)) / 2


def seen_by_atoms(molecules: Molecules) -> Seen:
    """The sums over the neighbours of each atom, with unit vectors `u_ij` from atom i to atom j.

    Example:
        >>> names, molecules = g2_molecules()
        >>> water = molecules.rows(torch.tensor([names.index("H2O")]))
        >>> seen = seen_by_atoms(water)
        >>> seen.charge.sum(1).abs().item() < 1e-12, seen.dipole[0, 0].round(decimals=3).abs().tolist()  # of the oxygen
        (True, [0.0, 0.0, 1.061])
    """
    r = molecules.positions[:, None] - molecules.positions[:, :, None]  # (B, i, j, 3)
    distance = r.norm(dim=-1)
    pairs = neighbours(molecules)
    c = torch.where(pairs, cosine_cutoff(distance), 0.0)
    u = r / torch.where(pairs, distance, 1.0)[..., None]
    chi = molecules.electronegativity
    transfer = (chi[:, None] - chi[:, :, None]) * c
    dipole = torch.einsum("bij,bijx->bix", transfer, u)
    second = torch.einsum("bij,bijx,bijy->bixy", chi[:, None] * c, u, u)
    trace = second.diagonal(dim1=-2, dim2=-1).sum(-1)
    return Seen(transfer.sum(-1), dipole, second - trace[..., None, None] * torch.eye(3, dtype=r.dtype) / 3)


def neighbours(molecules: Molecules) -> Tensor:
    """bool `(B, n, n)`: pairs of atoms within the cutoff."""
    x = molecules.positions
    near = (x[:, None] - x[:, :, None]).square().sum(-1) < CUTOFF**2
    others = ~torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
    return near & others & molecules.atoms[:, None] & molecules.atoms[:, :, None]


def icosahedral() -> Tensor:
    """The 60 rotations of the icosahedron: float64 `(60, 3, 3)`.

    The mean over them of any polynomial of the rotated direction up to degree 5 is that over all rotations.

    Example:
        >>> turns = icosahedral()
        >>> (turns[:, :, 0] ** 4).mean(0).allclose(torch.full((3,), 0.2, dtype=torch.float64))  # ∫ x⁴ = 1/5
        True
    """
    golden = (1 + 5**0.5) / 2
    signs = torch.cartesian_prod(*[torch.tensor([1.0, -1.0], dtype=torch.float64)] * 2)
    corner = torch.cat([torch.zeros(4, 1, dtype=torch.float64), signs * signs.new_tensor([1.0, golden])], 1)
    vertices = torch.cat([corner.roll(k, 1) for k in range(3)])
    one, other = ((vertices @ vertices.T - golden).abs() < 1e-9).nonzero().T  # the 60 directed edges
    v, w = vertices[one], vertices[other]
    frames = torch.stack([v, w, torch.linalg.cross(v, w)], dim=-1)
    return frames @ torch.linalg.inv(frames[0])
