import math

import pytest
import torch

from symbreak.groups import Cayley, Cyclic, Dihedral, inversions, lattice_group, p4, p4m, p432, pm3m
from symbreak.layers.relaxed_group_conv import (
    allowed_irreps,
    fourier,
    point_rotations,
    read_out_group,
    weight_stabilizer,
)
from symbreak.layers.relaxed_group_conv.regular import quotients

OH = pm3m(3)
R = point_rotations(OH)


def keeping(vector):
    """The elements of Oh that keep a vector."""
    v = torch.tensor(vector, dtype=torch.float64)
    return ((R @ v - v).abs().amax(1) < 1e-9).nonzero()[:, 0].tolist()


def fixed_weights(elements, generator):
    """Random weights that a subgroup leaves as they are: constant on its right cosets H g."""
    w = torch.randn(len(R), generator=generator, dtype=torch.float64) + 3
    return w[quotients(OH.acting)[elements]].mean(0)  # w(h⁻¹ g), averaged over h


@pytest.mark.parametrize(
    ("vector", "name", "irreps"),
    [
        ((0, 0, 1), "C4v", {"A1g", "Eg", "T1u"}),  # tetragonal: the dossier's rule, with the polar vector T1u
        ((1, 1, 0), "C2v", {"A1g", "Eg", "T2g", "T1u", "T2u"}),  # orthorhombic
        ((1, 1, 1), "C3v", {"A1g", "T2g", "A2u", "T1u"}),  # rhombohedral
    ],
)
def test_the_phases_of_a_perovskite(vector, name, irreps, generator):
    elements = keeping(vector)
    rule = allowed_irreps(OH, elements)
    assert {irrep for irrep, number in rule.items() if number} == irreps
    found = read_out_group(OH, [fixed_weights(elements, generator)])
    assert (found.name, found.order, list(found.stabilizer)) == (name, len(elements), elements)
    assert set(found.grown()) == irreps
    assert found.kept < 1e-12
    assert found.broken > 1e-3


def test_the_ungerade_labels_are_those_of_a_polar_vector():
    """The matrix coefficient of the vector representation is T1u, which the paper's notebook calls T2u."""
    assert read_out_group(OH, [3 + R[:, 2, 2]]).grown() == ("A1g", "T1u")
    assert read_out_group(OH, [3 + R[:, 2, 2] * torch.linalg.det(R)]).grown() == ("A1g", "T1g")  # an axial one
    assert read_out_group(OH, [3 + torch.linalg.det(R)]).grown() == ("A1g", "A1u")


def test_norms_are_those_of_the_fourier_transform(generator):
    w = torch.randn(48, generator=generator, dtype=torch.float64)
    found = {part.irrep: part.norm for part in read_out_group(OH, [w]).components}
    assert found["T1u"] == pytest.approx(float(fourier(w, R).norm()))
    assert found["A1g"] == pytest.approx(abs(float(w.sum())))
    parseval = sum(part.dimension * part.norm**2 for part in read_out_group(OH, [w]).components) / 48
    assert parseval == pytest.approx(float(w.square().sum()))


def test_components_do_not_move_under_the_group_and_the_stabilizer_is_conjugated(generator):
    elements = keeping((0, 0, 1))
    w = fixed_weights(elements, generator)
    back = quotients(OH.acting)
    moved = read_out_group(OH, [w[back[7]]])
    still = read_out_group(OH, [w])
    for one, other in zip(still.components, moved.components, strict=True):
        assert one.norm == pytest.approx(other.norm, abs=1e-9)
    assert moved.name == still.name
    assert fourier(w[back[7]], R).allclose(R[7] @ fourier(w, R))
    columns = fourier(w, R)
    assert columns[:2].abs().max() < 1e-12 < columns[2].abs().max()  # along z, which the elements keep


def test_several_layers_keep_what_all_keep(generator):
    found = read_out_group(OH, [fixed_weights(keeping(v), generator) for v in ((0, 0, 1), (1, 0, 0))])
    assert found.name == "Cs"


def test_layers_are_joined_by_root_mean_squares_and_never_added():
    found = read_out_group(p4(4), [torch.tensor([3.0, 1.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 1.0, 3.0])])
    assert [part.norm for part in found.components] == pytest.approx([8.0, 4.0, 0.0])  # the sum has no B
    found = read_out_group(p4(4), [torch.ones(4), torch.full((4,), 7.0)])
    assert found.components[0].norm == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("group", "irreps", "name"),
    [
        (inversions((8,)), ["A'", "A''"], "Cs"),
        (p4(4), ["A", "B", "E"], "C4"),
        (p4m(4), ["A1", "A2", "B1", "B2", "E"], "C4v"),
        (p432(4), ["A1", "A2", "E", "T1", "T2"], "O"),
        (OH, ["A1g", "A2g", "Eg", "T1g", "T2g", "A1u", "A2u", "Eu", "T1u", "T2u"], "Oh"),
        (lattice_group((4, 4)), ["A"], "C1"),
    ],
)
def test_even_weights(group, irreps, name):
    found = read_out_group(group, [torch.full((2, group.acting.order), 0.5)])
    assert [part.irrep for part in found.components] == irreps
    assert (found.name, found.order, found.broken) == (name, group.acting.order, math.inf)
    assert found.grown() == (irreps[0],)
    assert found.components[0].norm == pytest.approx(0.5 * group.acting.order * math.sqrt(2))


@pytest.mark.parametrize("lattice, group", [(p4(4), Cyclic(4)), (p4m(4), Dihedral(4))])
def test_groups_of_the_plane_are_named_as_those_of_lattices(lattice, group, generator):
    for elements in ([0], [0, 2], [0, 2, 4, 6], [0, 5], list(range(4))):
        if max(elements) < group.order:
            w = torch.randn(group.order, generator=generator, dtype=torch.float64)[quotients(group)[elements]].mean(0)
            one, other = read_out_group(lattice, [w]), read_out_group(group, [w])
            assert one.name == other.name
            assert [part.irrep for part in one.components] == [part.irrep for part in other.components]
            norms = [[part.norm for part in found.components] for found in (one, other)]
            assert norms[0] == pytest.approx(norms[1], abs=1e-9)
            assert allowed_irreps(lattice, elements) == allowed_irreps(group, elements)


@pytest.mark.parametrize(
    "group", [Cyclic(n) for n in (1, 2, 3, 7, 8)] + [Dihedral(n) for n in (1, 2, 3, 7, 8)], ids=str
)
def test_parts_add_up_to_the_weights(group, generator):
    w = torch.randn(group.order, generator=generator, dtype=torch.float64)
    parts = read_out_group(group, [w]).components
    assert sum(part.dimension * part.norm**2 for part in parts) / group.order == pytest.approx(float(w.square().sum()))
    assert len({part.irrep for part in parts}) == len(parts)


def test_a_mirror_of_a_heptagon(generator):
    w = torch.randn(14, generator=generator, dtype=torch.float64)[quotients(Dihedral(7))[[0, 9]]].mean(0)
    found = read_out_group(Dihedral(7), [w])
    assert (found.name, found.grown()) == ("Cs", ("A1", "E1", "E2", "E3"))


def test_c4_by_hand():
    """Characters (1, 1, 1, 1), (1, -1, 1, -1), (1, i, -1, -i) on the weights (4, 2, 1, 1)."""
    found = {part.irrep: part.norm for part in read_out_group(p4(4), [torch.tensor([4.0, 2.0, 1.0, 1.0])]).components}
    assert found == pytest.approx({"A": 8.0, "B": 2.0, "E": abs(complex(4 - 1, 2 - 1))})


def test_a_left_stabilizer_is_not_a_right_one():
    """On D4, weights that read their element's image of x: mirrors that keep x from the left."""
    Q = point_rotations(p4m(4))
    w = Q[:, 0, 0] + 0.5 * Q[:, 0, 1]  # the first row of g: changed by h from the left as a vector is
    kept = weight_stabilizer(p4m(4).acting, w)
    assert kept.nonzero()[:, 0].tolist() == [0, 4]  # the identity, and (x, y) -> (x, -y)


def test_near_misses_are_refused():
    with pytest.raises(ValueError, match="elements leave the weights as they are within 0.6, but they are no group"):
        read_out_group(p4(4), [torch.tensor([0.0, 0.5, 1.0, 0.5])], rtol=0.6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: read_out_group(p4(4), []), "There are no weights"),
        (lambda: read_out_group(p4(4), [torch.ones(5)]), r"shape \(5,\), but they are \(K, 4\)"),
        (lambda: read_out_group(p4(4), [torch.full((4,), math.nan)]), "not finite"),
        (lambda: point_rotations(Cyclic(4)), "only lattice groups have a point group"),
        (lambda: read_out_group(Cayley.of(Cyclic(4)), [torch.ones(4)]), "have no names here"),
        (lambda: allowed_irreps(p4(4), [0, 1]), r"elements \[0, 1\] are no subgroup"),
        (lambda: allowed_irreps(p4(4), []), r"elements \[\] are no subgroup"),
        (lambda: fourier(torch.ones(3), R), "w has 3 entries for 48 matrices"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
