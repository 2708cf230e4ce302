"""GramSchmidt: determined, half determined and undetermined frames."""

import math

import pytest
import torch

from symbreak.actions import Pointwise
from symbreak.groups import Orthogonal, SampleKeys
from symbreak.kernels import GramSchmidt
from symbreak.representations import Vector
from symbreak.testing import check_counts, check_kernel, point_oracles

DRAWS, RARE = 20_000, 1e-6


def rows(x):
    return x


def kernel(n, special=False, **kwargs):
    return GramSchmidt(Orthogonal(n, special), rows, **kwargs)


def source(draws=DRAWS):
    return torch.Generator().manual_seed(1)


def assert_uniform(values, low, high, bins=40):
    counts = torch.histc(values, bins, low, high)
    assert int(counts.sum()) == len(values)
    check_counts(counts, significance=RARE)


def degenerate(n, dtype):
    """Vectors of every rank, and dependent ones in front."""
    e = torch.eye(n, dtype=dtype)
    x = torch.zeros(n + 3, n + 1, n, dtype=dtype)
    for k in range(n):
        x[k, :k] = 2 * e[:k]  # rank k
    x[n, :n] = torch.randn(n, n, dtype=dtype)
    x[n + 1, 0], x[n + 1, 1] = e[-1], -3 * e[-1]
    x[n + 2, 1:] = torch.randn(n, n, dtype=dtype)
    return x


@pytest.mark.parametrize("dtype, atol", ((torch.float32, 1e-4), (torch.float64, 1e-9)), ids=str)
@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
@pytest.mark.parametrize("n", (1, 2, 3, 4))
def test_conformance(n, special, dtype, atol):
    x = degenerate(n, dtype)
    x = Pointwise(Vector(Orthogonal(n))).act(Orthogonal(n).sample((len(x),), dtype=dtype), x)
    check_kernel(kernel(n, special), Pointwise(Vector(Orthogonal(n, special))), x, atol=atol, draws=400)


@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
@pytest.mark.parametrize("n", (1, 2, 3, 5))
def test_orthogonal_of_the_right_determinant_and_equivariant_where_determined(n, special):
    G = Orthogonal(n, special)
    x = torch.cat([degenerate(n, torch.float64), torch.randn(50, n + 1, n, dtype=torch.float64)])
    g = kernel(n, special)(x)
    torch.testing.assert_close(g.mT @ g, torch.eye(n, dtype=torch.float64).expand_as(g))
    if special:
        torch.testing.assert_close(torch.linalg.det(g), torch.ones(len(x), dtype=torch.float64))
    h = G.sample((len(x),), dtype=torch.float64)
    fixed = kernel(n, special).entropy(x) == 0
    moved = kernel(n, special)(Pointwise(Vector(G)).act(h, x))
    torch.testing.assert_close(moved[fixed], (h @ g)[fixed])
    assert fixed[-50:].all()


@pytest.mark.parametrize("n", (1, 2, 3))
def test_entropy(n):
    x = degenerate(n, torch.float64)[: n + 1]
    full = [math.inf] * (n - 1) + [math.log(2), 0.0]
    assert kernel(n).entropy(x).tolist() == full
    assert kernel(n, True).entropy(x).tolist() == [math.inf] * (n - 1) + [0.0, 0.0]


def test_literal_frames():
    x = torch.tensor([[[0.0, 2.0, 0.0], [0.0, 1.0, 3.0], [5.0, 5.0, 5.0]]])
    assert kernel(3)(x)[0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]  # columns e_y, e_z, e_x
    x = torch.tensor([[[0.0, 2.0, 0.0], [4.0, 1.0, 0.0], [5.0, 5.0, 5.0]]])
    assert kernel(3)(x)[0].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]  # e_y, e_x, e_z: a reflection
    torch.testing.assert_close(
        kernel(3, True)(x)[0], torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])
    )  # e_y × e_x = -e_z


def test_dependent_vectors_are_skipped_in_order():
    x = torch.tensor([[[0.0, 0, 0], [1.0, 0, 0], [-2.0, 0, 0], [1.0, 1, 0], [0.0, 0, -1]]])
    assert kernel(3)(x)[0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, -1]]


def test_an_axis_leaves_a_uniform_angle():
    line = torch.tensor([[0.0, 0.0, 3.0]], dtype=torch.float64).expand(DRAWS, 1, 3)
    for special in (False, True):
        g = kernel(3, special)(line, generator=source())
        assert torch.equal(g[:, :, 0], torch.tensor([0.0, 0, 1]).double().expand(DRAWS, 3))
        assert_uniform(torch.atan2(g[:, 1, 1], g[:, 0, 1]), -math.pi, math.pi)
        if not special:
            assert_uniform(torch.linalg.det(g), -1.5, 1.5, 2)


def test_a_plane_leaves_a_sign_in_o_and_nothing_in_so():
    plane = torch.tensor([[1.0, 0, 0], [1.0, 1, 0]], dtype=torch.float64).expand(DRAWS, 2, 3)
    g = kernel(3)(plane, generator=source())
    up = int((g[:, 2, 2] > 0).sum())
    assert abs(up - DRAWS / 2) < 5 * math.sqrt(DRAWS) / 2
    torch.testing.assert_close(g[:, 2, 2].abs(), torch.ones(DRAWS, dtype=torch.float64))
    torch.testing.assert_close(kernel(3, True)(plane), torch.eye(3, dtype=torch.float64).expand(DRAWS, 3, 3))


@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
def test_nothing_leaves_the_haar_measure(special):
    g = kernel(3, special)(torch.zeros(DRAWS, 1, 3, dtype=torch.float64), generator=source())
    for i in range(3):
        for j in range(3):
            assert_uniform(g[:, i, j], -1, 1)  # each coordinate of a uniform point on the sphere
    mixed = (g[:, 0, 0] * g[:, 1, 1] * g[:, 2, 2]).mean()  # E det / 6: 1/6 in SO(3), 0 in O(3)
    assert abs(mixed - special / 6) < 5 / math.sqrt(DRAWS)


def test_gradients_where_determined():
    x = torch.randn(2, 3, 3, dtype=torch.float64, requires_grad=True)
    for special in (False, True):

        def pose(x, special=special):
            return kernel(3, special)(x, generator=source())

        assert torch.autograd.gradcheck(pose, (x,))


@pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
def test_finite_values_and_gradients_everywhere(special):
    x = torch.cat([degenerate(3, torch.float32), 1e-30 * torch.randn(1, 4, 3), 1e30 * torch.randn(1, 4, 3)])
    x = torch.cat([x, x[:3]])
    x[-1, 0, 0], x[-2, 1, 2], x[-3] = float("nan"), float("inf"), float("nan")
    x.requires_grad_()
    g = kernel(3, special)(x)
    (g * torch.randn_like(g)).sum().backward()
    assert g.isfinite().all()
    assert x.grad.isfinite().all()
    torch.testing.assert_close(g.mT @ g, torch.eye(3).expand_as(g))


def test_scale_does_not_matter():
    x = torch.randn(4, 3, 3, dtype=torch.float64)
    for scale in (1e-200, 1e200):
        torch.testing.assert_close(kernel(3, atol=0.0)(scale * x), kernel(3, atol=0.0)(x))


def test_tolerance():
    """What is left of the second vector is a millionth of the first: rounding of one model, signal of another."""
    x = torch.tensor([[[1.0, 0.0], [1.0, 1e-6]]], dtype=torch.float64)
    assert kernel(2).entropy(x).tolist() == [math.log(2)]
    assert kernel(2, rtol=1e-8).entropy(x).tolist() == [math.log(2)]
    assert kernel(2, rtol=1e-8, atol=1e-8).entropy(x).tolist() == [0.0]
    assert kernel(2, rtol=1e-8, atol=1e-8)(x)[0].tolist() == [[1, 0], [0, 1]]
    assert kernel(2).entropy(1e-7 * x).tolist() == [math.inf]
    assert kernel(2, atol=0.0).entropy(1e-7 * x).tolist() == [math.log(2)]


def test_nearly_dependent_vectors_in_float32():
    x = torch.randn(1000, 1, 3).expand(-1, 3, -1) + 3e-5 * torch.randn(1000, 3, 3)
    g = kernel(3)(x)
    torch.testing.assert_close(g.mT @ g, torch.eye(3).expand_as(g))


@pytest.mark.parametrize("oracle", point_oracles(), ids=lambda oracle: oracle.name)
def test_unordered_points(oracle):
    """Sums over a symmetric set vanish up to rounding, so its frame is Haar."""
    n = oracle.points.shape[1]

    def moments(x):
        length = x.norm(dim=-1, keepdim=True)
        return torch.stack([x.sum(1), (length**2 * x).sum(1)], dim=1)

    frame = GramSchmidt(Orthogonal(n), moments)
    assert frame.entropy(oracle.points[None]).tolist() == [math.inf]
    action = Pointwise(Vector(Orthogonal(n)))
    check_kernel(frame, action, oracle.points[None], inversion=False, draws=400)


def test_draws_are_keyed_to_the_sample():
    x = torch.zeros(6, 2, 3)
    index = torch.tensor([5, 5, 2, 3, 0, 9])
    g = kernel(3)(x, generator=SampleKeys(index, seed=0))
    assert torch.equal(g[0], g[1])
    torch.testing.assert_close(kernel(3)(x[:2], generator=SampleKeys(index[2:4], seed=0)), g[2:4])


def test_compile_and_vmap():
    x, index = torch.randn(4, 3, 3, dtype=torch.float64), torch.arange(4)
    f = kernel(3, True)

    def draw(x):
        return f(x, generator=SampleKeys(index, seed=0))

    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(draw, fullgraph=True, backend="aot_eager")(x), draw(x))
    one = torch.func.vmap(lambda x: f(x[None])[0], randomness="different")
    torch.testing.assert_close(one(x), f(x))


def test_no_vectors_and_no_items():
    assert kernel(3)(torch.zeros(2, 0, 3)).shape == (2, 3, 3)
    assert kernel(3).entropy(torch.zeros(2, 0, 3)).tolist() == [math.inf] * 2
    assert kernel(3)(torch.zeros(0, 2, 3)).shape == (0, 3, 3)


def test_errors():
    with pytest.raises(ValueError, match=r"try Orthogonal\(3\)"):
        GramSchmidt(Vector(Orthogonal(3)), rows)
    with pytest.raises(ValueError, match=r"shape \(2, 3\), but .* \(B, m, 3\)"):
        kernel(3)(torch.zeros(2, 3))
    for wrong in ({"rtol": -1.0}, {"atol": -1.0}):
        with pytest.raises(ValueError, match="not negative"):
            kernel(3, **wrong)
