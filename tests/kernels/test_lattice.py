"""The inversion kernel of lattice fields, against the group listed element by element."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Scalar, orbit
from symbreak.groups import SampleKeys, SemidirectElement, p4, p4m, p432, pm3m, same, take
from symbreak.groups.wallpaper import inversions, mirrors
from symbreak.kernels import LatticeInversion
from symbreak.kernels.lattice import _correlate
from symbreak.testing import check_kernel, lattice_oracles

GROUPS = pytest.mark.parametrize("group", (p4, p4m), ids=("p4", "p4m"))
CHANNELS = {
    "scalar": (Scalar(),),
    "bond": (Bond(),),
    "ising": (Bond(), Scalar()),
    "orientation": (Orientation(), Scalar(2)),
}


def stabilizers(action, x):
    """bool `(B, |G|)`, by trying every element."""
    return (orbit(action, x) == x).flatten(2).all(-1).T


def assert_coset(action, x, ties):
    """The ties are G_x g for one g: as many as the stabilizer has elements, and all lead to one form."""
    assert torch.equal(ties.sum(1), stabilizers(action, x).sum(1))
    G = action.group
    item, number = ties.nonzero(as_tuple=True)
    form = action.act(G.inverse(G.element(number)), x[item])
    first = form[torch.searchsorted(item, torch.arange(len(x)))]
    assert torch.equal(form, first[item])


@GROUPS
@pytest.mark.parametrize("channels", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("size", (1, 2, 3, 4))
def test_against_the_listed_group(group, channels, size):
    """Random fields of few values have stabilizers of many orders; so have the means over a random element's powers."""
    action = Lattice(group(size), channels)
    x = torch.randint(0, 2, (40, action.width, size, size))
    x = x | action.act(action.haar(x), x)
    x = torch.cat([x, x & action.act(action.haar(x), x), x[:1] * 0])
    kernel = LatticeInversion(action)
    ties = kernel.mass(x)
    assert_coset(action, x, ties)
    moved = action.act(action.haar(x), x)
    forms = [action.act(action.group.inverse(kernel(y)), y) for y in (x, moved)]
    assert torch.equal(*forms)


@GROUPS
@pytest.mark.parametrize("dtype", (torch.float32, torch.float64, torch.int64), ids=str)
@pytest.mark.parametrize("size", (3, 4, 5))
def test_conformance_on_known_fields(group, size, dtype):
    oracles = lattice_oracles(size)
    action = Lattice(group(size), (Scalar(),))
    x = torch.stack([(1000 * oracle.field).to(dtype) for oracle in oracles])[:, None]
    order = torch.tensor([getattr(oracle, group.__name__) for oracle in oracles])
    kernel = LatticeInversion(action)
    assert torch.equal(kernel.support_size(x), order)
    check_kernel(kernel, action, x, order=order, draws=600)


@GROUPS
@pytest.mark.parametrize("channels", (CHANNELS["ising"], CHANNELS["orientation"]), ids=("ising", "orientation"))
def test_conformance_on_channels(group, channels):
    action = Lattice(group(3), channels)
    disordered = torch.randn(1, action.width, 3, 3)
    x = torch.cat([disordered, disordered * 0, disordered.mean((2, 3), keepdim=True).expand_as(disordered)])
    check_kernel(LatticeInversion(action), action, x, draws=600)


@pytest.mark.parametrize(
    "group",
    (inversions((6,)), inversions((4, 3)), mirrors((4, 6)), p432(2), pm3m(2), inversions((2, 3, 2))),
    ids=("ring", "half turns", "mirrors", "box, turns", "box", "box, inversions"),
)
def test_rings_rectangles_and_boxes(group):
    """Fields in one to three dimensions: constant, one marked site, two values, and distinct values."""
    sizes = group.normal.sizes
    action = Lattice(group, (Scalar(),))
    marked = torch.zeros(sizes).flatten().index_fill(0, torch.tensor(0), 1.0).reshape(sizes)
    layers = (torch.arange(sizes[-1]) % 2).expand(sizes).double()
    x = torch.stack([torch.zeros(sizes), marked, layers, torch.randn(sizes)])[:, None]
    kernel = LatticeInversion(action)
    assert_coset(action, x, kernel.mass(x))
    order = stabilizers(action, x).sum(1)
    assert order[:2].tolist() == [group.order, group.acting.order]
    check_kernel(kernel, action, x, order=order, draws=3000)


def test_known_orders_on_a_large_lattice():
    oracles = lattice_oracles(20)
    x = torch.stack([oracle.field for oracle in oracles])[:, None]
    for group in (p4, p4m):
        sizes = LatticeInversion(Lattice(group(20), (Scalar(),))).support_size(x)
        assert sizes.tolist() == [getattr(oracle, group.__name__) for oracle in oracles]


def test_constant_couplings():
    """The Ising task: constant fields keep all translations, and of the point group half or all."""
    action = Lattice(p4m(6), (Bond(), Scalar()))
    x = torch.tensor([[1.0, 2.0, 0.3], [1.5, 1.5, 0.3]])[:, :, None, None].expand(2, 3, 6, 6)
    assert LatticeInversion(action).support_size(x).tolist() == [4 * 36, 8 * 36]


def test_the_scores_are_exact():
    """Sums of products of integers, computed in floating point, against integer arithmetic."""
    for size in (15, 16, 32):
        action = Lattice(p4m(size), (Bond(), Scalar()))
        weights = LatticeInversion(action).weights
        ranks = torch.arange(action.width * size**2).flip(0).reshape(1, -1, size, size)
        number = torch.randint(action.group.order, (64,))
        g = action.group.element(number)
        for turned in weights:
            score = _correlate(ranks, turned)[0]
            exact = (action.act(g, turned[:1]) * ranks).flatten(1).sum(1)
            assert (score[number] - exact.double()).abs().max() < 0.25


@pytest.mark.parametrize("blind", (0, 1))
def test_each_hash_alone_tells_transforms_apart_and_the_second_only_among_ties(blind):
    action = Lattice(p4m(4), (Scalar(),))
    kernel, x = LatticeInversion(action), torch.stack([oracle.field for oracle in lattice_oracles(4)])[:, None]
    kernel.weights[blind] = 0
    assert_coset(action, x, kernel.mass(x))
    kernel.weights[1 - blind] = 0
    assert kernel.mass(x).all()


def test_too_large_a_lattice():
    with pytest.raises(ValueError, match="has 490000 values, but beyond 370,000"):
        LatticeInversion(Lattice(p4(700), (Scalar(),)))


def test_tolerance():
    """A field that is symmetric up to rounding is asymmetric, exactly taken."""
    action = Lattice(p4m(6), (Scalar(),))
    x = torch.stack([oracle.field for oracle in lattice_oracles(6)])[:, None]
    rounded = x + 1e-9 * torch.rand_like(x)
    exact = LatticeInversion(action).support_size(x)
    assert (LatticeInversion(action).support_size(rounded) == 1).all()
    assert torch.equal(LatticeInversion(action, atol=1e-8).support_size(rounded), exact)
    assert torch.equal(LatticeInversion(action, atol=1e-8).support_size(x), exact)
    with pytest.raises(ValueError, match="not negative"):
        LatticeInversion(action, atol=-1.0)


@pytest.mark.parametrize("atol", (0.0, 1e-6))
def test_nan_is_a_value_like_any_other(atol):
    """A wrong pose would come of a NaN that differs from itself: these poses are those of a marked site."""
    action = Lattice(p4m(4), (Scalar(),))
    marked = torch.randint(0, 2, (30, 1, 4, 4)).float()
    missing = torch.where(marked == 1, float("nan"), 0.0)
    infinite = torch.where(marked == 1, float("inf"), 0.0)
    kernel = LatticeInversion(action, atol=atol)
    for x in (missing, infinite):
        assert torch.equal(kernel.mass(x), kernel.mass(marked))
    check_kernel(kernel, action, missing[:4], draws=200)


def test_moving_the_module_to_another_precision_keeps_the_scores():
    action = Lattice(p4m(4), (Bond(), Scalar()))
    x = torch.randn(5, 3, 4, 4)
    kernel = LatticeInversion(action)
    ties = kernel.mass(x)
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        assert torch.equal(kernel.to(dtype).mass(x), ties)
    assert not kernel.state_dict()


def test_draws_are_keyed_to_the_sample():
    action = Lattice(p4m(4), (Scalar(),))
    x = torch.zeros(8, 1, 4, 4)
    kernel, index = LatticeInversion(action), torch.tensor([9, 4, 7, 7, 1, 0, 3, 2])
    g = kernel(x, generator=SampleKeys(index, seed=5))
    order = torch.randperm(8)
    shuffled = kernel(x, generator=SampleKeys(index[order], seed=5))
    assert same(shuffled, take(g, order))
    assert same(take(g, torch.tensor(2)), take(g, torch.tensor(3)))


@pytest.mark.parametrize("backend", ("aot_eager", pytest.param("inductor", marks=pytest.mark.slow)))
def test_compile_with_keys(backend):
    """Draws, scores and action in one graph, the same as uncompiled."""
    action = Lattice(p4m(4), (Bond(), Scalar()))
    kernel = LatticeInversion(action)

    def canonical(x, index):
        g = kernel(x, generator=SampleKeys(index, seed=3))
        return action.act(action.group.inverse(g), x), g

    x, index = torch.randint(0, 2, (6, 3, 4, 4)).float(), torch.arange(6)
    torch._dynamo.reset()
    form, g = torch.compile(canonical, fullgraph=True, backend=backend)(x, index)
    expected, h = canonical(x, index)
    assert torch.equal(form, expected)
    assert same(g, h)


def test_vmap():
    action = Lattice(p4m(3), (Bond(), Scalar()))
    kernel = LatticeInversion(action)
    x = torch.randint(0, 2, (5, 3, 3, 3)).float()
    assert torch.equal(torch.func.vmap(lambda x: kernel.mass(x[None])[0])(x), kernel.mass(x))
    assert torch.equal(torch.func.vmap(kernel.probability)(x.unflatten(0, (5, 1)))[:, 0], kernel.probability(x))


def test_the_pose_is_not_its_inverse():
    """A marked site at (1, 2) is carried there by the pose from where it is in every other such field's form."""
    action = Lattice(p4(5), (Scalar(),))
    kernel, x = LatticeInversion(action), torch.zeros(1, 1, 5, 5)
    x[0, 0, 0, 0] = 1.0
    step = SemidirectElement(torch.tensor([[1, 2]]), torch.tensor([0]))
    g, h = (kernel(y, generator=torch.Generator().manual_seed(0)) for y in (x, action.act(step, x)))
    assert torch.equal(h.n, (g.n + step.n) % 5)


def test_an_empty_batch():
    kernel = LatticeInversion(Lattice(p4m(4), (Bond(), Scalar())))
    x = torch.zeros(0, 3, 4, 4)
    assert kernel.mass(x).shape == (0, 128)
    assert kernel(x).h.shape == (0,)


def test_wrong_shape():
    with pytest.raises(ValueError, match="The field has shape"):
        LatticeInversion(Lattice(p4(4), (Scalar(),)))(torch.zeros(1, 1, 5, 5))
