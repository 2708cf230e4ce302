import json
from collections import Counter

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.diagnosis import Quantity, Search, diagnose_file, document
from symbreak.diagnosis.examples import ExampleChoice, examples_document
from symbreak.diagnosis.examples.bonds import bonds
from symbreak.diagnosis.sample_row import SampleRow


@pytest.fixture
def gather(tmp_path):
    """The examples of a file with some content, and its diagnosis."""

    def call(name, content, *targets, final=None, **options):
        path = tmp_path / name
        path.write_text(content)
        source, search = open_source(path, **options), Search(targets=tuple(Quantity(*t.split("=")) for t in targets))
        if final is not None:
            (tmp_path / f"final_{name}").write_text(final)
            final = open_source(tmp_path / f"final_{name}")
        names = (["displacement", "strain"] if final else []) + [target.split("=")[0] for target in targets]
        choice = ExampleChoice(names)
        found = diagnose_file(source, search, final=final, table=choice.see)
        made = examples_document(choice.places(), source, search, final=final)
        assert json.loads(json.dumps(made, allow_nan=False)) == made
        return found, made["examples"]

    return call


def row(index, stabilizer="C2v", order="4", nodes=3, floors=()):
    return SampleRow(index, "", stabilizer, order, nodes, 1, floors=floors)


def test_the_choice():
    choice = ExampleChoice(["dipole"], most_nodes=10)
    choice.see([row(0, "C1", "1", floors=((0.0, 1.0),)), row(1, nodes=50), row(2, floors=((0.1, 1.0),))])
    choice.see([row(3, "Td", "24", floors=((0.9, 1.0),)), row(4, floors=(None,)), row(5, floors=((0.5, 1.0),))])
    places = {place.index: (place.chunk, place.why) for place in choice.places()}
    assert places == {
        2: (0, ("the first of 4 samples with C2v",)),
        3: (1, ("the highest floor of dipole", "the first of 1 sample with Td")),
        5: (1, ("the second highest floor of dipole",)),
    }
    many = ExampleChoice([])
    many.see([row(k, f"order {k}", str(k), floors=()) for k in range(2, 2000)])
    assert len(many.places()) == 8
    trivial = ExampleChoice([])
    trivial.see([row(0, "C1", "1"), SampleRow(1, "", "left out"), SampleRow(2, "", "undecided")])
    assert trivial.places() == []


def test_molecules(gather, make):
    text = make.water([0, 0, 1.0]) + make.methane([0, 0, 0.7]) * 2 + make.water([0, 0.5, 1.8])
    found, examples = gather("m.extxyz", text, "dipole")
    assert [example["sample"] for example in examples] == [0, 1, 2]
    methane = examples[1]
    assert methane["stabilizer"] == "Td"
    assert methane["hermann_mauguin"] == "-43m"
    assert methane["structure"]["species"] == ["C", "H", "H", "H", "H"]
    assert len(methane["structure"]["bonds"]) == 4
    operations = methane["operations"]["listed"]
    assert methane["operations"]["count"] == len(operations) == 24
    assert Counter(g["symbol"] for g in operations) == {"E": 1, "C3": 8, "C2": 3, "S4": 6, "σ": 6}
    x = np.array(methane["structure"]["positions"]) - methane["centre"]
    for g in operations:
        apart = x @ np.array(g["matrix"]).T - x[g["permutation"]]
        assert np.abs(apart).max() < 1e-5
    assert max(g["residual"] for g in operations) == pytest.approx(methane["residual"], abs=1e-9)
    (dipole,) = methane["targets"]
    assert dipole["vectors"]
    assert dipole["floor"] == pytest.approx(0.49) == found.target("dipole").counts.worst[0].floor
    assert methane["profile"][-1]["name"] == "Td"
    assert [level["order"] for level in methane["profile"]] == sorted(level["order"] for level in methane["profile"])


def test_a_crystal_and_its_change(gather, make):
    sites = np.array([[2.0, 2, 2], [0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]])
    cell = 'Lattice="4.0 0 0 0 4.0 0 0 0 4.0" pbc="T T T"'
    names = ["Ba", "Ti", "O", "O", "O"]
    moved = sites + np.array([[0, 0, 0], [0, 0, 0.1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    _, (example,) = gather("c.extxyz", make.frame(names, sites, cell), final=make.frame(names, moved, cell))
    assert example["kind"] == "crystal"
    assert example["site"]["name"] == "1b (m-3m, Oh)"  # of barium, in the middle
    assert example["centre"] == [2.0, 2.0, 2.0]
    axes = Counter(e["order"] for e in example["elements"] if e["kind"] == "axis")
    assert axes == {4: 3, 3: 4, 2: 6}
    assert sum(e["kind"] == "plane" for e in example["elements"]) == 9
    assert {len(b) for b in example["structure"]["bonds"]} == {5}
    assert {tuple(b[:2]) for b in example["structure"]["bonds"]} == {(1, 2), (1, 3), (1, 4)}  # titanium to oxygen
    displacement = next(target for target in example["targets"] if target["name"] == "displacement")
    assert displacement["share"] == pytest.approx(1.0)
    assert np.abs(displacement["nearest"]).max() < 1e-9
    assert example["profile"][0]["measure"] is None
    cube = np.array(example["structure"]["cell"])
    for g in example["operations"]["listed"]:
        images = np.array(example["structure"]["positions"]) @ np.array(g["matrix"]).T + g["translation"]
        apart = (images - np.array(example["structure"]["positions"])[g["permutation"]]) @ np.linalg.inv(cube)
        assert np.abs(apart - apart.round()).max() < 1e-5


def test_graphs_from_a_file_with_blank_lines(gather):
    text = "CCO\n\n\n" + "\n".join(["C"] * 1500) + "\n\nc1ccccc1\n"
    _, examples = gather("m.smi", text)
    assert [(example["stabilizer"], example["graph"]["nodes"]) for example in examples] == [("order 12", 6)]
    (benzene,) = examples
    assert benzene["graph"]["labels"] == ["C"] * 6
    assert benzene["generators"]["count"] == len(benzene["generators"]["listed"])
    edges = {frozenset(edge) for edge in benzene["graph"]["edges"]}
    for g in benzene["generators"]["listed"]:
        assert {frozenset(g[i] for i in edge) for edge in edges} == edges
    assert len(set(benzene["orbits"])) == 1


def test_a_target_of_nodes_and_one_of_edges(gather):
    graph = {
        "nodes": [{"id": 0, "y": 1, "c": "b"}, {"id": 1, "y": 2, "c": "a"}, {"id": 2, "y": 3, "c": "a"}],
        "edges": [{"source": 0, "target": 1, "w": 5.0}, {"source": 1, "target": 2, "w": 7.0}],
    }
    _, (example,) = gather("g.json", json.dumps([graph]), "y", "w", "c")
    y, w, c = example["targets"]
    assert (y["nearest"], y["floor"]) == ([[2.0], [2.0], [2.0]], 2.0)
    assert (c["classes"], c["nearest"][0], c["floor"]) == (["a", "b"], [0.5, 0.5], 1.0)
    assert (w["per"], w["nearest"], w["floor"]) == ("edge", [[6.0], [6.0]], 2.0)


def test_a_field_and_its_motions(tmp_path):
    x, y = np.meshgrid(np.arange(6), np.arange(4), indexing="ij")
    field = ((x % 3 == 0) & (y % 2 == 0)).astype(float)
    path = tmp_path / "f.npz"
    np.savez(path, f=np.stack([field, np.ones_like(field)])[None])
    source, choice = open_source(path, batched=True, channels=True), ExampleChoice([])
    diagnose_file(source, table=choice.see)
    (example,) = examples_document(choice.places(), source, Search())["examples"]
    assert example["field"]["channels"] == 2
    values = np.array(example["field"]["values"], dtype=float)
    sites = np.stack([x, y], axis=-1).reshape(-1, 2)
    for g in example["operations"]["listed"]:
        moved = (sites @ np.array(g["matrix"]).T + g["translation"]) % [6, 4]
        assert np.array_equal(values[tuple(moved.T)], values[tuple(sites.T)])


def test_bonds():
    benzene = np.array([[1.39 * np.cos(a), 1.39 * np.sin(a), 0] for a in np.arange(6) * np.pi / 3])
    both = np.vstack([benzene, benzene * (1.39 + 1.09) / 1.39])
    found = bonds(both, np.array([6] * 6 + [1] * 6))
    assert len(found) == 12
    salt = bonds(np.array([[0.0, 0, 0], [2.8, 0, 0]]), np.array([11, 17]), 2.8 * (np.ones((3, 3)) - np.eye(3)))
    assert len(salt) == 6  # each sodium has six chlorine neighbours
    assert bonds(np.zeros((1, 3)), np.array([2])) == []


def test_the_docstring_names_every_key(gather, make):
    _, examples = gather("m.extxyz", make.methane([0, 0, 0.7]), "dipole")
    _, graphs = gather("m.smi", "CC\n")
    (target,) = examples[0]["targets"]
    (level, *_), (operation, *_) = examples[0]["profile"], examples[0]["operations"]["listed"]
    keys = (*examples[0], *graphs[0], *target, *level, *operation, *examples[0]["structure"], *graphs[0]["graph"])
    for key in keys:
        assert key in (document.__doc__ or ""), key
