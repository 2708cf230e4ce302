"""Which irreps a symmetry lets grow: the published table, exact directions, and what is flagged."""

import pytest
import torch

from symbreak.symmetry.order_parameters import allowed_dimensions, selection_rule
from symbreak.symmetry.points import point_stabilizer
from symbreak.symmetry.self_symmetry import Symmetry

CORNERS = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)


def cloud(*scales, apex=None):
    x = CORNERS * torch.tensor(scales, dtype=torch.float64)
    return x if apex is None else torch.cat([x, torch.tensor([apex], dtype=torch.float64)])


def symmetry(positions):
    return Symmetry(point_stabilizer(positions, tolerance=1e-6).rotations, complete=True)


GROUPS = {
    "Oh": cloud(1, 1, 1),
    "D4h": cloud(0.5, 0.5, 2),
    "D2h": cloud(1, 0.7, 2),
    "C4v": cloud(1, 1, 1, apex=(0, 0, 2)),
    "C2v": cloud(1, 0.7, 2, apex=(0, 0, 2)),
    "C1": cloud(1, 0.7, 2, apex=(0.1, 0.2, 0.7)),
}
IRREPS = "0e + 0o + 1o + 1e + 2e + 2o + 3o + 3e + 4e + 4o"
TABLE = {  # dimensions of the fixed subspaces, in the order of IRREPS
    "Oh": [1, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    "D4h": [1, 0, 0, 0, 1, 0, 0, 0, 2, 0],
    "D2h": [1, 0, 0, 0, 2, 0, 0, 1, 3, 0],
    "C4v": [1, 0, 1, 0, 1, 0, 1, 0, 2, 1],
    "C2v": [1, 0, 1, 0, 2, 1, 2, 1, 3, 2],
    "C1": [1, 1, 3, 3, 5, 5, 7, 7, 9, 9],
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table_of_allowed_dimensions(name):
    assert point_stabilizer(GROUPS[name], tolerance=1e-6).schoenflies == name
    assert list(allowed_dimensions(symmetry(GROUPS[name]), IRREPS).values()) == TABLE[name]


def row(name, irrep, theta=None):
    dim = 2 * int(irrep[0]) + 1
    theta = torch.ones(dim, dtype=torch.float64) if theta is None else theta
    return selection_rule(theta, irrep, symmetry(GROUPS[name]))[0]


def test_the_exact_directions():
    cubic = row("Oh", "4e").basis[0]
    assert float(cubic[8] / cubic[4]) == pytest.approx((5 / 7) ** 0.5, abs=1e-12)
    assert cubic.abs().round(decimals=4).tolist() == [0, 0, 0, 0, 0.7638, 0, 0, 0, 0.6455]
    prism = row("D4h", "2e").basis[0]
    assert float(prism[4] / prism[2]) == pytest.approx(-(3**0.5), abs=1e-12)
    assert prism.abs().tolist() == pytest.approx([0, 0, 0.5, 0, 0.75**0.5])


def test_what_grew_and_what_may_not():
    theta = torch.zeros(15, dtype=torch.float64)
    theta[0], theta[8], theta[12] = 1.0, -(3**0.5) * 0.2, 1e-5
    theta[6] = 0.2
    rows = {r.irrep: r for r in selection_rule(theta, "0e + 1o + 2e + 1e + 1o", symmetry(GROUPS["D4h"]))}
    assert [name for name, r in rows.items() if r.grew] == ["0e", "2e"]
    assert not any(r.violated for r in rows.values())
    assert rows["1o"].copies == 2
    assert str(rows["2e"]) == "1 of 5 may grow, grew"
    assert str(rows["1o"]) == "0 of 3 may grow, none did"
    theta[5] = 0.05  # another quadrupole
    flagged = selection_rule(theta, "0e + 1o + 2e + 1e + 1o", symmetry(GROUPS["D4h"]))[2]
    assert flagged.violated
    assert flagged.grew
    assert flagged.outside == pytest.approx(0.05)
    assert str(flagged) == "1 of 5 may grow, grew; FORBIDDEN part grew: 0.05"


def test_a_continuous_symmetry():
    field = point_stabilizer(torch.tensor([[0.0, 0, 0], [0, 0, 1.0]]), species=torch.tensor([1, 2]))
    K = field.symmetry
    assert allowed_dimensions(K, "0o + 1o + 1e + 2e + 6e") == {"0o": 0, "1o": 1, "1e": 0, "2e": 1, "6e": 1}


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="dimension 3"):
        selection_rule(torch.ones(4), "1o", symmetry(GROUPS["Oh"]))
