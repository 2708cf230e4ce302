"""Stabilizers of vectors of irreps, against the point groups that made them."""

import itertools
import math

import pytest
import torch
from e3nn import o3

from symbreak.groups import Orthogonal
from symbreak.representations.irreps import Irreps
from symbreak.symmetry import fixed_subspace
from symbreak.symmetry.order_parameters import stabilizer_profile, theta_stabilizer
from symbreak.symmetry.self_symmetry import Symmetry

O3 = Orthogonal(3)
GOLDEN = (1 + 5**0.5) / 2


def turn(n, axis=(0.0, 0.0, 1.0)):
    u = torch.tensor(axis, dtype=torch.float64)
    A = torch.linalg.cross(torch.eye(3, dtype=torch.float64), (u / u.norm()).expand(3, 3)).mT
    return torch.linalg.matrix_exp(A.mT * 2 * math.pi / n) if n else torch.eye(3, dtype=torch.float64)


def mirror(axis):
    u = torch.tensor(axis, dtype=torch.float64)
    u = u / u.norm()
    return torch.eye(3, dtype=torch.float64) - 2 * u[:, None] * u


INVERSION, HORIZONTAL, VERTICAL, ACROSS = (
    -torch.eye(3, dtype=torch.float64),
    mirror((0, 0, 1)),
    mirror((1, 0, 0)),
    turn(2, (1, 0, 0)),
)
T = [turn(2), turn(3, (1, 1, 1))]
O, I = [turn(4), turn(3, (1, 1, 1))], [*T, turn(5, (0, 1, GOLDEN))]
GROUPS = {
    "C1": [turn(0)],
    "Ci": [INVERSION],
    "Cs": [HORIZONTAL],
    "S4": [HORIZONTAL @ turn(4)],
    "S6": [INVERSION, turn(3)],
    "S8": [HORIZONTAL @ turn(8)],
    "T": T,
    "Td": [*T, mirror((1, 1, 0))],
    "Th": [*T, INVERSION],
    "O": O,
    "Oh": [*O, INVERSION],
    "I": I,
    "Ih": [*I, INVERSION],
}
for n in range(2, 7):
    GROUPS |= {
        f"C{n}": [turn(n)],
        f"C{n}v": [turn(n), VERTICAL],
        f"C{n}h": [turn(n), HORIZONTAL],
        f"D{n}": [turn(n), ACROSS],
        f"D{n}h": [turn(n), ACROSS, HORIZONTAL],
        f"D{n}d": [turn(n), VERTICAL, HORIZONTAL @ turn(2 * n)],
    }
LARGE = {"S8": 6, "D4d": 6, "D5d": 6, "D6d": 6, "I": 6, "Ih": 6, "O": 6, "C5": 5, "C6": 6}


def irreps_to(l):
    return " + ".join(f"{k}{p}" for k in range(l + 1) for p in "eo")


def in_subspace(name, irreps, seed=0):
    """A random vector that a group fixes, in a random orientation."""
    generator = torch.Generator().manual_seed(seed)
    rep = Irreps(O3, irreps)
    fixed = fixed_subspace(Symmetry(torch.stack(GROUPS[name])), rep)
    v = fixed.project(torch.randn(rep.dim, generator=generator, dtype=torch.float64))
    return rep.act(O3.sample(generator=generator, dtype=torch.float64), v)


def check(name, l, seed=0):
    if name == "S6":
        l = max(l, 3)
    if name[0] in "CD" and name[1].isdigit():
        l = max(l, min(6, int(name[1]) + 1))
    found = theta_stabilizer(in_subspace(name, irreps_to(l), seed), irreps_to(l))
    assert found.schoenflies == name
    assert found.residuals.max() < 1e-9
    assert found.gap > 0.05
    assert found.sharp


QUICK = ["C1", "Ci", "Cs", "S4", "C2", "C2v", "D2h", "D2d", "C3v", "D3d", "C4h", "D4h", "T", "Td", "Th", "Oh"]


@pytest.mark.parametrize("name", QUICK)
def test_the_group_that_made_the_vector_is_found(name):
    check(name, 4)


@pytest.mark.parametrize("name", ["D6d", "Ih"])
def test_groups_that_need_degree_six(name):
    check(name, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(GROUPS))
@pytest.mark.parametrize("seed", [1, 2])
def test_all_groups(name, seed):
    check(name, LARGE.get(name, 4), seed)


def test_the_oracle_names_its_groups():
    from symbreak.symmetry.points.names import schoenflies

    for name in ("S8", "D4d", "D6d", "Td", "Th", "I"):
        elements = [torch.eye(3, dtype=torch.float64)]
        for _ in range(12):
            products = [a @ b for a, b in itertools.product(elements, GROUPS[name])]
            for p in products:
                if all((p - e).abs().max() > 1e-6 for e in elements):
                    elements.append(p)
        assert schoenflies(torch.stack(elements).numpy(), torch.tensor([0]).numpy())[0] == name


CONTINUOUS = [  # irreps, a vector along z (or a scalar), the group
    ("0e", [1.0], "Kh"),
    ("0o", [1.0], "K"),
    ("0e + 0o", [1.0, 0.5], "K"),
    ("1o", [0, 0, 1.0], "C∞v"),
    ("1e", [0, 0, 1.0], "C∞h"),
    ("1o + 1e", [0, 0, 1.0, 0, 0, 1.0], "C∞"),
    ("0o + 1e", [1.0, 0, 0, 1.0], "C∞"),
    ("2o", [0, 0, -0.5, 0, 0.75**0.5], "D∞"),
    ("2e", [0, 0, -0.5, 0, 0.75**0.5], "D∞h"),
    ("0o + 2e", [1.0, 0, 0, -0.5, 0, 0.75**0.5], "D∞"),
]


@pytest.mark.parametrize("irreps, vector, name", CONTINUOUS)
def test_continuous_groups(irreps, vector, name):
    found = theta_stabilizer(torch.tensor(vector), irreps)
    assert found.schoenflies == name
    assert found.order is None
    assert len(found.axes[1]) == (0 if name in ("K", "Kh") else 1)
    assert (
        fixed_subspace(found.symmetry, Irreps(O3, irreps))
        .project(torch.tensor(vector))
        .allclose(torch.tensor(vector), atol=1e-6)
    )


LITERAL = [  # irreps, a vector, the group
    ("4e", [0, 0, 0, 0, (7 / 12) ** 0.5, 0, 0, 0, (5 / 12) ** 0.5], "Oh"),
    ("3o", [0, 1.0, 0, 0, 0, 0, 0], "Td"),  # xyz
    ("3e", [0, 1.0, 0, 0, 0, 0, 0], "Th"),  # even: the inversion keeps it, and mirrors through the diagonals do not
    ("2e", [0, 0, 0, 0, 1.0], "D2h"),  # z² - x²; y is polar
    ("2o", [0, 0, 0, 0, 1.0], "D2d"),
    ("1o + 1e", [1.0, 0, 0, 0, 1.0, 0], "Cs"),  # E along x, B along y: the mirror across y
    ("1o + 1e", [1.0, 0, 0, 0.3, 1.0, 0], "C1"),
    ("1o + 1e", [1.0, 0, 0, 1.0, 0, 0], "C∞"),  # parallel fields
]


@pytest.mark.parametrize("irreps, vector, name", LITERAL)
def test_literal_vectors(irreps, vector, name):
    assert theta_stabilizer(torch.tensor(vector), irreps).schoenflies == name


def test_the_octahedral_group_of_the_dossier_has_its_axes():
    found = theta_stabilizer(torch.tensor([0, 0, 0, 0, 0.015661, 0, 0, 0, 0.013236]), "4e")
    assert found.order == 48
    assert found.hermann_mauguin == "m-3m"
    order, axes = found.axes
    assert order == 4
    assert (axes.abs().sort(0).values[-1] - 1).abs().max() < 1e-5
    assert axes.abs().sum(1).allclose(torch.ones(3, dtype=torch.float64), atol=1e-4)


def test_axes_of_groups_without_turns():
    order, normal = theta_stabilizer(torch.tensor([1.0, 0, 0, 0, 1.0, 0]), "1o + 1e").axes
    assert order == 1
    assert normal.abs().allclose(torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64), atol=1e-6)
    assert theta_stabilizer(torch.tensor([1.0, 0, 0, 0, 1.0, 0]), "2x1e").axes[1].shape == (0, 3)  # Ci
    assert theta_stabilizer(torch.ones(1), "0e").axes[1].shape == (0, 3)


def test_scales_and_maps_among_copies_do_not_matter(generator):
    irreps = "0e + 2x1o + 2e"
    v = torch.zeros(12, dtype=torch.float64)
    v[0], v[3], v[6], v[11] = 1.0, 0.3, 1.0, 0.2  # two vectors along z
    one = theta_stabilizer(v, irreps)
    mixed = v.clone()
    mixed[1:7] = (torch.randn(2, 2, generator=generator, dtype=torch.float64) @ v[1:7].reshape(2, 3)).flatten()
    mixed[7:] *= -0.1
    two = theta_stabilizer(mixed, irreps)
    assert one.schoenflies == two.schoenflies == "C2v"


def test_small_breaking_in_a_large_vector_is_seen():
    """A weak field beside a strong cubic tensor, and a weak distortion inside one irrep."""
    cubic = torch.tensor([0, 0, 0, 0, (7 / 12) ** 0.5, 0, 0, 0, (5 / 12) ** 0.5], dtype=torch.float64)
    field = 0.02 * torch.tensor([0, 0, 1.0], dtype=torch.float64)
    assert theta_stabilizer(torch.cat([field, cubic]), "1o + 4e").schoenflies == "C4v"
    assert theta_stabilizer(torch.cat([field, cubic]), "1o + 4e", tolerance=0.1).schoenflies == "Oh"
    zonal = torch.zeros(9, dtype=torch.float64)
    zonal[4], zonal[8] = 1.0, 0.005  # fourfold about y
    assert theta_stabilizer(zonal, "4e").schoenflies == "D4h"
    assert theta_stabilizer(zonal, "4e", tolerance=0.05).schoenflies == "D∞h"


def test_a_profile_tells_the_groups_from_tight_to_loose(generator):
    cubic = torch.tensor([0, 0, 0, 0, (7 / 12) ** 0.5, 0, 0, 0, (5 / 12) ** 0.5], dtype=torch.float64)
    v = torch.cat([torch.ones(1, dtype=torch.float64), 0.02 * torch.tensor([0.0, 0.0, 1.0]).double(), cubic])
    v = v + 1e-5 * torch.randn(13, generator=generator, dtype=torch.float64)
    levels = stabilizer_profile(v, "0e + 1o + 4e")
    names = [level.schoenflies for level in levels]
    assert names[0] == "C1"
    assert names[-2:] == ["C4v", "Oh"]
    assert levels[-2].tolerance < 1e-4 < 0.01 < levels[-1].tolerance < 0.05


def test_turning_the_vector_turns_the_group(generator):
    v = in_subspace("D3d", irreps_to(4))
    R = O3.sample(generator=generator, dtype=torch.float64)
    one = theta_stabilizer(v, irreps_to(4))
    two = theta_stabilizer(Irreps(O3, irreps_to(4)).act(R, v), irreps_to(4))
    turned = (R @ one.rotations @ R.T).flatten(1)
    assert torch.cdist(turned, two.rotations.flatten(1)).min(1).values.max() < 1e-8


def test_float32_is_enough():
    v = in_subspace("D4h", irreps_to(4)).float()
    assert theta_stabilizer(v, irreps_to(4)).schoenflies == "D4h"


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="dimension 4"):
        theta_stabilizer(torch.ones(3), "0e + 1o")
    with pytest.raises(ValueError, match=r"theta\[1\] is not finite"):
        theta_stabilizer(torch.tensor([1.0, float("nan")]), "0e + 0o")
    with pytest.raises(ValueError, match="theta is 0"):
        theta_stabilizer(torch.zeros(4), "0e + 1o")
    with pytest.raises(ValueError, match="must be like"):
        theta_stabilizer(torch.ones(3), "vector")
    with pytest.raises(ValueError, match="of dimension 0"):
        theta_stabilizer(torch.ones(0), o3.Irreps(""))
    with pytest.raises(ValueError, match="The tolerance is 1.0"):
        theta_stabilizer(torch.ones(3), "1o", tolerance=1.0)
    with pytest.raises(ValueError, match="loosest is 0"):
        stabilizer_profile(torch.ones(3), "1o", loosest=0)
