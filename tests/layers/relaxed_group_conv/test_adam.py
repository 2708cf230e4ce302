"""Per-coordinate Adam keeps relaxed group weights where the symmetry of the data allows them."""

import pytest
import torch
from torch import nn

from symbreak.groups import Dihedral
from symbreak.layers import RelaxedRegular
from symbreak.layers.relaxed_group_conv import weight_stabilizer
from symbreak.layers.relaxed_group_conv.regular import quotients
from symbreak.representations import Regular

D4 = Dihedral(4)
KEPT = [0, 2, 4, 6]  # a subgroup: half turn and two mirrors


class Network(nn.Module):
    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.one, self.two = RelaxedRegular(D4, 1, 3, banks=2).double(), RelaxedRegular(D4, 3, 1).double()

    def forward(self, x):
        return self.two(self.one(x).tanh())


def closed_data(generator):
    """Pairs that the subgroup maps to one another, and no other element does."""
    x, y = torch.randn(2, 3, 1, 8, generator=generator, dtype=torch.float64)
    elements, rep = D4.element(torch.tensor(KEPT))[:, None, None], Regular(D4)
    return rep.act(elements, x).flatten(0, 1), rep.act(elements, y).flatten(0, 1)


def fit(network, x, y, steps=150, optimizer=torch.optim.Adam, **options):
    found = optimizer(network.parameters(), lr=1e-2, **options)
    for _ in range(steps):
        found.zero_grad()
        (network(x) - y).square().mean().backward()
        found.step()
    return network


def changes(layer):
    w = layer.mixing.detach()
    return (w[:, quotients(D4)] - w[:, None]).abs().amax((0, 2))


@pytest.mark.parametrize("options", [{}, {"weight_decay": 1e-2}, {"amsgrad": True}])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_weights_keep_the_symmetry_of_the_data_and_no_more(seed, options, generator):
    network = fit(Network(seed), *closed_data(generator), **options)
    for layer in (network.one, network.two):
        assert changes(layer)[KEPT].max() < 1e-10
        assert changes(layer)[[1, 3, 5, 7]].min() > 1e-2
        assert weight_stabilizer(D4, layer.mixing).nonzero()[:, 0].tolist() == KEPT


def test_the_path_of_moved_data_is_the_moved_path(generator):
    x, y = torch.randn(2, 5, 1, 8, generator=generator, dtype=torch.float64)
    g, rep = D4.element(torch.tensor(5)), Regular(D4)
    one = fit(Network(3), x, y)
    other = fit(Network(3), rep.act(g, x), rep.act(g, y))
    assert torch.allclose(other.one.mixing, one.one.mixing[:, quotients(D4)[5]], atol=1e-9)
    assert torch.allclose(other.one.filters, one.one.filters, atol=1e-9)


def test_data_that_are_not_closed_are_seen(generator):
    x, y = closed_data(generator)
    network = fit(Network(0), x[:-1], y[:-1])
    assert changes(network.one)[KEPT].max() > 1e-3


def test_an_optimizer_that_tells_entries_apart_fails(generator):
    class Uneven(torch.optim.SGD):
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.grad *= torch.linspace(1, 2, p.shape[-1], dtype=p.dtype)
            return super().step(closure)

    network = fit(Network(0), *closed_data(generator), optimizer=Uneven)
    assert changes(network.one)[KEPT].max() > 1e-4
