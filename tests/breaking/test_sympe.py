"""Where the encoding enters, what it keeps, and what stays behind."""

import copy

import pytest
import torch
from torch import nn

from symbreak.actions import Lattice, Orientation, Pointwise, Scalar
from symbreak.breaking import (
    Canonicalize,
    FieldEncoding,
    LiftedEncoding,
    PeriodicField,
    PixelField,
    SymPE,
    VectorEncoding,
)
from symbreak.breaking.insertion import Insertion
from symbreak.groups import Cyclic, Dihedral, SampleKeys, p4m, same
from symbreak.kernels import GramSchmidt, Haar, LatticeInversion
from symbreak.layers import GroupConv
from symbreak.representations import Regular
from symbreak.symmetry import entries, stabilizer
from symbreak.testing import assert_breaks, assert_pathwise_equivariant


def inner_case(case):
    """A SymPE whose encoding enters at a layer inside the network."""
    if not isinstance(case.action_in, Lattice):
        network = case.network(False)
        network.mix = nn.Linear(19, 8)
        return SymPE(network, case.kernel, case.encoding(), at="mix")
    group = case.action_in.group
    code = Lattice(group, (Orientation(1),))
    network = nn.Sequential(
        GroupConv(group, (Scalar(1),), copies=2),
        nn.Tanh(),
        GroupConv(group, (Orientation(3),), copies=1),
    )
    return SymPE(network, case.kernel, FieldEncoding(code, PixelField(code)), at="2")


def lifted_case(case):
    """One whose encoding enters after the first layer."""
    group = case.action_in.group
    code, after = Lattice(group, (Orientation(1),)), Lattice(group, (Orientation(2),))
    network = nn.Sequential(
        GroupConv(group, (Scalar(1),), copies=2), nn.Tanh(), GroupConv(group, (Orientation(2),), copies=1)
    )
    lift = GroupConv(group, (Orientation(1),), copies=2, bias=False)
    encoding = LiftedEncoding(FieldEncoding(code, PixelField(code)), lift, after)
    return SymPE(network, case.kernel, encoding, at="1")


@pytest.fixture(
    params=[("lattice", inner_case), ("graph", inner_case), ("lattice", lifted_case)],
    ids=("lattice", "graph", "lifted"),
)
def inner(request):
    name, make = request.param
    case = request.getfixturevalue(name)
    return case, make(case)


def test_insertion_at_a_layer_is_pathwise_equivariant(inner):
    case, f = inner
    for x in (case.x, case.symmetric):
        assert_pathwise_equivariant(f, case.action_in, case.action_out, x, case.kernel, draws=4)
    if isinstance(case.symmetric, torch.Tensor):
        assert_breaks(f, case.action_in, case.action_out, case.symmetric)


def test_insertion_equals_joining_by_hand(lattice):
    f = inner_case(lattice)
    g = lattice.kernel(lattice.x)
    first, act, last = f.network
    hidden = torch.cat([act(first(lattice.x)), f.encoding(g, lattice.x)], dim=1)
    assert torch.equal(f(lattice.x, g), last.layer(hidden))


def test_insertion_leaves_no_state_behind_and_works_functionally(inner):
    case, f = inner
    g = case.kernel(case.x)
    before = {name: value.clone() for name, value in f.state_dict().items()}
    buffers = {name: buffer.numel() for name, buffer in f.named_buffers() if name.endswith("code")}
    y = f(case.x, g)
    assert list(buffers.values()) == [0]
    assert all(torch.equal(value, before[name]) for name, value in f.state_dict().items())
    assert all(b.numel() == 0 for name, b in f.named_buffers() if name.endswith("code"))
    functional = torch.func.functional_call(f, dict(f.named_parameters()), (case.x, g))
    assert torch.equal(entries(functional), entries(y))
    twice = {name: 2 * p for name, p in f.named_parameters()}
    assert not torch.equal(entries(torch.func.functional_call(f, twice, (case.x, g))), entries(y))
    assert torch.equal(entries(f(case.x, g)), entries(y))


def test_insertion_at_the_input_layer_equals_joining_the_input(lattice):
    network = lattice.network(True)
    encoding = lattice.encoding()
    g = lattice.kernel(lattice.x)
    y = SymPE(network, lattice.kernel, encoding)(lattice.x, g)
    assert torch.equal(SymPE(network, lattice.kernel, encoding, at="0")(lattice.x, g), y)


def nested(lattice, second_at):
    group = p4m(4)
    network = nn.Sequential(
        GroupConv(group, (Scalar(3),), copies=1),
        nn.Tanh(),
        GroupConv(group, (Orientation(1), Scalar(2)), copies=1),
    )
    code = Lattice(group, (Scalar(2),))
    inside = SymPE(network, lattice.kernel, FieldEncoding(code, PixelField(code)), at="0")
    return SymPE(inside, lattice.kernel, FieldEncoding(code, PixelField(code)), at=second_at)


def test_two_nested_sympe_do_not_interfere(lattice):
    f = nested(lattice, "network.2")
    g, h = lattice.kernel(lattice.x), lattice.action_in.haar(lattice.x)
    inside = f.network
    # The inner SymPE draws its own pose: fix it by a kernel that always answers g.
    inside.kernel = Fixed(lattice.kernel, g)
    y = f(lattice.x, h)
    first, act, last = inside.network
    hidden = act(first.layer(torch.cat([lattice.x, inside.encoding(g, lattice.x)], dim=1)))
    by_hand = last.layer(torch.cat([hidden, f.encoding(h, lattice.x)], dim=1))
    torch.testing.assert_close(y, by_hand)
    y.square().sum().backward()
    assert f.encoding.field.values.grad.abs().sum() > 0
    assert inside.encoding.field.values.grad.abs().sum() > 0


class Fixed(Haar):
    """A kernel that answers one pose; not equivariant."""

    def __init__(self, kernel, g):
        super().__init__(kernel.action)
        self.g = g

    def forward(self, x, *, generator=None):
        return self.g


def test_a_layer_is_handed_one_encoding_unless_asked_for_inside(lattice):
    with pytest.raises(ValueError, match=r"'network\.0' is handed an encoding already.*at='network\.0\.layer'"):
        nested(lattice, "network.0")


def test_a_layer_that_is_not_there_is_named_beside_those_that_are(lattice):
    with pytest.raises(ValueError, match=r"no layer 'nine'.*0, 1, 2"):
        SymPE(lattice.network(True), lattice.kernel, lattice.encoding(), at="nine")
    with pytest.raises(ValueError, match="no layer ''"):
        SymPE(lattice.network(True), lattice.kernel, lattice.encoding(), at="")
    with pytest.raises(ValueError, match="it has none"):
        SymPE(nn.Identity(), lattice.kernel, lattice.encoding(), at="0")


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_state_round_trip(case, training, tmp_path):
    f, other = (SymPE(case.network(True), case.kernel, case.encoding()).train(training) for _ in range(2))
    _check_round_trip(f, other, case, tmp_path)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_state_round_trip_of_an_insertion(inner, training, tmp_path):
    case, f = inner
    other = lifted_case(case) if isinstance(f.encoding, LiftedEncoding) else inner_case(case)
    _check_round_trip(f.train(training), other.train(training), case, tmp_path)


def _check_round_trip(f, other, case, tmp_path):
    g = case.kernel(case.x)
    assert not torch.equal(entries(f(case.x, g)), entries(other(case.x, g)))
    torch.save(f.state_dict(), tmp_path / "f.pt")
    other.load_state_dict(torch.load(tmp_path / "f.pt", weights_only=True))
    assert torch.equal(entries(f(case.x, g)), entries(other(case.x, g)))
    assert not any(name.endswith(("code", "keeps", "weights")) and "kernel" in name for name in f.state_dict())


def test_a_deep_copy_is_independent(inner):
    case, f = inner
    g = case.kernel(case.x)
    y, other = f(case.x, g), copy.deepcopy(f)
    assert torch.equal(entries(other(case.x, g)), entries(y))
    with torch.no_grad():
        for p in f.parameters():
            p.zero_()
    assert torch.equal(entries(other(case.x, g)), entries(y))
    site = next(m for m in other.modules() if isinstance(m, Insertion))
    assert site.join.__self__ is other.encoding


def test_v_has_a_gradient_and_is_one_for_the_whole_batch(case):
    f = SymPE(case.network(True), case.kernel, case.encoding())
    y = f(case.x)
    weights = torch.linspace(-1, 1, entries(y).numel())
    ((y if isinstance(y, torch.Tensor) else y.x).flatten() * weights).sum().backward()
    parameters = list(f.encoding.parameters())
    assert len(parameters) == 1
    assert parameters[0].grad.abs().sum() > 0
    count = parameters[0].numel()
    bigger = SymPE(case.network(True), case.kernel, case.encoding())
    assert next(bigger.encoding.parameters()).numel() == count  # whatever the batch


def test_v_gradients_add_over_the_batch(lattice):
    f, g = SymPE(lattice.network(True), lattice.kernel, lattice.encoding()), lattice.kernel(lattice.x)

    def gradient(rows):
        part = type(g)(g.n[rows], g.h[rows])
        return torch.autograd.grad(f(lattice.x[rows], part).square().sum(), f.encoding.field.values)[0]

    torch.testing.assert_close(gradient(slice(0, 3)), gradient(slice(0, 1)) + gradient(slice(1, 3)))


def test_partial_breaking_keeps_the_asked_translations():
    group = p4m(6)
    action, code = Lattice(group, (Scalar(),)), Lattice(group, (Scalar(8),))
    field = PeriodicField(code, (3,) * 8)
    elements = group.elements()
    keeps = (group.acting.index(elements.h) == 0) & (elements.n % 3 == 0).all(-1)
    with pytest.raises(ValueError, match="order 4, but one of order 1"):
        FieldEncoding(code, field)
    encoding = FieldEncoding(code, field, keeps=keeps)
    network = nn.Sequential(GroupConv(group, (Scalar(9),), 2), nn.Tanh(), GroupConv(group, (Orientation(2),), 1))
    f = SymPE(network, LatticeInversion(action), encoding)
    out, x = Lattice(group, (Orientation(),)), torch.ones(2, 1, 6, 6)
    assert_pathwise_equivariant(f, action, out, x, f.kernel)
    assert_breaks(f, action, out, x, order=4)
    y = f(x)
    found = stabilizer(out, y, atol=1e-5)
    assert torch.equal(found, keeps[:, None].expand(-1, 2))  # normal in the group: its conjugates are itself


def test_partial_breaking_keeps_a_conjugate_of_the_asked_subgroup(generator):
    group = Dihedral(6)
    rep = Regular(group)
    action = Pointwise(rep)
    encoding = VectorEncoding(rep, 1)
    mirror = torch.tensor(6)
    with torch.no_grad():
        encoding.v.copy_((encoding.v + rep.act(mirror, encoding.v)) / 2)
    encoding.order = 2
    encoding.check()
    f = SymPE(nn.Identity(), Haar(action), encoding)
    x, g = torch.ones(12, 12), torch.arange(12)
    y = f(x, g)[:, 12:]
    found = stabilizer(action, y, atol=1e-6)
    conjugate = group.compose(group.compose(g, mirror), group.inverse(g))
    expected = torch.zeros(12, 12, dtype=torch.bool)
    expected[0] = True
    expected[conjugate, torch.arange(12)] = True
    assert torch.equal(found, expected)


def test_an_order_that_v_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"1 elements of Cyclic\(n=4\).*order 2 was asked for.*Regular"):
        VectorEncoding(Regular(Cyclic(4)), 1, order=2)


def test_poses_of_the_keys_do_not_depend_on_the_batch(cyclic):
    f = SymPE(cyclic.network(True), cyclic.kernel, cyclic.encoding())
    whole = f(cyclic.x, generator=SampleKeys(torch.tensor([5, 6, 7]), seed=1))
    alone = f(cyclic.x[1:2], generator=SampleKeys(torch.tensor([6]), seed=1))
    torch.testing.assert_close(whole[1:2], alone)


@pytest.mark.parametrize("wrap", ["sympe", "canonicalize"])
def test_vmap_over_poses(so3, wrap):
    if wrap == "sympe":
        f = SymPE(so3.network(True), so3.kernel, so3.encoding())
    else:
        f = Canonicalize(so3.network(False), so3.kernel, so3.action_in, so3.action_out)
    g = so3.action_in.group.sample((5, 3))
    many = torch.func.vmap(lambda g: f(so3.x, g))(g)
    torch.testing.assert_close(many, torch.stack([f(so3.x, g[k]) for k in range(5)]))


@pytest.mark.parametrize("make", (inner_case, lifted_case), ids=("inside", "lifted"))
def test_vmap_over_poses_of_a_lattice_and_of_an_insertion(lattice, make):
    f = make(lattice)
    poses = [lattice.kernel(lattice.x) for _ in range(4)]
    stacked = type(poses[0])(torch.stack([g.n for g in poses]), torch.stack([g.h for g in poses]))
    many = torch.func.vmap(lambda g: f(lattice.x, g))(stacked)
    torch.testing.assert_close(many, torch.stack([f(lattice.x, g) for g in poses]))


class Witness(nn.Module):
    """A kernel's last pose, for a test to look at."""

    def __init__(self, kernel):
        super().__init__()
        self.kernel, self.group, self.last = kernel, kernel.group, None

    def forward(self, x, *, generator=None):
        self.last = self.kernel(x, generator=generator)
        return self.last


@pytest.mark.parametrize("wrap", ["sympe", "canonicalize"])
def test_the_modules_draw_the_same_pose_under_autocast(case, wrap):
    kernel = Witness(case.kernel)
    if wrap == "sympe":
        f = SymPE(case.network(True), kernel, case.encoding())
    else:
        f = Canonicalize(case.network(False), kernel, case.action_in, case.action_out)
    f(case.x, generator=torch.Generator().manual_seed(3))
    plain = kernel.last
    with torch.autocast("cpu", dtype=torch.bfloat16):
        f(case.x, generator=torch.Generator().manual_seed(3))
    assert same(plain, kernel.last)


def test_autocast_leaves_the_pose_as_it_is(case):
    f = SymPE(case.network(True), case.kernel, case.encoding())
    with torch.no_grad():
        g = case.kernel(case.x, generator=torch.Generator().manual_seed(3))
        plain = f(case.x, generator=torch.Generator().manual_seed(3))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            h = case.kernel(case.x, generator=torch.Generator().manual_seed(3))
            mixed = f(case.x, generator=torch.Generator().manual_seed(3))
    if not isinstance(case.kernel, GramSchmidt):  # which multiplies matrices; the modules draw it without autocast
        assert case.kernel.group.distance(g, h).max() == 0
    error = (entries(mixed) - entries(plain)).norm() / entries(plain).norm()
    assert 0 < error < 0.05
