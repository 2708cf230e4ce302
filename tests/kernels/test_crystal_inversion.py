"""The exact inversion kernel of crystals: known crystals, however they are written down; fields, noise, laws."""

import os
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Fields, Pointwise, Rigid
from symbreak.groups import Orthogonal, SampleKeys, SemidirectElement, uniform
from symbreak.kernels import CrystalInversion
from symbreak.kernels.crystal_cosets import _axes, _best, _energies, _Symmetric
from symbreak.kernels.lattice_bases import reduced_basis, shortest_bases
from symbreak.representations import DirectSum, Trivial, Vector
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.crystals import AtomField, crystal_symmetry
from symbreak.testing import check_kernel, crystal_gap, crystal_oracles

pytest.importorskip("moyopy")

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GROUPS = pytest.mark.parametrize("group", (O3, SO3), ids=("O3", "SO3"))
ORACLES = crystal_oracles()
NAMED = {oracle.name: oracle for oracle in ORACLES}
EVERY = pytest.mark.parametrize("oracle", ORACLES, ids=lambda oracle: oracle.name)
FOLDER = Path(os.environ.get("SYMBREAK_DATA", ""), "crystals")
CENTRINGS = {"iron": 2, "copper": 4, "rock salt": 4, "diamond": 4, "two cells": 2}


def data(oracle, dtype=torch.float64, **fields):
    return Data(pos=oracle.positions.to(dtype), cell=oracle.cell[None].to(dtype), z=oracle.species, **fields)


def crystals(oracles=ORACLES, dtype=torch.float64):
    return Batch.from_data_list([data(oracle, dtype) for oracle in oracles])


def turning(group, moves=(), still=("z",)):
    return Fields(group, (("pos", Vector(group)), ("cell", Vector(group)), *moves), still=still)


def motions(group, **fields):
    return Rigid(turning(group, **fields))


def sizes(group, oracles=ORACLES):
    return torch.tensor([o.rotations if group.special else o.order for o in oracles])


def forms(kernel, batch, generator=None):
    action = kernel.action
    return action.act(action.group.inverse(kernel(batch, generator=generator)), batch)


def rewritten(batch, generator):
    """The same crystals in other bases, with their atoms in another order, and other images of them listed."""
    again = []
    for one in batch.to_data_list():
        n, basis = len(one.pos), torch.eye(3)
        for _ in range(5):
            i, j = torch.randperm(3, generator=generator)[:2]
            basis[i] += torch.randint(-2, 3, (), generator=generator) * basis[j]
        basis = basis[torch.randperm(3, generator=generator)].to(one.cell.dtype)
        order = torch.randperm(n, generator=generator)
        steps = torch.randint(-2, 3, (n, 3), generator=generator).to(one.cell.dtype)
        fields = {name: value[order] for name, value in one.to_dict().items() if name != "cell"}
        fields["pos"] = fields["pos"] + steps @ one.cell[0]
        again.append(Data(cell=basis @ one.cell, **fields))
    return Batch.from_data_list(again)


def assert_one_form(kernel, batch, generator, atol, tries=2):
    """`k(h x)⁻¹ h x = k(x)⁻¹ x`, as crystals, for draws of poses, of elements, and of ways to write them down."""
    first = forms(kernel, batch, generator)
    for _ in range(tries):
        moved = kernel.action.act(kernel.action.haar(batch, generator=generator), batch)
        assert crystal_gap(first, forms(kernel, rewritten(moved, generator), generator)) <= atol


# ----------------------------------------------------------------------------------------------------------------------
# Known crystals


@GROUPS
def test_known_sizes(group):
    expected = sizes(group).double()
    kernel = CrystalInversion(motions(group), fields=("z",))
    assert torch.equal(kernel.support_size(crystals()), expected)
    torch.testing.assert_close(kernel.entropy(crystals()), expected.log())
    turns = CrystalInversion(turning(group), fields=("z",)).support_size(crystals())
    assert torch.equal(turns, expected / torch.tensor([CENTRINGS.get(oracle.name, 1) for oracle in ORACLES]))


def test_species_count_if_they_are_named():
    """Rock salt of one species is a simple cube of half the size, with eight of its cells in the given one."""
    assert CrystalInversion(motions(O3)).support_size(crystals([NAMED["rock salt"]])).tolist() == [8 * 48]


@EVERY
def test_conformance(oracle):
    action, order = motions(O3), torch.tensor([oracle.order])
    kernel = CrystalInversion(action, fields=("z",))
    check_kernel(kernel, action, crystals([oracle]), order=order, draws=300, atol=1e-10, apart=crystal_gap)


@pytest.mark.parametrize("name", ("rock salt, two atoms", "quartz", "barium titanate", "one atom", "no symmetry"))
def test_conformance_of_rotations(name):
    action, order = motions(SO3), torch.tensor([NAMED[name].rotations])
    kernel = CrystalInversion(action, fields=("z",))
    check_kernel(kernel, action, crystals([NAMED[name]]), order=order, draws=400, atol=1e-10, apart=crystal_gap)


@pytest.mark.parametrize("name", ("diamond, two atoms", "magnesium", "quartz"))
def test_conformance_in_float32(name):
    action, order = motions(O3), torch.tensor([NAMED[name].order])
    x = crystals([NAMED[name]], torch.float32)
    kernel = CrystalInversion(action, fields=("z",))
    check_kernel(kernel, action, x, order=order, draws=300, atol=1e-4, apart=crystal_gap)
    assert kernel(x).h.dtype == kernel(x).n.dtype == torch.float32


@GROUPS
def test_conformance_up_to_translations(group):
    """Poses that are matrices: crystals that differ by a shift have one law, and their canonical forms do too."""
    action, x = turning(group), crystals([NAMED["diamond"], NAMED["quartz"]])
    kernel = CrystalInversion(action, fields=("z",))
    order = kernel.support_size(x)
    assert order.tolist() == ([24, 6] if group.special else [48, 6])
    check_kernel(kernel, action, x, inversion=False, order=order.long(), draws=500, atol=1e-10)
    shifted = x.clone()
    shifted.pos = x.pos + torch.tensor([0.3, -1.0, 2.0]).double()
    keys = [SampleKeys(torch.arange(2), seed=0) for _ in range(2)]
    torch.testing.assert_close(kernel(x, generator=keys[0]), kernel(shifted, generator=keys[1]))
    for oracle in (NAMED["diamond"], NAMED["quartz"]):
        one, two = (forms(kernel, crystals([oracle])) for _ in range(2))
        one.pos = one.pos - one.pos[0]
        apart = []
        for atom in two.pos:
            shifted = two.clone()
            shifted.pos = two.pos - atom
            apart.append(crystal_gap(one, shifted))
        assert min(apart) < 1e-10


@GROUPS
def test_one_canonical_form_however_a_crystal_is_written_down(group, generator):
    kernel = CrystalInversion(motions(group), fields=("z",))
    assert_one_form(kernel, crystals(), generator, 1e-10)
    assert_one_form(kernel, crystals(dtype=torch.float32), generator, 1e-4, tries=1)


QUICK = (1, 2, 5, 14, 43, 62, 82, 92, 155, 167, 198, 230)


@pytest.mark.parametrize(
    "number", [k if k in QUICK else pytest.param(k, marks=pytest.mark.slow) for k in range(1, 231)]
)
def test_general_crystals(number, generator):
    """Atoms at general points of a random cell of a space group; in each, all frames of least energy are one coset."""
    import moyopy

    generator.manual_seed(number)
    found = moyopy.operations_from_number(number, setting=moyopy.Setting.spglib(), primitive=True)
    W, w = (torch.tensor(part, dtype=torch.float64) for part in (found.rotations, found.translations))
    metric = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    metric = metric @ metric.T + torch.eye(3).double()
    cell = 4 * torch.linalg.cholesky((W.mT @ metric @ W).mean(0))
    cell = cell * (90 / float(torch.linalg.det(cell))) ** (1 / 3)
    seeds = torch.rand(2, 1, 3, generator=generator, dtype=torch.float64)
    points = torch.cat([(W @ seed[:, :, None])[..., 0] + w for seed in seeds])
    one = Data(pos=points @ cell, cell=cell[None], z=torch.arange(2).repeat_interleave(len(W)))
    batch = Batch.from_data_list([one])
    for group in (O3, SO3):
        kernel = CrystalInversion(motions(group), fields=("z",), tolerance=1e-5)
        assert int(kernel.support_size(batch)) == int((torch.linalg.det(W) > 0).sum() if group.special else len(W))
        assert_one_form(kernel, batch, generator, 1e-9, tries=2)


@EVERY
def test_as_many_frames_have_the_least_energy_as_the_stabilizer_has_elements(oracle):
    """The coset is found from the stabilizer; here it is found from all bases and all atoms of the rarest species."""
    cell = reduced_basis(oracle.cell).double() @ oracle.cell
    operations = crystal_symmetry(cell, oracle.positions, oracle.species, tolerance=0.01).operations
    crystal = _Symmetric.of(cell, oracle.positions, oracle.species, operations)
    N = shortest_bases(crystal.cell)
    kinds, counts = oracle.species.unique(return_counts=True)
    rare = (oracle.species == kinds[counts.argmin()]).nonzero()[:, 0]
    frames = _axes(N.double() @ crystal.cell)
    energy = torch.stack([_energies(crystal, N, frames, [], int(atom)) for atom in rare])
    gap = (energy - energy.min()).flatten().sort().values
    assert gap[oracle.order - 1] < 1e-9
    assert len(gap) == oracle.order or gap[oracle.order] > 1e-3
    frame, origin = _best(crystal, operations.permutations, [], False)
    assert origin in rare.tolist()
    torch.testing.assert_close(frame.T @ frame, torch.eye(3).double())


@pytest.mark.skipif(not FOLDER.is_dir(), reason="SYMBREAK_DATA does not name the data folder")
@pytest.mark.parametrize("name, order", (("221_anon.cif", 64), ("62_anon_sorted.cif", 8)))
def test_crystals_of_files(name, order, generator):
    """KZnF3 with its octahedra tilted, and the cubic one on that cell, which is four times its own: 16 · 4."""
    lengths, scaled, kinds = [], [], []
    for words in map(str.split, (FOLDER / name).read_text().splitlines()):
        if words and words[0].startswith("_cell_length"):
            lengths.append(float(words[1]))
        elif len(words) >= 6 and words[0][0] in "ABX":
            first = 3 if not words[0][1:].isdigit() else 2
            scaled.append([float(c) for c in words[first : first + 3]])
            kinds.append("ABX".index(words[0][0]))
    cell = torch.diag(torch.tensor(lengths, dtype=torch.float64))
    one = Data(pos=torch.tensor(scaled).double() @ cell, cell=cell[None], z=torch.tensor(kinds))
    batch = Batch.from_data_list([one])
    kernel = CrystalInversion(motions(O3), fields=("z",))
    assert kernel.support_size(batch).tolist() == [order]
    check_kernel(kernel, kernel.action, batch, order=torch.tensor([order]), draws=300, atol=1e-4, apart=crystal_gap)


# ----------------------------------------------------------------------------------------------------------------------
# Chirality and noise


def test_chirality():
    """A mirror image has the form of the original in O(3), and in SO(3) where the crystal is achiral."""
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0])).double()
    for oracle in ORACLES:
        one = Data(pos=oracle.positions, cell=oracle.cell[None], z=oracle.species)
        image = Data(pos=oracle.positions @ mirror, cell=oracle.cell[None] @ mirror, z=oracle.species)
        achiral = oracle.order > oracle.rotations
        for group, same in ((O3, True), (SO3, achiral)):
            kernel = CrystalInversion(motions(group), fields=("z",))
            pair = [forms(kernel, Batch.from_data_list([data])) for data in (one, image)]
            assert (crystal_gap(*pair) < 1e-9) == same, oracle.name


def noisy(oracle, generator, size=1e-3):
    noise = size * torch.randn(len(oracle.positions) + 3, 3, generator=generator, dtype=torch.float64)
    return data(oracle, v=torch.randn(oracle.positions.shape, generator=generator).double()).update(
        {"pos": oracle.positions + noise[3:], "cell": (oracle.cell + noise[:3])[None]}
    )


def test_nearly_symmetric_crystals(generator):
    """To within the tolerance: as many poses as of the symmetric crystal, and forms that differ by as little."""
    known = ORACLES[::2]
    batch = Batch.from_data_list([noisy(oracle, generator) for oracle in known])
    action = motions(O3, moves=(("v", Vector(O3)),))
    kernel = CrystalInversion(action, fields=("z",), tolerance=0.03)
    assert torch.equal(kernel.support_size(batch), sizes(O3, known).double())
    batch = batch.clone()
    batch.v = torch.zeros_like(batch.v)
    assert_one_form(kernel, batch, generator, 0.05, tries=1)
    exact = CrystalInversion(action, fields=("z",), tolerance=1e-6)
    assert exact.support_size(batch).max() <= 2  # P1, or an atom that is its own centre of inversion, or two
    assert_one_form(exact, batch, generator, 1e-9, tries=1)


def test_poses_of_a_nearly_symmetric_crystal_are_exactly_a_coset(generator):
    """Rotations of one pose over another form a group to rounding, whatever the noise, and move with the crystal."""
    batch = Batch.from_data_list([noisy(NAMED["perovskite"], generator)])
    kernel = CrystalInversion(motions(O3, moves=(("v", Vector(O3)),)), fields=("z",), tolerance=0.03)
    g, _, _ = kernel.support(batch)
    group = g.h @ g.h[0].mT
    products = (group[:, None] @ group).flatten(0, 1)
    assert torch.cdist(products.flatten(1), group.flatten(1), p=float("inf")).amin(1).max() < 1e-12
    h = kernel.action.haar(batch, generator=generator)
    moved = kernel.support(kernel.action.act(h, batch))[0]
    expected = kernel.group.compose(h, g)
    apart = torch.cdist(moved.h.flatten(1), expected.h.flatten(1), p=float("inf"))
    assert apart.amin(1).max() < 1e-10
    assert torch.cdist(moved.n, expected.n).amin(1).max() < 1e-10


def test_the_crystal_made_symmetric_stays_where_it_is(generator):
    """All atoms of diamond are equivalent, so origins have the mean of the atoms, however noisy those are."""
    batch = Batch.from_data_list([noisy(NAMED["diamond"], generator)])
    kernel = CrystalInversion(motions(O3, moves=(("v", Vector(O3)),)), fields=("z",), tolerance=0.03)
    g, _, _ = kernel.support(batch)
    assert len(g.n) == 192
    torch.testing.assert_close(g.n.mean(0), batch.pos.mean(0), rtol=0, atol=1e-12)
    assert torch.cdist(g.n, batch.pos).amin(1).max() > 1e-5


def test_bases_that_differ_by_little(generator):
    """Copper with a strain along (111) that ties of bases do not see, and the tolerance of the crystal does: R-3m."""
    strain = torch.eye(3, dtype=torch.float64) + 1e-7 * torch.ones(3, 3, dtype=torch.float64)
    copper = NAMED["copper, one atom"]
    one = Data(pos=copper.positions, cell=(copper.cell @ strain)[None], z=copper.species)
    batch = Batch.from_data_list([one])
    kernel = CrystalInversion(motions(O3), fields=("z",), tolerance=1e-8)
    assert kernel.support_size(batch).tolist() == [12]
    assert_one_form(kernel, batch, generator, 1e-10, tries=6)


def test_noise_does_not_choose_the_frame(generator):
    """Nearly symmetric crystals with velocities that leave no symmetry: one pose, whatever the noise."""
    for oracle in ORACLES[1::3]:
        one = noisy(oracle, generator)
        action = motions(O3, moves=(("v", Vector(O3)),))
        kernel = CrystalInversion(action, fields=("z", "v"), tolerance=0.03)
        batch = Batch.from_data_list([one])
        assert kernel.entropy(batch).max() == 0
        again = batch.clone()
        again.pos = again.pos + 1e-3 * torch.randn(again.pos.shape, generator=generator).double()
        turn = kernel(batch).h[0].mT @ kernel(again).h[0]
        assert (turn - torch.eye(3)).abs().max() < 0.01, oracle.name


def test_equivariance_in_law_of_a_nearly_symmetric_crystal(generator):
    batch = Batch.from_data_list([noisy(NAMED["rock salt, two atoms"], generator)])
    action = motions(O3, moves=(("v", Vector(O3)),))
    kernel = CrystalInversion(action, fields=("z",), tolerance=0.03)
    check_kernel(kernel, action, batch, inversion=False, order=torch.tensor([48]), draws=1000)


# ----------------------------------------------------------------------------------------------------------------------
# Fields


def axial(group):
    return Irreps(group, "1e")


@GROUPS
@pytest.mark.parametrize(
    "name, kind, rows, order, rotations",
    (
        ("polonium", Vector, [[0, 0, 0.2]], 8, 4),  # P4mm: a dipole
        ("polonium", axial, [[0, 0, 1.7]], 8, 4),  # P4/m: a magnet
        ("polonium", Vector, [[0.1, 0.2, 0.5]], 1, 1),
        ("iron", axial, [[0, 0, 2.2], [0, 0, 2.2]], 16, 8),
        ("iron", axial, [[0, 0, 2.2], [0, 0, -2.2]], 16, 8),  # quarter turns that exchange the atoms and turn no moment
        ("caesium chloride", Trivial, [[1.0], [-1.0]], 48, 24),
        ("iron", Trivial, [[1.0], [-1.0]], 48, 24),  # as caesium chloride
    ),
)
def test_fields_break_what_they_break(group, name, kind, rows, order, rotations, generator):
    rep, oracle = kind(group), NAMED[name]
    values = torch.tensor(rows, dtype=torch.float64)
    batch = Batch.from_data_list([data(oracle, v=values)])
    action = motions(group, moves=(("v", rep),))
    kernel = CrystalInversion(action, fields=("z", "v"))
    expected = crystal_symmetry(
        oracle.cell, oracle.positions, oracle.species, fields=[AtomField(values, kind(O3))]
    ).operations
    assert len(expected) == order
    assert float(kernel.support_size(batch)) == (rotations if group.special else order)
    if rep.dim == 3:
        batch.v = batch.v[:, [1, 2, 0]] if kind is axial else batch.v  # e3nn's order of components is y, z, x
    assert_one_form(kernel, batch, generator, 1e-9)
    check_kernel(kernel, action, batch, order=kernel.support_size(batch).long(), draws=400, apart=crystal_gap)


def test_fields_that_are_not_named_do_not_count():
    batch = Batch.from_data_list([data(NAMED["polonium"], charge=torch.tensor([[0.3]]), y=torch.rand(1))])
    action = motions(O3, still=("z", "charge", "y"))
    assert CrystalInversion(action).support_size(batch).tolist() == [48]


def test_several_fields():
    dipole, spin = torch.tensor([[0.0, 0, 1]]), torch.tensor([[0.0, 0, 1]])
    batch = Batch.from_data_list([data(NAMED["polonium"], p=dipole.double(), s=spin.double())])
    action = motions(O3, moves=(("p", Vector(O3)), ("s", DirectSum((axial(O3),)))))
    assert CrystalInversion(action, fields=("z", "p", "s")).support_size(batch).tolist() == [4]  # P4


# ----------------------------------------------------------------------------------------------------------------------
# Poses


@GROUPS
def test_poses_are_orthogonal_and_lead_to_atoms(group):
    batch = crystals()
    kernel = CrystalInversion(motions(group), fields=("z",))
    g = kernel(batch)
    assert isinstance(g, SemidirectElement)
    torch.testing.assert_close(g.h.mT @ g.h, torch.eye(3).double().expand_as(g.h))
    if group.special:
        assert (torch.linalg.det(g.h) > 0).all()
    apart = torch.linalg.vector_norm(g.n[batch.batch] - batch.pos, dim=-1)
    nearest = torch.full((len(ORACLES),), 9.0).double().scatter_reduce(0, batch.batch, apart, "amin")
    assert nearest.max() < 1e-12
    rare = [int(oracle.species.mode().values) for oracle in ORACLES]
    form = forms(kernel, batch)
    at_origin = form.pos.norm(dim=1) < 1e-9
    assert len(rare) == int(at_origin.sum())


def test_literal_pose():
    """The axes of a long cell: the shortest vector is the first axis, and the rarer species is at the origin."""
    cell = torch.diag(torch.tensor([5.0, 3.0, 4.0])).double()
    points = torch.tensor([[0.3, 0.1, 0.2], [0.71, 0.35, 0.6], [0.13, 0.85, 0.44]]).double() @ cell
    one = Data(pos=points, cell=cell[None], z=torch.tensor([8, 8, 1]))
    g = CrystalInversion(motions(O3), fields=("z",))(Batch.from_data_list([one]))
    assert g.n[0].tolist() == points[2].tolist()
    assert g.h[0].abs().round().tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]  # columns ±y, ±z, ±x


def test_support_is_the_law():
    batch = crystals([NAMED["magnesium"], NAMED["quartz"]])
    kernel = CrystalInversion(motions(O3), fields=("z",))
    g, item, probability = kernel.support(batch)
    assert item.bincount().tolist() == [24, 6]
    assert torch.zeros(2).double().index_add(0, item, probability).tolist() == pytest.approx([1, 1])
    drawn = kernel(batch)
    for b in range(2):
        apart = (g.h[item == b] - drawn.h[b]).abs().amax((1, 2)) + (g.n[item == b] - drawn.n[b]).norm(dim=1)
        assert int((apart < 1e-12).sum()) == 1
    form = kernel.action.act(kernel.group.inverse(g), Batch.from_data_list([batch.get_example(int(i)) for i in item]))
    first = Batch.from_data_list([form.get_example(k) for k in [0] * 24 + [24] * 6])
    assert crystal_gap(first, form) < 1e-10


def test_draws_are_keyed_to_the_sample_and_equal_crystals_are_drawn_for_independently():
    batch, alone = crystals(), crystals([NAMED["quartz"]])
    number = list(NAMED).index("quartz")
    kernel = CrystalInversion(motions(O3), fields=("z",))
    g = kernel(batch, generator=SampleKeys(torch.arange(len(ORACLES)), seed=0))
    h = kernel(alone, generator=SampleKeys(torch.tensor([number]), seed=0))
    assert torch.equal(g.h[number], h.h[0])
    assert torch.equal(g.n[number], h.n[0])
    many = kernel(crystals([NAMED["rock salt"]] * 200))
    assert len(torch.cat([many.n, many.h.flatten(1)], 1).round(decimals=6).unique(dim=0)) > 100


def test_no_crystals():
    none = torch.zeros(0, dtype=torch.int64)
    batch = Batch(pos=torch.zeros(0, 3), cell=torch.zeros(0, 3, 3), z=none, batch=none, ptr=torch.zeros(1).long())
    for action in (motions(O3), turning(O3)):
        kernel = CrystalInversion(action, fields=("z",))
        assert kernel.entropy(batch).shape == (0,)
        kernel(batch)
    assert kernel.support(batch)[0].shape == (0, 3, 3)


def test_no_gradient_and_no_change_of_the_data():
    batch = crystals([NAMED["quartz"]])
    batch.pos.requires_grad_()
    before = batch.pos.detach().clone()
    assert not CrystalInversion(motions(O3), fields=("z",))(batch).n.requires_grad
    assert torch.equal(batch.pos.detach(), before)


def test_broken_kernels_are_found_out():
    action = motions(O3)

    class FirstPose(CrystalInversion):
        def forward(self, x, *, generator=None):
            return super().forward(x, generator=SampleKeys(torch.zeros(x.num_graphs).long(), seed=0))

    class Biased(CrystalInversion):
        """The poses of the first half of the coset nine times as often."""

        def forward(self, x, *, generator=None):
            crystals, cosets, which = self._cosets(x)
            level = uniform((len(which),), generator=generator)
            level = torch.where(level < 0.9, level / 1.8, 5 * level - 4)
            return self._elements(crystals, cosets, (level * len(cosets[0].rotations)).long())

    class OwnAxes(CrystalInversion):
        def forward(self, x, *, generator=None):
            g = super().forward(x, generator=generator)
            return SemidirectElement(g.n, torch.eye(3).double().expand_as(g.h))

    class FirstAtom(CrystalInversion):
        def forward(self, x, *, generator=None):
            return SemidirectElement(x.pos[x.ptr[:-1]], super().forward(x, generator=generator).h)

    batch, order = crystals([NAMED["quartz"]]), torch.tensor([6])
    for broken, message in (
        (FirstPose, "in law|law on ties"),
        (Biased, "in law|law on ties"),
        (OwnAxes, "canonical form"),
        (FirstAtom, "canonical form"),
    ):
        with pytest.raises(AssertionError, match=message):
            check_kernel(broken(action, fields=("z",)), action, batch, order=order, draws=500, apart=crystal_gap)
    batch, order = crystals([NAMED["caesium chloride"]]), torch.tensor([48])
    with pytest.raises(AssertionError, match="entropy is log"):  # it sees no species
        check_kernel(CrystalInversion(action), action, batch, order=order, apart=crystal_gap)


def test_errors():
    points = Pointwise(Vector(O3))
    for wrong in (points, Rigid(points)):
        with pytest.raises(ValueError, match="crystals are batches of cells and atoms in space"):
            CrystalInversion(wrong)
    flat = Orthogonal(2)
    with pytest.raises(ValueError, match="crystals are batches of cells and atoms in space"):
        CrystalInversion(Fields(flat, (("pos", Vector(flat)), ("cell", Vector(flat)))))
    with pytest.raises(ValueError, match="'cell' moves by None, but cells are vectors: declare it as Vector"):
        CrystalInversion(Rigid(Fields(O3, (("pos", Vector(O3)),))))
    for wrong in ({"tolerance": 0.0}, {"field_tolerance": -1.0}):
        with pytest.raises(ValueError, match="must be positive"):
            CrystalInversion(motions(O3), **wrong)
    kernel = CrystalInversion(motions(O3), fields=("z",))
    good = data(NAMED["polonium"])
    with pytest.raises(ValueError, match=r"'cell' has shape \(6, 3\), .* give each Data its cell as \(1, 3, 3\)"):
        kernel(Batch.from_data_list([Data(pos=good.pos, cell=good.cell[0], z=good.z)] * 2))

    with pytest.raises(ValueError, match=r"'cell' has shape \(0,\)"):
        kernel(Batch.from_data_list([Data(pos=good.pos, z=good.z)]))
    with pytest.raises(ValueError, match=r"poses need \['z'\] too"):
        kernel(Batch.from_data_list([Data(pos=good.pos, cell=good.cell)]))
    with pytest.raises(ValueError, match=r"poses need \['batch', 'ptr'\] too. Make a batch by Batch.from_data_list"):
        kernel(good)

    def second(**fields):
        return Batch.from_data_list([good, good.clone().update(fields)])

    nan = torch.full((1, 3), float("nan"), dtype=torch.float64)
    for batch, message in (
        (second(pos=nan), "Point 0 of cloud 1 is at .*nan"),
        (second(cell=good.cell * float("inf")), r"Crystal 1 of the batch has no pose. cell\[0, 0\] is inf"),
        (second(cell=good.cell * 0), "Crystal 1 of the batch has no pose. The cell .* has no volume"),
        (second(pos=nan[:0], z=good.z[:0]), "Crystal 1 of the batch has no pose. The crystal has no atoms"),
        (
            second(pos=torch.zeros(2, 3).double(), z=torch.tensor([1, 1])),
            "Crystal 1 of the batch has no pose. Atoms 0 and 1 are 0 Å apart",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            kernel(batch)
