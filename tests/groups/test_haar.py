"""Samples follow the Haar measure: fixed seeds, and thresholds that a sound sampler exceeds once in a million."""

import math

import pytest
import torch
from scipy import stats

from symbreak.groups import (
    Cyclic,
    Dihedral,
    FiniteProduct,
    Orthogonal,
    SampleKeys,
    Symmetric,
    Torus,
    Translation,
    Young,
    euclidean,
    p4m,
)

DRAWS = 20_000
RARE = 1e-6


def source(kind, draws=DRAWS):
    return torch.Generator().manual_seed(1) if kind == "generator" else SampleKeys(torch.arange(draws), seed=1)


def assert_uniform(counts):
    counts = torch.as_tensor(counts, dtype=torch.float64)
    expected = counts.mean()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    assert statistic < stats.chi2.isf(RARE, len(counts) - 1)


def assert_flat(values, low, high, bins=40):
    """Uniform on an interval."""
    assert low <= float(values.min())
    assert float(values.max()) <= high
    assert_uniform(torch.histc(values, bins, low, high))


def assert_mean(values, mean, std):
    gap = float((values.mean(0) - mean).abs().max())
    assert gap < std * stats.norm.isf(RARE / 2) / math.sqrt(len(values))


kinds = pytest.mark.parametrize("kind", ("generator", "keys"))


@kinds
@pytest.mark.parametrize(
    "G", (Cyclic(7), Dihedral(4), Torus((3, 4)), p4m(2), FiniteProduct((Cyclic(3), Dihedral(3)))), ids=str
)
def test_finite_groups_are_uniform(G, kind):
    g = G.sample((DRAWS,), generator=source(kind))
    assert_uniform(torch.bincount(G.index(g), minlength=G.order))


@kinds
def test_permutations_are_uniform(kind):
    g = Symmetric(4).sample((DRAWS,), generator=source(kind))
    _, counts = g.unique(dim=0, return_counts=True)
    assert len(counts) == 24
    assert_uniform(counts)


@kinds
def test_young_subgroups_are_uniform(kind):
    g = Young((3, 1, 2)).sample((DRAWS,), generator=source(kind))
    assert (g[:, 3] == 3).all()
    _, counts = g.unique(dim=0, return_counts=True)
    assert len(counts) == 12
    assert_uniform(counts)


@kinds
def test_orthogonal_matrices_have_both_signs_of_the_determinant(kind):
    for n in (1, 2, 3, 4):
        det = torch.linalg.det(Orthogonal(n).sample((DRAWS,), generator=source(kind), dtype=torch.float64))
        assert_uniform([(det > 0).sum(), (det < 0).sum()])
        det = torch.linalg.det(
            Orthogonal(n, special=True).sample((100,), generator=source(kind, 100), dtype=torch.float64)
        )
        torch.testing.assert_close(det, torch.ones_like(det))


@kinds
@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
def test_rotations_of_the_plane_have_uniform_angles(kind, special):
    g = Orthogonal(2, special).sample((DRAWS,), generator=source(kind), dtype=torch.float64)
    assert_flat(torch.atan2(g[:, 1, 0], g[:, 0, 0]), -math.pi, math.pi)


@kinds
@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
def test_orthogonal_matrices_are_haar_in_space(kind, special):
    g = Orthogonal(3, special).sample((DRAWS,), generator=source(kind), dtype=torch.float64)
    for entry in g.flatten(1).T:  # Archimedes: a coordinate of a uniform point of the sphere is uniform
        assert_flat(entry, -1.0, 1.0)
    # Distinguishes Haar from any measure whose entries alone are right: traces of R are invariant under conjugation.
    trace = g.diagonal(dim1=-2, dim2=-1).sum(-1)
    assert_mean(trace, 0.0, 1.0)  # E tr = 0 and E tr² = 1, as the vector representation is irreducible
    assert_mean(trace**2, 1.0, math.sqrt(2.0))  # E tr⁴ = 3, the number of invariants of four vectors
    a, b = g[:, :, 0], g[:, :, 1]
    assert_flat(torch.linalg.vecdot(a, torch.tensor([0.6, 0.0, 0.8], dtype=a.dtype)), -1.0, 1.0)
    assert_mean(a[:, :, None] * b[:, None, :], 0.0, 1.0)


def test_haar_angle_of_rotations_in_space():
    g = Orthogonal(3, special=True).sample((DRAWS,), generator=source("generator"), dtype=torch.float64)
    angle = ((g.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2).clamp(-1, 1).acos()
    assert_flat((angle - angle.sin()) / math.pi, 0.0, 1.0)  # the density of the angle is (1 - cos) / π


@kinds
def test_translations_are_standard_normal(kind):
    t = Translation(2).sample((DRAWS,), generator=source(kind), dtype=torch.float64)
    assert_flat(torch.special.ndtr(t).flatten(), 0.0, 1.0)
    assert_mean(t[:, 0] * t[:, 1], 0.0, 1.0)


def test_parts_of_an_element_are_independent():
    g = euclidean(2).sample((DRAWS,), generator=source("keys"), dtype=torch.float64)
    assert_mean(g.n[:, :, None, None] * g.h[:, None], 0.0, math.sqrt(0.5))
    h = FiniteProduct((Cyclic(3), Cyclic(4))).sample((DRAWS,), generator=source("keys"))
    assert_uniform(torch.bincount(4 * h[0] + h[1], minlength=12))
