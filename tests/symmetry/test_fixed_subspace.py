"""Fixed subspaces, against characters, averages over the group, and answers that chemistry knows."""

import math
from dataclasses import replace

import pytest
import torch
from e3nn import o3

from symbreak.groups import Cyclic, Dihedral, FiniteProduct, Orthogonal, Symmetric, p4m, take
from symbreak.representations import (
    DirectSum,
    Dual,
    Irreps,
    Permutation,
    Regular,
    Representation,
    TensorProduct,
    Trivial,
    Vector,
)
from symbreak.symmetry import site_stabilizers
from symbreak.symmetry.derivative import derivative
from symbreak.symmetry.fixed_subspace import fixed_subspace, fixed_subspaces
from symbreak.symmetry.isotypic import isotypic_projectors
from symbreak.symmetry.orbits import node_orbits
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation
from symbreak.testing import check_representation, graph_oracles

O3, SO3, O2 = Orthogonal(3), Orthogonal(3, special=True), Orthogonal(2)


def matrix(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def turn(n, axis=2):
    """By 2π/n about a coordinate axis."""
    c, s = math.cos(2 * math.pi / n), math.sin(2 * math.pi / n)
    R = matrix((c, -s, 0), (s, c, 0), (0, 0, 1))
    order = [(axis + 1) % 3, (axis + 2) % 3, axis]
    back = [order.index(k) for k in range(3)]
    return R[back][:, back]


INVERSION = -torch.eye(3, dtype=torch.float64)
MIRROR_Z, MIRROR_X = torch.diag(matrix(1, 1, -1)), torch.diag(matrix(-1, 1, 1))
HALF_X = turn(2, axis=0)
CYCLE_AXES = matrix((0, 0, 1), (1, 0, 0), (0, 1, 0))  # a threefold turn about (1, 1, 1)
DIAGONAL_MIRROR = matrix((0, 1, 0), (1, 0, 0), (0, 0, 1))
GOLDEN = (1 + 5**0.5) / 2
FIVEFOLD = 0.5 * matrix((GOLDEN - 1, -GOLDEN, 1), (GOLDEN, 1, GOLDEN - 1), (-1, GOLDEN - 1, GOLDEN))


def closure(*generators):
    """All products, the identity first."""
    found = torch.eye(len(generators[0]), dtype=torch.float64)[None]
    while True:
        products = torch.cat([found, (found[:, None] @ torch.stack(generators)).flatten(0, 1)])
        keys = (products * 1e6).round().long().flatten(1)
        _, first = torch.unique(keys, dim=0, return_inverse=True)
        pick = torch.full((int(first.max()) + 1,), len(keys)).scatter_reduce(0, first, torch.arange(len(keys)), "amin")
        grown = products[pick.sort().values]
        if len(grown) == len(found):
            return grown
        found = grown


GENERATORS = {
    "C1": (torch.eye(3, dtype=torch.float64),),
    "Ci": (INVERSION,),
    "Cs": (MIRROR_Z,),
    **{f"C{n}": (turn(n),) for n in (2, 3, 4, 5, 6)},
    **{f"C{n}v": (turn(n), MIRROR_X) for n in (2, 3, 4, 6)},
    **{f"C{n}h": (turn(n), MIRROR_Z) for n in (2, 3, 6)},
    **{f"D{n}": (turn(n), HALF_X) for n in (2, 3, 4, 7)},
    **{f"D{n}h": (turn(n), HALF_X, MIRROR_Z) for n in (2, 3, 4, 6)},
    **{f"D{n}d": (turn(2 * n) @ MIRROR_Z, HALF_X) for n in (2, 3, 4)},
    "S4": (turn(4) @ MIRROR_Z,),
    "S8": (turn(8) @ MIRROR_Z,),
    "T": (CYCLE_AXES, turn(2)),
    "Td": (CYCLE_AXES, turn(2), DIAGONAL_MIRROR),
    "Th": (CYCLE_AXES, turn(2), INVERSION),
    "O": (CYCLE_AXES, turn(4)),
    "Oh": (CYCLE_AXES, turn(4), INVERSION),
    "I": (CYCLE_AXES, turn(2), FIVEFOLD),
    "Ih": (CYCLE_AXES, turn(2), FIVEFOLD, INVERSION),
}
ORDERS = {"D6h": 24, "D4d": 16, "S8": 8, "T": 12, "Td": 24, "Th": 24, "O": 24, "Oh": 48, "I": 60, "Ih": 120}
IRREPS = [f"{l}{p}" for l in range(7) for p in "eo"]
EXTREME = [matrix((0, -1, 0), (1, 0, 0), (0, 0, 0))]  # the turns about z
ALL_TURNS = torch.stack(
    [matrix((0, 0, 0), (0, 0, -1), (0, 1, 0)), matrix((0, 0, 1), (0, 0, 0), (-1, 0, 0)), EXTREME[0]]
)


def group(name):
    return Symmetry(closure(*GENERATORS[name]), complete=True)


def generated(name):
    return Symmetry(torch.stack(GENERATORS[name]))


def places(h, x):
    """int64 `(k, n)`: where each matrix sends each point."""
    distance = torch.cdist(x @ h.mT, x.expand(len(h), -1, -1))
    assert (distance.amin(-1) < 1e-6).all()
    return distance.argmin(-1)


def with_places(symmetry, x):
    return replace(symmetry, permutations=places(symmetry.elements, x))


def characters(h, irrep):
    """The dimension by Burnside's count: the mean character, from angles and parities alone."""
    l, odd = int(irrep[:-1]), irrep[-1] == "o"
    det = torch.linalg.det(h).sign()
    angle = ((det * h.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2).clamp(-1, 1).acos()
    chi = sum((m * angle).cos() for m in range(-l, l + 1))
    return float((chi * (det if odd else 1)).mean())


def assert_projector(P, symmetry, rep):
    """P is the orthogonal projector on the vectors that are fixed by a listed group."""
    g = symmetry.elements if symmetry.permutations is None else (symmetry.elements, symmetry.permutations)
    rho = rep.matrix(g, dtype=torch.float64)
    torch.testing.assert_close(P, P.T)
    torch.testing.assert_close(P @ P, P)
    torch.testing.assert_close(rho @ P, P.expand_as(rho))
    torch.testing.assert_close(P.trace(), rho.diagonal(dim1=1, dim2=2).sum(1).mean())


def test_the_groups_of_this_file():
    for name, order in ORDERS.items():
        assert len(group(name).elements) == order


@pytest.mark.parametrize("name", GENERATORS)
def test_dimensions_by_characters(name):
    listed, generators, h = group(name), generated(name), closure(*GENERATORS[name])
    rep = Irreps(O3, " + ".join(f"1x{irrep}" for irrep in IRREPS))
    whole = fixed_subspace(listed, rep)
    expected = {irrep: (round(characters(h, irrep)), 2 * int(irrep[0]) + 1) for irrep in IRREPS}
    assert whole.irreps == expected
    assert whole.dimension == sum(dimension for dimension, _ in expected.values())
    by_generators = fixed_subspace(generators, rep)
    torch.testing.assert_close(by_generators.projector, whole.projector, atol=1e-9, rtol=0)
    torch.testing.assert_close(rep.matrix(h).mean(0), whole.projector, atol=1e-9, rtol=0)
    assert whole.residual < 1e-7
    assert whole.gap >= 0.99


CONTINUOUS = {  # components, tangents, and the irreps that have an invariant
    "C∞": ([torch.eye(3, dtype=torch.float64)], EXTREME, set(IRREPS)),
    "C∞v": ([torch.eye(3, dtype=torch.float64), MIRROR_X], EXTREME, {"0e", "1o", "2e", "3o", "4e", "5o", "6e"}),
    "C∞h": ([torch.eye(3, dtype=torch.float64), INVERSION], EXTREME, {f"{l}e" for l in range(7)}),
    "D∞": ([torch.eye(3, dtype=torch.float64), HALF_X], EXTREME, {f"{l}{p}" for l in (0, 2, 4, 6) for p in "eo"}),
    "D∞h": ([*closure(HALF_X, INVERSION)], EXTREME, {"0e", "2e", "4e", "6e"}),
    "K": ([torch.eye(3, dtype=torch.float64)], [*ALL_TURNS], {"0e", "0o"}),
    "Kh": ([torch.eye(3, dtype=torch.float64), INVERSION], [*ALL_TURNS], {"0e"}),
}


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("complete", (True, False))
def test_continuous_groups(name, complete):
    components, tangents, invariant = CONTINUOUS[name]
    symmetry = Symmetry(torch.stack(components), tangents=7 * torch.stack(tangents), complete=complete)
    found = fixed_subspace(symmetry, Irreps(O3, " + ".join(IRREPS)))
    assert {irrep for irrep, (allowed, _) in found.irreps.items() if allowed} == invariant
    assert found.dimension == len(invariant)
    assert found.gap > 0.5
    if len(tangents) == 1:  # up to degree 6, a sixtyfold axis is as good as a continuous one
        many = closure(*components, turn(60))
        average = Irreps(O3, " + ".join(IRREPS)).matrix(many).mean(0)
        torch.testing.assert_close(average, found.projector, atol=1e-9, rtol=0)


def test_molecules():
    """Dipole and polarizability."""
    dipole, polarizability = Irreps(O3, "1o"), Irreps(O3, "0e + 2e")
    assert fixed_subspace(group("Td"), dipole).dimension == 0  # methane
    water = fixed_subspace(group("C2v"), Vector(O3))
    assert water.basis.tolist() == [[0, 0, 1]]  # along its axis
    assert water.vanishing.tolist() == [True, True, False]
    assert fixed_subspace(group("D6h"), polarizability).dimension == 2  # benzene
    assert fixed_subspace(group("D6h"), polarizability).irreps == {"0e": (1, 1), "2e": (1, 5)}
    assert fixed_subspace(group("C3v"), dipole).dimension == 1  # ammonia
    assert fixed_subspace(group("D3"), Irreps(O3, "0o")).dimension == 1  # a propeller is chiral
    assert fixed_subspace(group("D3h"), Irreps(O3, "0o")).dimension == 0


def test_the_tetrahedron_has_one_octupole_and_the_cube_starts_at_degree_four():
    octupole = fixed_subspace(group("Td"), Irreps(O3, "3o"))
    corners = matrix((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    shape = o3.spherical_harmonics(3, corners, True).sum(0)
    torch.testing.assert_close(octupole.basis[0].abs(), (shape / shape.norm()).abs())
    cube = fixed_subspace(group("Oh"), Irreps(O3, "1o + 2e + 3o + 1e + 2o + 3e + 4o"))
    assert cube.dimension == 0
    assert bool(cube.vanishing.all())
    assert fixed_subspace(group("Oh"), Irreps(O3, "4e")).dimension == 1


BENZENE = torch.cat([r * torch.stack([turn(6).matrix_power(k)[:, 0] for k in range(6)]) for r in (1.4, 2.5)])
CO2 = matrix((0, 0, 0), (0, 0, 1.16), (0, 0, -1.16))


def test_forces():
    benzene = fixed_subspace(with_places(group("D6h"), BENZENE), SiteRepresentation(Vector(O3), 12))
    assert benzene.dimension == 2  # carbons and hydrogens, in and out
    radial = BENZENE / BENZENE.norm(dim=1, keepdim=True) * torch.arange(12)[:, None].ge(6) / 6**0.5
    torch.testing.assert_close(benzene.project(radial), radial)
    assert benzene.vanishing[:, 2].all()
    D = CONTINUOUS["D∞h"]
    carbon_dioxide = with_places(Symmetry(torch.stack(D[0]), tangents=torch.stack(D[1]), complete=True), CO2)
    stretch = fixed_subspace(carbon_dioxide, SiteRepresentation(Vector(O3), 3))
    assert stretch.dimension == 1
    torch.testing.assert_close(stretch.basis.reshape(3, 3) * 2**0.5, matrix((0, 0, 0), (0, 0, 1), (0, 0, -1)))
    assert stretch.equal.flatten().tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 5]
    assert stretch.sign.flatten().tolist() == [0, 0, 0, 0, 0, 1, 0, 0, -1]
    two = fixed_subspace(with_places(Symmetry(INVERSION[None]), CO2), SiteRepresentation(Vector(O3), 3))
    assert two.dimension == 3  # without the axis


def test_a_square_cannot_become_a_rectangle():
    corners = matrix((1, 1), (-1, 1), (-1, -1), (1, -1))
    square = with_places(Symmetry(closure(matrix((0, -1), (1, 0)), matrix((1, 0), (0, -1))), complete=True), corners)
    fixed = fixed_subspace(square, SiteRepresentation(Vector(O2), 4))
    assert fixed.dimension == 1
    stretch = corners * matrix(1, 0)
    torch.testing.assert_close(fixed.project(stretch), corners / 2)  # it grows instead


def orbit_cloud(name):
    """Points in general position, on an axis, on a plane: whole orbits of a group."""
    h = closure(*GENERATORS[name])
    seeds = matrix((0.3, 0.5, 0.9), (0, 0, 1.5), (1, 1, 1), (0.7, 0.7, 0), (0, 0, 0))
    return torch.cat([torch.unique((h @ seed).round(decimals=6), dim=0) for seed in seeds])


@pytest.mark.parametrize("name", ("C3v", "D2d", "D3", "Td", "S8"))
@pytest.mark.parametrize(
    "local", (Vector(O3), Irreps(O3, "0o + 1e + 2e"), TensorProduct(Vector(O3), Vector(O3))), ids=str
)
def test_sites_against_the_dense_average(name, local):
    symmetry = with_places(group(name), x := orbit_cloud(name))
    rep = SiteRepresentation(local, len(x))
    listed = fixed_subspace(symmetry, rep)
    assert_projector(listed.projector, symmetry, rep)
    generators = fixed_subspace(with_places(generated(name), x), rep)
    torch.testing.assert_close(generators.projector, listed.projector, atol=1e-9, rtol=0)
    y = torch.randn(2, len(x), rep.local.dim, dtype=torch.float64)
    torch.testing.assert_close(listed.project(y).flatten(1), y.flatten(1) @ listed.projector)
    torch.testing.assert_close(listed.basis @ listed.basis.T, torch.eye(listed.dimension, dtype=torch.float64))
    assert_ties(listed)


def assert_ties(fixed):
    """Every allowed output is sign * y[equal], and no two other components are tied in all of them."""
    y = torch.randn(3, fixed.dimension, dtype=torch.float64) @ fixed.basis
    equal, sign = fixed.equal.flatten(), fixed.sign.flatten()
    torch.testing.assert_close(y, sign * y[:, equal])
    assert (y[:, sign == 0].abs() < 1e-9).all()
    assert torch.equal(sign == 0, fixed.vanishing.flatten())
    leaders = y[:, (equal == torch.arange(len(equal))) & (sign != 0)]
    apart = (leaders[0, :, None].abs() - leaders[0].abs()).abs() + torch.eye(leaders.shape[1])
    assert (apart > 1e-9).all()


def test_the_check_catches_broken_projectors():
    symmetry, rep = group("C3v"), Irreps(O3, "1o + 2e + 3o")
    P = fixed_subspace(symmetry, rep).projector
    assert_projector(P, symmetry, rep)
    part = rep.matrix(symmetry.elements[:4]).mean(0)
    turned = rep.matrix(turn(5, axis=0)) @ P @ rep.matrix(turn(5, axis=0)).T
    smaller = fixed_subspace(group("D3h"), rep).projector
    for broken in (part, 1.01 * P, turned, smaller, P + 1e-3):
        with pytest.raises(AssertionError):
            assert_projector(broken, symmetry, rep)


@pytest.mark.parametrize("name", ("C2v", "D3", "S4", "T"))
def test_conjugation(name):
    """The turned input allows the turned outputs."""
    g, rep = O3.sample(generator=torch.Generator().manual_seed(3), dtype=torch.float64), Irreps(O3, "1o + 2e + 3o + 0o")
    symmetry = group(name)
    turned = Symmetry(g @ symmetry.elements @ g.T, complete=True)
    expected = rep.matrix(g) @ fixed_subspace(symmetry, rep).projector @ rep.matrix(g).T
    torch.testing.assert_close(fixed_subspace(turned, rep).projector, expected)


@pytest.mark.parametrize("complete", (True, False))
def test_precision(complete):
    """Elements in single precision, or with errors of 1e-5, give the same dimensions."""
    rep = Irreps(O3, "1o + 2e + 3o + 4e + 6e")
    for name in ("D6h", "Oh", "Ih", "C5"):
        exact = fixed_subspace(group(name), rep)
        source = group(name).elements if complete else torch.stack(GENERATORS[name])
        for elements in (source.float(), source + 1e-5 * torch.randn(3, 3, dtype=torch.float64)):
            rough = fixed_subspace(Symmetry(elements, complete=complete), rep)
            assert rough.dimension == exact.dimension
            torch.testing.assert_close(rough.projector, exact.projector, atol=2e-3, rtol=0)
            assert rough.residual < 1e-3 * rough.gap * (100 if complete else 1)
    y = torch.ones(rep.dim)
    assert exact.project(y).dtype == torch.float32
    assert exact.project(y.double()).dtype == torch.float64


def test_other_representations():
    square = group("C4v")
    V = Vector(O3)
    total = DirectSum((V, TensorProduct(V, V), Trivial(O3, 2), Dual(V)))
    found = fixed_subspace(square, total)
    assert found.dimension == 1 + 2 + 2 + 1
    assert_projector(found.projector, square, total)
    C6 = Cyclic(6)
    half = Symmetry(torch.tensor([3]))
    assert fixed_subspace(half, Regular(C6)).dimension == 3
    assert fixed_subspace(half, TensorProduct(Regular(C6), Regular(C6))).dimension == 18
    both = Symmetry(torch.tensor([0, 3]), complete=True)
    assert_projector(fixed_subspace(both, Regular(C6)).projector, both, Regular(C6))
    D = FiniteProduct((Cyclic(2), Dihedral(3)))
    some = Symmetry((torch.tensor([1]), torch.tensor([2])))
    assert fixed_subspace(some, Regular(D)).dimension == 12 // 6
    assert fixed_subspace(Symmetry(torch.zeros(0, dtype=torch.int64)), Regular(C6)).dimension == 6  # no generator


def test_permutations():
    g = torch.tensor([[1, 0, 2, 3]])
    rep = Permutation(Symmetric(4))
    pair = fixed_subspace(Symmetry(g), rep)
    assert pair.equal.tolist() == [0, 0, 2, 3]
    assert pair.project(torch.tensor([1.0, 3.0, 5.0, 7.0])).tolist() == [2, 2, 5, 7]
    everything = torch.tensor([[1, 0, *range(2, 50)], [*range(1, 50), 0]])  # of order 50!
    assert fixed_subspace(Symmetry(everything), Permutation(Symmetric(50))).dimension == 1


def test_a_large_group_needs_no_matrix():
    G = p4m(16)
    translations = Symmetry(take(G.elements(), torch.arange(256)), complete=True)
    assert fixed_subspace(translations, Regular(G)).dimension == 8


def test_orbits_of_graphs():
    """A long cycle, two copies, a star; and edges."""
    n = 20_001
    cycle = torch.arange(n).roll(1)[None]
    assert node_orbits([Symmetry(cycle, cycle)]).count == 1
    shuffle = torch.randperm(n)
    hidden = torch.empty_like(cycle).scatter(1, shuffle[None], shuffle[cycle])  # relabelled
    assert node_orbits([Symmetry(hidden, hidden)]).count == 1
    petersen = {oracle.name: oracle for oracle in graph_oracles()}["Petersen"]
    turned = torch.tensor([[1, 2, 3, 4, 0, 6, 7, 8, 9, 5]])
    fives = Symmetry(turned, turned)
    assert node_orbits([fives]).orbit.tolist() == [0] * 5 + [1] * 5
    edges = fives.on_edges(petersen.edge_index)
    assert node_orbits([edges]).count == 6  # rim, spokes and star, each both ways
    one_way = torch.tensor(petersen.edges).T
    assert node_orbits([fives.on_edges(one_way, directed=False)]).count == 3
    pairs = torch.cartesian_prod(torch.arange(3), torch.arange(3)).T
    flip = torch.tensor([[2, 1, 0]])
    assert node_orbits([Symmetry(flip, flip).on_edges(pairs)]).orbit.tolist() == [0, 1, 2, 3, 4, 3, 2, 1, 0]


def test_orbits_by_brute_force():
    """Random permutations that keep random blocks, against closure by repetition."""
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        n = 12
        block = torch.randint(4, (n,), generator=generator)
        p = torch.arange(n).repeat(2, 1)
        for k in range(2):
            for b in range(4):
                inside = (block == b).nonzero()[:, 0]
                p[k, inside] = inside[torch.randperm(len(inside), generator=generator)]
        reach = torch.eye(n, dtype=torch.bool)
        for _ in range(n):
            reach = reach | reach[p[0]] | reach[p[1]]
        found = node_orbits([Symmetry(p, p)])
        assert torch.equal(found.orbit[:, None] == found.orbit, reach)
        assert torch.equal(found.root, torch.stack([(found.orbit == r).nonzero()[0, 0] for r in range(found.count)]))


def test_a_ragged_batch_is_its_items():
    names = ("C2v", "Td", "C1", "D3", "Ci")
    clouds = [orbit_cloud(name) for name in names]
    D = CONTINUOUS["D∞h"]
    symmetries = [with_places(group(name), x) for name, x in zip(names, clouds, strict=True)]
    symmetries[3] = with_places(generated("D3"), clouds[3])
    symmetries.append(with_places(Symmetry(torch.stack(D[0]), tangents=torch.stack(D[1]), complete=True), CO2))
    clouds.append(CO2)
    y = torch.randn(sum(map(len, clouds)), 8, dtype=torch.float64)
    local = Irreps(O3, "1o + 2e")
    batch = fixed_subspaces(symmetries, local, per_node=True)
    pieces = y.split([len(x) for x in clouds])
    alone = [fixed_subspace(s, SiteRepresentation(local, len(x))) for s, x in zip(symmetries, clouds, strict=True)]
    projected = torch.cat([f.project(part) for f, part in zip(alone, pieces, strict=True)])
    torch.testing.assert_close(batch.project(y), projected)
    assert batch.dimensions.tolist() == [f.dimension for f in alone]
    whole = fixed_subspaces(symmetries, local)
    z = torch.randn(len(symmetries), 8, dtype=torch.float64)
    each = torch.stack([fixed_subspace(s, local).project(v) for s, v in zip(symmetries, z, strict=True)])
    torch.testing.assert_close(whole.project(z), each)
    assert fixed_subspaces([], local, per_node=True).project(torch.zeros(0, 8)).shape == (0, 8)


def test_portions_change_nothing(monkeypatch):
    symmetry, rep = with_places(group("D2d"), x := orbit_cloud("D2d")), SiteRepresentation(Vector(O3), len(x))
    whole = [fixed_subspace(s, rep).projector for s in (symmetry, with_places(generated("D2d"), x))]
    monkeypatch.setattr(site_stabilizers, "_ENTRIES", 50)
    parts = [fixed_subspace(s, rep).projector for s in (symmetry, with_places(generated("D2d"), x))]
    torch.testing.assert_close(parts, whole)


def test_thousands_of_atoms():
    """A cube of a simple cubic crystal with all its translations, from four generators."""
    L = 6
    r = torch.cartesian_prod(*[torch.arange(L)] * 3)
    moves = [(torch.eye(3), torch.tensor([1, 0, 0]))]
    moves += [(g.round(), torch.zeros(3, dtype=torch.int64)) for g in (CYCLE_AXES, turn(4), INVERSION)]
    images = [(r @ m.long().T + t) % L for m, t in moves]
    permutations = torch.stack([(i * torch.tensor([L * L, L, 1])).sum(1) for i in images])
    crystal = Symmetry(torch.stack([m.double() for m, _ in moves]), permutations)
    fixed = fixed_subspace(crystal, SiteRepresentation(Irreps(O3, "0e + 1o + 2e + 4e"), L**3))
    assert fixed.irreps == {"0e": (1, 216), "1o": (0, 648), "2e": (0, 1080), "4e": (1, 1944)}
    n = 4000
    free = Symmetry(torch.eye(3)[None], torch.arange(n)[None], complete=True)
    forces = fixed_subspace(free, SiteRepresentation(Vector(O3), n))
    assert forces.dimension == 3 * n
    y = torch.randn(n, 3, dtype=torch.float64)
    assert torch.equal(forces.project(y), y)


def test_vectors_on_edges():
    """The edges of a triangle under its threefold turn: vectors turn along."""
    corners = torch.stack([turn(3).matrix_power(k)[:, 0] for k in range(3)])
    symmetry = with_places(Symmetry(turn(3)[None]), corners).on_edges(torch.tensor([[0, 1, 2], [1, 2, 0]]))
    fixed = fixed_subspace(symmetry, SiteRepresentation(Vector(O3), 3))
    assert fixed.dimension == 3
    directions = corners[[1, 2, 0]] - corners
    torch.testing.assert_close(fixed.project(directions), directions)


def test_the_convention_of_sites():
    """Node 0 goes to node 1, and its vector along x turns to y."""
    quarter, step = matrix((0, -1), (1, 0)), torch.tensor([1, 2, 0])
    y = matrix((1, 0), (0, 0), (0, 5)).flatten()
    moved = SiteRepresentation(Vector(O2), 3).act((quarter, step), y)
    assert moved.tolist() == [-5, 0, 0, 1, 0, 0]


def test_site_representations_conform():
    for local in (Vector(O2), Trivial(Cyclic(3), 2), Regular(Cyclic(3))):
        check_representation(SiteRepresentation(local, 4))


def test_isotypic_projectors_take_products_apart():
    V = Vector(O3)
    rep = TensorProduct(TensorProduct(V, V), DirectSum((V, Irreps(O3, "0o + 2e"))))
    parts = isotypic_projectors(rep)
    torch.testing.assert_close(sum(parts.values()), torch.eye(rep.dim, dtype=torch.float64))
    g = O3.sample((4,), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rho = rep.matrix(g)
    for name, Q in parts.items():
        torch.testing.assert_close(Q @ Q, Q)
        torch.testing.assert_close(rho @ Q, Q @ rho)
        copies, l = round(float(Q.trace())) / (2 * int(name[0]) + 1), int(name[0])
        det = torch.linalg.det(g)
        angle = ((det * g.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2).clamp(-1, 1).acos()
        chi = sum((m * angle).cos() for m in range(-l, l + 1)) * (det if name[1] == "o" else 1)
        torch.testing.assert_close((rho @ Q).diagonal(dim1=1, dim2=2).sum(1), copies * chi)
    assert {
        name: round(float(Q.trace())) for name, Q in isotypic_projectors(Irreps(SO3, "2x1o + 1e + 0e")).items()
    } == {
        "0": 1,
        "1": 9,
    }
    assert isotypic_projectors(Regular(Cyclic(3))) == {}


def test_the_derivative_is_that_of_the_exponential():
    rep, X = Irreps(O3, "1o + 3e"), torch.randn(2, 3, 3, dtype=torch.float64)
    X = X - X.mT
    step = 1e-5
    numeric = (
        (rep.matrix(torch.linalg.matrix_exp(step * X)) - rep.matrix(torch.linalg.matrix_exp(-step * X))) / 2 / step
    )
    torch.testing.assert_close(derivative(rep, X), numeric, atol=1e-8, rtol=0)


class Shear(Representation):
    """Not orthogonal: the plane, with x in other units."""

    group, dim = O2, 2

    def act(self, g, x):
        scale = torch.tensor([1.0, 2.0], dtype=g.dtype)
        return Vector(O2).act(g, x * scale) / scale


def test_refusals():
    V = Vector(O3)
    half = turn(2)[None]
    with pytest.raises(ValueError, match="is not orthogonal: its matrices miss by"):
        fixed_subspace(Symmetry(turn(4)[None, :2, :2]), Shear())
    for some in (turn(3)[None], closure(turn(4))[:2], closure(turn(4))[:3], torch.cat([half, half])):
        with pytest.raises(ValueError, match="as complete, but they are not closed under composition"):
            fixed_subspace(Symmetry(some, complete=True), V)
    line = torch.tensor([[0, 1, 2], [1, 2, 0]])
    eye = torch.eye(3).repeat(2, 1, 1)
    with pytest.raises(ValueError, match="does not take node 0 to all the nodes"):
        fixed_subspace(Symmetry(eye, line, complete=True), SiteRepresentation(V, 3))
    swap = torch.tensor([[0, 1], [0, 1], [1, 0]])
    with pytest.raises(ValueError, match="an orbit of 2 and 2 elements that fix it"):
        fixed_subspace(Symmetry(torch.eye(3).repeat(3, 1, 1), swap, complete=True), SiteRepresentation(V, 2))
    with pytest.raises(ValueError, match="has 3 nodes, but the symmetry is of None"):
        fixed_subspace(Symmetry(half), SiteRepresentation(V, 3))
    with pytest.raises(ValueError, match="does not say how its elements permute the nodes"):
        fixed_subspaces([Symmetry(half)], V, per_node=True)
    with pytest.raises(ValueError, match=r"shape \(2,\), but this fixed subspace is of outputs of shape \(..., 3\)"):
        fixed_subspace(Symmetry(half), V).project(torch.ones(2))
    with pytest.raises(ValueError, match="tolerance is 0"):
        fixed_subspace(Symmetry(half), V, tolerance=0.0)
    with pytest.raises(ValueError, match="SiteRepresentation was given the size -1"):
        SiteRepresentation(V, -1)


def test_refusals_of_symmetries():
    eye, X = torch.eye(3)[None], EXTREME[0][None]
    with pytest.raises(ValueError, match=r"elements\[0, 1, 2\] is not finite"):
        Symmetry(eye.index_put((torch.tensor([0]), torch.tensor([1]), torch.tensor([2])), torch.tensor(math.nan)))
    with pytest.raises(ValueError, match="empty and called complete"):
        Symmetry(torch.zeros(0, 3, 3), complete=True)
    with pytest.raises(ValueError, match=r"permutations are torch.int64 of shape \(2, 3\), but there is one .* 1 elem"):
        Symmetry(eye, torch.arange(3).repeat(2, 1))
    with pytest.raises(ValueError, match=r"permutations\[0\] is no permutation of 0 .. 2"):
        Symmetry(eye, torch.tensor([[0, 0, 1]]))
    with pytest.raises(ValueError, match=r"tangents have shape \(3, 3\)"):
        Symmetry(eye, tangents=X[0])
    with pytest.raises(ValueError, match="are antisymmetric: pass X, not exp"):
        Symmetry(eye, tangents=turn(4)[None])
    for wrong in (torch.cat([X, 2 * X]), ALL_TURNS[:2], 0 * X):
        with pytest.raises(ValueError, match="a basis of a Lie algebra"):
            Symmetry(eye, tangents=wrong)
    with pytest.raises(ValueError, match=r"keep is torch.bool of shape \(3,\)"):
        Symmetry(eye, complete=True).subgroup(torch.ones(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="A part of a list of generators"):
        Symmetry(eye).subgroup(torch.ones(1, dtype=torch.bool))


def test_refusals_of_edges():
    flip = torch.tensor([[2, 1, 0]])
    path = Symmetry(flip, flip)
    with pytest.raises(ValueError, match="permutes no nodes, so it moves no edges"):
        Symmetry(torch.eye(3)[None]).on_edges(torch.tensor([[0], [1]]))
    with pytest.raises(ValueError, match=r"shape \(3, 2\), but it lists pairs"):
        path.on_edges(torch.zeros(3, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match="names nodes up to 5"):
        path.on_edges(torch.tensor([[0], [5]]))
    with pytest.raises(ValueError, match=r"The pair \(1, 0\) is listed twice|The pair \(0, 1\) is listed twice"):
        path.on_edges(torch.tensor([[0, 1], [1, 0]]), directed=False)
    with pytest.raises(ValueError, match=r"takes the pair \(0, 1\) to \(2, 1\), which is not in the list"):
        path.on_edges(torch.tensor([[0, 1], [1, 0]]))
    assert path.on_edges(torch.zeros(2, 0, dtype=torch.int64)).permutations.shape == (1, 0)


def test_empty_outputs():
    nothing = torch.zeros(1, 0, dtype=torch.int64)
    graph = Symmetry(nothing, nothing, complete=True)
    fixed = fixed_subspace(graph, SiteRepresentation(Trivial(Symmetric()), 0))
    assert (fixed.dimension, fixed.basis.shape) == (0, (0, 0))
    assert fixed.equal.shape == fixed.vanishing.shape == (0, 1)
    assert fixed.project(torch.zeros(5, 0, 1)).shape == (5, 0, 1)
