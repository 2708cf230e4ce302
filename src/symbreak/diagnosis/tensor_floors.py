"""Floors of targets that turn with the sample: vectors and tensors of structures and of their atoms."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from symbreak.data.samples import Array
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case, Measured, is_restricted, worst_of
from symbreak.diagnosis.direction_sums import DirectionSums, Kept, capacity, has_gram, selected
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.quantity import describe
from symbreak.diagnosis.tally import Tally
from symbreak.diagnosis.target_counts import Forced, Irrep, TargetCounts
from symbreak.groups import Orthogonal
from symbreak.representations import Representation
from symbreak.symmetry.curie import CurieFloor, curie_floors
from symbreak.symmetry.fixed_subspace import fixed_subspaces
from symbreak.symmetry.isotypic import isotypic_projectors
from symbreak.symmetry.self_symmetry import Symmetry

_PRODUCTS = 12  # of generators, for a random element


def tensor_floors(name: str, rep: Representation, cases: list[Case], seed: int) -> Measured:
    """The floors of a target that turns, of some samples.

    Args:
        name: of the target.
        rep: how one row moves.
        cases: all of the samples, or all of their nodes.
        seed: of the selection for the direction test.
    """
    per_node = cases[0].per is Per.NODE
    symmetries = [case.finding.symmetry for case in cases if case.finding.symmetry is not None]
    y = np.concatenate([case.rows for case in cases]).astype(np.float64)
    floor = curie_floors(symmetries, rep, torch.from_numpy(y), per_node=per_node)
    floors = floor.squared_error.numpy()
    rest = floor.unreachable.numpy()
    rows = np.repeat(np.arange(len(cases)), [len(case.value) for case in cases])
    squares = np.bincount(rows, (y**2).sum(1), minlength=len(cases))
    restricted = is_restricted(floors, squares)
    counts = TargetCounts(
        name,
        cases[0].per.value,
        describe(rep),
        len(cases),
        y.size,
        float(squares.sum()),
        float(floors.sum()),
        int(restricted.sum()),
        forced=_forced(floor, cases, rows, y, squares),
        irreps={irrep: Irrep(*floor.fixed.irreps[irrep], float(part.sum())) for irrep, part in floor.irreps.items()},
        subgroups=_subgroups(symmetries, rep, y, per_node),
        direction=_direction(floor, rep, symmetries, cases, rows, rest, restricted, seed),
        worst=worst_of(cases, floors, squares, y, rest),
    )
    return Measured(counts, floors, squares)


def _forced(floor: CurieFloor, cases: list[Case], rows: Array, y: Array, squares: Array) -> dict[str, Forced]:
    """By irrep, the vectors in which it must vanish altogether, where others than these exist."""
    fixed, found = floor.fixed, {}
    for irrep, Q in isotypic_projectors(fixed.local).items():
        allowed = ((fixed.root_basis @ Q) * fixed.root_basis).sum((1, 2)).numpy()
        none = allowed[fixed.orbits.orbit.numpy()] < 0.5  # one orbit for each sample, where rows are samples
        if not none.any():
            continue
        norm = np.linalg.norm(y[none] @ Q.numpy(), axis=1)
        samples, worst = np.unique(rows[none]), int(norm.argmax())
        there = np.bincount(rows[none], norm**2, minlength=len(cases))
        found[irrep] = Forced(
            len(samples),
            int(is_restricted(there, squares).sum()),
            int(none.sum()),
            float((norm**2).sum()),
            (float(norm[worst]), cases[rows[none][worst]].finding.index),
            Tally.of(cases[k].finding.label for k in samples.tolist()),
        )
    return found


def _subgroups(symmetries: Sequence[Symmetry], rep: Representation, y: Array, per_node: bool) -> dict[str, float]:
    """The floor of a model that is equivariant under rotations only, where mirrors count."""
    group = rep.group
    if not isinstance(group, Orthogonal) or group.special or not all(symmetry.complete for symmetry in symmetries):
        return {}
    proper = torch.linalg.det(torch.cat([_matrices(symmetry) for symmetry in symmetries])) > 0
    sizes = [len(_matrices(symmetry)) for symmetry in symmetries]
    kept = [
        symmetry.subgroup(part, symmetry.tangents)
        for symmetry, part in zip(symmetries, proper.split(sizes), strict=True)
    ]
    floor = curie_floors(kept, rep, torch.from_numpy(y), per_node=per_node)
    return {"SO(3)": float(floor.squared_error.sum())}


def _direction(
    floor: CurieFloor,
    rep: Representation,
    symmetries: Sequence[Symmetry],
    cases: list[Case],
    rows: Array,
    rest: Array,
    restricted: Array,
    seed: int,
) -> DirectionSums:
    d = rep.dim
    parts = np.zeros((len(cases), d))
    np.add.at(parts, rows, rest)
    weights = np.bincount(rows, minlength=len(cases)).astype(np.float64)
    gram = None
    if has_gram(d):
        whole = floor.fixed if cases[0].per is Per.SAMPLE else fixed_subspaces(symmetries, rep)
        free = whole.root_basis.mT @ whole.root_basis  # (items, d, d): P_i on constant vectors
        gram = np.tensordot(weights, np.eye(d) - free.numpy(), axes=1)
    number = np.flatnonzero(restricted & (np.linalg.norm(parts, axis=1) > 1e-6 * np.sqrt(floor.squared_error.numpy())))
    keys = selected([cases[k].finding.index for k in number], seed)
    kept = [
        Kept(key, cases[k].finding.index, parts[k], outcomes(cases[k].finding, rep, parts[k], key).numpy())
        for key, k in zip(keys, number.tolist(), strict=True)
    ]
    return DirectionSums.of(parts, float(weights.sum()), gram, kept)


def outcomes(finding: Finding, rep: Representation, part: Array, key: int) -> Tensor:
    """`(K, d)`: what the symmetry of a sample makes of a vector; of many or of infinitely many, a random few.

    Args:
        key: of the random choice. The vector itself is always among them.
    """
    symmetry = finding.symmetry
    assert symmetry is not None
    generator = torch.Generator().manual_seed(key % (1 << 63))
    every, most, vector = _matrices(symmetry).to(torch.float64), capacity(rep.dim), torch.from_numpy(part)
    continuous = symmetry.tangents is not None and len(symmetry.tangents) > 0
    if symmetry.complete and not continuous and len(every) <= most:
        return rep.act(every, vector)
    g = every[torch.randint(len(every), (most,), generator=generator)]
    if continuous:
        g = _turns(symmetry, most, generator) @ g
    for _ in range(0 if symmetry.complete else _PRODUCTS):
        g = g @ every[torch.randint(len(every), (most,), generator=generator)]
    return torch.cat([vector[None], rep.act(g, vector)])


def _turns(symmetry: Symmetry, count: int, generator: torch.Generator) -> Tensor:
    """Uniform elements of the component of the identity: turns about one axis, or all."""
    tangents = symmetry.tangents
    assert tangents is not None
    if len(tangents) == 3:
        return Orthogonal(3, special=True).sample((count,), generator=generator, dtype=torch.float64)
    X = tangents[0].to(torch.float64)
    X = X * (2**0.5 / X.norm())  # one turn in 2π
    angle = 2 * torch.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    return torch.linalg.matrix_exp(angle[:, None, None] * X)


def _matrices(symmetry: Symmetry) -> Tensor:
    elements = symmetry.elements
    assert isinstance(elements, Tensor)
    return elements
