"""Waves on the atoms of a crystal: wave vectors, their stars, and how operations carry waves from one to another."""

from dataclasses import dataclass
from fractions import Fraction
from math import pi

import torch
from torch import Tensor

from symbreak.symmetry.crystals.crystal import CrystalSymmetry
from symbreak.symmetry.crystals.lattices import dual_fractions, whole

WaveVector = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Star:
    """The wave vectors of a cell that the operations of the crystal take one of them to.

    Args:
        first: the number of the representative `k`.
        arms: numbers of the wave vectors `g k`, the representative among them.
        carriers: for each arm an operation that takes `k` to it.
        opposite: whether the wave vectors `-g k` are others; waves with these are the complex conjugates.
        little: the operations that keep `k`, the little co-group.
        reversal: an operation that takes `k` to `-k`, if there is one.
    """

    first: int
    arms: tuple[int, ...]
    carriers: tuple[int, ...]
    opposite: bool
    little: tuple[int, ...]
    reversal: int | None


@dataclass(frozen=True, eq=False)
class Waves:
    """The Fourier transform of per-atom vectors on a cell of a crystal.

    With the atom `i` at the translate `L_i`, a vector of integers in the primitive basis, of the primitive atom `κ`,
    the waves are

        U_k(κ) = Σ_i u_i exp(-2πi k·L_i) / √m,    i the translates of κ,

    for the `m` wave vectors `k` of the cell. The transform is unitary. An operation that takes κ to κ', a lattice
    vector `n_κ` away, takes waves of `k` to waves of `g k = W⁻ᵀ k`:

        (g U)_{gk}(κ') = exp(-2πi gk·n_κ) R U_k(κ).

    Shapes:
        q int64 `(m, 3)`, and `denominator`: the wave vectors `q / denominator`, in the basis reciprocal to the
        primitive cell; carriers int64 `(g, m)`, the number of `g k`, -1 where it is no wave vector of the cell; atoms
        int64 `(n,)`; cells int64 `(n, 3)`, L; w `(g, 3)`, the shift of each operation about the origin, in the
        primitive basis; images int64 `(g, p)`; steps int64 `(g, p, 3)`, n; rotations `(g, 3, 3)`; slack, by how much a
        shift may miss a lattice vector.
    """

    q: Tensor
    denominator: int
    carriers: Tensor
    atoms: Tensor
    cells: Tensor
    w: Tensor
    images: Tensor
    steps: Tensor
    rotations: Tensor
    slack: float

    @classmethod
    def of(cls, crystal: CrystalSymmetry, origin: Tensor) -> "Waves":
        """Those of the given cell of a crystal, with shifts about an origin, Cartesian `(3,)`."""
        P, operations = crystal.primitive_cell, crystal.primitive_operations
        to = torch.linalg.inv(P)
        q, denominator = dual_fractions(whole(crystal.cell @ to))
        x = crystal.positions @ to
        base = x[crystal.first_atoms]
        W = whole(torch.linalg.solve(P.T, operations.rotations @ P.T))
        w = operations.translations @ to
        moved = base @ W.double().mT + w[:, None]
        start = origin @ to
        inverse = whole(torch.linalg.inv(W.double()))
        return cls(
            q=q,
            denominator=denominator,
            carriers=_numbers(q, denominator, q @ inverse),  # k goes to W⁻ᵀ k
            atoms=crystal.primitive_atoms,
            cells=whole(x - base[crystal.primitive_atoms]),
            w=w + start @ W.double().mT - start,
            images=operations.permutations,
            steps=whole(moved - base[operations.permutations]),
            rotations=operations.rotations,
            slack=1e-6 + 4 * crystal.tolerance / float(P.norm(dim=1).min()),
        )

    def vector(self, k: int) -> WaveVector:
        """A wave vector, with coordinates above -1/2 and up to 1/2."""
        x, y, z = (Fraction(int(c), self.denominator) for c in self.q[k])
        return tuple(c - 1 if c > Fraction(1, 2) else c for c in (x, y, z))  # type: ignore[return-value]

    def transform(self, u: Tensor) -> Tensor:
        """complex128 `(m, p, 3)`: the waves of vectors `(n, 3)`."""
        waves = torch.zeros(len(self.q), self.images.shape[1], 3, dtype=torch.complex128)
        return waves.index_add_(1, self.atoms, self._phases().conj()[..., None] * u) / len(self.q) ** 0.5

    def inverse(self, waves: Tensor) -> Tensor:
        """complex128 `(n, 3)`: the vectors whose waves these are."""
        return (self._phases()[..., None] * waves[:, self.atoms]).sum(0) / len(self.q) ** 0.5

    def _phases(self) -> Tensor:
        """`exp(2πi k·L_i)`, `(m, n)`."""
        return phase(self.q @ self.cells.T, self.denominator)

    def carried(self, g: int, k: int, wave: Tensor) -> tuple[int, Tensor]:
        """The wave vector `g k` and the wave that operation `g` makes of a wave `(..., p, 3)` of `k`."""
        to = int(self.carriers[g, k])
        turn = phase(self.steps[g] @ self.q[to], self.denominator).conj()
        moved = torch.empty_like(wave)
        moved[..., self.images[g], :] = turn[:, None] * (wave @ self.rotations[g].T.to(wave.dtype))
        return to, moved

    def returned(self, g: int, k: int, wave: Tensor) -> Tensor:
        """The wave of `k` that operation `g` makes this wave `(..., p, 3)` of `g k` of."""
        to = int(self.carriers[g, k])
        turn = phase(self.steps[g] @ self.q[to], self.denominator)
        return turn[:, None] * (wave[..., self.images[g], :] @ self.rotations[g].to(wave.dtype))

    def stars(self) -> list[Star]:
        """All the stars of the cell, that of zero first; opposite wave vectors belong to one."""
        opposite = _numbers(self.q, self.denominator, -self.q)
        left = torch.ones(len(self.q), dtype=torch.bool)
        found = []
        for k in range(len(self.q)):
            if not left[k]:
                continue
            arms = self.carriers[:, k][self.carriers[:, k] >= 0].unique()
            carriers = [int((self.carriers[:, k] == arm).nonzero()[0]) for arm in arms]
            back = (self.carriers[:, k] == opposite[k]).nonzero()[:, 0]
            found.append(
                Star(
                    first=k,
                    arms=tuple(arms.tolist()),
                    carriers=tuple(carriers),
                    opposite=not len(back),
                    little=tuple((self.carriers[:, k] == k).nonzero()[:, 0].tolist()),
                    reversal=int(back[0]) if len(back) else None,
                )
            )
            left[arms] = False
            left[opposite[arms]] = False
        return found


def _numbers(q: Tensor, denominator: int, wanted: Tensor) -> Tensor:
    """The number of each wave vector `(..., 3)` in the list `q`, or -1."""
    base = torch.tensor([denominator**2, denominator, 1])
    key, order = ((q % denominator) @ base).sort()
    wanted = (wanted % denominator) @ base
    place = torch.searchsorted(key, wanted).clamp(max=len(key) - 1)
    return torch.where(key[place] == wanted, order[place], -1)


def phase(numerator: Tensor, denominator: int) -> Tensor:
    """`exp(2πi numerator / denominator)`, exact at the quarters."""
    angle = 2 * pi / denominator * (numerator % denominator).double()
    wave = torch.complex(angle.cos(), angle.sin())
    quarters = (4 * numerator) % denominator == 0
    return torch.where(quarters, torch.complex(wave.real.round(), wave.imag.round()), wave)
