"""What is read from vectors: blocks, axes, signals, the report."""

import json
import math

import pytest
import torch
from e3nn import o3

from symbreak.groups import Orthogonal
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.order_parameters import (
    DataPair,
    axis_angle,
    data_symmetry,
    irrep_blocks,
    physics_name,
    polar_angles,
    preferred_axes,
    read_out,
    sphere_grid,
    spherical_signal,
)
from symbreak.symmetry.points import PointField

O3 = Orthogonal(3)
CORNERS = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)
PRISM = CORNERS * torch.tensor([0.5, 0.5, 2.0])
IRREPS = "0e + 0o + 1o + 1e + 2e + 2o + 3o + 3e + 4e + 4o"


def published(*, four, two=(0.0, 0.0), zero=1.0):
    """A vector of the dossier: 0e, 2e at 2 and 4, 4e at 4, 6 and 8."""
    theta = torch.zeros(50, dtype=torch.float64)
    theta[0], theta[10], theta[12] = zero, *two
    theta[36], theta[38], theta[40] = four
    return theta


PRISM_WEIGHTS = [
    published(zero=1.033985, two=(0.454661, -0.787496), four=(-0.039916, -0.070393, 0.019477)),
    published(zero=0.367138, two=(0.649465, -1.124907), four=(0.199303, -0.11338, 0.254149)),
]
CUBE_WEIGHTS = [
    published(zero=1.11789, four=(0.004955, 0.0, 0.004187)),
    published(zero=1.117738, four=(0.015661, 0.0, 0.013236)),
]


def test_the_published_prism():
    K = data_symmetry([DataPair(CORNERS, targets=[PointField(Irreps(O3, "1o"), PRISM)])]).symmetry
    found = read_out(PRISM_WEIGHTS, IRREPS, symmetry=K, tolerance=1e-4)
    assert [layer.stabilizer.schoenflies for layer in found.layers] == ["D4h", "D4h"]
    assert found.joint.schoenflies == "D4h"
    assert found.joint.axes[1].abs().allclose(torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64), atol=1e-4)
    assert found.violations == ()
    assert [row.block.name for row in found.layers[0].irreps if row.grew] == ["0e", "2e", "4e"]
    assert float(found.angles["2e"].max()) < 1e-3
    text = str(found)
    assert "symmetry D4h (4/mmm)" in text
    assert "2e quadrupole" in text
    assert "1 of 5 may grow, grew" in text
    assert "(0.00, 0.00) degrees" in text


def test_the_published_cube():
    K = data_symmetry([DataPair(CORNERS, targets=[PointField(Irreps(O3, "1o"), CORNERS)])]).symmetry
    found = read_out(CUBE_WEIGHTS, IRREPS, symmetry=K, names=["first", "second"])
    assert [layer.stabilizer.schoenflies for layer in found.layers] == ["Oh", "Oh"]
    assert found.violations == ()
    assert float(found.angles["4e"][0, 1]) < 0.02
    assert str(found).startswith("first: symmetry Oh (m-3m)")


def test_opposite_signs_agree_and_sums_are_not_formed():
    """The layers of a run whose sum nearly vanishes."""
    one = published(two=(0.269, -0.466), four=(0, 0, 0))
    two = published(two=(-0.327, 0.566), four=(0, 0, 0))
    found = read_out([one, two], IRREPS)
    assert float(found.angles["2e"].max()) < 0.1
    assert found.broken


def test_forbidden_growth_is_flagged():
    K = data_symmetry([DataPair(CORNERS, targets=[PointField(Irreps(O3, "1o"), PRISM)])]).symmetry
    theta = PRISM_WEIGHTS[0].clone()
    theta[4] = 0.2
    found = read_out([theta], IRREPS, symmetry=K)
    assert found.violations == (("layer 0", "1o"),)
    assert "grew though the symmetry of the data forbids it: 1o of layer 0" in str(found)


def test_scalars_alone():
    found = read_out([published(four=(0, 1e-9, 0)), published(four=(0, 0, 0))], IRREPS)
    assert not found.broken
    assert str(found) == "0e only: no breaking found"
    assert found.joint.schoenflies == "Kh"
    half = read_out([published(four=(0, 0, 0)), PRISM_WEIGHTS[0]], IRREPS)
    assert str(half).startswith("layer 0: 0e only: no breaking found\nlayer 1: symmetry")


def test_a_pseudoscalar_is_breaking():
    found = read_out([torch.tensor([1.0, 0.5])], "0e + 0o")
    assert found.broken
    assert "symmetry SO(3)" in str(found)
    assert "0o pseudoscalar" in str(found)


def test_the_report_is_json():
    K = data_symmetry([DataPair(CORNERS, targets=[PointField(Irreps(O3, "1o"), PRISM)])]).symmetry
    document = read_out([*PRISM_WEIGHTS, published(four=(0, 0, 0))], IRREPS, symmetry=K, tolerance=1e-4).as_dict()
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again == document
    assert again["joint_stabilizer"]["schoenflies"] == "D4h"
    assert again["layers"][0]["irreps"][4]["selection_rule"]["allowed"] == 1
    assert again["angles_between_layers_degrees"]["2e"][2][0] is None
    assert json.dumps(read_out([torch.tensor([1.0, 0.0])], "0e + 0o").as_dict(), allow_nan=False)


def test_the_group_of_all_layers_is_what_they_share():
    along = [torch.tensor([1.0, *axis]) for axis in ((0.0, 0, 1), (0.0, 0, -2), (1.0, 0, 0))]
    assert read_out(along[:2], "0e + 1o").joint.schoenflies == "C∞v"
    assert read_out(along, "0e + 1o").joint.schoenflies == "Cs"


def test_layers_of_different_irreps():
    one, two = torch.tensor([1.0, 0.0, 0.0, 0.5]), torch.tensor([[1.0, 0.0, 0.3, 0.0], [2.0, 0.0, 0.1, 0.0]])
    found = read_out([one, two], ["0e + 1o", "0e + 1e"])
    assert [layer.stabilizer.schoenflies for layer in found.layers] == ["C∞v", "C∞h"]
    assert found.joint.schoenflies == "Cs"  # crossed fields: the mirror across the axial one
    assert found.angles == {}
    found = read_out([one, torch.tensor([0.5, 0.0, -2.0, 0.0])], ["0e + 1o", "1o + 0o"])
    assert float(found.angles["1o"][0, 1]) == pytest.approx(axis_angle(one[1:], torch.tensor([0.5, 0.0, -2.0])))


def test_a_turned_network_reads_the_same_but_for_its_axes(generator):
    R = O3.sample(generator=generator, dtype=torch.float64)
    turned = Irreps(O3, IRREPS).act(R, torch.stack(PRISM_WEIGHTS))
    found = read_out(list(turned), IRREPS, tolerance=1e-4)
    assert found.joint.schoenflies == "D4h"
    assert axis_angle(found.joint.axes[1][0], R[:, 2]) < 0.01
    quadrupole = found.layers[0].irreps[4]
    assert axis_angle(quadrupole.axes[0], R[:, 2]) < 1e-3
    assert quadrupole.block.norm == pytest.approx(float(torch.tensor([0.454661, 0.787496]).norm()), rel=1e-5)


def test_copies_are_told_by_their_span(generator):
    direction = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)
    for _ in range(3):
        mixed = torch.randn(3, 1, generator=generator, dtype=torch.float64) * direction
        block = irrep_blocks(mixed.flatten(), "3x1o")[0]
        assert block.direction.allclose(direction)
        assert block.singular_values[1] < 1e-12
        assert block.span().abs().allclose(direction[None])
    plane = torch.randn(2, 3, generator=generator, dtype=torch.float64)
    mixed = torch.tensor([[1.0, 2.0], [0.0, -1.0]], dtype=torch.float64) @ plane
    one, two = (irrep_blocks(x, "1o")[0].span() for x in (plane, mixed))
    assert (one.T @ one).allclose(two.T @ two)
    assert irrep_blocks(torch.zeros(3), "1o")[0].span().shape == (0, 3)
    paths = irrep_blocks(torch.arange(8.0).reshape(2, 4), "0e + 1o")
    assert [block.values.shape for block in paths] == [(2, 1), (2, 3)]
    assert irrep_blocks(torch.zeros(3), "1o")[0].direction.tolist() == [0, 0, 0]


@pytest.mark.parametrize("irreps", ["1o", "1e", "2e", "3o", "4e", "6e"])
def test_the_axis_of_a_zonal_tensor(irreps, generator):
    u = torch.randn(3, generator=generator, dtype=torch.float64)
    v = -0.3 * o3.spherical_harmonics(int(irreps[0]), u, True)
    axes = preferred_axes(irrep_blocks(v, irreps)[0])
    assert len(axes) == 1
    assert axis_angle(axes[0], u) < 1e-6


def test_the_axes_of_a_tetrahedral_octupole():
    """xyz is largest along the four diagonals."""
    axes = preferred_axes(irrep_blocks(torch.tensor([0, 1.0, 0, 0, 0, 0, 0]), "3o")[0])
    assert len(axes) == 4
    assert axes.abs().allclose(torch.full((4, 3), 3**-0.5, dtype=torch.float64), atol=1e-9)
    assert len(preferred_axes(irrep_blocks(torch.ones(1), "0o")[0])) == 0


def test_angles():
    assert axis_angle(torch.tensor([0.0, 1, 0]), torch.tensor([1e-4, 1, 0])) == pytest.approx(math.degrees(1e-4))
    assert polar_angles(torch.tensor([1.0, 0, 0])) == (90.0, 0.0)
    assert polar_angles(torch.tensor([0.0, -1, -1])) == pytest.approx((45.0, 90.0))
    with pytest.raises(ValueError, match="0 or not finite"):
        axis_angle(torch.zeros(3), torch.ones(3))
    with pytest.raises(ValueError, match="must be"):
        axis_angle(torch.ones(3), torch.ones(5))


def test_signals_turn_as_functions(generator):
    irreps = "0e + 1o + 1e + 2e + 2o + 3o"
    rep = Irreps(O3, irreps)
    theta = torch.randn(rep.dim, generator=generator, dtype=torch.float64)
    u = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    for g in (O3.sample(generator=generator, dtype=torch.float64) for _ in range(4)):
        one, two = spherical_signal(theta, irreps, u), spherical_signal(rep.act(g, theta), irreps, u @ g.T)
        assert one.polar.allclose(two.polar)
        assert one.axial.allclose(two.axial * torch.linalg.det(g))


def test_the_norm_of_a_signal(generator):
    theta = torch.randn(9, generator=generator, dtype=torch.float64)
    grid = sphere_grid(401, 801)
    f = spherical_signal(theta, "0e + 1o + 2e", grid, scalars=True).polar
    t = torch.linspace(0, torch.pi, 401, dtype=torch.float64)
    integral = torch.trapezoid(torch.trapezoid(f.square(), dx=2 * math.pi / 800, dim=1) * t.sin(), t)
    assert float(integral) == pytest.approx(float(theta.square().sum()), rel=1e-4)
    copies = spherical_signal(torch.tensor([0.0, 0, 3, 0, 0, -4]), "2x1o", torch.tensor([[0.0, 0, 2.0]])).polar
    assert float(copies[0]) == pytest.approx(5 * (3 / (4 * math.pi)) ** 0.5)


def test_names():
    assert physics_name(3, 1) == "axial octupole"
    assert physics_name(6, 1) == "64-pole"


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="one of each for each layer"):
        read_out([], "0e")
    with pytest.raises(ValueError, match="one of each for each layer"):
        read_out([torch.ones(1)], "0e", names=["a", "b"])
    with pytest.raises(ValueError, match=r"must be|\(\.\.\., 3\)"):
        spherical_signal(torch.ones(1), "0e", torch.ones(2))
    with pytest.raises(ValueError, match="0 or not finite"):
        spherical_signal(torch.ones(1), "0e", torch.zeros(1, 3))
    with pytest.raises(ValueError, match="two angles each"):
        sphere_grid(1, 5)
