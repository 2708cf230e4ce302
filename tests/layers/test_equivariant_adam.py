"""EquivariantAdam against Adam itself, against rotations, and against a subspace that symmetry keeps."""

import copy
import warnings

import pytest
import torch
from e3nn import o3
from torch.optim import SGD, Adam, AdamW, RMSprop

from symbreak.groups import Orthogonal
from symbreak.layers.equivariant_adam import EquivariantAdam, warn_if_per_coordinate
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.order_parameters import DataPair, data_symmetry
from symbreak.symmetry.order_parameters.selection_rule import selection_rule
from symbreak.symmetry.points import PointField

O3 = Orthogonal(3)
OPTIONS = [
    {},
    {"weight_decay": 0.1},
    {"amsgrad": True, "betas": (0.8, 0.95)},
    {"maximize": True, "eps": 1e-3},
    {"amsgrad": True, "weight_decay": 0.02, "foreach": True},
]


def parameter(*shape, dtype=torch.float64, seed=0):
    return torch.nn.Parameter(torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype))


def trained(optimizer, parameters, steps=25, seed=1):
    """The parameters after steps along gradients that depend on them and on a seed."""
    generator = torch.Generator().manual_seed(seed)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5, 0.5)
    for _ in range(steps):
        for p in parameters:
            p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype) + p.detach() ** 3
        optimizer.step()
        scheduler.step()
    return [p.detach().clone() for p in parameters]


@pytest.mark.parametrize("decoupled", [False, True], ids=["Adam", "AdamW"])
@pytest.mark.parametrize("options", OPTIONS, ids=[" ".join(o) or "default" for o in OPTIONS])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_ordinary_parameters_are_those_of_adam_to_the_bit(decoupled, options, dtype):
    stock = {"weight_decay": 0.0, **options}
    ours, theirs = ([parameter(4, 3, dtype=dtype), parameter(5, dtype=dtype, seed=1)] for _ in range(2))
    theta = parameter(9, dtype=dtype)
    groups = [[{"params": p[:1], "lr": 0.03}, {"params": p[1:]}] for p in (ours, theirs)]
    one = EquivariantAdam(groups[0], lr=0.01, shared=[theta], decoupled_weight_decay=decoupled, **options)
    two = (AdamW if decoupled else Adam)(groups[1], lr=0.01, **stock)
    for a, b in zip(trained(one, ours), trained(two, theirs), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("options", OPTIONS, ids=[" ".join(o) or "default" for o in OPTIONS])
@pytest.mark.parametrize("decoupled", [False, True])
def test_a_shared_parameter_of_one_entry_is_that_of_adam(options, decoupled):
    ours, theirs = parameter(1), parameter(1)
    one = EquivariantAdam([ours], lr=0.01, shared=[ours], decoupled_weight_decay=decoupled, **options)
    two = (AdamW if decoupled else Adam)([theirs], lr=0.01, **{"weight_decay": 0.0, **options})
    assert torch.allclose(trained(one, [ours])[0], trained(two, [theirs])[0], rtol=1e-13, atol=0)


def test_the_first_step_by_hand():
    theta = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    theta.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    EquivariantAdam([theta], lr=0.1, eps=0.0, shared=[theta]).step()
    assert torch.allclose(theta.detach(), -0.1 * torch.tensor([3.0, 4.0], dtype=torch.float64) / 12.5**0.5)


@pytest.mark.parametrize("options", OPTIONS, ids=[" ".join(o) or "default" for o in OPTIONS])
@pytest.mark.parametrize("improper", [False, True])
def test_turning_the_loss_turns_the_whole_path(options, improper, generator):
    rep = Irreps(O3, "0e + 0o + 2x1o + 1e + 2e + 3o")
    g = O3.sample(generator=generator, dtype=torch.float64)
    g = g if bool(torch.linalg.det(g) < 0) == improper else -g
    rows, start = torch.randn(6, rep.dim, generator=generator, dtype=torch.float64), parameter(rep.dim)

    def path(kind, turn):
        theta, scalar = torch.nn.Parameter(turn(start.detach().clone())), parameter(1)
        optimizer, found = kind([scalar, theta]), []
        for _ in range(60):
            optimizer.zero_grad()
            z = turn(rows) @ theta
            sign = -1 if options.get("maximize") else 1
            (sign * ((z - 1).square().sum() * scalar**2 + 0.1 * (z**4).sum() + scalar**4)).sum().backward()
            optimizer.step()
            found.append(theta.detach().clone())
        return torch.stack(found)

    def ours(p):
        return EquivariantAdam(p, lr=0.03, shared=p[1:], **options)

    still, turned = path(ours, lambda x: x), path(ours, lambda x: rep.act(g, x))
    assert (rep.act(g, still) - turned).abs().max() < 1e-10
    still, turned = (path(lambda p: Adam(p, lr=0.03, **options), t) for t in (lambda x: x, lambda x: rep.act(g, x)))
    assert (rep.act(g, still) - turned).abs().max() > 1e-2  # the tester is tested


class TwoTensors(torch.nn.Module):
    """`y_i = s_i Σ_p w_p [θ_2 ⊗ Y(x_i)]_p`, polar vectors, with `s_i = Σ_p v_p [θ_1 ⊗ Y(x_i)]_p`, scalars."""

    def __init__(self, irreps, positions, harmonics=4):
        super().__init__()
        irreps, dim = o3.Irreps(irreps), o3.Irreps(irreps).dim
        paths = {0: [], 1: []}
        for l in range(harmonics + 1):
            Y = o3.spherical_harmonics(l, positions, True).double()
            for irrep, part in zip([ir for _, ir in irreps], irreps.slices(), strict=True):
                for out in paths:
                    if irrep.p * (-1) ** l == (-1) ** out and abs(irrep.l - l) <= out <= irrep.l + l:
                        M = torch.zeros(len(positions), 2 * out + 1, dim, dtype=torch.float64)
                        C = o3.wigner_3j(irrep.l, l, out, dtype=torch.float64)
                        M[..., part] = torch.einsum("aby,ib->iya", C, Y)
                        paths[out].append(M)
        self.scalars, self.vectors = torch.stack(paths[0]), torch.stack(paths[1])
        start = torch.zeros(dim, dtype=torch.float64)
        start[0] = 1.0
        self.one, self.two = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
        self.v, self.w = parameter(len(self.scalars)), parameter(len(self.vectors), seed=1)

    def forward(self):
        s = torch.einsum("piya,a,p->iy", self.scalars, self.one, self.v)
        return s * torch.einsum("piya,a,p->iy", self.vectors, self.two, self.w)


CORNERS = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)
PRISM = CORNERS * torch.tensor([0.5, 0.5, 2.0])
IRREPS = "0e + 0o + 1o + 1e + 2e + 2o + 3o + 3e + 4e + 4o"


def broken(kind, target, steps):
    """The part of θ of both layers outside the subspace of the data's symmetry, that inside but for 0e, the loss."""
    model = TwoTensors(IRREPS, CORNERS)
    optimizer = kind(model)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (model() - target).square().sum()
        loss.backward()
        optimizer.step()
    K = data_symmetry([DataPair(CORNERS, targets=[PointField(Irreps(O3, "1o"), target)])]).symmetry
    rows = [row for theta in (model.one, model.two) for row in selection_rule(theta, IRREPS, K)]
    grown = [row.inside for row in rows if row.irrep != "0e"]
    return max(row.outside for row in rows), max(grown), float(loss.detach())


def equivariant(model, **options):
    return EquivariantAdam(model.parameters(), lr=0.01, shared=[model.one, model.two], **options)


@pytest.mark.parametrize("target", [CORNERS, PRISM], ids=["Oh", "D4h"])
def test_theta_stays_in_the_fixed_subspace(target):
    outside, grown, loss = broken(equivariant, target, steps=1000)
    assert outside < 1e-10
    assert grown > 1e-2
    assert loss < 1e-6


def test_stock_adam_leaves_the_fixed_subspace():
    outside, _, _ = broken(lambda model: Adam(model.parameters(), lr=0.01), PRISM, steps=200)
    assert outside > 1e-2


def test_decoupled_decay_keeps_the_subspace_too():
    options = {"decoupled_weight_decay": True, "weight_decay": 0.1}
    assert broken(lambda model: equivariant(model, **options), PRISM, steps=200)[0] < 1e-10


def continued(optimizer, parameters, copied, others):
    return zip(trained(optimizer, parameters, 5, seed=2), trained(copied, others, 5, seed=2), strict=True)


@pytest.mark.parametrize("amsgrad", [False, True])
def test_a_state_can_be_saved_and_loaded(amsgrad):
    parameters = [parameter(3), parameter(9)]
    optimizer = EquivariantAdam(parameters, lr=0.1, amsgrad=amsgrad, shared=parameters[1:])
    trained(optimizer, parameters)
    others = copy.deepcopy(parameters)
    again = EquivariantAdam(others, lr=0.5, amsgrad=amsgrad, shared=others[1:])
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert again.state[others[1]]["exp_avg_sq"].shape == ()
    assert all(torch.equal(a, b) for a, b in continued(optimizer, parameters, again, others))


def test_the_state_of_adam_can_be_loaded():
    parameters = [parameter(3), parameter(9)]
    stock = Adam(parameters, lr=0.1)
    trained(stock, parameters)
    ours = EquivariantAdam(parameters, lr=0.1, shared=parameters[1:])
    ours.load_state_dict(stock.state_dict())
    state, before = ours.state[parameters[1]], stock.state[parameters[1]]
    assert torch.equal(state["exp_avg_sq"], before["exp_avg_sq"].mean())
    assert ours.param_groups[0]["shared"] == (False, True)
    trained(ours, parameters, 2)


def test_a_copy_goes_on_alike():
    parameters = torch.nn.ParameterList([parameter(3), parameter(9)])
    optimizer = EquivariantAdam(parameters, lr=0.1, shared=[parameters[1]])
    trained(optimizer, parameters)
    others, again = copy.deepcopy((parameters, optimizer))
    assert all(torch.equal(a, b) for a, b in continued(optimizer, list(parameters), again, list(others)))


def test_shared_parameters_may_be_anywhere():
    a, b, c = parameter(3), parameter(4), parameter(5)
    assert [g["shared"] for g in EquivariantAdam([a, b], shared=[b]).param_groups] == [(False, True)]
    assert [g["shared"] for g in EquivariantAdam([a], shared=[b, c]).param_groups] == [(False,), (True, True)]
    assert [g["shared"] for g in EquivariantAdam([], shared=[c]).param_groups] == [(True,)]
    groups = [{"params": [a]}, {"params": [b], "lr": 0.5, "shared": True}]
    assert [g["shared"] for g in EquivariantAdam(groups).param_groups] == [(False,), (True,)]
    named = EquivariantAdam([("a", a), ("b", b)], shared=[b])
    assert named.param_groups[0]["shared"] == (False, True)


def test_a_parameter_without_a_gradient_is_left_alone():
    a, b = parameter(3), parameter(4)
    before = b.detach().clone()
    optimizer = EquivariantAdam([a, b], shared=[b])
    a.grad = torch.ones_like(a)
    optimizer.step()
    assert torch.equal(b.detach(), before)


def test_a_closure_is_called_once():
    theta, calls = parameter(3), []
    optimizer = EquivariantAdam([theta], shared=[theta])

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = theta.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure) > 0
    assert calls == [1]


def test_a_sparse_gradient_is_refused():
    theta = parameter(3)
    theta.grad = torch.ones(3, dtype=torch.float64).to_sparse()
    with pytest.raises(RuntimeError, match="sparse gradient"):
        EquivariantAdam([theta], shared=[theta]).step()


def test_wrong_arguments_are_refused():
    theta = parameter(3)
    with pytest.raises(ValueError, match="listed twice in shared"):
        EquivariantAdam([theta], shared=[theta, theta])
    with pytest.raises(ValueError, match="1 parameters and 2 entries of shared"):
        EquivariantAdam([{"params": [theta], "shared": (True, False)}])
    with pytest.raises(ValueError, match="learning rate"):
        EquivariantAdam([theta], lr=-1.0)


PER_COORDINATE = [
    lambda p: Adam(p),
    lambda p: AdamW(p, weight_decay=0.1, amsgrad=True),
    lambda p: RMSprop(p),
    lambda p: torch.optim.RAdam(p),
    lambda p: torch.optim.Adagrad(p),
    lambda p: torch.optim.Rprop(p),
    lambda p: torch.optim.LBFGS(p),
    lambda p: torch.optim.SparseAdam(p),
    lambda p: EquivariantAdam(p),
    lambda p: EquivariantAdam(p, shared=p[:1]),
]


@pytest.mark.parametrize("make", PER_COORDINATE)
def test_optimizers_that_work_entry_by_entry_are_told(make):
    other, theta = parameter(4), parameter(3)
    with pytest.warns(UserWarning, match="1 weights that carry irreps are in"):
        assert warn_if_per_coordinate(make([other, theta]), [theta])


COMMUTING = [
    lambda p: SGD(p, lr=0.1),
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    lambda p: EquivariantAdam(p, shared=p[1:]),
]


@pytest.mark.parametrize("make", COMMUTING)
def test_optimizers_that_commute_with_rotations_pass(make):
    other, theta = parameter(4), parameter(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not warn_if_per_coordinate(make([other, theta]), [theta])
        assert not warn_if_per_coordinate(Adam([other]), [theta])  # it does not hold theta
