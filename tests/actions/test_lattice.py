"""Fields on a lattice: literal examples, physics, errors, compilers."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Pointwise, Scalar, orbit
from symbreak.data.ising import energy
from symbreak.groups import Cyclic, Orthogonal, SemidirectElement, p4, p4m
from symbreak.representations import Vector

TURN, HALF, MIRROR = 1, 2, 4  # numbers of r, r² and s in C_4 and D_4


def element(number, step=(0, 0)):
    return SemidirectElement(torch.tensor([step]), torch.tensor([number]))


def field(*entries, planes=1):
    """`(1, planes, 3, 3)`, zero but for entries `(plane, x, y, value)`."""
    x = torch.zeros(1, planes, 3, 3)
    for plane, i, j, value in entries:
        x[0, plane, i, j] = value
    return x


@pytest.mark.parametrize(
    "number, site", ((0, (1, 2)), (TURN, (1, 1)), (HALF, (2, 1)), (3, (2, 2)), (MIRROR, (1, 1)), (TURN + 4, (2, 1)))
)
def test_literal_scalar(number, site):
    """The value at (1, 2): r sends (x, y) to (-y, x), s to (x, -y), and r s does s first."""
    moved = Lattice(p4m(3), (Scalar(),)).act(element(number), field((0, 1, 2, 5.0)))
    assert torch.equal(moved, field((0, *site, 5.0)))


def test_literal_translation_comes_after_the_turn():
    moved = Lattice(p4(3), (Scalar(),)).act(element(TURN, (1, 0)), field((0, 1, 0, 5.0)))
    assert torch.equal(moved, field((0, 1, 1, 5.0)))  # (1, 0) -> (0, 1) -> (1, 1)


@pytest.mark.parametrize(
    "group, number, slot, site",
    ((p4, TURN, 2, (0, 1)), (p4, 3, 0, (0, 2)), (p4m, TURN, 2, (0, 1)), (p4m, MIRROR, 7, (1, 0))),
)
def test_literal_orientation(group, number, slot, site):
    """The value at (1, 0) with orientation r: the mirror makes it s r = r³ s, number 7."""
    action = Lattice(group(3), (Orientation(),))
    moved = action.act(element(number), field((1, 1, 0, 5.0), planes=action.width))
    assert torch.equal(moved, field((slot, *site, 5.0), planes=action.width))


@pytest.mark.parametrize(
    "number, expected",
    (
        (0, ((0, 0, 1, 5.0), (1, 1, 2, 7.0))),
        (TURN, ((1, 2, 0, 5.0), (0, 0, 1, 7.0))),
        (HALF, ((0, 2, 2, 5.0), (1, 2, 0, 7.0))),
        (MIRROR, ((0, 0, 2, 5.0), (1, 1, 0, 7.0))),
    ),
    ids=("identity", "quarter turn", "half turn", "mirror"),
)
def test_literal_bond(number, expected):
    """The bonds (0, 1)-(1, 1), along x, and (1, 2)-(1, 0), along y and across the border.

    A quarter turn takes them to (2, 0)-(2, 1) and (1, 1)-(0, 1): the second is reversed, and is recorded at (0, 1).
    A half turn takes them to (0, 2)-(2, 2) and (2, 1)-(2, 0), both reversed; the mirror to (0, 2)-(1, 2) and
    (1, 1)-(1, 0), the second reversed.
    """
    bonds = field((0, 0, 1, 5.0), (1, 1, 2, 7.0), planes=2)
    moved = Lattice(p4m(3), (Bond(),)).act(element(number), bonds)
    assert torch.equal(moved, field(*expected, planes=2))


@pytest.mark.parametrize("size", (2, 3, 4, 5))
@pytest.mark.parametrize("group", (p4, p4m))
def test_energy_does_not_change_when_bonds_and_spins_move_together(group, size):
    conditions, spins = Lattice(group(size), (Bond(), Scalar())), Lattice(group(size), (Scalar(),))
    c = torch.randn(1, 3, size, size, dtype=torch.float64)
    s = torch.randint(0, 2, (1, 1, size, size)).to(torch.float64) * 2 - 1
    every = energy(orbit(conditions, c)[:, 0], orbit(spins, s)[:, 0])
    torch.testing.assert_close(every, energy(c, s).expand_as(every))
    apart = energy(orbit(conditions, c)[:, 0], s.expand(len(every), -1, -1, -1))
    assert apart.std() > 0.01  # it does if the bonds move alone


def test_channels_stand_side_by_side():
    action = Lattice(p4m(3), (Scalar(2), Bond(), Orientation()))
    x = torch.randn(4, action.width, 3, 3)
    g = action.haar(x)
    parts = [(Scalar(2), 2), (Bond(), 2), (Orientation(), 8)]
    pieces = x.split([width for _, width in parts], 1)
    alone = [Lattice(p4m(3), (kind,)).act(g, piece) for (kind, _), piece in zip(parts, pieces, strict=True)]
    assert torch.equal(action.act(g, x), torch.cat(alone, 1))


def test_one_field_stands_for_all():
    action = Lattice(p4m(4), (Bond(), Scalar()))
    x = torch.randn(1, 3, 4, 4)
    g = action.group.sample((6,))
    assert torch.equal(action.act(g, x), action.act(g, x.expand(6, -1, -1, -1)))


def test_orbit_is_in_the_order_of_the_numbers():
    action = Lattice(p4(3), (Scalar(),))
    x = torch.randn(2, 1, 3, 3)
    every = orbit(action, x)
    assert every.shape == (36, 2, 1, 3, 3)
    g = action.group.element(torch.tensor([17, 17]))
    assert torch.equal(every[17], action.act(g, x))


def test_gradients_flow():
    action = Lattice(p4m(3), (Bond(), Scalar()))
    x = torch.randn(2, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    g = action.haar(x)
    assert torch.autograd.gradcheck(lambda x: action.act(g, x), (x,))


def test_vmap():
    action = Lattice(p4m(4), (Bond(), Orientation()))
    x = torch.randn(5, action.width, 4, 4)
    g = action.haar(x)

    def one(g, x):
        return action.act(SemidirectElement(g.n[None], g.h[None]), x[None])[0]

    assert torch.equal(torch.func.vmap(one)(g, x), action.act(g, x))


@pytest.mark.parametrize("backend", ("aot_eager", pytest.param("inductor", marks=pytest.mark.slow)))
def test_compile(backend):
    """In one graph, twice in a row, with cold tables: whatever is cached must not meet the compiler."""
    action = Lattice(p4m(4), (Bond(), Scalar(), Orientation()))
    x = torch.randn(5, action.width, 4, 4)
    g, h = action.haar(x), action.haar(x)
    torch._dynamo.reset()
    compiled = torch.compile(
        lambda g, h, x: action.act(action.group.compose(g, h), action.act(h, x)), fullgraph=True, backend=backend
    )
    y = compiled(g, h, x)
    assert torch.equal(y, action.act(action.group.compose(g, h), action.act(h, x)))


def test_tables_made_in_inference_mode_serve_in_training():
    action = Lattice(p4m(7), (Bond(),))
    x = torch.randn(2, 2, 7, 7)
    g = action.haar(x)
    with torch.inference_mode():
        action.act(g, x)
    x.requires_grad_()
    action.act(g, x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


@pytest.mark.parametrize("shape", ((2, 3, 4, 5), (2, 2, 4, 4), (3, 4, 4), (2, 3, 4, 4, 1)))
def test_wrong_shapes(shape):
    action = Lattice(p4(4), (Bond(), Scalar()))
    for use in (action.haar, lambda x: action.act(action.group.identity((len(x),)), x)):
        with pytest.raises(ValueError, match=r"The field has shape .* moves \(B, 3, 4, 4\)"):
            use(torch.zeros(shape))


def test_wrong_construction():
    with pytest.raises(ValueError, match=r"translations of a torus .* try p4m\(16\)"):
        Lattice(Cyclic(4), (Scalar(),))
    for channels in ([Scalar()], Scalar(), (3,)):
        with pytest.raises(ValueError, match="a tuple of kinds"):
            Lattice(p4(4), channels)


def test_orbit_of_an_infinite_group():
    with pytest.raises(ValueError, match="only that of a finite group"):
        orbit(Pointwise(Vector(Orthogonal(3))), torch.zeros(1, 3))


def test_actions_are_values():
    assert Lattice(p4(4), (Bond(),)) == Lattice(p4(4), (Bond(),))
    assert hash(Lattice(p4(4), (Bond(),))) == hash(Lattice(p4(4), (Bond(),)))
    assert Lattice(p4(4), (Bond(),)) != Lattice(p4(4), (Bond(2),))
