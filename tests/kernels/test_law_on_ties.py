"""Every kernel on every object of known symmetry: 20,000 poses, and what becomes of them when the object is moved.

The poses of an inversion kernel are one coset of the stabilizer, each element as often; a stabilizer with a continuous
part is cut into its components and intervals of the angle, or into intervals of each coordinate. The canonical forms
are one, to 1e-10 in float64, for all poses of an object and of all that it can be moved to.
"""

import math

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

from symbreak.actions import (
    Bond,
    Commuting,
    Fields,
    Lattice,
    Orientation,
    Pointwise,
    Relabel,
    Rigid,
    Scalar,
    Slots,
    orbit,
)
from symbreak.groups import Orthogonal, p4, p4m, take
from symbreak.kernels import (
    ArgMax,
    ArgMin,
    CanonicalLabelling,
    CrystalInversion,
    DirectionSort,
    FiniteHaar,
    FrameInversion,
    GramSchmidt,
    Haar,
    LatticeInversion,
    PointInversion,
    RandomIndividualization,
    RandomSort,
    RefinedSort,
    WeightedFrame,
)
from symbreak.layers import GroupConv
from symbreak.representations import DirectSum, Trivial, Vector
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import (
    GraphOracle,
    chi_square_threshold,
    cloud_oracles,
    crystal_gap,
    crystal_oracles,
    graph_oracles,
    lattice_oracles,
)

DRAWS, RARE, EXACT = 20_000, 1e-6, 1e-10
O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GROUPS = pytest.mark.parametrize("group", (O3, SO3), ids=("O3", "SO3"))
CLOUDS = cloud_oracles()
NAMED = {oracle.name: oracle for oracle in CLOUDS}


def each(oracles):
    return pytest.mark.parametrize("oracle", oracles, ids=lambda oracle: oracle.name)


def keys():
    return torch.Generator().manual_seed(0)


def assert_law(number, cells, name=""):
    """Of `cells` equally likely numbers, each occurs as often, by chi-square."""
    assert int(number.max()) < cells, name
    counts = torch.bincount(number, minlength=cells).double()
    if cells > 1:
        statistic = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
        assert statistic <= chi_square_threshold(RARE, cells - 1), name


def distinct(rows):
    """int64 `(K,)`: rows of numbers that are equal but for rounding have one number."""
    if not rows.shape[1]:
        return torch.zeros(len(rows), dtype=torch.int64)
    return (rows.double() * 1e3 + 0.123).round().unique(dim=0, return_inverse=True)[1]  # away from halves


# ----------------------------------------------------------------------------------------------------------------------
# Fields on lattices


def energy(x):
    """Of general position, with products, so that no two transforms of a field have one by accident."""
    w = torch.linspace(1, 3, x[0].numel(), dtype=torch.float64).exp().cos()
    flat = x.flatten(1).double()
    return torch.sin(flat @ w) + (flat * flat.roll(1, 1)) @ w.flip(0)


def scores(group):
    torch.manual_seed(0)
    layers = (GroupConv(group, (Scalar(),), 4), nn.Tanh(), GroupConv(group, (Orientation(4),), 1), nn.Flatten())
    return nn.Sequential(*layers).double()


LATTICE_KERNELS = {
    "correlation": LatticeInversion,
    "energy": lambda action: ArgMin(action, energy),
    "scores": lambda action: ArgMax(action.group, scores(action.group), action=action),
}


def assert_lattice_law(kernel, action, x):
    """Poses of copies of one field `(1, ...)`, over the coset that trying every element gives."""
    G = action.group
    source, many = keys(), x.expand(1000, *x.shape[1:])
    g = [kernel(many, generator=source) for _ in range(DRAWS // 1000)]
    number = torch.cat([G.index(part) for part in g])
    stabilizer = (orbit(action, x) == x).flatten(2).all(2)[:, 0].nonzero()[:, 0]
    coset = G.index(G.compose(G.element(stabilizer), take(g[0], torch.zeros_like(stabilizer))))
    place = torch.full((G.order,), len(coset))
    place[coset] = torch.arange(len(coset))
    assert_law(place[number], len(coset))
    few = many[:8]
    moved = action.act(action.haar(few, generator=source), few)
    forms = action.act(G.inverse(kernel(moved, generator=source)), moved)
    first = action.act(G.inverse(kernel(x, generator=source)), x)
    assert torch.equal(forms, first.expand_as(forms))


@pytest.mark.parametrize(
    "name, group, size",
    (
        *(("correlation", group, size) for group in (p4, p4m) for size in (4, 5)),
        *((name, p4, 3) for name in ("energy", "scores")),
        *(pytest.param(name, p4m, 3, marks=pytest.mark.slow) for name in ("energy", "scores")),
    ),
)
def test_lattice_fields(name, group, size):
    action = Lattice(group(size), (Scalar(),))
    kernel = LATTICE_KERNELS[name](action)
    for oracle in lattice_oracles(size):
        assert_lattice_law(kernel, action, oracle.field[None, None])


def test_couplings():
    """Bonds along one axis, and a field: half of the point group, and all translations."""
    action = Lattice(p4m(4), (Bond(), Scalar()))
    x = torch.tensor([1.0, 2.0, 0.3]).double()[None, :, None, None].expand(1, 3, 4, 4)
    assert_lattice_law(LatticeInversion(action), action, x)


def test_a_constant_field_by_the_uniform_law():
    action = Lattice(p4m(3), (Scalar(),))
    for kernel in (FiniteHaar(action), Haar(action)):
        assert_lattice_law(kernel, action, torch.zeros(1, 1, 3, 3).double())


class FirstTie(ArgMin):
    """An argmin that takes no notice of ties."""

    def forward(self, x, *, generator=None):
        return self.group.element(self.mass(x).int().argmax(-1))


class Favourite(LatticeInversion):
    """Every tenth time it takes the first tie without a draw."""

    def forward(self, x, *, generator=None):
        first = self.mass(x).int().argmax(-1)
        number = self.group.index(super().forward(x, generator=generator))
        return self.group.element(torch.where(torch.rand(len(x), generator=generator) < 0.1, first, number))


def test_broken_kernels_of_lattices_fail():
    action, coarse = Lattice(p4m(4), (Scalar(),)), Lattice(p4(3), (Scalar(),))
    constant, site = (oracle.field[None, None] for oracle in lattice_oracles(4)[:2])
    for broken, action_of, x in (
        (Favourite(action), action, site),
        (LatticeInversion(action, atol=9.0), action, site),  # it takes all values for one
        (FirstTie(coarse, energy), coarse, constant[..., :3, :3]),
    ):
        with pytest.raises(AssertionError):
            assert_lattice_law(broken, action_of, x)


# ----------------------------------------------------------------------------------------------------------------------
# Graphs

RELABEL = Relabel(("x",))
TWICE = GraphOracle("two pentagons", 10, tuple((5 * k + i, 5 * k + (i + 1) % 5) for k in (0, 1) for i in range(5)), 200)
GRAPHS = (*graph_oracles(), TWICE)
REFINED = ("no node", "one node", "empty", "complete", "star", "asymmetric")  # where every order of a cell will do


def copies(data, count):
    """A batch of one graph, or crystal, many times."""
    n, fields = data.num_nodes, {}
    for name, value in data.to_dict().items():
        if name == "edge_index":
            fields[name] = (value[:, None] + n * torch.arange(count)[:, None]).flatten(1)
        elif isinstance(value, torch.Tensor):
            fields[name] = value.repeat(count, *[1] * (value.dim() - 1))
    slots = torch.arange(count)
    return Batch(**fields, batch=slots.repeat_interleave(n), ptr=n * torch.arange(count + 1))


def graph(oracle):
    """With the degrees of the nodes and of their neighbours beside them, for kernels that sort."""
    edges, one = oracle.edge_index, torch.ones(2 * len(oracle.edges)).double()
    degree = torch.zeros(oracle.nodes).double().index_add(0, edges[1], one)
    second = torch.zeros(oracle.nodes).double().index_add(0, edges[1], degree[edges[0]] ** 2)
    third = torch.zeros(oracle.nodes).double().index_add(0, edges[1], second[edges[0]] ** 2)
    return Data(x=torch.stack([degree, second, third], 1), edge_index=edges)


def assert_graph_law(kernel, oracle):
    n, one = oracle.nodes, graph(oracle)
    batch = copies(one, DRAWS)
    p = kernel(batch, generator=keys()).reshape(DRAWS, n) - n * torch.arange(DRAWS)[:, None]
    codes = adjacency(p, one.edge_index)
    assert (codes == codes[:1]).all(), "canonical form"
    assert_law(distinct(p), oracle.automorphisms, oracle.name)
    moved = copies(one, 20)
    moved = RELABEL.act(RELABEL.haar(moved, generator=keys()), moved)
    q = kernel(moved, generator=keys()).reshape(20, n) - n * torch.arange(20)[:, None]
    ends = moved.edge_index.reshape(2, 20, -1) - n * torch.arange(20)[:, None]
    forms = torch.cat([adjacency(q[k : k + 1], ends[:, k]) for k in range(20)])
    assert torch.equal(forms, codes[:1].expand_as(forms)), "canonical form of a moved graph"


def adjacency(p, edge_index):
    """The edges of `p⁻¹ x` as sorted numbers: `(K, E)`."""
    n = p.shape[1]
    back = p.argsort(-1)
    return (n * back[:, edge_index[0]] + back[:, edge_index[1]]).sort(-1).values


@each(GRAPHS)
def test_graphs_by_canonical_labelling(oracle):
    assert_graph_law(CanonicalLabelling(("x",)), oracle)


@each(GRAPHS)
def test_graphs_by_random_individualization(oracle):
    assert_graph_law(RandomIndividualization(("x",)), oracle)


@each([oracle for oracle in GRAPHS if oracle.name in REFINED])
def test_graphs_by_sorting(oracle):
    for kernel in (RefinedSort(("x",)), RandomSort(lambda batch: batch.x)):
        assert_graph_law(kernel, oracle)


class StableSort(RandomSort):
    """An argsort that leaves ties as they stand."""

    def forward(self, x, *, generator=None):
        return self.cells(x).argsort(stable=True)


class OneShuffle(CanonicalLabelling):
    """The same automorphism for most graphs."""

    def forward(self, x, *, generator=None):
        found = self._decided(x, labelled=True)
        noise = torch.rand(len(x.batch), generator=generator).numpy()
        noise[: len(noise) // 3] = 0.5
        return torch.from_numpy(found.poses(noise))


def test_broken_kernels_of_graphs_fail():
    cycle, star = (next(oracle for oracle in GRAPHS if oracle.name == name) for name in ("cycle", "star"))
    for broken, oracle in (
        (StableSort(lambda batch: batch.x), star),
        (OneShuffle(("x",)), cycle),
        (RandomSort(lambda batch: batch.x), cycle),
    ):
        with pytest.raises(AssertionError):
            assert_graph_law(broken, oracle)


# ----------------------------------------------------------------------------------------------------------------------
# Clouds of points


def assert_uniform(s, components, axis, dimension, name=""):
    """Maps `(K, 3, 3)` are uniform on a group: that of some components, with a connected part of a dimension."""
    if dimension == 3:
        sign = (torch.linalg.det(s) > 0).long()
        assert_law(sign if len(components) > 1 else 1 - sign, len(components), name)
        for i in range(3):
            for j in range(3):  # each coordinate of a point on the sphere
                assert_law(((s[:, i, j] + 1) * 15).long().clamp(0, 29), 30, name)
        return
    number = torch.zeros(len(s), dtype=torch.int64)
    if dimension == 1:
        e = torch.linalg.cross(axis, torch.eye(3).double()[int(axis.abs().argmin())], dim=0)
        e = e / e.norm()
        f = torch.linalg.cross(axis, e, dim=0)
        assert ((s @ axis - axis).norm(dim=1).minimum((s @ axis + axis).norm(dim=1))).max() < EXACT, name
        # The component of a map tells whether it turns the axis and the hand, and the angle where it sends e.
        kind = torch.stack([torch.einsum("i,kij,j->k", axis, s, axis), torch.linalg.det(s)], 1).sign()
        known = torch.stack([torch.einsum("i,kij,j->k", axis, components, axis), torch.linalg.det(components)], 1)
        number = (kind[:, None] == known.sign()).all(-1).int().argmax(1)
        assert (kind == known.sign()[number]).all(), name
        angle = torch.atan2((s @ e) @ f, (s @ e) @ e) / (2 * math.pi) + 0.5
        assert_law(16 * number + (16 * angle).long().clamp(0, 15), 16 * len(components), name)
        return
    apart, number = (s[:, None] - components).abs().amax((2, 3)).min(1)
    assert apart.max() < EXACT, name
    assert_law(number, len(components), name)


def stabilizer(oracle, group):
    """Components, axis, and dimension of the connected part."""
    both = torch.stack([torch.eye(3), -torch.eye(3)]).double()[: 1 if group.special else 2]
    if not len(oracle.positions):
        return both, None, 3
    found = point_stabilizer(oracle.positions, group=group, tolerance=1e-9)
    return found.rotations, found.axis, len(found.continuous)


def of_lists(oracle, group):
    """The same, of the maps that keep every single point: by the rank of the points."""
    eye, x = torch.eye(3).double(), oracle.positions
    rank = int(torch.linalg.matrix_rank(x, rtol=1e-9)) if len(x) else 0
    V = torch.linalg.svd(torch.cat([x, torch.zeros(3, 3)])).Vh
    if rank == 0:
        return torch.stack([eye, -eye])[: 1 if group.special else 2], None, 3
    mirror = eye - 2 * torch.outer(V[2], V[2])
    with_mirror = torch.stack([eye, mirror])[: 1 if group.special else 2]
    return (with_mirror, V[0], 1) if rank == 1 else (with_mirror if rank == 2 else eye[None], None, 0)


def assert_cloud_law(kernel, oracle, group, known):
    g = kernel(oracle.positions.expand(DRAWS, -1, -1), generator=keys())
    assert_uniform(g @ g[0].mT, *known(oracle, group), oracle.name)


@GROUPS
@each(CLOUDS)
def test_sets_of_points(oracle, group):
    assert_cloud_law(PointInversion(Pointwise(Vector(group))), oracle, group, stabilizer)


@GROUPS
@each(CLOUDS)
def test_lists_of_points(oracle, group):
    assert_cloud_law(FrameInversion(Pointwise(Vector(group))), oracle, group, of_lists)


@pytest.mark.parametrize("name", ("nothing", "CO2", "square", "methane"))
@GROUPS
def test_vectors(name, group):
    """The frame of the points themselves; the tolerance is that of rounding."""
    assert_cloud_law(GramSchmidt(group, lambda x: x), NAMED[name], group, of_lists)


def dense(oracle):
    return torch.cat([oracle.positions, oracle.species[:, None].double()], dim=1)[None]


@GROUPS
@pytest.mark.parametrize("translations", (False, True), ids=("origin", "anywhere"))
def test_canonical_forms_of_clouds(group, translations):
    """As lists, by pairs of a permutation and a map; the order of what nothing tells apart makes no difference."""
    points = Pointwise(DirectSum((Vector(group), Trivial(group))))
    action = Commuting((Slots(), Rigid(points) if translations else points))
    kernel = PointInversion(action, tolerance=1e-6)
    for oracle in CLOUDS[1:]:
        x = dense(oracle).expand(4, -1, -1)
        moved = action.act(action.haar(x, generator=keys()), x)
        forms = [action.act(action.group.inverse(kernel(y, generator=keys())), y) for y in (x, moved)]
        assert (torch.cat(forms) - forms[0][:1]).abs().max() < EXACT, oracle.name


@each([oracle for oracle in CLOUDS if oracle.order < math.inf])
def test_pairs_of_a_permutation_and_a_map(oracle):
    """Of a finite stabilizer in S_n × O(3) each pair is drawn as often, exchanges of points at one place included."""
    action = Commuting((Slots(), Pointwise(DirectSum((Vector(O3), Trivial(O3))))))
    x = dense(oracle).expand(DRAWS, -1, -1)
    p, R = PointInversion(action)(x, generator=keys())
    rows = torch.cat([p[:, :5].double(), R.flatten(1)], dim=1)  # five points and the map tell pairs apart, or nearly
    cells = int(oracle.order) * oracle.swaps
    assert_law(distinct(rows), cells, oracle.name)


@pytest.mark.parametrize("name", ("square", "ammonia", "benzene", "cube", "twins", "disordered"))
def test_weighted_frames(name):
    """A mixture of uniform laws on cosets: the list has one probability along each, and the draws follow it."""
    oracle, kernel = NAMED[name], WeightedFrame(Pointwise(Vector(O3)))
    x = oracle.positions[None]
    g, _, probability = kernel.support(x)
    key = distinct(g.flatten(1))
    mass = torch.zeros(int(key.max()) + 1).double().index_add(0, key, probability)
    for s in point_stabilizer(oracle.positions, tolerance=1e-9).rotations:
        both = distinct(torch.cat([g, s @ g]).flatten(1))
        here, there = both.split(len(g))
        a, b = (torch.zeros(int(both.max()) + 1).double().index_add(0, part, probability) for part in (here, there))
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9)
    drawn = kernel(x.expand(DRAWS, -1, -1), generator=keys())
    both = distinct(torch.cat([g, drawn]).flatten(1))
    here, there = both.split([len(g), DRAWS])
    expected = DRAWS * torch.zeros(int(both.max()) + 1).double().index_add(0, here, probability)
    counts = torch.bincount(there, minlength=len(expected)).double()
    usual = expected >= 10
    assert len(mass) == len(expected)
    statistic = float(((counts - expected) ** 2 / expected)[usual].sum())
    assert statistic <= chi_square_threshold(RARE, max(int(usual.sum()) - int(usual.all()), 1))


def test_equal_vectors_of_a_sort():
    """Three equal vectors of five: their order is uniform, whatever the order of the rest."""
    x = torch.tensor([[0.3, 1.0], [2.0, 0.1], [0.3, 1.0], [-1.0, 0.4], [0.3, 1.0]]).double()
    g = DirectionSort()(x.expand(DRAWS, -1, -1), generator=keys())
    place = g.argsort(-1)[:, [0, 2, 4]]
    assert_law(distinct(place.argsort(-1)), 6)
    line = DirectionSort()(x[:, :1].expand(DRAWS, -1, -1), generator=keys())
    assert_law(distinct(line), 6)


class FirstComponent(PointInversion):
    """Turns about an axis, and none of the flips."""

    def forward(self, x, *, generator=None):
        cosets = self._cosets(x)[1]
        cosets.count.clamp_(max=1)
        return cosets.draw(generator=generator)[0]


class HalfTurns(PointInversion):
    """Of the turns about an axis only the half."""

    def forward(self, x, *, generator=None):
        R = super().forward(x, generator=generator)
        cosets = self._cosets(x)[1]
        axis = cosets.axis[0]
        turn = 2 * torch.outer(axis, axis) - torch.eye(3).double()
        first = cosets.frame[0]
        return torch.where((R[:, :1, :1] > 0), first, turn @ first)


def test_broken_kernels_of_clouds_fail():
    points = Pointwise(Vector(O3))
    for broken, name in (
        (FirstComponent(points), "CO2"),
        (FirstComponent(points), "cube"),
        (HalfTurns(points), "HCN"),
        (FrameInversion(points), "cube"),
        (PointInversion(Pointwise(Vector(SO3))), "atom"),
    ):
        with pytest.raises(AssertionError):
            assert_cloud_law(broken, NAMED[name], O3, stabilizer)


# ----------------------------------------------------------------------------------------------------------------------
# Crystals


def crystals(oracle, count):
    return copies(Data(pos=oracle.positions, cell=oracle.cell[None], z=oracle.species), count)


@GROUPS
@each(crystal_oracles())
def test_crystals(oracle, group):
    pytest.importorskip("moyopy")
    vector = Vector(group)
    action = Rigid(Fields(group, (("pos", vector), ("cell", vector)), still=("z",)))
    kernel, batch = CrystalInversion(action, fields=("z",)), crystals(oracle, DRAWS)
    g = kernel(batch, generator=keys())
    assert_law(distinct(torch.cat([g.n, g.h.flatten(1)], dim=1)), oracle.rotations if group.special else oracle.order)
    few = crystals(oracle, 8)
    moved = action.act(action.haar(few, generator=keys()), few)
    form = action.act(action.group.inverse(take(g, torch.arange(8))), few)
    again = action.act(action.group.inverse(kernel(moved, generator=keys())), moved)
    assert crystal_gap(crystals_of(form, 0), form) < EXACT
    assert crystal_gap(crystals_of(form, 0), again) < EXACT


def crystals_of(batch, number):
    """One crystal of a batch, as often as there are."""
    rows = batch.batch == number
    one = Data(pos=batch.pos[rows], cell=batch.cell[number : number + 1], z=batch.z[rows])
    return copies(one, batch.num_graphs)
