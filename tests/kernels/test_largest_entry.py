"""The pose by the largest entry, against the orbit listed element by element."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Scalar, orbit
from symbreak.groups import SampleKeys, p4, p4m, pm3m, same
from symbreak.groups.wallpaper import inversions, mirrors
from symbreak.kernels import LatticeInversion
from symbreak.kernels.kernel import quantile
from symbreak.kernels.largest_entry import LargestEntry
from symbreak.kernels.lattice import _best, _drawn
from symbreak.testing import lattice_oracles

ACTIONS = {
    "p4m": Lattice(p4m(5), (Scalar(),)),
    "p4": Lattice(p4(3), (Scalar(2),)),
    "bonds": Lattice(p4m(5), (Bond(), Scalar())),
    "bonds of a rectangle": Lattice(mirrors((4, 6)), (Bond(2),)),
    "orientations": Lattice(p4m(3), (Orientation(), Scalar())),
    "ring": Lattice(inversions((6,)), (Scalar(),)),
    "box": Lattice(pm3m(7), (Scalar(),)),
}
COUNT = 40
EVERY = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)


def fields(action, count=12):
    return torch.randn(count, action.width, *action.sizes)


@EVERY
def test_the_form_is_the_first_of_its_orbit(action):
    """No transform has a larger first entry, nor, with that one, a larger second."""
    rule, x = LargestEntry(action), fields(action, 2)
    number, alone = rule(x)
    assert alone.all()
    forms = orbit(action, x).flatten(2)[:, :, [0, rule.second]]  # (|G|, B, 2)
    found = forms[action.group.index(action.group.inverse(action.group.element(number))), torch.arange(len(x))]
    assert torch.equal(found[:, 0], forms[..., 0].amax(0))
    forms = forms[..., 1].where(forms[..., 0] == found[:, 0], -torch.inf)
    assert torch.equal(found[:, 1], forms.amax(0))


@EVERY
def test_equivariance(action):
    rule, x = LargestEntry(action), fields(action)
    h = action.haar(x)
    G = action.group
    number, alone = rule(x)
    moved, still_alone = rule(action.act(h, x))
    assert alone.all()
    assert still_alone.all()
    assert torch.equal(moved, G.index(G.compose(h, G.element(number))))


@pytest.mark.parametrize(
    "name", [name for name in ACTIONS if name != "box"]
)  # its 16,464 elements are not listed for many fields
def test_no_symmetric_field_is_settled(name):
    action = ACTIONS[name]
    x = torch.randint(0, 3, (COUNT, action.width, *action.sizes)).float()
    marked = x.flatten(1).index_fill(1, torch.tensor(0), 9.0).reshape(x.shape)  # the point group may be left, or part
    x = torch.cat([x, x + action.act(action.haar(x), x), marked, marked * (marked > 2), x * 0])
    _, alone = LargestEntry(action)(x)
    trivial = (orbit(action, x) == x).flatten(2).all(-1).sum(0) == 1
    assert not (alone & ~trivial).any()
    assert not alone[-COUNT:].any()


@EVERY
def test_small_changes_leave_the_pose(action):
    rule, x = LargestEntry(action), fields(action)
    number, _ = rule(x)
    again, _ = rule(x + 1e-6 * torch.randn_like(x))
    assert torch.equal(again, number)


def test_infinity_nan_integers_and_bool():
    action = ACTIONS["p4m"]
    rule, x = LargestEntry(action), fields(action, 2)
    number, _ = rule(x)
    ranks = x.flatten(1).argsort(1).argsort(1).reshape(x.shape)
    for same_order in (x.double(), ranks, ranks.to(torch.int16), ranks.to(torch.uint8)):
        again, alone = rule(same_order)
        assert alone.all()
        assert torch.equal(again, number)
    low = torch.where(ranks == ranks.flatten(1).amax(1)[:, None, None, None], 1.0, -torch.inf)
    assert not rule(low)[1].any()  # a marked site, whatever the others are
    assert not rule(low == 1)[1].any()
    assert not rule(x.where(ranks != 3, torch.nan))[1].any()  # left to the ranks, where a NaN is a value


def test_what_is_not_settled_is_drawn_as_if_it_were_alone_in_the_batch():
    """The rows that need a score are picked out on the CPU, and masked elsewhere."""
    action = ACTIONS["p4m"]
    kernel = LatticeInversion(action)
    x = torch.stack([oracle.field for oracle in lattice_oracles(5)]).float()[:, None]
    x = torch.cat([x, fields(action)])[torch.randperm(len(x) + 12)]
    number, alone = kernel.largest(x)
    assert alone.any()
    assert not alone.all()
    level = torch.rand(len(x), dtype=torch.float64)
    everywhere = number.where(alone, quantile(_best(x, kernel.weights), level))
    assert torch.equal(_drawn(x, number, alone, level, kernel.weights), everywhere)
    assert kernel.mass(x)[torch.arange(len(x)), everywhere].all()


def test_vmap_of_a_draw():
    kernel = LatticeInversion(ACTIONS["p4m"])
    x, index = fields(kernel.action, 6), torch.arange(6)
    x[::2] = 0
    each = torch.func.vmap(lambda x, i: kernel(x[None], generator=SampleKeys(i[None], seed=1)))(x, index)
    whole = kernel(x, generator=SampleKeys(index, seed=1))
    assert same(type(whole)(each.n[:, 0], each.h[:, 0]), whole)
