"""The least tolerance at which a field gains symmetry, against the group listed element by element."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Scalar
from symbreak.groups.wallpaper import inversions, p4, p4m, pm3m, translations
from symbreak.symmetry.lattice_gap import chain_length, image_gap, lattice_gap
from symbreak.symmetry.lattice_stabilizer import centred_elements, image_stabilizer, lattice_stabilizer

GROUPS = {"ring": translations((6,)), "dihedral ring": inversions((5,)), "p4": p4(4), "p4m": p4m(4), "box": pm3m(2)}


def listed(action, x, kept, elements):
    """max |g x - x| of each element that does not keep x."""
    moved = torch.stack([(action.act(g, x) - x).abs().flatten(1).amax(1) for g in elements], 1)
    return moved.masked_fill(kept, torch.inf).amin(1)


def each(elements):
    return [type(elements)(elements.n[k : k + 1], elements.h[k : k + 1]) for k in range(len(elements.h))]


@pytest.mark.parametrize("channels", ((Scalar(),), (Bond(), Scalar())), ids=("scalar", "bond"))
@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
@pytest.mark.parametrize("noise", (1e-6, 0.01))
def test_of_a_symmetric_field_with_noise(group, channels, noise):
    action = Lattice(group, channels)
    x = torch.randint(0, 2, (6, action.width, *action.sizes)).double()
    x[0] = 1.0
    x[1:3] += action.act(group.element(torch.tensor([group.order - 1])), x[1:3])
    x[:4] += 100 + noise * torch.rand_like(x[:4])
    kept = lattice_stabilizer(action, x)
    exact = listed(action, x, kept, each(group.element(torch.arange(group.order))))
    found = lattice_gap(action, x, kept)
    assert (found >= exact).all()
    assert (exact[:4] <= 2 * noise).any()
    assert (found[exact <= 2 * noise] <= 2 * noise).all()
    images = image_stabilizer(action, x)
    torch.testing.assert_close(image_gap(action, x, images), listed(action, x, images, each(centred_elements(action))))


def test_at_the_gap_there_is_more():
    """What the tolerance takes for equal grows by the element that the gap is of."""
    action = Lattice(p4m(6), (Scalar(),))
    x = torch.zeros(3, 1, 6, 6)
    x[:, :, ::2, ::2] = 1.0
    x += 0.01 * torch.rand(x.shape)
    kept = lattice_stabilizer(action, x)
    gap = lattice_gap(action, x, kept)
    for k in range(3):
        looser = lattice_stabilizer(action, x[k : k + 1], atol=float(gap[k]) * (1 + 1e-6))
        assert int(looser.sum()) > int(kept[k].sum()) == 1


def test_what_has_no_gap():
    action = Lattice(p4m(4), (Scalar(),))
    x = torch.full((2, 1, 4, 4), 7.0)
    x[1, 0, 0, 0] = torch.nan
    kept = lattice_stabilizer(action, x)
    assert lattice_gap(action, x, kept).tolist() == [torch.inf, torch.inf]
    assert image_gap(action, x, image_stabilizer(action, x)).tolist() == [torch.inf, torch.inf]


def test_the_length_of_a_chain():
    x = torch.tensor([[0, 1, 2, 3], [0, 1, 8, 9], [0, 5, 10, 15]]).double()
    assert chain_length(x, 1.0).tolist() == [3.0, 1.0, 0.0]
    assert chain_length(torch.tensor([[0.0, torch.nan, 0.5, torch.nan]]), 1.0).tolist() == [0.5]
