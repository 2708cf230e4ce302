"""Waves of one wave vector, split by the irreps of its little co-group."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.crystals.mulliken import mulliken_irreps
from symbreak.symmetry.crystals.wave_vectors import Star, Waves, phase


@dataclass(frozen=True, eq=False)
class Component:
    """The waves of one wave vector that belong to one irrep of its little co-group, in all its copies.

    Args:
        label: Mulliken's, or a number in brackets.
        dimension: of the irrep.
        copies: how often the irrep occurs in the displacements of the atoms.
        symmetric: whether it is the totally symmetric irrep of `k = 0`.
        weights: complex `(l,)`, the projector is `Σ_h weights[h] D(h)` over the little co-group; None with a matrix.
        matrix: complex `(3p, 3p)`, the projector; None with weights.
    """

    label: str
    dimension: int
    copies: int
    symmetric: bool
    weights: Tensor | None
    matrix: Tensor | None

    def project(self, waves: Waves, star: Star, wave: Tensor) -> Tensor:
        """The part of waves `(a, p, 3)` of the representative that belongs to the component."""
        if self.matrix is not None:
            return (wave.flatten(1) @ self.matrix.T).reshape(wave.shape)
        assert self.weights is not None
        part = torch.zeros_like(wave)
        for weight, h in zip(self.weights, star.little, strict=True):
            part += weight * waves.carried(h, star.first, wave)[1]
        return part


def components(waves: Waves, star: Star, axes: Tensor) -> list[Component]:
    """All the components of the waves of a star's representative: their projectors add up to one.

    At `k = 0`, and where the shifts of all operations of the little co-group about the origin are lattice vectors, the
    operations act on waves by a representation of the little co-group, and its irreps have Mulliken's names. Elsewhere
    they act by a projective one; its isotypic components are then found as the common eigenspaces of the sums over
    classes, and numbered. Components whose complex conjugates are different ones are taken together.

    Args:
        axes: the directions that fix the names, `(3, 3)`, rows.
    """
    shifts = waves.w[list(star.little)]
    plain = bool(((shifts - shifts.round()).abs() <= waves.slack).all())
    if plain or not bool(waves.q[star.first].any()):
        return _named(waves, star, axes)
    return _numbered(waves, star)


def _named(waves: Waves, star: Star, axes: Tensor) -> list[Component]:
    little, k = list(star.little), waves.q[star.first]
    zero = not bool(k.any())
    # D(h) exp(2πi k·w) is a representation of the little co-group: whole shifts do not count.
    gauge = phase(waves.w[little].round().long() @ k, waves.denominator)
    trace = torch.stack([_trace(waves, star, h) for h in little])
    irreps = mulliken_irreps(waves.rotations[little], axes)
    partner = list(range(len(irreps)))
    if star.reversal is not None:
        moved = _conjugated(waves.rotations[little], waves.rotations[star.reversal])
        for a, irrep in enumerate(irreps):
            gaps = [float((irrep.characters[moved] - other.characters).abs().max()) for other in irreps]
            partner[a] = gaps.index(min(gaps))
    found = []
    for a, irrep in enumerate(irreps):
        if partner[a] < a:
            continue  # taken with its conjugate before
        parts = [irrep] if partner[a] == a else [irrep, irreps[partner[a]]]
        character = torch.stack([part.degree * part.characters for part in parts]).sum(0)
        weights = character * gauge / len(little)
        dimension = sum(part.dimension for part in parts)
        rank = round(float((weights * trace).real.sum()))  # the trace of the projector
        if rank:
            copies = -(-rank // dimension)  # where k is not -k, one of two conjugate irreps may occur more often
            label = "+".join(part.label for part in parts)
            found.append(Component(label, dimension, copies, zero and a == 0, weights, None))
    return found


def _trace(waves: Waves, star: Star, h: int) -> Tensor:
    """`tr D(h)` on the waves of the representative: of the atoms that stay in place."""
    p = waves.images.shape[1]
    still = waves.images[h] == torch.arange(p)
    turns = phase(waves.steps[h][still] @ waves.q[star.first], waves.denominator).conj()
    return turns.sum() * waves.rotations[h].diagonal().sum()


def _conjugated(rotations: Tensor, g: Tensor) -> Tensor:
    """int64 `(l,)`: the number of `g⁻¹ h g` for each rotation `h` of a group that `g` normalizes."""
    moved = g.T @ rotations @ g
    return torch.cdist(moved.flatten(1), rotations.flatten(1), p=float("inf")).argmin(1)


def _numbered(waves: Waves, star: Star) -> list[Component]:
    p = waves.images.shape[1]
    every = torch.eye(3 * p, dtype=torch.complex128).reshape(3 * p, p, 3)
    D = torch.stack([waves.carried(h, star.first, every)[1].flatten(1).T for h in star.little])  # unitary
    weight = torch.arange(2, 2 + len(D)).double().log()
    weighted = (torch.complex(weight, weight.sqrt())[:, None, None] * D).sum(0)
    centre = (D @ weighted @ D.mH).sum(0)  # the sum over h of h g h⁻¹ commutes with the group, for each g
    values, vectors = torch.linalg.eigh((centre + centre.mH) / len(D))
    new = values.diff() > 1e-6 * values.abs().max().clamp(min=1.0)
    group = torch.nn.functional.pad(new.long().cumsum(0), (1, 0))
    spaces = [vectors[:, group == a] for a in range(int(group[-1]) + 1)]
    projectors = [v @ v.mH for v in spaces]
    merged = _with_conjugates(waves, star, projectors)
    found = []
    for number, members in enumerate(merged, start=1):
        dimension, copies = 0, 1
        for a in members:
            traces = torch.einsum("ij,gji->g", projectors[a], D)
            copies = max(1, round(float(traces.abs().square().mean()) ** 0.5))
            dimension += spaces[a].shape[1] // copies
        matrix = torch.stack([projectors[a] for a in members]).sum(0)
        found.append(Component(f"({number})", dimension, copies, False, None, matrix))
    return found


def _with_conjugates(waves: Waves, star: Star, projectors: list[Tensor]) -> list[list[int]]:
    """Projectors that complex conjugation, with an operation that takes `-k` back to `k`, takes into each other."""
    if star.reversal is None:
        return [[a] for a in range(len(projectors))]
    p = waves.images.shape[1]
    every = torch.eye(3 * p, dtype=torch.complex128).reshape(3 * p, p, 3)
    back = waves.returned(star.reversal, star.first, every).flatten(1).T
    groups: list[list[int]] = []
    for a, projector in enumerate(projectors):
        if any(a in group for group in groups):
            continue
        turned = back @ projector.conj() @ back.mH
        overlap = [float(torch.einsum("ij,ji->", other, turned).real) for other in projectors]
        groups.append(sorted({a, overlap.index(max(overlap))}))
    return groups
