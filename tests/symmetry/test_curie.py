"""Curie floors, against brute force: best outputs that are searched for, averages over groups, equivariant maps."""

import math
from dataclasses import replace

import pytest
import torch

from symbreak.groups import Cyclic, Orthogonal, Symmetric
from symbreak.representations import DirectSum, Irreps, Permutation, Regular, TensorProduct, Trivial, Vector
from symbreak.symmetry.curie import (
    absolute_floor,
    approximate_floor,
    cross_entropy_floor,
    curie_floor,
    curie_floors,
    direction_test,
    largest_error_floor,
    misclassification_floor,
    remedy_floors,
)
from symbreak.symmetry.fixed_subspace import fixed_subspace
from symbreak.symmetry.orbits import NodeOrbits, node_orbits
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation

O3, O2, S = Orthogonal(3), Orthogonal(2), Symmetric()
V = Vector(O3)


def diagonal(*signs):
    return torch.diag_embed(torch.tensor(signs, dtype=torch.float64))


def turns(n):
    """The n turns about z."""
    angle = 2 * math.pi / n * torch.arange(n, dtype=torch.float64)
    R = torch.zeros(n, 3, 3, dtype=torch.float64)
    R[:, 0, 0] = R[:, 1, 1] = angle.cos()
    R[:, 1, 0], R[:, 0, 1], R[:, 2, 2] = angle.sin(), -angle.sin(), 1
    return R


WATER = Symmetry(diagonal((1, 1, 1), (-1, -1, 1), (-1, 1, 1), (1, -1, 1)), complete=True)
MIRROR = Symmetry(diagonal((1, 1, 1), (1, 1, -1)), complete=True)
INVERSION = Symmetry(diagonal((1, 1, 1), (-1, -1, -1)), complete=True)
THREEFOLD = Symmetry(turns(3), complete=True)
NOTHING = Symmetry(torch.eye(3, dtype=torch.float64)[None], complete=True)


def permuting(*permutations):
    p = torch.tensor(permutations)
    return Symmetry(p, p)


PATH, RING = permuting([2, 1, 0]), permuting([1, 2, 3, 0])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_floor_by_hand():
    floor = curie_floor(WATER, V, torch.tensor([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0], [3.0, 0.0, 4.0], [0.0, 0.0, 0.0]]))
    assert floor.squared_error.tolist() == [25, 0, 9, 0]
    assert floor.share.tolist() == [1, 0, 9 / 25, 0]
    assert floor.nearest.tolist() == [[0, 0, 0], [0, 0, 2], [0, 0, 4], [0, 0, 0]]
    assert (floor.unreachable**2).tolist() == [[9, 16, 0], [0, 0, 0], [9, 0, 0], [0, 0, 0]]
    assert floor.vanishing.tolist() == [True, True, False]
    assert floor.irreps["1o"].tolist() == [25, 0, 9, 0]


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_nothing_that_is_reachable_is_nearer(dtype):
    rep = DirectSum((Irreps(O3, "1o + 2e"), TensorProduct(V, V)))
    for symmetry in (WATER, THREEFOLD, INVERSION, MIRROR, NOTHING):
        y = torch.randn(5, rep.dim, dtype=dtype)
        floor = curie_floor(symmetry, rep, y)
        assert floor.nearest.dtype == dtype
        best = torch.linalg.lstsq(fixed_subspace(symmetry, rep).basis.T, y.T.double())
        outputs = fixed_subspace(symmetry, rep).basis.T @ best.solution
        expected = ((outputs - y.T.double()) ** 2).sum(0)
        torch.testing.assert_close(floor.squared_error, expected, atol=1e-5, rtol=1e-5)
        average = rep.matrix(symmetry.elements).mean(0)
        tolerance = 1e-6 if dtype == torch.float32 else 1e-12
        torch.testing.assert_close(floor.nearest.double(), y.double() @ average.T, atol=tolerance, rtol=0)
        torch.testing.assert_close(sum(floor.irreps.values()), floor.squared_error)


def test_the_floor_names_the_irreps():
    """A dipole and a quadrupole, of which a mirror lets less pass: 1o along z, 2e odd in z."""
    y = torch.zeros(9, dtype=torch.float64)
    y[0], y[8] = 2.0, 3.0  # 0e, and zz-like of 2e or what else it is
    rep = Irreps(O3, "0e + 1o + 2e")
    floor = curie_floor(INVERSION, rep, torch.arange(9.0, dtype=torch.float64))
    assert {name: float(part) for name, part in floor.irreps.items()} == pytest.approx({"0e": 0, "1o": 14, "2e": 0})
    sphere = Symmetry(INVERSION.elements, tangents=_all_turns(), complete=True)
    floor = curie_floor(sphere, rep, y)
    assert {name: float(part) for name, part in floor.irreps.items()} == pytest.approx({"0e": 0, "1o": 0, "2e": 9})
    assert floor.fixed.irreps == {"0e": (1, 1), "1o": (0, 3), "2e": (0, 5)}
    assert curie_floor(Symmetry(torch.tensor([1])), Regular(Cyclic(3)), torch.ones(3)).irreps == {}


def _all_turns():
    e = torch.eye(3, dtype=torch.float64)
    return torch.linalg.cross(e[:, None], e[None])


def test_batches_are_their_items():
    symmetries = [WATER, NOTHING, INVERSION, THREEFOLD, Symmetry(turns(1), tangents=_all_turns()[2:], complete=True)]
    y = torch.randn(5, 8, dtype=torch.float64)
    rep = Irreps(O3, "1o + 2e")
    batch = curie_floors(symmetries, rep, y)
    alone = [curie_floor(s, rep, v) for s, v in zip(symmetries, y, strict=True)]
    torch.testing.assert_close(batch.squared_error, torch.stack([floor.squared_error for floor in alone]))
    torch.testing.assert_close(batch.nearest, torch.stack([floor.nearest for floor in alone]))
    for name, part in batch.irreps.items():
        torch.testing.assert_close(part, torch.stack([floor.irreps[name] for floor in alone]))
    graphs = [PATH, RING, permuting([0])]
    z = torch.randn(8, 2, dtype=torch.float64)
    batch = curie_floors(graphs, Trivial(S, 2), z, per_node=True)
    for k, (graph, part) in enumerate(zip(graphs, z.split([3, 4, 1]), strict=True)):
        floor = curie_floor(graph, SiteRepresentation(Trivial(S, 2), len(part)), part)
        torch.testing.assert_close(batch.squared_error[k], floor.squared_error)
        torch.testing.assert_close(batch.share[k], floor.share)


def test_graph_labels_share_an_output():
    floor = curie_floor(PATH, Permutation(Symmetric(3)), torch.tensor([1.0, 5.0, 0.0]))
    assert floor.nearest.tolist() == [0.5, 5.0, 0.5]
    assert float(floor.squared_error) == 0.5


def test_the_floor_refuses():
    with pytest.raises(ValueError, match=r"Of the targets, entry \[1\] is not finite"):
        curie_floor(WATER, V, torch.tensor([0.0, math.nan, 1.0]))
    with pytest.raises(ValueError, match="The targets are torch.int64, .* or labels to cross_entropy_floor"):
        curie_floor(WATER, V, torch.tensor([0, 1, 2]))
    with pytest.raises(ValueError, match=r"shape \(4,\), but this fixed subspace"):
        curie_floor(WATER, V, torch.ones(4))


def random_orbits(generator, nodes=40, items=3):
    """Orbits that do not cross items, numbered by first nodes."""
    owner = torch.arange(nodes) * items // nodes
    cell = owner * 5 + torch.randint(5, (nodes,), generator=generator)
    p = torch.arange(nodes)
    for c in cell.unique():
        inside = (cell == c).nonzero()[:, 0]
        p[inside] = inside.roll(1)
    symmetries = []
    for k in range(items):
        own = p[owner == k] - int((owner < k).sum())
        symmetries.append(permuting(own.tolist()))
    return node_orbits(symmetries)


@pytest.mark.parametrize("seed", range(3))
def test_other_losses_against_a_search(seed):
    orbits = random_orbits(seeded(seed))
    y = torch.randn(40, 2, generator=seeded(seed), dtype=torch.float64)
    absolute, largest = absolute_floor(y, orbits), largest_error_floor(y, orbits)
    grid = torch.linspace(-4, 4, 4001, dtype=torch.float64)
    for r in range(orbits.count):
        own = y[orbits.orbit == r]  # (m, 2)
        error = (own[:, :, None] - grid).abs()  # (m, 2, grid)
        torch.testing.assert_close(absolute.per_orbit[r], error.sum(0).amin(-1), atol=0.05, rtol=0)
        assert (absolute.per_orbit[r] <= error.sum(0).amin(-1) + 1e-12).all()
        assert (largest.per_orbit[r] <= error.amax(0).amin(-1) + 1e-12).all()
        torch.testing.assert_close(largest.per_orbit[r], error.amax(0).amin(-1), atol=0.002, rtol=0)
        torch.testing.assert_close((own - absolute.best[r]).abs().sum(0), absolute.per_orbit[r])
        torch.testing.assert_close((own - largest.best[r]).abs().amax(0), largest.per_orbit[r])
    for k in range(orbits.items):
        mine = (orbits.owner[orbits.root] == k).nonzero()[:, 0]
        torch.testing.assert_close(absolute.total[k], absolute.per_orbit[mine].sum())
        torch.testing.assert_close(largest.total[k], largest.per_orbit[mine].amax())
    flat = absolute_floor(y[:, 0].float(), orbits)
    torch.testing.assert_close(flat.per_orbit, absolute.per_orbit[:, 0], atol=1e-5, rtol=1e-5)


def test_cross_entropy_by_hand():
    ring = node_orbits([RING])
    half = cross_entropy_floor(torch.tensor([0, 0, 1, 1]), ring)
    assert float(half.total) == pytest.approx(4 * math.log(2))
    assert half.best.tolist() == [[0.5, 0.5]]
    quarter = cross_entropy_floor(torch.tensor([True, False, False, False]), ring)
    assert float(quarter.total) == pytest.approx(-math.log(1 / 4) - 3 * math.log(3 / 4))
    pure = cross_entropy_floor(torch.tensor([2, 2, 2, 2]), ring, classes=5)
    assert (float(pure.total), pure.best.shape) == (0.0, (1, 5))
    path = node_orbits([PATH])
    assert float(cross_entropy_floor(torch.tensor([0, 1, 2]), path).total) == pytest.approx(2 * math.log(2))
    soft = torch.tensor([[0.5, 0.5], [1.0, 0.0], [1.0, 0.0]])
    expected = -2 * (0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert float(cross_entropy_floor(soft, path).total) == pytest.approx(expected)


def test_cross_entropy_against_an_optimizer():
    """Logits that are shared on orbits, fitted."""
    orbits = random_orbits(seeded(1))
    labels = torch.randint(3, (40,), generator=seeded(1))
    logits = torch.zeros(orbits.count, 3, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([logits], max_iter=300, tolerance_grad=1e-10)

    def loss():
        solver.zero_grad()
        value = (
            torch.nn.functional.cross_entropy(logits[orbits.orbit], labels, reduction="sum") + 1e-9 * (logits**2).sum()
        )
        value.backward()
        return value

    solver.step(loss)
    assert float(loss().detach()) == pytest.approx(float(cross_entropy_floor(labels, orbits).total.sum()), abs=1e-4)


def test_binary_labels_of_edges():
    """A square: its four edges share an output, so an edge that is cut costs 4 H(1/4)."""
    edges = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
    orbits = node_orbits([RING.on_edges(edges)])
    floor = cross_entropy_floor(torch.tensor([1, 0, 0, 0]), orbits)
    assert float(floor.total) == pytest.approx(4 * (math.log(4) - 0.75 * math.log(3)))
    assert float(misclassification_floor(torch.tensor([1, 0, 0, 0]), orbits).total) == 1


def test_misclassification_against_all_outputs():
    orbits = random_orbits(seeded(2))
    labels = torch.randint(3, (40,), generator=seeded(2))
    floor = misclassification_floor(labels, orbits)
    for r in range(orbits.count):
        own = labels[orbits.orbit == r]
        assert float(floor.per_orbit[r]) == min(int((own != c).sum()) for c in range(3))
        assert int((own != floor.best[r]).sum()) == float(floor.per_orbit[r])


def test_label_floors_of_empty_graphs():
    nothing = torch.zeros(1, 0, dtype=torch.int64)
    orbits = node_orbits([Symmetry(nothing, nothing), PATH, Symmetry(nothing, nothing)])
    assert absolute_floor(torch.tensor([1.0, 0.0, 0.0]), orbits).total.tolist() == [0, 1, 0]
    assert largest_error_floor(torch.tensor([1.0, 0.0, 0.0]), orbits).total.tolist() == [0, 0.5, 0]
    assert misclassification_floor(torch.tensor([1, 0, 0]), orbits).total.tolist() == [0, 1, 0]
    none = node_orbits([])
    assert cross_entropy_floor(torch.zeros(0, dtype=torch.int64), none).total.shape == (0,)
    assert misclassification_floor(torch.zeros(0, dtype=torch.int64), none).best.shape == (0,)
    assert absolute_floor(torch.zeros(0), none).per_orbit.shape == (0,)


def test_label_floors_refuse():
    orbits = node_orbits([PATH])
    with pytest.raises(ValueError, match=r"shape \(2,\), but the orbits are of 3 nodes"):
        absolute_floor(torch.ones(2), orbits)
    with pytest.raises(ValueError, match=r"shape \(3, 1, 1\), but there is \(N,\)"):
        largest_error_floor(torch.ones(3, 1, 1), orbits)
    with pytest.raises(ValueError, match=r"Of the values, entry \[2\] is not finite"):
        absolute_floor(torch.tensor([0.0, 0.0, math.inf]), orbits)
    with pytest.raises(ValueError, match="not rows that are at least 0 and sum to 1"):
        cross_entropy_floor(torch.tensor([[0.5], [1.0], [1.0]]), orbits)
    with pytest.raises(ValueError, match=r"Of the labels, entry \[0, 0\] is not finite"):
        cross_entropy_floor(torch.tensor([[math.nan], [1.0], [1.0]]), orbits)
    with pytest.raises(ValueError, match="integers name one class for each node"):
        cross_entropy_floor(torch.ones(3, 2, dtype=torch.int64), orbits)
    with pytest.raises(ValueError, match="lie between -1 and 1, but classes are 0 .. 1"):
        misclassification_floor(torch.tensor([-1, 0, 1]), orbits)


def test_a_random_pose_costs_twice_the_floor_in_squared_error_and_nothing_up_to_symmetry():
    rep = Irreps(O3, "1o + 2e + 3o")
    for symmetry in (WATER, THREEFOLD, INVERSION):
        y = torch.randn(15, dtype=torch.float64, generator=seeded(4))
        outcomes = rep.act(symmetry.elements, y)
        errors = ((outcomes - y) ** 2).sum(-1)
        floors = remedy_floors([symmetry], rep, y[None])
        torch.testing.assert_close(floors.one_draw[0], errors.mean())
        torch.testing.assert_close(floors.random_pose[0], errors.min())
        assert float(floors.one_draw) == pytest.approx(2 * float(floors.none))
    free = torch.randint(len(outcomes), (20_000,), generator=seeded())
    drawn = errors[free].mean()
    assert abs(float(drawn - floors.one_draw)) < 5 * float(errors.std()) / 20_000**0.5


def test_the_best_constant_against_least_squares():
    rep = Irreps(O3, "1o + 2e")
    symmetries = [WATER, THREEFOLD, INVERSION, MIRROR, NOTHING] * 3
    y = torch.randn(len(symmetries), 8, dtype=torch.float64)
    floors = remedy_floors(symmetries, rep, y)
    rest = torch.stack([torch.eye(8) - fixed_subspace(s, rep).projector for s in symmetries])
    b = torch.linalg.lstsq(rest.flatten(0, 1), (rest @ y[..., None]).flatten(0, 1), driver="gelsd").solution[:, 0]
    expected = ((rest @ (y - b)[..., None]) ** 2).sum((1, 2))
    torch.testing.assert_close(floors.fixed_direction, expected)
    torch.testing.assert_close(floors.direction, b, atol=1e-9, rtol=0)
    assert (floors.fixed_direction.sum() <= floors.none.sum()).all()


def test_a_fixed_direction_of_a_crystal_is_learned_by_a_constant():
    """Four equal cells whose atoms move by one pattern, of different lengths and with noise."""
    n = 4
    p = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
    cell = replace(INVERSION, permutations=p)
    pattern = torch.randn(n, 3, dtype=torch.float64)
    y = torch.cat([length * pattern for length in (1.0, 1.5, 2.0, 0.5)])
    floors = remedy_floors([cell] * 4, V, y, per_node=True)
    part = curie_floor(cell, SiteRepresentation(V, n), pattern).unreachable
    torch.testing.assert_close(floors.direction, 1.25 * part)
    scale = torch.tensor([0.25, 0.25, 0.75, 0.75], dtype=torch.float64) ** 2
    torch.testing.assert_close(floors.fixed_direction, scale * (part**2).sum())
    assert float(remedy_floors([cell] * 2, V, y[:8] * 0, per_node=True).fixed_direction.sum()) == 0


def test_a_smaller_group():
    y = torch.tensor([[1.0, 2.0, 3.0]])
    kept = WATER.subgroup(torch.tensor([True, False, True, False]))  # the mirror x -> -x
    floors = remedy_floors([WATER], V, y, kept=[kept])
    assert float(floors.none) == pytest.approx(5.0)
    assert floors.subgroup.tolist() == [1.0]
    assert remedy_floors([WATER], V, y).subgroup is None


def test_remedies_refuse():
    with pytest.raises(ValueError, match="between 3 and 4 nodes, so one constant vector"):
        remedy_floors([PATH, RING], Trivial(S), torch.ones(7, 1), per_node=True)
    with pytest.raises(ValueError, match="kept has 1 symmetries for 2 items"):
        remedy_floors([WATER, WATER], V, torch.ones(2, 3), kept=[MIRROR])


def test_the_direction_test_finds_a_direction_and_only_then():
    r = torch.randn(60, 3, generator=seeded(), dtype=torch.float64)
    none = direction_test(r, generator=seeded())
    assert none.p_value > 0.05
    shifted = direction_test(r + torch.tensor([1.0, 0, 0]), generator=seeded())
    assert shifted.p_value == 1 / 1000
    assert 0.1 < shifted.statistic < 0.5
    torch.testing.assert_close(shifted.direction, r.mean(0) + torch.tensor([1.0, 0, 0], dtype=torch.float64))
    same = direction_test(torch.ones(5, 3), generator=seeded())
    assert same.statistic == pytest.approx(1.0)
    assert 0.02 < same.p_value < 0.12  # 2/32 of the flips leave all signs equal
    assert direction_test(r, generator=seeded(7)).p_value == direction_test(r, generator=seeded(7)).p_value
    assert direction_test(r.to(torch.float32), generator=seeded()).p_value == none.p_value


def test_the_direction_test_holds_its_level():
    """Outcomes of a threefold axis: r is as likely as its turns, but not as -r."""
    p = []
    for seed in range(60):
        start = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
        table = turns(3) @ start
        pick = torch.randint(3, (8,), generator=seeded(seed))
        r = table[pick]
        outcomes = [table] * 8
        p.append(direction_test(r, outcomes=outcomes, generator=seeded(seed), draws=199).p_value)
    assert sum(value <= 0.1 for value in p) <= 13  # of 60; binomial(60, 0.1) exceeds 13 once in 150
    forced = [table[:1].repeat(8, 1), [table] * 8]
    assert direction_test(forced[0], outcomes=forced[1], generator=seeded()).p_value < 0.01
    ragged = [table, table[:1], table, table]
    test = direction_test(table[[0, 0, 1, 2]], outcomes=ragged, generator=seeded(), draws=49)
    assert (test.samples, test.p_value > 0.1) == (4, True)


def test_the_direction_test_leaves_out_what_is_reachable():
    r = torch.cat([torch.ones(6, 2), torch.zeros(30, 2)])
    test = direction_test(r, generator=seeded())
    assert (test.samples, test.statistic) == (6, pytest.approx(1.0))
    with pytest.raises(ValueError, match="All of the 30 unreachable parts are 0"):
        direction_test(r[6:], generator=seeded())


def test_the_direction_test_refuses():
    with pytest.raises(ValueError, match=r"shape \(3,\), but there is one vector"):
        direction_test(torch.ones(3), generator=seeded())
    with pytest.raises(ValueError, match=r"entry \[0, 1\] is not finite"):
        direction_test(torch.tensor([[1.0, math.nan]]), generator=seeded())
    with pytest.raises(ValueError, match="draws is 0"):
        direction_test(torch.ones(3, 2), generator=seeded(), draws=0)
    with pytest.raises(ValueError, match="There are 1 lists of outcomes for 3 samples of 2 components"):
        direction_test(torch.ones(3, 2), generator=seeded(), outcomes=[torch.ones(2, 2)])


def test_the_price_of_a_near_symmetry_by_hand():
    """A dimer that is tilted out of a mirror plane by 0.01 at each end."""
    p = torch.tensor([[0, 1], [0, 1]])
    rep_in, mirror = SiteRepresentation(V, 2), replace(MIRROR, permutations=p)
    x = torch.tensor([[1.0, 0.0, 0.01], [-1.0, 0.0, -0.01]], dtype=torch.float64)
    y = torch.tensor([0.3, 0.0, 1.0], dtype=torch.float64)
    near = approximate_floor(mirror, rep_in, x, V, y)
    torch.testing.assert_close(near.moved_in, torch.tensor([0.0, 0.02 * 2**0.5], dtype=torch.float64))
    torch.testing.assert_close(near.moved_out, torch.tensor([0.0, 2.0], dtype=torch.float64))
    assert float(near.lipschitz) == pytest.approx(2 / (0.02 * 2**0.5))
    assert int(near.worst) == 1
    assert float(near.curie.squared_error) == pytest.approx(1.0)
    assert float(near.error(0.0)) == pytest.approx(1.0)
    assert float(near.error(float(near.lipschitz))) == pytest.approx(0.0, abs=1e-12)
    exact = approximate_floor(mirror, rep_in, x * torch.tensor([1.0, 1, 0]), V, y)
    assert float(exact.lipschitz) == math.inf
    symmetric = approximate_floor(mirror, rep_in, x * torch.tensor([1.0, 1, 0]), V, y * torch.tensor([1.0, 1, 0]))
    assert float(symmetric.lipschitz) == 0
    many = approximate_floor(mirror, rep_in, torch.stack([x, 2 * x]), V, torch.stack([y, y]))
    assert many.lipschitz.tolist() == pytest.approx([float(near.lipschitz), float(near.lipschitz) / 2])


def test_rounding_is_no_near_symmetry():
    hexagon = turns(6)[:, :, 0].float()
    p = torch.stack([torch.arange(6).roll(-k) for k in range(6)])
    symmetry = Symmetry(turns(6).float(), p, complete=True)
    near = approximate_floor(symmetry, SiteRepresentation(V, 6), hexagon, V, torch.tensor([1.0, 0.0, 0.0]))
    assert (near.moved_in == 0).all()
    assert float(near.lipschitz) == math.inf


def test_the_bounds_hold_for_equivariant_maps():
    """f(x) = Σ_i c(|x_i|) x_i, with a Lipschitz constant that is known: |c(r) r| of slope at most L."""
    p = torch.stack([torch.arange(5).roll(-k) for k in range(5)])
    star = Symmetry(turns(5), p, complete=True)
    rep_in = SiteRepresentation(V, 5)
    for seed in range(10):
        x = turns(5)[:, :, 0] + 0.05 * torch.randn(5, 3, generator=seeded(seed), dtype=torch.float64)
        for L in (0.5, 3.0):
            f = L / 5**0.5 * x.sum(0)  # Lipschitz constant L in the Euclidean norm of all positions
            near = approximate_floor(star, rep_in, x, V, f)
            assert float(near.lipschitz) <= L * (1 + 1e-9)
            assert float(near.error(L)) <= 1e-9
            y = f + torch.randn(3, generator=seeded(seed + 50), dtype=torch.float64)
            other = approximate_floor(star, rep_in, x, V, y)
            assert float(other.error(L)) <= float((y - f).norm()) + 1e-9
            assert float(other.error(0.0)) >= float(other.curie.squared_error.sqrt()) - 1e-9


def test_a_nearly_linear_molecule_has_a_slope():
    axis = Symmetry(turns(1), torch.tensor([[0, 1, 2]]), tangents=_all_turns()[2:], complete=True)
    bent = torch.tensor([[0.0, 0, 0], [0.01, 0, 1], [0.01, 0, -1]], dtype=torch.float64)
    dipole = torch.tensor([0.5, 0.0, 0.0], dtype=torch.float64)
    near = approximate_floor(axis, SiteRepresentation(V, 3), bent, V, dipole)
    assert float(near.lipschitz) == pytest.approx(0.5 / (0.01 * 2**0.5))
    assert not near.finite
    assert float(near.error(1.0)) == 0  # its one element is the identity, and a tangent gives no finite step


def test_near_symmetry_refuses():
    with pytest.raises(ValueError, match=r"shape \(2,\), but .* moves \(..., 3\)"):
        approximate_floor(MIRROR, V, torch.ones(2), V, torch.ones(3))
    with pytest.raises(ValueError, match="Of the inputs, entry .2. is not finite"):
        approximate_floor(MIRROR, V, torch.tensor([1.0, 2.0, math.nan]), V, torch.ones(3))
    with pytest.raises(ValueError, match=r"There are \(2,\) inputs and \(\) targets"):
        approximate_floor(MIRROR, V, torch.ones(2, 3), V, torch.ones(3))
    near = approximate_floor(MIRROR, V, torch.ones(3), V, torch.ones(3))
    with pytest.raises(ValueError, match="lipschitz is -1"):
        near.error(-1.0)


def test_totals_of_orbits():
    orbits = NodeOrbits(torch.tensor([0, 1, 0, 2]), torch.tensor([0, 0, 0, 2]), 3)
    assert orbits.total(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist() == [6, 0, 4]
    assert orbits.total(torch.tensor([1.0, 2.0, 3.0])).tolist() == [3, 0, 3]
    assert orbits.size.tolist() == [2, 1, 1]
