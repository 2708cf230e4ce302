"""Stabilizers of lattice fields and images, against the group listed element by element; their names."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Scalar
from symbreak.groups import SemidirectElement, p4, p4m, take
from symbreak.groups.wallpaper import inversions, lattice_group, mirrors, p432, pm3m, translations
from symbreak.symmetry import stabilizer
from symbreak.symmetry.lattice_names import image_symmetry, lattice_symmetry
from symbreak.symmetry.lattice_stabilizer import centred_elements, image_stabilizer, lattice_stabilizer
from symbreak.testing import lattice_oracles

SMALL = {
    "ring": translations((6,)),
    "dihedral ring": inversions((6,)),
    "p2": inversions((3, 4)),
    "pmm": mirrors((2, 4)),
    "p4": p4(4),
    "p4m": p4m(3),
    "P-1": inversions((2, 3, 2)),
    "P432": p432(2),
    "Pm-3m": pm3m(2),
}
CHANNELS = {"scalar": (Scalar(),), "bond": (Bond(), Scalar()), "orientation": (Orientation(),)}


def kept(group, x, **options):
    return lattice_stabilizer(Lattice(group, (Scalar(),)), x, **options)


@pytest.mark.parametrize("channels", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("group", SMALL.values(), ids=SMALL)
def test_against_the_listed_group(group, channels):
    """Fields of few values, made more symmetric by a random element: stabilizers of many orders."""
    action = Lattice(group, channels)
    x = torch.randint(0, 2, (16 if group.order * action.width < 5000 else 2, action.width, *action.sizes))
    x = torch.cat([x, x | action.act(action.haar(x), x), x[:1] * 0])
    assert torch.equal(lattice_stabilizer(action, x), stabilizer(action, x).T)
    listed = stabilizer(action, x, elements=centred_elements(action)).T
    assert torch.equal(image_stabilizer(action, x), listed)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64, torch.int64, torch.uint8), ids=str)
@pytest.mark.parametrize("size", (3, 4, 5, 20))
def test_known_fields(size, dtype):
    oracles = lattice_oracles(size)
    x = torch.stack([(1000 * oracle.field).to(dtype) for oracle in oracles])[:, None]
    for group in (p4, p4m):
        orders = kept(group(size), x).sum(1).tolist()
        assert orders == [getattr(oracle, group.__name__) for oracle in oracles]


def box_fields():
    """Fields on a box of side 8, with the order of their stabilizers among 24,576 elements, and their names."""
    i = torch.arange(8)
    x, y, z = i[:, None, None], i[:, None], i
    layers = (x % 2).expand(8, 8, 8)
    part = torch.zeros(8, 8, 8)
    part[0, 0, 0], part[1, 0, 0] = 1.0, 2.0  # an arrow along x
    return {
        "constant": (torch.zeros(8, 8, 8), 48 * 512, "m-3m with translations (1,0,0),(0,1,0),(0,0,1)"),
        "layers": (layers, 16 * 256, "4/mmm with translations (2,0,0),(0,1,0),(0,0,1)"),
        "checkers": ((x + y + z) % 2, 48 * 256, "m-3m with translations (1,1,0),(1,0,1),(0,1,1)"),
        "one site": (x + y + z == 0, 48, "m-3m without translations"),
        "arrow": (part, 8, "4mm without translations"),
        "disordered": (torch.randn(8, 8, 8), 1, "1 without translations"),
    }


def test_a_box():
    group, cases = pm3m(8), box_fields()
    x = torch.stack([field.float() for field, _, _ in cases.values()])[:, None]
    found = kept(group, x)
    assert found.sum(1).tolist() == [order for _, order, _ in cases.values()]
    for row, (_, _, name) in zip(found, cases.values(), strict=True):
        assert str(lattice_symmetry(group, row)) == name
    action = Lattice(group, (Scalar(),))
    for row, field in zip(found, x, strict=True):  # what is found does keep the field
        some = group.element(row.nonzero()[:, 0][:: max(1, int(row.sum()) // 50)])
        assert torch.equal(action.act(some, field[None]), field.expand(len(some.h), 1, 8, 8, 8))


def test_the_stabilizer_moves_with_the_field():
    """`G_{h x} = h G_x h⁻¹`."""
    group = p4m(6)
    action, x = Lattice(group, (Bond(), Scalar())), torch.zeros(4, 3, 6, 6)
    x[:, 2] = torch.stack([oracle.field.float() for oracle in lattice_oracles(6)[:4]])
    h = action.haar(x)
    for i in range(4):
        one = take(h, torch.tensor([i]))
        before = group.element(lattice_stabilizer(action, x[i : i + 1])[0].nonzero()[:, 0])
        carried = group.index(group.compose(group.compose(one, before), group.inverse(one)))
        after = lattice_stabilizer(action, action.act(one, x[i : i + 1]))[0].nonzero()[:, 0]
        assert torch.equal(carried.sort().values, after)


def test_tolerance():
    group = p4m(6)
    x = torch.stack([oracle.field for oracle in lattice_oracles(6)])[:, None]
    noisy = x + 1e-9 * torch.rand_like(x)
    assert (kept(group, noisy).sum(1) == 1).all()
    assert torch.equal(kept(group, noisy, atol=1e-8), kept(group, x))
    with pytest.raises(ValueError, match="atol is -1.0, but a tolerance is not negative"):
        kept(group, x, atol=-1.0)
    with pytest.raises(ValueError, match="atol is nan"):
        kept(group, x, atol=float("nan"))


def test_nan_is_a_value_like_any_other():
    marked = torch.randint(0, 2, (20, 1, 4, 4)).float()
    for value in (float("nan"), float("inf"), -float("inf")):
        holes = torch.where(marked == 1, value, 0.0)
        for atol in (0.0, 1e-6):
            assert torch.equal(kept(p4m(4), holes, atol=atol), kept(p4m(4), marked))


def test_neighbouring_floats_are_different():
    x = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    x[0, 0, 3, 3] += 2**-52
    assert int(kept(p4m(8), x).sum()) == 8
    assert int(kept(p4m(8), torch.zeros(1, 1, 8, 8).copysign(torch.randn(1, 1, 8, 8))).sum()) == 512  # -0 is 0


def test_a_swap_of_two_values_among_many_is_seen():
    """The correlation then misses its bound by the least there is."""
    x = torch.arange(64 * 64.0).reshape(1, 1, 64, 64)
    x = torch.minimum(x, x.flip(2, 3))  # kept by the half turn about the centre alone
    assert int(kept(p4m(64), x).sum()) == 2
    first, second = x[0, 0, 10, 10].clone(), x[0, 0, 10, 11].clone()
    x[0, 0, 10, 10], x[0, 0, 10, 11] = second, first
    assert int(kept(p4m(64), x).sum()) == 1


def test_shapes():
    assert kept(p4m(4), torch.zeros(0, 1, 4, 4)).shape == (0, 128)
    assert kept(p4m(1), torch.zeros(2, 1, 1, 1)).all()
    assert int(kept(p4m(4), torch.ones(1, 1, 4, 4, dtype=torch.bool)).sum()) == 128
    with pytest.raises(ValueError, match="The field has shape"):
        kept(p4m(4), torch.zeros(1, 1, 5, 5))
    with pytest.raises(ValueError, match="has 17640000 values, but beyond 16777216"):
        kept(translations((4200, 4200)), torch.zeros(1, dtype=torch.uint8).expand(1, 1, 4200, 4200))


def test_images_turn_about_their_centre():
    """An L of three pixels is kept by one mirror of the image, though not by that of the torus."""
    action = Lattice(p4m(3), (Scalar(),))
    corner = torch.zeros(1, 1, 3, 3)
    corner[0, 0, 0, 0] = 1.0
    row = image_stabilizer(action, corner)[0]
    assert row.nonzero()[:, 0].tolist() == [0, 5]  # (x, y) -> (y, x) is r s
    assert image_symmetry(action.group, row) == "D1"
    ring = torch.tensor([[1.0, 2, 1], [2, 3, 2], [1, 2, 1]])[None, None]
    assert image_symmetry(action.group, image_stabilizer(action, ring)[0]) == "D4"


IMAGES = {
    "pinwheel": ([[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]], "C4"),
    "S": ([[0, 1, 1, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 1, 1, 0]], "C2"),
    "H": ([[1, 0, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 0, 1]], "D2"),
    "E": ([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], "D1"),
    "full": ([[1] * 4] * 4, "D4"),
    "ramp": ([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [2, 3, 4, 5]], "C1"),
}


@pytest.mark.parametrize("rows, name", IMAGES.values(), ids=IMAGES)
def test_names_of_images(rows, name):
    action = Lattice(p4m(4), (Scalar(),))
    x = torch.tensor(rows)[None, None].float()
    assert image_symmetry(action.group, image_stabilizer(action, x)[0]) == name
    moved = take(centred_elements(action), torch.tensor([3]))  # turned about its centre, an image keeps its name
    assert image_symmetry(action.group, image_stabilizer(action, action.act(moved, x))[0]) == name


def test_rectangles_and_boxes():
    pmm = Lattice(mirrors((3, 4)), (Scalar(),))
    assert image_symmetry(pmm.group, image_stabilizer(pmm, torch.zeros(1, 1, 3, 4))[0]) == "D2"
    line = Lattice(inversions((5,)), (Scalar(),))
    for values, name in (([1, 2, 3, 2, 1], "D1"), ([1, 2, 3, 2, 2], "C1")):
        x = torch.tensor(values)[None, None].float()
        assert image_symmetry(line.group, image_stabilizer(line, x)[0]) == name
    box, x = Lattice(pm3m(4), (Scalar(),)), torch.zeros(3, 1, 4, 4, 4)
    x[1, 0, 0] = 1.0  # a face
    x[2, 0, 0, 0, 0] = 1.0  # a corner
    assert [image_symmetry(box.group, row) for row in image_stabilizer(box, x)] == ["Oh", "C4v", "C3v"]


def test_centred_elements_are_a_subgroup_that_carries_nothing_through_the_border():
    for group in (
        p4m(4),
        p4m(5),
        mirrors((3, 4)),
        pm3m(3),
        lattice_group((2, 2, 3), (((0, 1, 0), (1, 0, 0), (0, 0, -1)),)),
    ):
        action = Lattice(group, (Scalar(),))
        g = centred_elements(action)
        products = group.index(group.compose(SemidirectElement(g.n[:, None], g.h[:, None]), g))
        assert set(products.flatten().tolist()) == set(group.index(g).tolist())
        matrices, top = torch.tensor(group.phi.matrices), torch.tensor(action.sizes) - 1
        corners = torch.cartesian_prod(*[torch.tensor([0, s]) for s in top.tolist()]).reshape(-1, len(top))
        images = (matrices[:, None] @ corners[..., None])[..., 0] + g.n[:, None]  # without wrapping
        assert bool(((images == 0) | (images == top)).all())


# Operations (translation, number in p4m) that generate each wallpaper group with axes of order 1, 2 or 4 on a torus of
# side 16. Point elements: 1 a quarter turn, 2 a half turn, 4 the mirror of y, 6 that of x, 5 the exchange of x and y.
STEPS = (((8, 0), 0), ((0, 8), 0))
WALLPAPER = {
    "p1": STEPS,
    "p2": (*STEPS, ((0, 0), 2)),
    "pm": (*STEPS, ((0, 0), 4)),
    "pg": (*STEPS, ((4, 0), 4)),
    "cm": (((4, 4), 0), *STEPS, ((0, 0), 4)),
    "pmm": (*STEPS, ((0, 0), 4), ((0, 0), 6)),
    "pmg": (*STEPS, ((0, 0), 2), ((4, 0), 4)),
    "pgg": (*STEPS, ((0, 0), 2), ((4, 4), 4)),
    "cmm": (((4, 4), 0), *STEPS, ((0, 0), 4), ((0, 0), 6)),
    "p4": (*STEPS, ((0, 0), 1)),
    "p4m": (*STEPS, ((0, 0), 1), ((0, 0), 4)),
    "p4g": (*STEPS, ((0, 0), 1), ((4, 4), 4)),
}
DIAGONAL = {  # on the same lattice, with mirrors along the diagonals
    "cm": (*STEPS, ((0, 0), 5)),
    "cmm": (*STEPS, ((0, 0), 2), ((0, 0), 5)),
    "pm": (((4, 4), 0), ((4, -4), 0), ((0, 0), 5)),
    "pg": (((4, 4), 0), ((4, -4), 0), ((2, 2), 5)),
}


def generated(group, operations):
    """bool `(|G|,)`: the subgroup that some operations generate."""
    step = torch.tensor([t for t, _ in operations]) % torch.tensor(group.normal.sizes)
    generators = SemidirectElement(step, torch.tensor([p for _, p in operations]))
    found = torch.zeros(group.order, dtype=torch.bool)
    found[0] = True
    while True:
        g = group.element(found.nonzero())
        products = group.index(group.compose(g, generators))
        if bool(found[products].all()):
            return found
        found[products] = True


@pytest.mark.parametrize(
    "name, operations", (*WALLPAPER.items(), *DIAGONAL.items()), ids=(*WALLPAPER, *(f"{n} diagonal" for n in DIAGONAL))
)
def test_wallpaper_groups(name, operations):
    """The mean of a random field over a subgroup has that subgroup for its stabilizer, and the name of it."""
    group = p4m(16)
    subgroup = generated(group, operations)
    action, x = Lattice(group, (Scalar(),)), torch.randint(0, 10**6, (1, 1, 16, 16))
    elements = group.element(subgroup.nonzero()[:, 0])
    mean = action.act(elements, x).sum(0, keepdim=True)
    row = lattice_stabilizer(action, mean)[0]
    assert torch.equal(row, subgroup)
    found = lattice_symmetry(group, row)
    assert (found.name, found.order) == (name, int(subgroup.sum()))
    shifted = action.act(SemidirectElement(torch.tensor([[3, 1]]), torch.tensor([1])), mean)
    assert lattice_symmetry(group, lattice_stabilizer(action, shifted)[0]).name == name


def test_names_of_rings():
    group = inversions((6,))
    for values, name in (
        ([0, 0, 0, 0, 0, 0], "pm with translations (1)"),
        ([0, 1, 2, 0, 1, 2], "p1 with translations (3)"),
        ([0, 1, 1, 0, 1, 1], "pm with translations (3)"),
        ([0, 1, 2, 3, 2, 1], "pm without translations"),
        ([0, 1, 2, 3, 4, 5], "p1 without translations"),
    ):
        assert str(lattice_symmetry(group, kept(group, torch.tensor([[values]]))[0])) == name


def test_names_refuse_what_is_no_stabilizer():
    group = p4m(4)
    with pytest.raises(ValueError, match=r"shape \(2, 128\), but it says for each of the 128 elements"):
        lattice_symmetry(group, torch.ones(2, 128, dtype=torch.bool))
    with pytest.raises(ValueError, match="the identity always is"):
        lattice_symmetry(group, torch.zeros(128, dtype=torch.bool))
    with pytest.raises(ValueError, match="for each of the 8 point elements"):
        image_symmetry(group, torch.ones(128, dtype=torch.bool))
    with pytest.raises(ValueError, match="names are known for lattices of at most three axes"):
        lattice_symmetry(type(group)(group.normal, group.acting, abs), torch.ones(128, dtype=torch.bool))


def test_a_channel_of_bonds_lowers_the_symmetry():
    """Bonds of two strengths along x and y: no quarter turn is left, but on equal bonds."""
    action = Lattice(p4m(4), (Bond(),))
    x = torch.tensor([[1.0, 2.0], [1.5, 1.5]])[:, :, None, None].expand(2, 2, 4, 4)
    found = lattice_stabilizer(action, x)
    assert [lattice_symmetry(action.group, row).name for row in found] == ["pmm", "p4m"]


@pytest.mark.slow
def test_a_large_field_is_exact():
    x = torch.rand(1, 1, 1024, 1024)
    assert int(kept(p4m(1024), x).sum()) == 1
    x = x + x.flip(2, 3)
    assert int(kept(p4m(1024), x).sum()) == 2
