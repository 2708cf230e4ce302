"""Symmetry-adapted modes: known distortions of perovskites, and laws that hold for any crystal."""

from fractions import Fraction

import pytest
import torch

from symbreak.symmetry.crystals import Mode, crystal_symmetry, deformation, isotropy_group, order_parameter
from symbreak.symmetry.crystals.lattices import adjugate, determinant, dual_fractions, generated, keeps

HALF = Fraction(1, 2)


def amplitudes(found, least=1e-10):
    return {
        f"{mode.point} {mode.irrep}": mode.squared_amplitude for mode in found.modes if mode.squared_amplitude > least
    }


def cells(given, M):
    """A supercell of a crystal's primitive cell."""
    M = torch.tensor(M).double()
    found = crystal_symmetry(*given)
    base, first = found.primitive_cell, found.first_atoms
    steps = torch.cartesian_prod(*[torch.arange(-3, 4)] * 3).double()
    scaled = (found.positions[first] @ torch.linalg.inv(base))[:, None] + steps
    inside = scaled @ torch.linalg.inv(M)
    kept = ((inside > -1e-9) & (inside < 1 - 1e-9)).all(2)
    numbers = found.numbers[first, None].expand(-1, len(steps))[kept]
    return crystal_symmetry(M @ base, inside[kept] @ (M @ base), numbers)


@pytest.fixture
def distortion(perovskite, tilted):
    return deformation(crystal_symmetry(*perovskite), *tilted)


def test_the_tilts_of_a_perovskite(distortion):
    """a⁻a⁻c⁺: out of phase at R, in phase at M, both axial about the centre of the octahedra; the rest follows."""
    found = order_parameter(distortion.parent, distortion.displacement)
    assert found.origin_atom is not None
    assert int(distortion.parent.numbers[found.origin_atom]) == 30
    modes = amplitudes(found)
    assert list(modes) == ["R T1g", "M A2g", "X Eg", "R T2g"]
    assert list(modes.values()) == pytest.approx([0.52123, 0.17056, 0.04264, 0.01481], abs=1e-4)
    assert sum(mode.squared_amplitude for mode in found.modes) == pytest.approx(found.squared_displacement)
    assert found.squared_displacement == pytest.approx(float(distortion.displacement.square().sum()))
    assert found.curie_floor == pytest.approx(found.squared_displacement)
    groups = {f"{m.point} {m.irrep}": str(isotropy_group(distortion.parent, m.displacement)) for m in found.modes[:4]}
    assert groups == {"R T1g": "Imma (74)", "M A2g": "P4/mbm (127)", "X Eg": "Cmcm (63)", "R T2g": "Imma (74)"}
    tilt, in_phase = found.modes[:2]
    moving = distortion.parent.numbers[tilt.displacement.norm(dim=1) > 1e-6]
    assert set(moving.tolist()) == {9}  # a tilt moves the X alone
    assert (tilt.star, tilt.little_co_group.schoenflies, tilt.dimension, tilt.copies) == (1, "Oh", 3, 1)
    assert (in_phase.star, in_phase.little_co_group.schoenflies, in_phase.dimension) == (3, "D4h", 1)
    assert [vector for vector, _ in in_phase.arms] == [(HALF, HALF, 0)]
    assert str(found).splitlines()[0] == "R T1g: 0.5212 Å²"


def test_names_at_the_border_depend_on_the_origin(distortion):
    """About an A site the tilt at R changes sign under the inversion; at Γ no name changes, nor an amplitude."""
    parent, n = distortion.parent, len(distortion.displacement)
    a_site = int((parent.numbers == 19).nonzero()[0])
    modes = amplitudes(order_parameter(parent, distortion.displacement, origin=a_site))
    assert list(modes) == ["R T2u", "M B1g", "X Eu", "R T1u"]
    assert list(modes.values()) == pytest.approx(
        list(amplitudes(order_parameter(parent, distortion.displacement)).values())
    )
    u = torch.randn(n, 3, dtype=torch.float64)
    at_zero = [
        {m.irrep: m.squared_amplitude for m in order_parameter(parent, u, origin=origin).modes if m.point == "Γ"}
        for origin in (None, a_site)
    ]
    assert at_zero[0] == pytest.approx(at_zero[1])


@pytest.mark.parametrize(
    "phase, modes, strains",
    (
        ("tetragonal", {"Γ T1u"}, {"A1g", "Eg"}),
        ("orthorhombic", {"Γ T1u", "Γ T2u"}, {"A1g", "Eg", "T2g"}),
    ),
)
def test_barium_titanate(barium_titanate, phase, modes, strains):
    """Ferroelectric phases: polar modes at Γ, with the strains that their squares allow."""
    found = deformation(crystal_symmetry(*barium_titanate["cubic"]), *barium_titanate[phase])
    order = order_parameter(found.parent, found.displacement, found.strain)
    assert set(amplitudes(order)) == modes
    assert {mode.irrep for mode in order.strain_modes if mode.squared_amplitude > 1e-10} == strains
    assert order.curie_floor == pytest.approx(order.squared_displacement)
    assert float(found.parent.average(found.displacement).abs().max()) < 1e-9
    torch.testing.assert_close(sum(mode.strain for mode in order.strain_modes), found.strain)
    squares = sum(mode.squared_amplitude for mode in order.strain_modes)
    assert squares == pytest.approx(float(found.strain.square().sum()))


def test_all_modes_of_a_perovskite(perovskite):
    """The displacements of ABX3 with B at the origin, as every table of lattice dynamics lists them."""
    parent = cells(perovskite, [[2, 0, 0], [0, 2, 0], [0, 0, 2]])
    found = order_parameter(parent, torch.randn(40, 3, dtype=torch.float64))
    listed = {}
    for mode in found.modes:
        listed.setdefault(mode.point, {})[mode.irrep] = mode.copies
        assert len(mode.arms) == mode.star == {"Γ": 1, "R": 1, "X": 3, "M": 3}[mode.point]
    assert listed == {
        "Γ": {"T1u": 4, "T2u": 1},
        "R": {"A1g": 1, "Eg": 1, "T1g": 1, "T2g": 2, "T1u": 1},
        "X": {"A1g": 2, "Eg": 2, "A2u": 2, "B2u": 1, "Eu": 3},
        "M": {"A1g": 1, "A2g": 1, "B1g": 1, "B2g": 1, "Eg": 1, "A2u": 2, "B1u": 1, "Eu": 3},
    }
    dimensions = sum(mode.star * mode.dimension * mode.copies for mode in found.modes)
    assert dimensions == 120


LAWS = (1, 2, 4, 14, 19, 36, 62, 75, 76, 82, 92, 136, 143, 144, 148, 150, 161, 173, 198)
SHAPES = ([[2, 0, 0], [0, 1, 0], [0, 0, 1]], [[3, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 0], [-1, 1, 0], [0, 0, 2]])


def assert_laws(parent, generator):
    """Orthogonal modes that add up, whose amplitudes no operation of the parent changes."""
    n = len(parent.numbers)
    u = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    found = order_parameter(parent, u)
    torch.testing.assert_close(found.translation, u.mean(0))
    u = u - u.mean(0)
    D = torch.stack([mode.displacement.flatten() for mode in found.modes])
    squares = torch.tensor([mode.squared_amplitude for mode in found.modes], dtype=torch.float64)
    torch.testing.assert_close(D @ D.T, torch.diag(squares), atol=1e-8, rtol=0)
    torch.testing.assert_close(D.sum(0).reshape(n, 3), u)
    assert float(squares.sum()) == pytest.approx(float(u.square().sum()))
    for mode, square in zip(found.modes, squares.tolist(), strict=True):
        assert sum(arm for _, arm in mode.arms) == pytest.approx(square)
    expected = {(mode.wave_vector, mode.irrep): mode.squared_amplitude for mode in found.modes}
    assert len(expected) == len(found.modes)
    g = parent.operations
    for h in torch.randint(len(g), (3,), generator=generator):
        moved = torch.empty_like(u)
        moved[g.permutations[h]] = u @ g.rotations[h].T
        again = order_parameter(parent, moved)
        assert {(m.wave_vector, m.irrep): m.squared_amplitude for m in again.modes} == pytest.approx(expected)
    symmetric = sum((mode.displacement for mode in found.modes if mode.symmetric), torch.zeros(n, 3))
    mean = parent.average(u)
    torch.testing.assert_close(symmetric.double(), mean)
    assert found.curie_floor == pytest.approx(float((u - mean).square().sum()))
    for mode in found.modes[:3]:  # a mode is its own decomposition
        if mode.squared_amplitude > 1e-6:
            assert list(amplitudes(order_parameter(parent, mode.displacement), 1e-8)) == [f"{mode.point} {mode.irrep}"]
    return found


@pytest.mark.parametrize("number", LAWS)
def test_laws(general_crystal, number, generator):
    generator.manual_seed(number)
    given = general_crystal(number, generator)
    for M in SHAPES[: 3 if len(given.numbers) < 20 else 1]:
        assert_laws(cells(given, M), generator)


@pytest.mark.slow
@pytest.mark.parametrize("number", (167, 176, 194, 203, 205, 213, 216, 227))
def test_laws_of_large_groups(general_crystal, number, generator):
    generator.manual_seed(number)
    assert_laws(cells(general_crystal(number, generator), SHAPES[0]), generator)


def test_conjugate_irreps_of_unequal_number(general_crystal, generator):
    """At K of P3, atoms on axes without mirrors: waves of one chirality can be more than those of the other."""
    points = torch.tensor([[1 / 3, 2 / 3, 0.0], [0.0, 0.0, 0.4]], dtype=torch.float64)
    given = general_crystal(143, generator, points=points)
    given = given._replace(positions=torch.cat([given.positions, given.positions[:1] + torch.tensor([0.3, 0.1, 0.9])]))
    turn = torch.tensor([[-0.5, -(0.75**0.5), 0], [0.75**0.5, -0.5, 0], [0, 0, 1]], dtype=torch.float64)
    third = torch.stack([given.positions[-1] @ turn.matrix_power(k).T for k in (1, 2)])
    given = given._replace(positions=torch.cat([given.positions, third]), numbers=torch.tensor([1, 2, 3, 3, 3]))
    assert crystal_symmetry(*given).number == 143
    found = assert_laws(cells(given, [[1, -1, 0], [1, 2, 0], [0, 0, 1]]), generator)
    assert {mode.irrep for mode in found.modes} == {"A", "E"}


def test_waves_that_no_operation_reverses(general_crystal, generator):
    """Without the inversion, k and -k are two stars and one mode."""
    given = general_crystal(1, generator)
    found = assert_laws(cells(given, [[3, 0, 0], [0, 1, 0], [0, 0, 1]]), generator)
    assert sorted((mode.point, mode.star, mode.copies) for mode in found.modes) == [("(1/3, 0, 0)", 1, 6), ("Γ", 1, 6)]


def test_nonsymmorphic_borders_are_numbered(general_crystal, generator):
    given = general_crystal(62, generator)
    found = order_parameter(cells(given, SHAPES[0]), torch.randn(2 * len(given.numbers), 3))
    at_zero = {mode.irrep for mode in found.modes if mode.point == "Γ"}
    assert at_zero == {f"{letter}{parity}" for letter in ("A", "B1", "B2", "B3") for parity in "gu"}
    assert found.origin_atom is None
    border = [mode for mode in found.modes if mode.point != "Γ"]
    assert {mode.irrep for mode in border} == {"(1)", "(2)"}
    assert {mode.dimension for mode in border} == {2}  # bands stick together


def test_a_noisy_parent_keeps_its_names(perovskite, distortion, generator):
    parent = distortion.parent
    noise = 2e-3 * torch.randn(20, 3, generator=generator, dtype=torch.float64)
    noisy = crystal_symmetry(parent.cell, parent.positions + noise, parent.numbers, tolerance=0.03)
    modes = amplitudes(order_parameter(noisy, distortion.displacement), 1e-3)
    assert list(modes) == ["R T1g", "M A2g", "X Eg", "R T2g"]


def test_a_parent_with_free_coordinates(barium_titanate):
    """From the tetragonal phase, a displacement along the axis is allowed: there is nothing to break."""
    parent = crystal_symmetry(*barium_titanate["tetragonal"])
    u = torch.zeros(5, 3, dtype=torch.float64)
    u[:, 2] = torch.tensor([0.1, -0.2, 0.05, 0.05, 0.0])
    found = order_parameter(parent, u)
    assert amplitudes(found).keys() == {"Γ A1"}
    assert found.curie_floor < 1e-12
    u[2, 2] += 0.1  # the oxygens apart
    assert amplitudes(order_parameter(parent, u)).keys() == {"Γ A1", "Γ B1"}


def test_a_broken_mode_fails_the_laws(perovskite, generator, monkeypatch):
    """Waves that come back without their turn are not those of one irrep."""
    from symbreak.symmetry.crystals.wave_vectors import Waves

    monkeypatch.setattr(Waves, "returned", lambda self, g, k, wave: wave)
    with pytest.raises(AssertionError):
        assert_laws(cells(perovskite, [[2, 0, 0], [0, 2, 0], [0, 0, 1]]), generator)


def test_refusals(perovskite):
    parent, u = crystal_symmetry(*perovskite), torch.zeros(5, 3)
    with pytest.raises(ValueError, match=r"displacement has shape \(4, 3\), but .* \(5, 3\)"):
        order_parameter(parent, u[:4])
    with pytest.raises(ValueError, match=r"displacement is not finite at \[0, 0\]"):
        order_parameter(parent, u * float("nan"))
    with pytest.raises(ValueError, match=r"origin is atom 5, but the parent has the atoms 0 \.\. 4"):
        order_parameter(parent, u, origin=5)
    with pytest.raises(ValueError, match="is not symmetric. Take the rotation out"):
        order_parameter(parent, u, torch.tensor([[0.0, 1, 0], [0, 0, 0], [0, 0, 0]]))
    with pytest.raises(ValueError, match="displacement is zero"):
        isotropy_group(parent, u)
    zero = order_parameter(parent, u)
    assert (zero.squared_displacement, zero.curie_floor, str(zero)) == (0.0, 0.0, "")
    assert all(isinstance(mode, Mode) for mode in zero.modes)


def test_integer_lattices():
    g = torch.Generator().manual_seed(0)
    for M in torch.randint(-3, 4, (60, 3, 3), generator=g):
        d = determinant(M)
        if not d:
            continue
        assert torch.equal(adjugate(M) @ M, d * torch.eye(3, dtype=torch.int64))
        q, denominator = dual_fractions(M)
        assert len(q.unique(dim=0)) == abs(d)
        assert not bool(((q @ M.T) % denominator).any())
        assert not bool(q[0].any())
        more = torch.cat([M, torch.randint(-3, 4, (2, 3), generator=g) @ M])
        basis = generated(more[torch.randperm(5, generator=g)])
        assert abs(determinant(basis)) == abs(d)
        assert not bool(((more @ adjugate(basis)) % determinant(basis)).any())
    turns = torch.tensor([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, -1, 0], [1, 0, 0], [0, 0, 1]]])
    assert keeps(turns, torch.diag(torch.tensor([2, 2, 1]))).tolist() == [True, True]
    assert keeps(turns, torch.diag(torch.tensor([2, 1, 1]))).tolist() == [True, False]
    with pytest.raises(ValueError, match="span no lattice of rank 3"):
        generated(torch.tensor([[1, 0, 0], [0, 1, 0]]))
