"""torch.compile of whole modules equals eager, given the pose and with keyed draws."""

import pytest
import torch

from symbreak.breaking import Canonicalize, SymPE
from symbreak.groups import SampleKeys, p4m
from symbreak.kernels import LatticeInversion
from symbreak.models import LatticeGCNN
from symbreak.papers.ising_networks import conditions_action, lifted_sympe, multi_period


@pytest.fixture(autouse=True)
def _fresh():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def both(case):
    yield SymPE(case.network(True), case.kernel, case.encoding())
    yield Canonicalize(case.network(False), case.kernel, case.action_in, case.action_out)


@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("lattice", "so3")), "cyclic"]
)
def test_captured_whole(name, request):
    case = request.getfixturevalue(name)
    g = case.kernel(case.x)
    for f in both(case):
        compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(compiled(case.x, g), f(case.x, g))
        keys = [SampleKeys(torch.tensor([3, 1, 4]), seed=0, epoch=2) for _ in range(2)]
        torch.testing.assert_close(compiled(case.x, generator=keys[0]), f(case.x, generator=keys[1]))
        assert keys[0].draws == keys[1].draws > 0


def test_an_insertion_is_captured_whole(lattice):
    f = SymPE(lattice.network(True), lattice.kernel, lattice.encoding(), at="0")
    g = lattice.kernel(lattice.x)
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(lattice.x, g), f(lattice.x, g))


def test_a_lifted_encoding_is_captured_whole():
    f = lifted_sympe(LatticeGCNN(p4m(4), copies=2), LatticeInversion(conditions_action(4)), multi_period(4))
    x, keys = torch.randn(3, 3, 4, 4), [SampleKeys(torch.arange(3), seed=0) for _ in range(2)]
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, generator=keys[0]), f(x, generator=keys[1]))


@pytest.mark.parametrize("name", ["lattice", "cyclic"])
def test_compiled_by_the_default_backend(name, request):
    case = request.getfixturevalue(name)
    f = SymPE(case.network(True), case.kernel, case.encoding())
    compiled = torch.compile(f, fullgraph=True)
    with torch.no_grad():
        keys = [SampleKeys(torch.tensor([3, 1, 4]), seed=0) for _ in range(2)]
        torch.testing.assert_close(compiled(case.x, generator=keys[0]), f(case.x, generator=keys[1]))
