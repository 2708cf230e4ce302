"""Irreps agree with e3nn, and are smooth where e3nn's path through Euler angles is not."""

import subprocess
import sys

import pytest
import torch
from e3nn import o3

from symbreak.groups import Orthogonal
from symbreak.representations import Irreps

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
HALF = torch.tensor([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]], dtype=torch.float64)  # about y
QUARTER = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]], dtype=torch.float64)  # about y


@pytest.mark.parametrize("irreps", ("0e + 0o", "2x1o + 1e", "2e + 2o", "3o + 2x0e + 4e", "8o"))
def test_matrices_are_those_of_e3nn(irreps, generator):
    g = O3.sample((6,), generator=generator, dtype=torch.float64)
    ours, theirs = Irreps(O3, irreps).matrix(g), o3.Irreps(irreps).D_from_matrix(g)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)  # its generators are of float32, here too


def test_a_vector_is_one_odd(generator):
    g = O3.sample((6,), generator=generator)
    torch.testing.assert_close(Irreps(O3, "1o").matrix(g), g)
    torch.testing.assert_close(Irreps(O3, "1e").matrix(g), torch.linalg.det(g)[:, None, None] * g)


def test_spherical_harmonics_move_with_the_point(generator):
    g = O3.sample((6,), generator=generator, dtype=torch.float64)
    x = torch.randn(6, 3, dtype=torch.float64)
    irreps = o3.Irreps.spherical_harmonics(6)
    Y = o3.spherical_harmonics(irreps, x, normalize=True)
    gY = o3.spherical_harmonics(irreps, (g @ x[:, :, None])[:, :, 0], normalize=True)
    torch.testing.assert_close(Irreps(O3, irreps).act(g, Y), gY)


def test_copies_of_an_irrep_stand_side_by_side():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], dtype=torch.float64)
    moved = Irreps(O3, "0e + 2x1o").act(HALF, x)
    assert moved.tolist() == [1, -2, 3, -4, -5, 6, -7]


def test_parity_does_nothing_under_rotations(generator):
    g = SO3.sample((6,), generator=generator)
    torch.testing.assert_close(Irreps(SO3, "2e").matrix(g), Irreps(SO3, "2o").matrix(g))


@pytest.mark.parametrize("l", (1, 2, 3, 5))
@pytest.mark.parametrize(
    "g",
    (torch.eye(3).double(), QUARTER, HALF, -torch.eye(3).double(), -QUARTER),
    ids=("1", "y90", "y180", "-1", "-y90"),
)
def test_gradient_is_finite_where_euler_angles_are_singular(g, l):
    g = g.clone().requires_grad_()
    rep = Irreps(O3, f"{l}o")
    x, y = torch.randn(2, rep.dim, dtype=torch.float64)
    (slope,) = torch.autograd.grad(y @ rep.act(g, x), g)
    assert slope.isfinite().all()
    assert float(slope.abs().max()) > 1e-3
    assert torch.autograd.gradcheck(lambda g: rep.act(g, x), g)


def test_gradient_along_the_group_is_that_of_the_generator():
    """d/dt of D²(exp(t X)) at 0 is e3nn's generator about y, in the order x, y, z."""
    X = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]], dtype=torch.float64)
    rep = Irreps(SO3, "2e")
    slope = torch.func.jacrev(lambda t: rep.matrix(torch.matrix_exp(t * X)))(torch.zeros((), dtype=torch.float64))
    torch.testing.assert_close(slope, o3._wigner.so3_generators(2).double()[1], atol=1e-6, rtol=0)


def test_vmap_of_a_gradient(generator):
    rep = Irreps(O3, "0e + 1o + 2x3e")
    g = O3.sample((4,), generator=generator, dtype=torch.float64).requires_grad_()
    x = torch.randn(4, rep.dim, dtype=torch.float64)
    mapped = torch.func.vmap(torch.func.grad(lambda g, x: (rep.act(g, x) ** 3).sum()))(g.detach(), x)
    total = (rep.act(g, x) ** 3).sum()
    torch.testing.assert_close(mapped, torch.autograd.grad(total, g)[0])


def test_two_in_one_graph_compile_with_gradients(generator):
    a, b = Irreps(O3, "1o + 3e"), Irreps(O3, "3e + 2o")
    g = O3.sample((4,), generator=generator, dtype=torch.float64).requires_grad_()
    x, y = torch.randn(4, a.dim, dtype=torch.float64), torch.randn(4, b.dim, dtype=torch.float64)

    def loss(g):
        return (a.act(g, a.act(g, x)) ** 3).sum() + (b.act(g, y) ** 3).sum()

    torch._dynamo.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    (ours,) = torch.autograd.grad(compiled(g), g)
    torch.testing.assert_close(ours, torch.autograd.grad(loss(g), g)[0])


def test_first_use_under_inference_mode_does_not_spoil_training():
    from symbreak.representations import irreps as module

    module._cached_isometry.cache_clear()
    rep, g = Irreps(O3, "4e"), torch.eye(3)
    with torch.inference_mode():
        rep.act(g, torch.ones(9))
    g = g.requires_grad_()
    rep.act(g, torch.ones(9)).sum().backward()
    assert g.grad is not None


def test_high_degrees_stay_orthogonal(generator):
    D = Irreps(SO3, "12e").matrix(SO3.sample((20,), generator=generator))
    torch.testing.assert_close(D @ D.mT, torch.eye(25).expand_as(D), atol=1e-4, rtol=0)


def test_missing_e3nn_says_how_to_get_it():
    code = (
        "import sys; sys.modules['e3nn'] = None; import symbreak.representations as r\n"
        "try: r.Irreps\n"
        "except ImportError as error: assert 'pip install symbreak[e3nn]' in str(error)\n"
        "else: raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
