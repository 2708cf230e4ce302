"""What the data's own symmetry forbids has no slope: a cube allows 0e and one direction of 4e, a prism more."""

import itertools

import torch
from e3nn import o3

from symbreak.layers import RelaxedConvolution, RelaxedWeight

from .conftest import HARMONICS


def slopes(scale: tuple[float, float, float]) -> dict[str, torch.Tensor]:
    """Of the loss of moving the vertices of a cube to those of a box, for each irrep of θ at its start."""
    vertices = torch.tensor(list(itertools.product((-0.5, 0.5), repeat=3)))
    src, dst = (~torch.eye(8, dtype=torch.bool)).nonzero().T
    r = vertices[src] - vertices[dst]
    edges = src, dst, o3.spherical_harmonics(HARMONICS, r, True, normalization="component"), r.norm(dim=1, keepdim=True)
    theta, hidden = RelaxedWeight(4), "2x0e + 2x1o + 2x2e"
    first = RelaxedConvolution("0e", HARMONICS, hidden, theta, [1, 16], 7.0)
    last = RelaxedConvolution(hidden, HARMONICS, "1o", theta, [1, 16], 7.0)
    out = last(first(torch.ones(8, 1), *edges), *edges)
    (out - vertices * torch.tensor(scale)).square().sum().backward()
    return {str(ir): part for (_, ir), part in zip(theta.irreps, theta.theta.grad.split(_dims(theta)), strict=True)}


def _dims(theta: RelaxedWeight) -> list[int]:
    return [ir.dim for _, ir in theta.irreps]


def test_a_cube_that_stays_a_cube(double):
    found = slopes((1.0, 1.0, 1.0))
    assert {name for name, slope in found.items() if slope.norm() > 1e-10} == {"0e", "4e"}
    allowed = found["4e"][[4, 8]]
    assert found["4e"].norm() - allowed.norm() < 1e-12
    torch.testing.assert_close(allowed[1] / allowed[0], torch.tensor((5 / 7) ** 0.5))


def test_a_cube_that_becomes_a_prism(double):
    found = slopes((0.5, 0.5, 2.0))
    assert {name for name, slope in found.items() if slope.norm() > 1e-10} == {"0e", "2e", "4e"}
    torch.testing.assert_close(found["2e"][4] / found["2e"][2], torch.tensor(-(3**0.5)))


def test_a_cube_that_becomes_a_box(double):
    """D2h allows 3e too, but of second order in the distortion (Eg ⊗ Eg has A2g), so its slope at the start is 0."""
    found = slopes((0.6, 0.75, 0.9))
    assert {name for name, slope in found.items() if slope.norm() > 1e-10} == {"0e", "2e", "4e"}
    assert abs(found["2e"][4] / found["2e"][2] + 3**0.5) > 0.1
