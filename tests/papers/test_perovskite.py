import copy
import json
import os
import shutil

import pytest
import torch

pytest.importorskip("e3nn")
pytest.importorskip("moyopy")

from symbreak.groups import Orthogonal
from symbreak.layers import EquivariantAdam
from symbreak.papers.perovskite import METHODS, PUBLISHED, PerovskiteConfig, Row, run, train
from symbreak.papers.perovskite_data import perovskite
from symbreak.papers.perovskite_network import DisplacementNetwork, graph
from symbreak.papers.perovskite_order import (
    ANSATZE,
    IRREPS,
    allowed,
    glazer,
    linear,
    reachable,
    stars,
    symmetry_of,
    tilts,
    turns,
)
from symbreak.representations import Irreps
from symbreak.symmetry.order_parameters import order_parameter_gradient

needs_data = pytest.mark.skipif(not os.environ.get("SYMBREAK_DATA"), reason="SYMBREAK_DATA is not set")
TINY = PerovskiteConfig(("all", "pairs"), steps=3, seeds=1)
SINGLE = {  # what each ansatz can reach: free directions, and the space group that they leave
    "none": (0, 221),
    "all": (9, 62),
    "pairs": (1, 74),
    "waves": (2, 62),
    "0e": (1, 221),
    "0o": (0, 221),
    "1e": (3, 62),
    "1o": (0, 221),
    "2e": (5, 62),
    "2o": (0, 221),
}


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def crystal():
    return perovskite()


@pytest.fixture(scope="module")
def network():
    """With random weights, in float64; a test that changes it copies it."""
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(0)
        return DisplacementNetwork().requires_grad_(False)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(TINY, tmp_path_factory.mktemp("perovskite") / "run", workers=1)


# --- the pair of structures ---------------------------------------------------------------------------------------


@needs_data
def test_the_pair_is_the_published_one(crystal):
    assert (crystal.parent.number, crystal.joint.number, crystal.moved(crystal.displacement).number) == (221, 62, 62)
    assert (len(crystal.parent.operations), len(crystal.joint.operations)) == (64, 8)
    assert float(crystal.displacement.norm(dim=1).max()) == pytest.approx(0.2565, abs=5e-5)
    assert crystal.error(torch.zeros(20, 3)) == pytest.approx(PUBLISHED["floor"], abs=5e-5)
    source, _, r = crystal.edges()
    assert torch.equal(source.bincount(), torch.tensor([12] * 4 + [6] * 4 + [14] * 12))
    assert sorted(set(r.norm(dim=1).round(decimals=4).tolist())) == [2.028, 2.868]  # a/2 and a/√2


@needs_data
def test_the_floor_of_the_cube_is_the_whole_displacement(crystal):
    loss, error = crystal.floor(crystal.parent)
    assert loss == pytest.approx(float(crystal.displacement.square().sum()))
    assert loss == pytest.approx(crystal.modes.curie_floor)
    assert error == pytest.approx(0.0676)
    assert crystal.floor(crystal.joint)[0] < 1e-20


@needs_data
def test_the_published_loss_is_that_of_the_axes_of_the_cube(crystal):
    u = crystal.displacement
    for g in crystal.parent.primitive_operations.rotations:
        assert float((u @ g.T).abs().mean()) == pytest.approx(0.0676)
    turn = torch.tensor([[1.0, 1, 0], [-1, 1, 0], [0, 0, 2**0.5]], dtype=torch.float64) / 2**0.5
    assert float((u @ turn.T).abs().mean()) != pytest.approx(0.0676, rel=1e-2)  # those of the file


# --- what the data allow ------------------------------------------------------------------------------------------


@needs_data
def test_the_parts_of_the_order_parameter_add_up(crystal):
    projectors = torch.stack([star.projector for star in stars(crystal)])
    assert torch.allclose(projectors.sum(0), torch.eye(72, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(projectors @ projectors, projectors, atol=1e-12)


@needs_data
def test_what_the_joint_symmetry_fixes(crystal):
    fixed = allowed(crystal)
    assert {name: free for name, (free, _) in fixed.irreps.items()} == {
        "0e": 1, "0o": 0, "1e": 3, "1o": 0, "2e": 5, "2o": 0
    }  # fmt: skip  # the centre of an octahedron keeps the inversion alone, which fixes all that is even
    basis = fixed.basis
    found = {
        (star.point, star.irrep, star.label): linear(crystal, star)
        for star in stars(crystal)
        if float((basis @ star.projector @ basis.T).trace()) > 0.5
    }
    assert found == {
        ("Γ", "0e", "A1g"): False,
        ("Γ", "2e", "Eg"): False,
        ("Γ", "2e", "T2g"): False,
        ("X", "1e", "Eg"): True,
        ("X", "2e", "Eg"): True,
        ("M", "1e", "A2g"): True,
        ("M", "2e", "B1g"): False,
        ("R", "1e", "T1g"): True,
        ("R", "2e", "T2g"): True,
    }


@needs_data
@pytest.mark.parametrize("ansatz", ANSATZE, ids=lambda ansatz: ansatz.name)
def test_what_an_ansatz_can_reach(crystal, ansatz, generator):
    basis = ansatz.basis(crystal)
    rows = basis.flatten(1)
    assert torch.allclose(rows @ rows.T, torch.eye(len(rows), dtype=torch.float64), atol=1e-12)
    P, span = allowed(crystal).projector, rows.T @ rows
    assert torch.allclose(P @ span, span @ P, atol=1e-12)  # K maps the span to itself
    free, group = reachable(crystal, basis, generator=generator)
    assert (free, group.number) == SINGLE[ansatz.name]


@needs_data
def test_imma_can_reach_an_error_of_0_0292(crystal, generator):
    pairs = next(ansatz for ansatz in ANSATZE if ansatz.name == "pairs")
    _, group = reachable(crystal, pairs.basis(crystal), generator=generator)
    loss, error = crystal.floor(group)
    modes = {(mode.point, mode.irrep): mode.squared_amplitude for mode in crystal.modes.modes}
    assert loss == pytest.approx(modes["M", "A2g"] + modes["X", "Eg"])
    assert error == pytest.approx(0.0292, abs=5e-5)


@needs_data
def test_the_published_order_parameter(crystal):
    yzx = torch.tensor([[11, -7, -15], [-15, 7, 11], [15, 7, -11], [-11, -7, 15.0]]) / 1000
    p = torch.zeros(4, 18, dtype=torch.float64)
    p[:, 2:5] = yzx[:, [2, 0, 1]].double()
    assert symmetry_of(crystal, p).number == 62
    assert torch.allclose(allowed(crystal).project(p), p, atol=1e-3)
    axial = tilts(crystal, yzx[:, [2, 0, 1]].double())
    assert axial["R"].tolist() == pytest.approx([-0.013, 0.013, 0])
    assert axial["M"].tolist() == pytest.approx([0, 0, -0.007])
    assert glazer(axial["R"], axial["M"]) == "a⁻a⁻c⁺"


@needs_data
def test_the_turns_of_the_octahedra(crystal):
    spin = torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64)
    source, target, r = crystal.edges()
    u = torch.zeros(20, 3, dtype=torch.float64)
    for i, j, step in zip(source.tolist(), target.tolist(), r, strict=True):
        if i in crystal.centres.tolist():  # neighbours turn oppositely, about any axis: what both do to a corner agrees
            sign = (crystal.positions[i] - crystal.positions[4]).sum() / crystal.edge
            u[j] = (-1) ** round(float(sign)) * torch.linalg.cross(spin, step)
    assert torch.allclose(tilts(crystal, turns(crystal, u))["R"], spin)
    found = tilts(crystal, turns(crystal, crystal.displacement))
    assert float(found["R"][2]) == pytest.approx(0, abs=1e-12)
    assert found["R"][:2].abs().tolist() == pytest.approx([float(found["R"].norm()) / 2**0.5] * 2)
    assert found["M"][:2].abs().max() < 1e-12
    assert float(found["Γ"].abs().max()) < 1e-12


def test_glazer_symbols():
    tilt = [torch.tensor(v) for v in ([0.0, 0, 0], [1.0, 1, 1], [0.0, 0, 2])]
    assert glazer(tilt[1], tilt[0]) == "a⁻a⁻a⁻"
    assert glazer(tilt[0], tilt[2]) == "a⁰a⁰c⁺"
    with pytest.raises(ValueError, match="share an axis"):
        glazer(tilt[1], tilt[2])


# --- the network --------------------------------------------------------------------------------------------------


@needs_data
def test_the_network_is_equivariant_in_the_order_parameter(double, crystal, network):
    atoms, rep = graph(crystal), Irreps(Orthogonal(3), IRREPS)
    p = torch.randn(4, 18)
    y = network(p, atoms)
    operations, on_centres = crystal.parent.operations, crystal.on_centres(crystal.parent)
    for g in (1, 17, 40, 63):
        R, sent, sites = operations.rotations[g], operations.permutations[g], on_centres.permutations[g]
        moved = torch.empty_like(p).index_copy(0, sites, rep.act(R, p))
        assert torch.allclose(network(moved, atoms)[sent], y @ R.T, atol=1e-10)
        assert not torch.allclose(network(p, atoms)[sent], y @ R.T, atol=1e-3)  # p was not moved along


@needs_data
def test_without_an_order_parameter_nothing_moves(double, crystal, network):
    assert float(network(torch.zeros(4, 18), graph(crystal)).abs().max()) < 1e-12


@needs_data
def test_the_gradient_at_zero_obeys_the_rule(double, crystal, network):
    atoms = graph(crystal)
    found = order_parameter_gradient(
        lambda p: network(p, atoms),
        lambda y: (y - crystal.displacement).square().sum(),
        IRREPS,
        nodes=4,
        symmetry=crystal.on_centres(crystal.joint),
    )
    assert found.needed == ("1e", "2e")
    whole = float(found.gradient.norm())
    basis = allowed(crystal).basis
    for star in stars(crystal):
        fixed = float((basis @ star.projector @ basis.T).trace()) > 0.5
        part = float(star.part(found.gradient).norm()) / whole
        assert part > 1e-4 if fixed and linear(crystal, star) else part < 1e-12


@needs_data
def test_products_of_channels_are_needed(double, crystal, network):
    """Without them an axial vector alone moves nothing that is even in it."""
    network, atoms, p = copy.deepcopy(network), graph(crystal), torch.zeros(4, 18)
    p[:, 2:5] = torch.randn(4, 3)

    def even():
        return float((network(p, atoms) + network(-p, atoms)).abs().max())

    assert even() > 1e-3
    for layer in (network.first, network.last):
        torch.nn.init.zeros_(layer.squared.weight)
    assert even() < 1e-12


# --- training -----------------------------------------------------------------------------------------------------


@needs_data
def test_the_order_parameter_stays_in_what_the_data_fix_and_not_under_adam(double, crystal):
    def outside(method):
        p = train(crystal, Row(method, PerovskiteConfig(steps=6), "", False)).p
        return float((p - allowed(crystal).project(p)).norm()), float(p.norm())

    part, whole = outside("all")
    assert part < 1e-12 * whole
    part, whole = outside("all-stock-adam")
    assert part > 1e-3 * whole


@needs_data
def test_one_moment_for_each_entry_is_what_breaks_it(double, crystal, generator):
    """The step alone: along a gradient of Fix_K, in one case out of it."""
    fixed = allowed(crystal)
    gradient = fixed.project(torch.randn(4, 18, generator=generator))
    for make, keeps in ((lambda p: EquivariantAdam([p], shared=[p]), True), (lambda p: torch.optim.Adam([p]), False)):
        p = torch.nn.Parameter(torch.zeros(4, 18))
        p.grad = gradient.clone()
        make(p).step()
        outside = float((p - fixed.project(p.detach())).detach().norm() / p.detach().norm())
        assert (outside < 1e-12) == keeps


@needs_data
def test_a_run_writes_every_row(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"]) == (1, "perovskite")
    all_, pairs = result["rows"]
    assert all_["with_order_parameter"]["number"] == all_["space_groups"]["0.001"]["number"] == 62
    assert pairs["with_order_parameter"]["number"] == pairs["space_groups"]["0.001"]["number"] == 74
    assert (all_["glazer"], pairs["glazer"]) == ("a⁻a⁻c⁺", "a⁻a⁻c⁰")
    assert all_["gradient"]["needed"] == ["1e", "2e"]
    assert torch.get_default_dtype() == torch.float32


@needs_data
def test_a_resumed_run_has_the_same_rows(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "again")
    (folder / "result.json").unlink()
    before = json.loads((finished / "result.json").read_text())["rows"]
    (folder / before[1]["folder"] / "row.json").unlink()
    run(TINY, folder, resume=True, workers=1)
    after = json.loads((folder / "result.json").read_text())["rows"]
    assert [{**row, "seconds": 0} for row in after] == [{**row, "seconds": 0} for row in before]


def test_without_data(monkeypatch, tmp_path):
    monkeypatch.delenv("SYMBREAK_DATA", raising=False)
    with pytest.raises(ValueError, match="SYMBREAK_DATA, which is not set"):
        run(TINY, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv("SYMBREAK_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="holds no 221_anon.cif"):
        perovskite()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"only": ("3e",)}, "There is no row '3e'. Known: none, all, "),
        ({"only": ("1e", "1e")}, "A row is named twice in 1e, 1e"),
        ({"steps": 0}, "steps is 0, but at least 1"),
        ({"seeds": 0}, "seeds is 0, but at least 1"),
        ({"epsilon": 0.0}, "epsilon is 0.0, but it is divided by"),
        ({"penalty": -1.0}, "penalty is -1.0, but a penalty is at least 0"),
        ({"seed": -1}, "seed is -1, but"),
    ],
)
def test_bad_configs(options, message):
    with pytest.raises(ValueError, match=message):
        PerovskiteConfig(**options)


def test_every_method_has_its_ansatz():
    assert {method.ansatz for method in METHODS} == {ansatz.name for ansatz in ANSATZE}
    assert len({method.name for method in METHODS}) == len(METHODS)
