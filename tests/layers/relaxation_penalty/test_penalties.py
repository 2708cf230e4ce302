import pytest
import torch
from torch import nn

from symbreak.actions import Scalar
from symbreak.groups import Cyclic, Dihedral, Orthogonal, p4, p4m
from symbreak.layers import RelaxedGroupConv, RelaxedPointConv, RelaxedRegular
from symbreak.layers.relaxation_penalty import (
    CasimirPenalty,
    GroupSmoothness,
    IrrepLasso,
    ResidualPathwayPrior,
    SiteSmoothness,
    SoftProjection,
)
from symbreak.layers.relaxed_group_conv.regular import quotients

pytest.importorskip("e3nn")

from e3nn import o3  # noqa: E402

from symbreak.layers import RelaxedLinear, RelaxedWeight, moved, relaxed_weights  # noqa: E402

ON_IRREPS = [
    IrrepLasso(),
    IrrepLasso(1.0),
    CasimirPenalty(),
    CasimirPenalty(2.0),
    ResidualPathwayPrior(),
    SoftProjection(0.3),
]
ON_GROUPS = [GroupSmoothness(), ResidualPathwayPrior(), SoftProjection(0.3)]


def irrep_model(generator):
    model = nn.Sequential(RelaxedWeight("2x0e + 0o + 2x1o + 2e"), RelaxedWeight(1)).double()
    for p in model.parameters():
        p.data.normal_(generator=generator)
    return model


@pytest.mark.parametrize("penalty", ON_IRREPS, ids=str)
def test_turned_weights_cost_the_same(penalty, generator):
    model = irrep_model(generator)
    before, g = penalty(model), Orthogonal(3).sample(generator=generator, dtype=torch.float64)
    model.load_state_dict(moved(model, g))
    assert penalty(model).item() == pytest.approx(before.item(), rel=1e-9)


@pytest.mark.parametrize("penalty", ON_GROUPS, ids=str)
def test_shifted_weights_cost_the_same(penalty, generator):
    layer = RelaxedRegular(Dihedral(4), 1, 2, banks=2).double()
    layer.mixing.data.normal_(generator=generator)
    before = penalty(layer)
    layer.mixing.data = layer.mixing.data[:, quotients(layer.group)[5]]
    assert penalty(layer).item() == pytest.approx(before.item(), rel=1e-9)


@pytest.mark.parametrize("penalty", [*ON_IRREPS[:4], SoftProjection()], ids=str)
def test_an_equivariant_model_costs_nothing_and_has_a_finite_gradient(penalty):
    model = RelaxedWeight(2)
    penalty(model).backward()
    assert penalty(model).item() == 0
    assert model.theta.grad is not None
    assert not model.theta.grad.any()


def test_the_casimir_penalty_is_the_lie_derivative(generator):
    layer = RelaxedLinear(o3.Linear("2x0e + 1o", "1o + 2e")).double()
    layer.relaxed_weight.theta.data.normal_(generator=generator)
    W = layer.matrix()
    total = 0.0
    for a in range(3):
        J = [
            torch.block_diag(*[o3.so3_generators(ir.l)[a] for mul, ir in irreps for _ in range(mul)]).to(W)
            for irreps in (layer.irreps_in, layer.irreps_out)
        ]
        total += (J[1] @ W - W @ J[0]).square().sum()
    assert CasimirPenalty()(layer).item() == pytest.approx(total.item())
    assert CasimirPenalty()(layer).item() == pytest.approx(layer.casimir().item())


def test_the_inversion_has_its_own_cost():
    weight = RelaxedWeight("0e + 0o + 1e")
    weight.theta.data = torch.tensor([1.0, 3.0, 1.0, 0.0, 0.0])
    assert CasimirPenalty()(weight).item() == 2  # blind to 0o
    assert CasimirPenalty(inversion=1.0)(weight).item() == 11


def test_the_lasso_makes_whole_irreps_zero():
    """Proximal steps on |θ - (1, .1, 0, 0, 2, 0, 0)|²/2 with 0.5 of the lasso: the small irrep ends at 0."""
    weight, goal = RelaxedWeight("0e + 1o + 1e"), torch.tensor([1.0, 0.1, 0, 0, 2, 0, 0])
    optimizer = torch.optim.SGD(weight.parameters(), lr=0.01)
    for _ in range(2000):
        optimizer.zero_grad()
        ((weight.theta - goal).square().sum() / 2 + 0.5 * IrrepLasso()(weight)).backward()
        optimizer.step()
    assert weight.theta[1:4].norm() < 0.01
    assert weight.theta[4].item() == pytest.approx(1.5, abs=1e-3)
    assert weight.theta[0].item() == pytest.approx(1.0)


def test_two_decays(generator):
    layer = RelaxedLinear(o3.Linear("1o", "1o")).double()
    theta = layer.relaxed_weight.theta.data.normal_(generator=generator)
    expected = layer.linear.weight.square().sum() / 8 + theta.square().sum() / 0.02
    assert ResidualPathwayPrior(2.0, 0.1)(layer).item() == pytest.approx(expected.item())


def test_projection_ends_exactly_equivariant(generator):
    model = nn.ModuleList([irrep_model(generator), RelaxedPointConv(p4(4), Scalar(1), 1, banks=2).double()])
    model[1].mixing.data.normal_(generator=generator)
    scalars = model[0][0].theta[:2].clone()
    value, breaking = SoftProjection(0.25)(model), SoftProjection(0.0)(model)
    assert value.item() == pytest.approx(0.75**2 * breaking.item())
    SoftProjection(0.5).project_(model)
    assert SoftProjection()(model).item() == pytest.approx(breaking.item() / 4)
    SoftProjection().project_(model)
    assert SoftProjection()(model).item() < 1e-30
    assert torch.equal(model[0][0].theta[:2], scalars)
    assert not model[0][0].theta[2:].any()
    assert torch.equal(model[1].mixing, model[1].mixing[:, :1].expand(2, 4))


def test_smoothness_by_hand(generator):
    layer = RelaxedRegular(Cyclic(5), 1, 1, banks=2).double()
    w = layer.mixing.data.normal_(generator=generator)
    expected = (w[:, :, None] - w[:, None, :]).abs().mean((1, 2)).sum()
    assert GroupSmoothness()(layer).item() == pytest.approx(expected.item())


def test_smoothness_over_sites_is_invariant_under_the_lattice(generator):
    layer = RelaxedGroupConv(p4m(4), (Scalar(1),), 1, orientations=False).double()
    layer.mixing.data.normal_(generator=generator)
    before = SiteSmoothness()(layer).item()
    layer.mixing.data = layer.mixing.data.rot90(1, (-2, -1)).roll((1, 2), (-2, -1)).flip(-1)
    assert SiteSmoothness()(layer).item() == pytest.approx(before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: IrrepLasso()(nn.Linear(2, 2)), "IrrepLasso found no irrep but 0e"),
        (lambda: IrrepLasso()(RelaxedWeight("0e")), "found no irrep but 0e"),
        (lambda: CasimirPenalty()(nn.Linear(2, 2)), "CasimirPenalty found no weight that carries irreps"),
        (lambda: CasimirPenalty(-1.0), "inversion is -1.0"),
        (lambda: ResidualPathwayPrior()(nn.Linear(2, 2)), "found no relaxed weight"),
        (lambda: ResidualPathwayPrior(1.0, 0.0), "deviations are 1.0 and 0.0"),
        (lambda: SoftProjection()(nn.Linear(2, 2)), "found no relaxed weight"),
        (lambda: SoftProjection().project_(nn.Linear(2, 2)), "found no relaxed weight"),
        (lambda: SoftProjection(1.5), "keep is 1.5"),
        (lambda: GroupSmoothness()(RelaxedWeight(1)), "found no relaxed group convolution"),
        (lambda: SiteSmoothness()(RelaxedRegular(Cyclic(3), 1, 1)), "a weight for each site"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_shared_weights_count_once():
    weight = RelaxedWeight("0e + 1o")
    weight.theta.data[1] = 1.0
    model = nn.Sequential(weight, weight.tied())
    assert len(relaxed_weights(model)) == 1
    assert IrrepLasso()(model).item() == 1
