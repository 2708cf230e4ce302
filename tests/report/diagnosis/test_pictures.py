import numpy as np
import pytest
from matplotlib.figure import Figure

from symbreak.report.diagnosis.camera import camera
from symbreak.report.diagnosis.entry import Entry
from symbreak.report.diagnosis.example import Element, FieldShown, Level, StructureShown
from symbreak.report.diagnosis.examples_file import load_examples
from symbreak.report.diagnosis.field_picture import FieldScene, elements_in_words
from symbreak.report.diagnosis.graph_layout import graph_layout
from symbreak.report.diagnosis.lattice_elements import plane_elements
from symbreak.report.diagnosis.mode_bars import mode_name
from symbreak.report.diagnosis.near_picture import near_picture
from symbreak.report.diagnosis.profile_picture import told_levels
from symbreak.report.diagnosis.shown_elements import chosen, listed
from symbreak.report.diagnosis.species_style import colour, radius
from symbreak.report.diagnosis.structure_picture import StructureScene, drawn_atoms
from symbreak.report.style import plain

NO_BONDS = np.zeros((0, 5), dtype=np.int64)


def axis(n, direction, number=0, improper=0):
    return Element("axis", n, improper, np.array(direction, dtype=float), number)


def plane(normal, number=9):
    return Element("plane", 0, 0, np.array(normal, dtype=float), number)


def structure(positions, *elements, cell=None):
    positions = np.array(positions, dtype=float)
    return StructureShown(positions, ["C"] * len(positions), cell, NO_BONDS, elements, positions.mean(0), None)


@pytest.mark.parametrize(
    "shown",
    [
        structure([[0, 0, 0]]),
        structure([[0, 0, 0], [0, 0, 1.2]], axis(None, (0, 0, 1))),
        structure(np.eye(3), axis(3, np.ones(3) / 3**0.5), plane((1, -1, 0) / np.sqrt(2))),
        structure(np.eye(3), plane((0, 0, 1))),
        structure(np.eye(3), cell=np.array([[4.0, 0, 0], [-2, 3.4, 0], [0, 0, 7]])),
    ],
)
def test_a_view_is_a_rotation(shown):
    R = camera(shown).axes
    assert np.allclose(R @ R.T, np.eye(3))
    assert np.linalg.det(R) == pytest.approx(1.0)


def test_the_axis_of_a_view_stands_and_that_of_a_line_lies():
    up = camera(structure(np.eye(3), axis(3, np.ones(3) / 3**0.5))).project(np.ones(3) / 3**0.5)
    assert up[0] == pytest.approx(0.0, abs=1e-9)
    assert up[1] > 0.8
    right = camera(structure([[0, 0, 0], [0, 0, 1.2]], axis(None, (0, 0, 1)))).project(np.array([0.0, 0, 1]))
    assert right[0] > 0.9


def test_what_is_nearer_is_drawn_later():
    axes = Figure().add_subplot()
    shown = structure([[0, 0, 0], [0, 0, 3.0], [1.0, 0, 0], [0, 1.0, 0]])
    scene = StructureScene(axes, shown)
    scene.draw()
    near = scene.canvas.seen(shown.positions)[:, 2]
    balls = [patch for patch in axes.patches if patch.get_linewidth() > 0.5]
    assert np.argsort([ball.get_zorder() for ball in balls]).tolist() == np.argsort(near).tolist()


def test_atoms_on_the_faces_of_a_cell_are_drawn_on_all_of_them():
    cell = 4.0 * np.eye(3)
    atoms, source, steps = drawn_atoms(structure([[0, 0, 0], [2, 2, -2], [2, 2, 4.0]], cell=cell))
    assert np.bincount(source).tolist() == [8, 1, 2]
    assert (atoms > -1e-9).all()
    assert (atoms < 4 + 1e-9).all()
    assert steps[source == 1].tolist() == [[0, 0, 1]]


def test_arrows_of_all_atoms_and_of_the_sample():
    shown = structure(np.eye(3))
    for arrows, count in (
        (np.eye(3), 3),
        (np.array([[0.0, 0, 2]]), 1),
        (np.zeros((3, 3)), 0),
        (np.diag([1.0, 1, 0]), 2),
    ):
        axes = Figure().add_subplot()
        StructureScene(axes, shown).draw(elements=False, arrows=arrows)
        assert sum(type(patch).__name__ == "FancyArrowPatch" for patch in axes.patches) == count


def test_few_elements_are_all_drawn_and_of_many_one_of_each_class():
    few = [axis(6, (0, 0, 1)), *(axis(2, (1, 0, 0), 1) for _ in range(6)), plane((0, 0, 1)), plane((1, 0, 0))]
    assert chosen(few) == few
    octahedral = [axis(4, (0, 0, 1), 0)] * 3 + [axis(3, (1, 1, 1), 1, 6)] * 4 + [axis(2, (1, 1, 0), 2)] * 6
    octahedral += [plane((0, 0, 1), 3)] * 3 + [plane((1, 1, 0), 4)] * 6 + [Element("centre", 0, 0, None, 0)]
    shown = chosen(octahedral)
    assert [element.order for element in shown if element.kind == "axis"] == [4, 4, 4, 3, 2]
    assert [element.class_number for element in shown if element.kind == "plane"] == [3, 4]
    assert listed(octahedral) == "3 axes C₄, 4 axes C₃, 6 axes C₂, 9 mirror planes, an inversion centre"
    assert listed([axis(2, (0, 0, 1), 0, 4)]) == "1 axis S₄"
    assert listed([axis(None, (0, 0, 1))]) == "1 axis C∞"
    assert listed([]) == "none"


@pytest.mark.parametrize("n", [4, 5, 6])
def test_a_ring_is_laid_out_as_a_regular_polygon(n):
    x = graph_layout(n, np.array([(i, (i + 1) % n) for i in range(n)]))
    r = np.linalg.norm(x - x.mean(0), axis=1)
    assert np.ptp(r) < 0.02 * r.mean()


def test_parts_of_a_graph_are_laid_out_apart():
    x = graph_layout(7, np.array([[0, 1], [1, 2], [3, 4]]))
    apart = np.linalg.norm(x[:, None] - x, axis=-1) + 9 * np.eye(7)
    assert apart.min() > 0.5
    assert np.isfinite(graph_layout(1, np.zeros((0, 2), dtype=np.int64))).all()


def field(values, matrices, shifts, translations=(), repeats=True):
    d = values.ndim
    translations = np.array(translations, dtype=np.int64).reshape(-1, d)
    return FieldShown(values, 1, repeats, np.array(matrices), np.array(shifts).reshape(-1, d), translations)


EYE, SWAP, FLIP = [[1, 0], [0, 1]], [[0, 1], [1, 0]], [[-1, 0], [0, 1]]


def test_mirror_lines_of_an_image_go_through_its_middle():
    found = plane_elements(field(np.zeros((4, 4)), [EYE, FLIP, SWAP], [[0, 0], [3, 0], [0, 0]], repeats=False))
    lines = [(abs(along).round(6).tolist(), point.round(6).tolist()) for point, along in found.mirrors]
    assert ([0.0, 1.0], [1.5, 0.0]) in lines
    assert len(lines) == 2
    assert found.glides == found.centres == ()


def test_a_glide_is_no_mirror():
    found = plane_elements(field(np.zeros((4, 4)), [EYE, FLIP], [[0, 0], [1, 2]]))
    assert found.mirrors == ()
    assert sorted({round(float(point[0]), 6) for point, _ in found.glides}) == [0.5, 2.5]
    assert "glide lines, dashed" in elements_in_words(field(np.zeros((4, 4)), [EYE, FLIP], [[0, 0], [1, 2]]))


def test_the_elements_of_a_field_keep_it(made):
    """Every line and centre that is drawn belongs to a motion that leaves the array as it is."""
    for example in load_examples(made("fields")) or ():
        shown = example.shown
        assert isinstance(shown, FieldShown)
        found = plane_elements(shown)
        x = np.stack(np.meshgrid(*map(np.arange, shown.values.shape), indexing="ij"), axis=-1).reshape(-1, 2)
        for point, along in found.mirrors:
            images = 2 * (point + np.outer((x - point) @ along, along)) - x
            assert np.allclose(images, images.round(), atol=1e-6)
            i, j = (images.round().astype(int) % shown.values.shape).T
            assert np.array_equal(shown.values[i, j], shown.values.ravel())
        for point, order in found.centres:
            turn = {2: -np.eye(2), 4: np.array([[0.0, -1], [1, 0]])}[order]
            images = point + (x - point) @ turn.T
            i, j = (images.round().astype(int) % shown.values.shape).T
            assert np.array_equal(shown.values[i, j], shown.values.ravel())
        assert found.mirrors


def test_a_uniform_field_has_elements_everywhere():
    shown = field(np.zeros((32, 32)), [EYE, FLIP], [[0, 0], [0, 0]], [(1, 0), (0, 1)])
    assert plane_elements(shown).everywhere
    assert "everywhere, and not drawn" in elements_in_words(shown)
    FieldScene(Figure().add_subplot(), shown).field()


@pytest.mark.parametrize("shape", [(6,), (3, 4, 5)])
def test_rings_and_boxes(shape):
    d = len(shape)
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    shown = field(values, [np.eye(d, dtype=int), -np.eye(d, dtype=int)], np.zeros((2, d), dtype=int))
    axes = Figure().add_subplot()
    FieldScene(axes, shown).field()
    assert elements_in_words(shown)
    if d == 1:
        assert [line.get_xdata()[0] for line in axes.lines[1:]] == [0.0, 3.0]


def test_levels_within_rounding_are_not_told(made):
    levels = (Level(1e-16, "Ci", 2, 0.0), Level(1e-9, "D2h", 8, 0.0), Level(2e-9, "D6h", 24, 0.1))
    examples = load_examples(made("molecules")) or ()
    example = type(examples[0])(**(vars(examples[0]) | {"profile": levels}))
    assert [level.name for level in told_levels(example)] == ["D6h"]


def test_names_and_colours():
    assert [mode_name(name) for name in ("Γ T1u", "Eg", "(1/3,0,0) A''", "X (2)")] == [
        "Γ $T_{1u}$", "$E_{g}$", "(1/3,0,0) $A''$", "X (2)",
    ]  # fmt: skip
    assert plain("a$b$") == r"a\$b\$"
    assert len({colour(name) for name in ("A", "B", "Zr", "Nb", "Mo", "X")}) == 6
    assert radius("H") < radius("C") < radius("Zr")


@pytest.mark.parametrize(
    "gained, gaps, labels",
    [
        ({}, {}, ["tolerance (Å), by decades that begin at"]),
        ({}, {"-2": 1}, ["tolerance (Å), by decades that begin at"]),
        ({"2.0": {"samples": 2}}, {"-2": 2}, ["times the tolerance", "tolerance (Å), by decades that begin at"]),
    ],
)
def test_near_symmetries_have_a_panel_for_what_there_is(gained, gaps, labels):
    near = Entry("report.json, near", {"gained": gained, "residuals": {"-9": 3}, "gaps": gaps})
    figure = near_picture(near, 3, "Å")
    assert [axes.get_xlabel() for axes in figure.axes] == labels
    assert len(figure.axes[-1].get_legend().get_texts()) == 1 + bool(gaps)
