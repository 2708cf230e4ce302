"""θ starts at the scalar, is found by name, and moves as its irreps do."""

import pytest
import torch
from e3nn import o3
from torch import nn
from torch.func import functional_call

from symbreak.layers import RelaxedWeight, moved, relaxed_weights


def test_a_degree_gives_both_parities():
    assert RelaxedWeight(2).irreps == o3.Irreps("0e + 0o + 1o + 1e + 2e + 2o")


def test_it_starts_at_the_scalars_and_nowhere_else():
    assert RelaxedWeight("1o + 2x0e + 0o").theta.tolist() == [0, 0, 0, 1, 1, 0]


def test_no_element_moves_the_start(elements):
    weight = RelaxedWeight(4)
    for g in elements:
        torch.testing.assert_close(moved(weight, g)["theta"], weight.theta, atol=0, rtol=0)


def test_a_polar_and_an_axial_vector_move_apart():
    """A quarter turn about z, then the mirror z -> -z."""
    g = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    weight = RelaxedWeight("1o + 1e")
    weight.load_state_dict({"theta": torch.tensor([1.0, 0.0, 3.0, 1.0, 0.0, 3.0])})
    assert moved(weight, g)["theta"].tolist() == [0, 1, -3, 0, -1, 3]


def test_weights_are_found_once_however_often_they_are_shared():
    shared, own = RelaxedWeight(1), RelaxedWeight("0e + 2e")
    model = nn.ModuleDict({"a": nn.Sequential(shared), "b": nn.ModuleList([shared.tied(), own, shared.tied()])})
    assert relaxed_weights(model) == {"a.0": shared, "b.1": own}


def test_a_functional_call_leaves_a_shared_weight_as_it_was():
    class Layers(nn.Module):
        def __init__(self, weight):
            super().__init__()
            self.first, self.last = weight.tied(), weight.tied()

        def forward(self):
            return self.first() + self.last()

    model = Layers(RelaxedWeight("0e"))
    for _ in range(2):
        assert functional_call(model, {"first.theta": torch.tensor([5.0])}, ()).tolist() == [10]
        assert model().tolist() == [2]


def test_the_names_of_moved_weights_are_those_of_parameters(elements):
    model = nn.Sequential(nn.Linear(3, 3), RelaxedWeight("0e + 1o"))
    with torch.no_grad():
        model[1].theta[1:] = torch.tensor([1.0, 2.0, 3.0])
    state = moved(model, elements[0])
    assert set(state) <= set(dict(model.named_parameters()))
    turned = functional_call(model[1], {"theta": state["1.theta"]}, ())
    torch.testing.assert_close(turned[1:], elements[0] @ model[1].theta[1:])


@pytest.mark.parametrize(
    ("irreps", "message"),
    (
        (-1, "l_relaxed is -1"),
        (True, "l_relaxed is True"),
        ("2v", "'2v' cannot be read as irreps"),
        ("", "holds no irrep"),
        ("0x1o", "holds no irrep"),
    ),
)
def test_what_is_no_irreps_is_refused(irreps, message):
    with pytest.raises(ValueError, match=message):
        RelaxedWeight(irreps)


def test_an_unknown_name_is_refused():
    import symbreak.layers

    with pytest.raises(AttributeError, match="no attribute 'RelaxedFoo'"):
        _ = symbreak.layers.RelaxedFoo
