import pytest
import torch

from symbreak.actions import Pointwise
from symbreak.groups import Cyclic, Orthogonal
from symbreak.layers import RelaxedRegular
from symbreak.layers.relaxation_penalty import degree_of_equivariance
from symbreak.representations import Regular


def test_linear_maps_have_a_closed_form(generator):
    pytest.importorskip("e3nn")
    from e3nn import o3

    from symbreak.layers import RelaxedLinear
    from symbreak.representations import Irreps

    layer = RelaxedLinear(o3.Linear("0e + 1o", "1o + 0e")).double()
    layer.relaxed_weight.theta.data.normal_(generator=generator)
    actions = [Pointwise(Irreps(Orthogonal(3), irreps)) for irreps in (layer.irreps_in, layer.irreps_out)]
    x = torch.randn(20_000, 4, generator=generator, dtype=torch.float64)
    found = degree_of_equivariance(layer, *actions, x, generator=generator, draws=4)
    expected = layer.degree_of_equivariance() / layer.matrix().square().sum()
    assert found == pytest.approx(expected.item(), rel=0.03)


def test_it_grows_with_the_unevenness_of_group_weights(generator):
    layer = RelaxedRegular(Cyclic(5), 1, 1).double()
    action = Pointwise(Regular(Cyclic(5)))
    x = torch.randn(500, 5, generator=generator, dtype=torch.float64)
    seen = []
    for size in (0.0, 0.1, 0.3):
        layer.mixing.data = 1 + size * torch.tensor([[1.0, -1.0, 1.0, -1.0, 0.0]], dtype=torch.float64)
        f = lambda x: layer(x[:, None])[:, 0]  # noqa: E731
        seen.append(degree_of_equivariance(f, action, action, x, generator=generator, draws=4))
    assert seen[0] < 1e-28
    assert 1e-3 < seen[1] < seen[2]
    assert seen[2] / seen[1] == pytest.approx(9, rel=0.2)  # of second order


def test_errors():
    action = Pointwise(Regular(Cyclic(5)))
    with pytest.raises(ValueError, match="draws is 0"):
        degree_of_equivariance(torch.tanh, action, action, torch.ones(1, 5), draws=0)
