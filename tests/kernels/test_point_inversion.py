"""The exact inversion kernel of sets of points: known clouds, fields, chirality, laws."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Commuting, Fields, Pointwise, Relabel, Rigid, Slots
from symbreak.groups import Orthogonal, SampleKeys, SemidirectElement
from symbreak.kernels import PointInversion
from symbreak.representations import DirectSum, Trivial, Vector
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import check_counts, check_kernel, cloud_oracles

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GROUPS = pytest.mark.parametrize("group", (O3, SO3), ids=("O3", "SO3"))
ORACLES = cloud_oracles()
FULL = [oracle for oracle in ORACLES if len(oracle.positions)]
NAMED = {oracle.name: oracle for oracle in ORACLES}
EVERY = pytest.mark.parametrize("oracle", ORACLES, ids=lambda oracle: oracle.name)
RARE = 1e-6


def dense(oracle, dtype=torch.float64):
    return torch.cat([oracle.positions, oracle.species[:, None].double()], dim=1)[None].to(dtype)


def sets(group, translations=False):
    """S_n × G on positions with species beside them."""
    points = Pointwise(DirectSum((Vector(group), Trivial(group))))
    return Commuting((Slots(), Rigid(points) if translations else points))


def molecules(oracles=FULL, dtype=torch.float64):
    return Batch.from_data_list([Data(pos=o.positions.to(dtype), z=o.species) for o in oracles])


def molecular(group, translations=False, moves=(), still=("z",)):
    fields = Fields(group, (("pos", Vector(group)), *moves), still=still)
    nodes = ("pos", *still, *(name for name, _ in moves))
    return Commuting((Relabel(nodes), Rigid(fields) if translations else fields))


def size(oracle, group):
    return (oracle.rotations if group.special else oracle.order) * oracle.swaps


def forms(kernel, action, x, generator=None):
    return action.act(action.group.inverse(kernel(x, generator=generator)), x)


def assert_one_form(kernel, action, batch, generator, atol, tries=3):
    """`k(h x)⁻¹ h x = k(x)⁻¹ x`, as lists, for draws of poses and of elements."""
    first = forms(kernel, action, batch, generator)
    for _ in range(tries):
        moved = action.act(action.haar(batch, generator=generator), batch)
        again = forms(kernel, action, moved, generator)
        assert torch.equal(again.z, first.z)
        assert (again.pos - first.pos).abs().max() <= atol


# ----------------------------------------------------------------------------------------------------------------------
# Known clouds


@GROUPS
@pytest.mark.parametrize("translations", (False, True), ids=("origin", "anywhere"))
def test_known_sizes(group, translations):
    action = molecular(group, translations)
    expected = torch.tensor([size(oracle, group) for oracle in FULL], dtype=torch.float64)
    kernel = PointInversion(action, fields=("z",))
    assert torch.equal(kernel.support_size(molecules()), expected)
    torch.testing.assert_close(kernel.entropy(molecules()), expected.log())
    maps = PointInversion(action.parts[1], fields=("z",)).support_size(molecules())
    assert torch.equal(maps, expected / torch.tensor([oracle.swaps for oracle in FULL]))


@EVERY
def test_conformance(oracle):
    action, n = sets(O3), size(oracle, O3)
    order = None if n == math.inf else torch.tensor([int(n)])
    check_kernel(PointInversion(action), action, dense(oracle), order=order, draws=300, atol=1e-10)


@pytest.mark.parametrize("translations", (False, True), ids=("origin", "anywhere"))
@pytest.mark.parametrize("name", ("atom", "HCN", "twisted ethane", "methane", "chiral orbit", "scalene plane", "twins"))
def test_conformance_of_rotations(name, translations):
    action, n = sets(SO3, translations), size(NAMED[name], SO3)
    order = None if n == math.inf else torch.tensor([int(n)])
    check_kernel(PointInversion(action), action, dense(NAMED[name]), order=order, draws=300, atol=1e-10)


@GROUPS
@pytest.mark.parametrize("translations", (False, True), ids=("origin", "anywhere"))
def test_one_canonical_form(group, translations, generator):
    action = molecular(group, translations)
    kernel = PointInversion(action, fields=("z",), tolerance=1e-6 if translations else 0.01)
    assert_one_form(kernel, action, molecules(), generator, 1e-10)


@GROUPS
def test_one_canonical_form_in_float32(group, generator):
    action = molecular(group)
    batch = molecules(dtype=torch.float32)
    kernel = PointInversion(action, fields=("z",))
    assert_one_form(kernel, action, batch, generator, 1e-5)
    assert kernel(batch)[1].dtype == torch.float32


@GROUPS
def test_off_centre_clouds_turn_about_the_origin(group, generator):
    """As a list under O(3), a cloud has what symmetry it has about the origin, wherever its own centre is."""
    one = Data(pos=torch.tensor([[0.0, 0.0, 3.0]]).double(), z=torch.tensor([1]))
    shifted = [Data(pos=o.positions + torch.tensor([0.0, 0.0, 2.0]), z=o.species) for o in FULL[2:]]
    batch, action = Batch.from_data_list([one, *shifted]), molecular(group)
    kernel = PointInversion(action, fields=("z",))
    assert kernel.support_size(batch)[0] == math.inf
    cube = 1 + [oracle.name for oracle in FULL[2:]].index("cube")
    assert kernel.support_size(batch)[cube] == (4 if group.special else 8)  # C4v
    assert_one_form(kernel, action, batch, generator, 1e-10)


# ----------------------------------------------------------------------------------------------------------------------
# The law on ties; see also test_law_on_clouds


@pytest.mark.slow
@GROUPS
@EVERY
def test_conformance_with_many_draws(oracle, group):
    action, n = sets(group, translations=group.special and len(oracle.positions) > 0), size(oracle, group)
    order = None if n == math.inf else torch.tensor([int(n)])
    check_kernel(PointInversion(action), action, dense(oracle), order=order, draws=20_000, atol=1e-10)


def test_alike_points_at_one_place_are_exchanged_at_random():
    twins = NAMED["twins"].positions.expand(2_000, -1, -1)
    p, R = PointInversion(Commuting((Slots(), Pointwise(Vector(O3)))))(
        twins, generator=torch.Generator().manual_seed(0)
    )
    poses = torch.cat([p.double(), R.flatten(1).round(decimals=6) + 0.0], dim=1)
    counts = poses.unique(dim=0, return_counts=True)[1]
    assert len(counts) == 32
    check_counts(counts)


def test_broken_kernels_are_found_out():
    action, square = Commuting((Slots(), Pointwise(Vector(O3)))), NAMED["square"].positions[None]

    class FirstElement(PointInversion):
        def forward(self, x, *, generator=None):
            cosets = self._cosets(x)[1]
            return cosets.order.expand(len(x), -1), cosets.frame.expand(len(x), -1, -1)

    class OwnAxes(PointInversion):
        def forward(self, x, *, generator=None):
            p, R = super().forward(x, generator=generator)
            return p, torch.eye(3).double().expand_as(R)

    class Unpaired(PointInversion):
        def forward(self, x, *, generator=None):
            p, R = super().forward(x, generator=generator)
            return torch.tensor([1, 0, 2, 3])[p], R

    for broken, message in ((FirstElement, "in law"), (OwnAxes, "canonical form"), (Unpaired, "canonical form|in law")):
        with pytest.raises(AssertionError, match=message):
            check_kernel(broken(action), action, square, order=torch.tensor([16]), draws=300)
    with pytest.raises(AssertionError, match="entropy is log"):
        check_kernel(PointInversion(action), action, square, order=torch.tensor([8]), draws=300)


# ----------------------------------------------------------------------------------------------------------------------
# Chirality, near ties, hidden ties


def test_chirality():
    """A mirror image has the form of the original in O(3), and in SO(3) where the cloud is achiral."""
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0])).double()
    for oracle in FULL:
        image = Data(pos=oracle.positions @ mirror, z=oracle.species)
        pair = Batch.from_data_list([Data(pos=oracle.positions, z=oracle.species), image])
        achiral = oracle.order > oracle.rotations or oracle.order == math.inf
        for group, same in ((O3, True), (SO3, achiral)):
            action = molecular(group)
            one, two = forms(PointInversion(action, fields=("z",)), action, pair).pos.chunk(2)
            assert ((one - two).abs().max() < 1e-9) == same, oracle.name


def test_points_that_look_alike_but_are_not_exchanged(generator):
    """The pseudo-rhombicuboctahedron: every corner meets the same faces, but D4d does not exchange them all."""
    a = 1 + math.sqrt(2)
    corners = [[s, t, u] for t in (1, -1) for s in (1, -1) for u in (a, -a)]
    corners += [[s * x, t * y, u] for u in (1, -1) for x, y in ((a, 1), (1, a)) for s in (1, -1) for t in (1, -1)]
    points = torch.tensor(corners, dtype=torch.float64)
    turn = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, math.sqrt(2)]], dtype=torch.float64)
    points[points[:, 2] > 2] @= turn.mT / math.sqrt(2)
    assert point_stabilizer(points, tolerance=1e-9).schoenflies == "D4d"
    batch = Batch.from_data_list([Data(pos=points, z=torch.ones(24, dtype=torch.int64))])
    for group in (O3, SO3):
        action = molecular(group)
        assert_one_form(PointInversion(action, fields=("z",)), action, batch, generator, 1e-10)


def test_nearly_symmetric_clouds(generator):
    """To within the tolerance: as many poses as of the symmetric cloud, and forms that differ by as little."""
    noisy = [
        Data(pos=o.positions + 1e-3 * torch.randn(o.positions.shape, generator=generator), z=o.species) for o in FULL
    ]
    batch, action = Batch.from_data_list(noisy), molecular(O3)
    kernel = PointInversion(action, fields=("z",), tolerance=0.03)
    distinct = torch.tensor([oracle.swaps == 1 for oracle in FULL])
    expected = torch.tensor([float(oracle.order) for oracle in FULL]).double()
    keep = [i for i in range(len(FULL)) if distinct[i]]
    batch = Batch.from_data_list([noisy[i] for i in keep])
    assert torch.equal(kernel.support_size(batch), expected[keep])
    assert_one_form(kernel, action, batch, generator, 0.03)
    # Given the same element of the stabilizer, the pose moves with the cloud to rounding.
    exact = PointInversion(action, fields=("z",), tolerance=1e-6)
    assert_one_form(exact, action, batch, generator, 1e-9)


def test_noise_does_not_choose_the_frame(generator):
    """Nearly symmetric positions, of several shells, with random velocities, which leave no symmetry: one pose."""
    noisy = []
    for oracle in FULL:
        if oracle.order < math.inf and oracle.swaps == 1:
            pos = torch.cat([oracle.positions, 1.9 * oracle.positions.flip(1) + 0.1])
            pos = pos + 1e-3 * torch.randn(pos.shape, generator=generator)
            noisy.append(
                Data(pos=pos, z=oracle.species.repeat(2), v=torch.randn(pos.shape, generator=generator).double())
            )
    batch, action = Batch.from_data_list(noisy), molecular(O3, moves=(("v", Vector(O3)),))
    kernel = PointInversion(action, fields=("z", "v"), tolerance=0.03)
    assert kernel.entropy(batch).max() == 0
    assert_one_form(kernel, action, batch, generator, 1e-9)


def test_equivariance_in_law_of_a_nearly_symmetric_cloud():
    noise = 1e-3 * torch.randn(1, 8, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    action = Commuting((Slots(), Pointwise(Vector(O3))))
    x = NAMED["cube"].positions[None] + noise
    check_kernel(PointInversion(action), action, x, inversion=False, order=torch.tensor([48]), draws=1000)


# ----------------------------------------------------------------------------------------------------------------------
# Fields


def with_fields(group, **fields):
    reps = {"v": Vector(group), "s": Irreps(group, "1e"), "q": Irreps(group, "2e")}
    return molecular(group, moves=tuple((name, reps[name]) for name in fields), still=("z",))


@GROUPS
@pytest.mark.parametrize(
    "pos, fields, order, rotations",
    (
        ([[0, 0, 0]], {"v": [[1, 2, 3]]}, math.inf, math.inf),  # C∞v: an atom that moves
        ([[0, 0, 0]], {"s": [[1, 2, 3]]}, math.inf, math.inf),  # C∞h: a spin
        ([[0, 0, 1], [0, 0, -1]], {"v": [[1, 0, 0], [1, 0, 0]]}, 4, 2),  # C2v: it moves across its axis
        ([[0, 0, 1], [0, 0, -1]], {"v": [[1, 0, 0], [-1, 0, 0]]}, 4, 2),  # C2h: it turns
        ([[0, 0, 1], [0, 0, -1]], {"v": [[1, 0, 0], [0, 1, 0]]}, 2, 2),  # C2: a propeller
        ([[0, 0, 1], [0, 0, -1]], {"v": [[0, 0, 1], [0, 0, -1]]}, math.inf, math.inf),  # D∞h: it breathes
        ([[0, 0, 1], [0, 0, -1]], {"v": [[0, 0, 1], [0, 0, 1]], "s": [[0, 0, 1], [0, 0, 1]]}, math.inf, math.inf),  # C∞
        ([[0, 0, 0]] * 2, {"v": [[1, 0, 0], [0, 1, 0]]}, 4, 2),  # C2v of two arrows, which may be exchanged
        ([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], {"v": [[0, 0, 1]] * 4}, 8, 4),  # C4v
        ([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], {"s": [[0, 0, 1]] * 4}, 8, 4),  # C4h
        ([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], {"q": [[0, 0, 1, 0, 0]] * 4}, None, None),  # along y
    ),
)
def test_fields_break_what_they_break(group, pos, fields, order, rotations, generator):
    values = {name: torch.tensor(rows).double() for name, rows in fields.items()}
    batch = Batch.from_data_list(
        [Data(pos=torch.tensor(pos).double(), z=torch.ones(len(pos), dtype=torch.int64), **values)]
    )
    action = with_fields(group, **fields)
    kernel = PointInversion(action, fields=("z", *fields))
    if order is not None:
        assert float(kernel.support_size(batch)) == (rotations if group.special else order)
    first = forms(kernel, action, batch, generator)
    for _ in range(6):
        moved = action.act(action.haar(batch, generator=generator), batch)
        again = forms(kernel, action, moved, generator)
        for name in ("pos", *fields):
            assert (again[name] - first[name]).abs().max() < 1e-9, name


def test_fields_are_seen_if_they_are_named():
    oracle = NAMED["cube"]
    batch = Batch.from_data_list(
        [Data(pos=oracle.positions, z=oracle.species, charge=oracle.positions[:, 0].clone(), y=torch.rand(1))]
    )
    points = Fields(O3, (("pos", Vector(O3)),), still=("z", "charge", "y"))
    assert PointInversion(points).support_size(batch).tolist() == [48]
    assert PointInversion(points, fields=("charge",)).support_size(batch).tolist() == [8]
    assert PointInversion(points, fields=("y",)).support_size(batch).tolist() == [48]  # one number for all points


def test_a_vector_of_the_graph_counts_for_all_its_points():
    batch = Batch.from_data_list([Data(pos=NAMED["cube"].positions, field=torch.tensor([[0.0, 0.0, 1.0]]).double())])
    points = Fields(O3, (("pos", Vector(O3)), ("field", Vector(O3))))
    assert PointInversion(points, fields=("field",)).support_size(batch).tolist() == [8]  # C4v


def test_fields_that_have_no_vectors_leave_the_law_equivariant():
    """A quadrupole breaks the turns of an atom, and makes no frame: the whole coset of the atom is drawn from."""
    rep = DirectSum((Vector(O3), Irreps(O3, "2e")))
    x = torch.tensor([[[0.0, 0.0, 0.0, 0.3, 1.0, 0.2, 0.0, 0.5]]]).double()
    kernel = PointInversion(Pointwise(rep))
    assert kernel.entropy(x).tolist() == [math.inf]
    check_kernel(kernel, Pointwise(rep), x, inversion=False, draws=400)


def test_several_columns_of_species():
    pos = NAMED["square"].positions
    kinds = torch.tensor([[1, 0], [2, 0], [1, 0], [2, 1]])
    batch = Batch.from_data_list([Data(pos=pos, kinds=kinds)])
    points = Fields(O3, (("pos", Vector(O3)),), still=("kinds",))
    assert PointInversion(points, fields=("kinds",)).support_size(batch).tolist() == [4]  # C2v


# ----------------------------------------------------------------------------------------------------------------------
# Poses


@GROUPS
def test_poses_are_orthogonal_and_of_the_right_determinant(group):
    g = PointInversion(molecular(group).parts[1], fields=("z",))(molecules())
    torch.testing.assert_close(g.mT @ g, torch.eye(3).double().expand_as(g))
    if group.special:
        assert (torch.linalg.det(g) > 0).all()


def test_under_translations_the_pose_shifts_by_the_centroid():
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    g = PointInversion(Rigid(Pointwise(Vector(SO3))))(x)
    assert isinstance(g, SemidirectElement)
    torch.testing.assert_close(g.n, x.mean(1))


def test_the_projection_is_the_matrix_of_the_pair():
    """Without the order of the points, and with it: one law of maps, and of asymmetric clouds one map."""
    batch, action = molecules([NAMED["disordered"], NAMED["chiral molecule"]]), molecular(O3)
    pair = PointInversion(action, fields=("z",))(batch)
    assert torch.equal(pair[1], PointInversion(action.parts[1], fields=("z",))(batch))


def test_draws_are_keyed_to_the_sample():
    batch, alone = molecules(), molecules([NAMED["cube"]])
    cube = [oracle.name for oracle in FULL].index("cube")
    kernel = PointInversion(molecular(O3), fields=("z",))
    p, R = kernel(batch, generator=SampleKeys(torch.arange(len(FULL)), seed=0))
    q, S = kernel(alone, generator=SampleKeys(torch.tensor([cube]), seed=0))
    torch.testing.assert_close(R[cube], S[0])
    assert torch.equal(p[batch.ptr[cube] : batch.ptr[cube + 1]] - batch.ptr[cube], q)


def test_equal_clouds_of_a_batch_are_drawn_for_independently():
    g = PointInversion(Pointwise(Vector(O3)))(NAMED["cube"].positions.expand(200, -1, -1))
    assert len(g.round(decimals=6).unique(dim=0)) > 40


def test_empty_batches_and_clouds():
    action = Commuting((Slots(), Pointwise(Vector(O3))))
    for kernel in (PointInversion(action), PointInversion(action.parts[1])):
        assert kernel.entropy(torch.zeros(0, 4, 3)).shape == (0,)
        kernel(torch.zeros(0, 4, 3))
    p, R = PointInversion(action)(torch.zeros(3, 0, 3))
    assert p.shape == (3, 0)
    assert R.shape == (3, 3, 3)
    batch = Batch.from_data_list([Data(pos=torch.zeros(0, 3)), Data(pos=torch.eye(3))])
    points = Fields(O3, (("pos", Vector(O3)),))
    assert PointInversion(points).support_size(batch).tolist() == [math.inf, 6]


def test_no_gradient_and_no_change_of_the_data():
    x = torch.randn(2, 4, 3, requires_grad=True)
    before = x.detach().clone()
    assert not PointInversion(Pointwise(Vector(O3)))(x).requires_grad
    assert torch.equal(x.detach(), before)


def test_errors():
    points = Pointwise(Vector(O3))
    with pytest.raises(ValueError, match=r"try Pointwise\(Vector\(Orthogonal\(3\)\)\)"):
        PointInversion(Slots())
    with pytest.raises(ValueError, match="a third coordinate of 0"):
        PointInversion(Pointwise(Vector(Orthogonal(2))))
    with pytest.raises(ValueError, match="has a permutation first"):
        PointInversion(Commuting((points, Slots())))
    for wrong in ({"tolerance": 0.0}, {"field_tolerance": -1.0}):
        with pytest.raises(ValueError, match="must be positive"):
            PointInversion(points, **wrong)
    with pytest.raises(ValueError, match="Point 1 of cloud 1 is at .*nan"):
        PointInversion(points)(torch.tensor([[[0.0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, float("nan"), 1]]]))
    pair = torch.tensor([[[0.0, 0, 0], [1, 1, 1]]])
    close = torch.tensor([[[5.0, 0, 0], [5, 0.005, 0]]])
    with pytest.raises(ValueError, match="Points 0 and 1 of cloud 3 are alike and 0.005 apart"):
        PointInversion(points)(torch.cat([pair, pair, pair, close]))  # counted with their equals
    with pytest.raises(ValueError, match=r"a dense batch of clouds is \(B, points, columns\)"):
        PointInversion(points)(torch.zeros(4, 3))
    with pytest.raises(ValueError, match="columns of a dense batch have no names"):
        PointInversion(points, fields=("z",))(torch.zeros(1, 4, 3))
    with pytest.raises(ValueError, match="The first columns of the data move by Trivial"):
        PointInversion(Pointwise(DirectSum((Trivial(O3, 3), Vector(O3)))))(torch.zeros(1, 4, 6))
    with pytest.raises(ValueError, match="Cloud 0 has no point, so every translation keeps it"):
        PointInversion(Rigid(points))(torch.zeros(1, 0, 3))
    batch = Batch.from_data_list([Data(pos=torch.eye(3), z=torch.ones(3), edge_z=torch.ones(3))])
    fields = Fields(O3, (("pos", Vector(O3)),), still=("z", "edge_z"))
    with pytest.raises(ValueError, match="'y' was named, but the action knows"):
        PointInversion(fields, fields=("y",))(batch)
    with pytest.raises(ValueError, match="'edge_z' has 3 rows, but .* is not of edges"):
        PointInversion(fields, fields=("edge_z",))(batch)
    with pytest.raises(ValueError, match="'pos' moves by None, but it is to hold the positions"):
        PointInversion(Fields(O3, (("x", Vector(O3)),)))(Batch.from_data_list([Data(x=torch.eye(3))]))
