"""Order parameters on the centres of the octahedra: which there are, what the data allow, and how they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Orthogonal, Source, normal
from symbreak.papers.perovskite_data import Perovskite
from symbreak.representations import Irreps
from symbreak.symmetry.crystals import AtomField, CrystalSymmetry, mulliken_irreps, point_group
from symbreak.symmetry.fixed_subspace import FixedSubspace, fixed_subspace
from symbreak.symmetry.site_representation import SiteRepresentation

IRREPS = "0e + 0o + 1e + 1o + 2e + 2o"
NAMES = tuple(IRREPS.split(" + "))
POINTS = {"Γ": (0.0, 0.0, 0.0), "X": (0.0, 0.0, 0.5), "M": (0.5, 0.5, 0.0), "R": (0.5, 0.5, 0.5)}
"""The wave vectors of a cell of four cubes, in the basis reciprocal to a cube."""

_REP = Irreps(Orthogonal(3), IRREPS)
_SIZES = [2 * int(name[0]) + 1 for name in NAMES]
_ALIKE = 1e-3  # of the norm of an order parameter: what moves it by less keeps it


@dataclass(frozen=True)
class Ansatz:
    """Which order parameters are tried: those spanned by a basis.

    Args:
        name, label: of it.
        basis: makes orthonormal rows `(m, 4, 18)`, of a span that K maps to itself.
    """

    name: str
    label: str
    basis: Callable[[Perovskite], Tensor]


def split(p: Tensor) -> dict[str, Tensor]:
    """An order parameter `(..., 18)` by irrep."""
    return dict(zip(NAMES, p.split(_SIZES, dim=-1), strict=True))


def waves(crystal: Perovskite) -> dict[str, Tensor]:
    """`cos(2π k·r)/2` on the four centres, `(4,)`, for each wave vector; orthonormal."""
    cubes = (crystal.positions[crystal.centres] - crystal.positions[crystal.centres[0]]) / crystal.edge
    phases = {point: cubes.round() @ torch.tensor(k, dtype=torch.float64) for point, k in POINTS.items()}
    return {point: (1 - 2 * (2 * phase).round().remainder(2)) / 2 for point, phase in phases.items()}


def of_irreps(*names: str) -> Callable[[Perovskite], Tensor]:
    """All order parameters in some irreps."""
    kept = _mask(*names)
    return lambda crystal: torch.eye(4 * 18, dtype=torch.float64).reshape(-1, 4, 18)[kept.repeat(4)]


def _mask(*names: str) -> Tensor:
    """bool `(18,)`: where the entries of some irreps are."""
    return torch.cat([torch.full((size,), name in names) for name, size in zip(NAMES, _SIZES, strict=True)])


def in_plane_pairs(crystal: Perovskite) -> Tensor:
    """Axial vectors without z, equal on centres that lie a diagonal of the cube apart: at Γ and R."""
    wave = waves(crystal)
    pairs = (wave["Γ"] + wave["R"]) / 2**0.5, (wave["Γ"] - wave["R"]) / 2**0.5
    return _outer(pairs, _axial()[:2])


def tilt_waves(crystal: Perovskite) -> Tensor:
    """Axial vectors `Σ_k cos(2π k·r) p_k`, k = R and M."""
    wave = waves(crystal)
    return _outer((wave["R"], wave["M"]), _axial())


def _axial() -> Tensor:
    """The unit vectors of 1e, `(3, 18)`."""
    start = sum(_SIZES[: NAMES.index("1e")])
    return torch.eye(18, dtype=torch.float64)[start : start + 3]


def _outer(sites: Sequence[Tensor], vectors: Tensor) -> Tensor:
    return torch.stack([site[:, None] * vector for site in sites for vector in vectors])


# --- what the data allow ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Star:
    """One irrep of the space group in the order parameter: an irrep of O(3) at a wave vector, as far as one of D.

    Args:
        point: the wave vector, by name.
        irrep: of O(3), on each centre.
        label: of the little co-group, Mulliken's.
        projector: `(72, 72)`, on this part of the order parameter.
    """

    point: str
    irrep: str
    label: str
    projector: Tensor

    def part(self, p: Tensor) -> Tensor:
        """The part of an order parameter `(4, 18)`."""
        return (self.projector @ p.flatten()).reshape(p.shape)


def stars(crystal: Perovskite) -> tuple[Star, ...]:
    """All of them; the projectors add up to one.

    The centres form a simple cubic lattice of sites with the symmetry of the cube. So at each of the four wave vectors
    of the cell an operation of the little co-group acts on the wave as on one site.
    """
    R, wave = crystal.parent.primitive_operations.rotations, waves(crystal)
    found = []
    for point, k in POINTS.items():
        moved = R @ torch.tensor(k, dtype=torch.float64)
        little = R[((moved - torch.tensor(k)) - (moved - torch.tensor(k)).round()).abs().amax(1) < 1e-6]
        site = torch.outer(wave[point], wave[point])
        D = _REP.act(little[:, None], torch.eye(18, dtype=torch.float64)).mT  # (l, 18, 18)
        for irrep in mulliken_irreps(little, torch.eye(3)):
            local = irrep.degree * (irrep.characters[:, None, None] * D).mean(0)
            for name in NAMES:
                part = local * _mask(name)[:, None]
                if float(part.trace()) > 0.5:
                    found.append(Star(point, name, irrep.label, torch.kron(site, part)))
    return tuple(found)


def allowed(crystal: Perovskite) -> FixedSubspace:
    """What K, the joint symmetry of crystal and displacement, leaves of the order parameters: `Fix_K`, of `(4, 18)`."""
    return fixed_subspace(crystal.on_centres(crystal.joint), SiteRepresentation(_REP, len(crystal.centres)))


def linear(crystal: Perovskite, star: Star) -> bool:
    """Whether the displacement has a mode of the same wave vector and irrep.

    To first order a displacement is a linear function of the order parameter that commutes with the parent's space
    group, and by Schur's lemma it takes each irrep to the same one. So at a zero order parameter these, and no others,
    have a gradient.
    """
    modes = {(mode.point, mode.irrep) for mode in crystal.modes.modes if mode.squared_amplitude > 1e-8}
    return (star.point, star.label) in modes


def reachable(crystal: Perovskite, basis: Tensor, *, generator: Source = None) -> tuple[int, CrystalSymmetry]:
    """How many order parameters of a span K allows, and the symmetry of the crystal with a general one of them."""
    fixed, span = allowed(crystal), basis.flatten(1)
    inside = span.T @ span @ fixed.projector  # both are projectors, and commute
    values, vectors = torch.linalg.eigh((inside + inside.T) / 2)
    both = vectors[:, values > 0.5]
    if not both.shape[1]:
        return 0, crystal.parent
    general = both @ normal((both.shape[1],), generator=generator, dtype=torch.float64)
    return both.shape[1], symmetry_of(crystal, general.reshape(4, 18))


def symmetry_of(crystal: Perovskite, p: Tensor, *, nothing: float = 0.0) -> CrystalSymmetry:
    """The space group of the cubic crystal with an order parameter `(4, 18)` on its centres.

    Operations that move it by less than 1e-3 of its norm keep it; one whose norm is at most `nothing` is none.
    """
    if float(p.norm()) <= nothing:
        return crystal.parent
    values = torch.zeros(len(crystal.numbers), 18, dtype=torch.float64)
    values[crystal.centres] = p / p.norm()
    return crystal.with_field(AtomField(values, _REP, _ALIKE))


# --- tilts --------------------------------------------------------------------------------------------------------


def tilts(crystal: Perovskite, axial: Tensor) -> dict[str, Tensor]:
    """Vectors on the centres `(4, 3)` as `Σ_k cos(2π k·r) p_k`: p_k `(3,)` for each wave vector."""
    return {point: wave @ axial / 2 for point, wave in waves(crystal).items()}


def turns(crystal: Perovskite, displacement: Tensor) -> Tensor:
    """The rotation vector of each octahedron, `(4, 3)` in radians: of the turn nearest to what its corners move."""
    source, target, r = crystal.edges()
    across = torch.linalg.cross(r, displacement[target])  # of u = ω × r, over the six corners, a² ω
    total = torch.zeros_like(displacement).index_add(0, source, across)
    return total[crystal.centres] / crystal.edge**2


def glazer(out_of_phase: Tensor, in_phase: Tensor, *, tolerance: float = 1e-3) -> str:
    """Glazer's symbol of tilts about the axes of the cube, from those at R and at M.

    A letter for each axis, the same where tilts are equally large; - for octahedra that tilt against their neighbours
    along the axis, + for those that tilt alike, 0 for none.

    Args:
        out_of_phase, in_phase: `(3,)`, at R, and at M, where each component has its own wave vector.
        tolerance: of the largest, below which a tilt is 0 and two are equal.
    Raises:
        ValueError: if an axis has both.

    Example:
        >>> glazer(torch.tensor([0.2, -0.2, 0.0]), torch.tensor([0.0, 0.0, 0.1]))
        'a⁻a⁻c⁺'

    Reference:
        Glazer (1972), The classification of tilted octahedra in perovskites.
    """
    both = torch.stack([out_of_phase, in_phase]).abs()
    small = tolerance * float(both.max())
    if bool((both > small).all(0).any()):
        raise ValueError(f"The tilts {both.tolist()} at R and M share an axis, for which Glazer has no symbol.")
    size, text, seen = both.amax(0), "", []
    for axis in range(3):
        like = next((letter for value, letter in seen if abs(float(size[axis]) - value) <= small), "abc"[axis])
        seen.append((float(size[axis]), like))
        text += like + ("0" if float(size[axis]) <= small else "⁻" if float(both[0, axis]) > small else "⁺")
    return text.replace("0", "⁰")


ANSATZE = (
    Ansatz("none", "none", of_irreps()),
    Ansatz("all", "0e to 2o, all six", of_irreps(*NAMES)),
    Ansatz("pairs", "1e, no z, equal on diagonals", in_plane_pairs),
    Ansatz("waves", "1e at R and M", tilt_waves),
    *(Ansatz(name, f"{name} alone", of_irreps(name)) for name in NAMES),
)


def named(group: CrystalSymmetry) -> dict[str, object]:
    """A space group, fit for JSON."""
    return {"number": group.number, "symbol": group.hermann_mauguin, "order": len(group.operations)}


def little_co_group(crystal: Perovskite, point: str) -> str:
    """The name of the rotations that keep a wave vector."""
    k = torch.tensor(POINTS[point], dtype=torch.float64)
    R = crystal.parent.primitive_operations.rotations
    gap = R @ k - k
    return point_group(R[(gap - gap.round()).abs().amax(1) < 1e-6]).schoenflies
