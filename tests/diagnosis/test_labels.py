"""Targets that are text: classes of nodes, edges, atoms, sites and of whole samples."""

import importlib
import json
import math

import numpy as np
import pytest
import torch

from symbreak.data import open_source
from symbreak.diagnosis import Local, Quantity, Search, diagnose_file
from symbreak.diagnosis.label_floors import LabelCounts
from symbreak.symmetry.curie import cross_entropy_floor, misclassification_floor
from symbreak.symmetry.orbits import NodeOrbits


def star(labels, name="role"):
    """Its leaves are exchanged; the hub is by itself."""
    nodes = [{"id": k, name: label} for k, label in enumerate(labels)]
    return {"nodes": nodes, "edges": [{"source": 0, "target": k} for k in range(1, len(labels))]}


def lines(*graphs):
    return "\n".join(json.dumps(graph) for graph in graphs)


def test_labels_of_nodes(diagnose_text):
    text = lines(star(["hub", "donor", "donor", "acceptor"]), star(["hub", "donor", "donor"]))
    counts = diagnose_text("roles.jsonl", text, "role").target("role").counts
    assert (counts.samples, counts.entries, counts.restricted, counts.moves) == (2, 7, 1, "one-hot label")
    assert counts.losses["cross-entropy"] == pytest.approx(3 * math.log(3) - 2 * math.log(2))
    assert counts.losses["wrong labels"] == 1
    assert "absolute error" not in counts.losses
    assert (counts.squares, counts.floor) == (7, pytest.approx(3 - 5 / 3))  # of one-hot vectors
    (worst,) = counts.worst
    assert (worst.index, worst.node) == (0, 3)
    assert worst.nearest == pytest.approx((1 / 3,))


def test_the_report_says_labels(diagnose_text):
    said = str(diagnose_text("roles.jsonl", lines(star(["hub", "donor", "acceptor"])), "role"))
    assert "Target role (one-hot label of each node): the Curie floor of the squared error is 1 of 3 (33.33%)" in said
    assert "floor of the cross-entropy: 1.386" in said
    assert "floor of the wrong labels: 1" in said
    assert "sample 0, node 1 (order 2): its label has probability 0.5 at best" in said


def test_integers_are_labels_and_numbers(diagnose_text):
    """The same classes as text and as integers."""
    words = diagnose_text("w.json", lines(star(["a", "b", "b", "c"])), "role").target("role").counts.losses
    counts = diagnose_text("n.json", lines(star([0, 1, 1, 2])), "role").target("role").counts
    assert {"absolute error", *words} == set(counts.losses)
    assert all(counts.losses[name] == pytest.approx(floor) for name, floor in words.items())


def test_losses_that_some_samples_lack_are_not_given(diagnose_text):
    """A sum over the labels among the samples would be no floor of all."""
    assert "cross-entropy" in diagnose_text("a.jsonl", lines(star([0, 1, 2])), "role").target("role").counts.losses
    both = diagnose_text("b.jsonl", lines(star([0, 1, 2]), star([0.5, 1.5, 2.5])), "role").target("role").counts
    assert set(both.losses) == {"absolute error"}


def test_labels_of_edges_in_graphml(tmp_path, diagnose_path):
    networkx = pytest.importorskip("networkx")
    square = networkx.cycle_graph(4)
    networkx.set_edge_attributes(square, {edge: "strong" if 0 in edge else "weak" for edge in square.edges}, "bond")
    networkx.write_graphml(square, tmp_path / "square.graphml")
    counts = diagnose_path(tmp_path / "square.graphml", "bond").target("bond").counts
    assert (counts.per, counts.losses["wrong labels"]) == ("edge", 2)
    assert counts.losses["cross-entropy"] == pytest.approx(4 * math.log(2))


def test_a_label_of_the_graph_is_free(diagnose_text):
    found = diagnose_text("m.csv", "smiles,class\nC=C,gas\nc1ccccc1,liquid\n", "class")
    counts = found.target("class").counts
    assert (counts.per, counts.samples, counts.squares, counts.floor) == ("sample", 2, 2, 0)
    assert counts.losses == {"cross-entropy": 0, "wrong labels": 0}
    assert found.symmetry.nontrivial == 2  # the label is no part of the input


def test_labels_of_atoms_and_of_structures(diagnose_text):
    rows = ["O 0 0 0.1 bridge", "H 0 0.76 -0.5 donor", "H 0 -0.76 -0.5 free"]
    text = "\n".join(["3", "Properties=species:S:1:pos:R:3:role:S:1 phase=ice", *rows, ""])
    found = diagnose_text("w.extxyz", text, "role", "phase")
    role, phase = found.target("role").counts, found.target("phase").counts
    assert (role.per, role.losses["wrong labels"]) == ("node", 1)
    assert (phase.per, phase.floor) == ("sample", 0)


def test_labels_of_sites(tmp_path, diagnose_path):
    label = np.full((1, 4, 4), "sea ")
    label[0, 0, 0] = "isle"
    np.savez(tmp_path / "image.npz", image=np.zeros((1, 1, 4, 4)), label=label)
    found = diagnose_path(tmp_path / "image.npz", "label", reading={"array": "image", "batched": True})
    counts = found.target("label").counts
    assert (counts.per, counts.losses["wrong labels"]) == ("node", 1)
    assert counts.losses["cross-entropy"] == pytest.approx(16 * math.log(16) - 15 * math.log(15))
    assert counts.subgroups["translations only"] == counts.floor  # they exchange all sites


def test_text_among_numbers_is_left_out(diagnose_text):
    text = "smiles,mu\nO,1.8\nC,n/a\nCC,0\nN,n/a\n"
    found = diagnose_text("m.csv", text, "mu")
    counts = found.target("mu").counts
    assert (counts.samples, counts.missing.count, counts.is_label) == (2, 2, False)
    (reason,) = counts.missing.reasons.values()
    assert reason.first == (1, 3)
    assert reason.said == "'mu' is text, as 'n/a', but a number in other samples. Give labels in all, or in none."
    assert "missing: 2 samples (1, 3): 'mu' is text" in str(found)


@pytest.mark.parametrize("labels", [["a", 1, "b"], [True, "a", "b"], ["a", None, "b"]])
def test_text_among_numbers_in_one_graph_is_refused(diagnose_text, labels):
    found = diagnose_text("g.jsonl", lines(star(["hub", "a", "b"]), star(labels)), "role")
    (reason,) = found.left_out.reasons.values()
    said = "node attribute 'role' is text for some nodes and not for others. Give text everywhere, or numbers."
    assert reason.said == said


def test_text_among_numbers_in_arrays_is_refused(diagnose_text):
    good = {"edge_index": [[0, 1], [1, 0]], "node_role": ["a", "b"]}
    found = diagnose_text("g.jsonl", lines(good, good | {"node_role": ["a", 1]}), "node_role")
    (reason,) = found.left_out.reasons.values()
    assert reason.said == "'node_role' is text in some places and not in others. Give text everywhere, or numbers."
    assert found.target("node_role").counts.losses["wrong labels"] == 1


def test_text_that_is_said_to_turn(diagnose_text):
    with pytest.raises(ValueError, match="'role' is text, as 'hub', but '1x1o' moves numbers"):
        diagnose_text("g.json", lines(star(["hub", "a", "b"])), "role=1x1o")


def test_several_words_are_no_label(diagnose_text):
    with pytest.raises(ValueError, match=r"'role' is text of shape \(2,\) for each node, but a label is one word"):
        diagnose_text("g.json", lines(star([["a", "b"], ["c", "d"]])), "role")


def test_no_edges_are_no_numbers(diagnose_text):
    """An empty array has a dtype, but no entry of it."""
    pair = {"edge_index": [[0, 1, 1, 2], [1, 0, 2, 1]], "num_nodes": 3, "edge_bond": ["a", "a", "b", "b"]}
    none = {"edge_index": [[], []], "num_nodes": 2, "edge_bond": []}
    for graphs in ((pair, none), (none, pair)):
        counts = diagnose_text("g.jsonl", lines(*graphs), "edge_bond").target("edge_bond").counts
        assert (counts.samples, counts.missing.count, counts.moves) == (2, 0, "one-hot label")
        assert counts.losses["wrong labels"] == 1


def test_sparse_counts_agree_with_the_tables():
    generator = np.random.default_rng(0)
    orbit = np.unique(generator.integers(0, 40, 300), return_inverse=True)[1]
    orbits = NodeOrbits(torch.from_numpy(orbit), torch.zeros(300, dtype=torch.int64), 1)
    labels = generator.integers(0, 5, 300)
    losses = LabelCounts.of(np.array([f"label {k}" for k in labels]), orbits).losses()
    assert losses["cross-entropy"] == pytest.approx(float(cross_entropy_floor(torch.from_numpy(labels), orbits).total))
    assert losses["wrong labels"] == float(misclassification_floor(torch.from_numpy(labels), orbits).total)


def test_many_classes_take_the_memory_of_the_nodes():
    n = 200_000
    orbits = NodeOrbits(torch.arange(n) // 2, torch.zeros(n, dtype=torch.int64), 1)
    counts = LabelCounts.of(np.arange(n), orbits)  # a table would have 10¹⁰ cells
    assert counts.losses()["cross-entropy"] == pytest.approx(n * math.log(2))


def documents(path, name, monkeypatch, sizes):
    search = Search(targets=(Quantity(name),))
    for size in sizes:
        module = importlib.import_module("symbreak.diagnosis.diagnose_file")
        monkeypatch.setattr(module, "chunk_size", lambda source, size=size: size)
        yield json.dumps(diagnose_file(open_source(path), search).to_json(), sort_keys=True)


@pytest.mark.parametrize("odd", ["acceptor", 7.5])
def test_chunks_do_not_matter(tmp_path, monkeypatch, odd):
    """Nor where the labels among numbers stand."""
    generator = np.random.default_rng(1)
    graphs = [star(["hub", *generator.choice(["donor", "acceptor", "none"], 4)]) for _ in range(30)]
    graphs.insert(17, star([odd] * 3))
    path = tmp_path / "g.jsonl"
    path.write_text(lines(*graphs))
    one, *others = documents(path, "role", monkeypatch, (1, 4, 128))
    assert all(round_off(other) == round_off(one) for other in others)
    counts = json.loads(one)["targets"][0]
    assert (counts["samples"], sum(reason["count"] for reason in counts["missing"])) == (
        (31, 0) if odd == "acceptor" else (1, 30)
    )


def round_off(document):
    """Sums differ in the last digits with the order of the terms."""

    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.9g}")
        if isinstance(value, dict):
            return {key: rounded(item) for key, item in value.items()}
        return [rounded(item) for item in value] if isinstance(value, list) else value

    return rounded(json.loads(document))


@pytest.mark.slow
def test_workers_do_not_matter(tmp_path):
    generator = np.random.default_rng(2)
    path = tmp_path / "g.jsonl"
    path.write_text(lines(*(star(["hub", *generator.choice(["a", "b"], 3)]) for _ in range(400))))
    search = Search(targets=(Quantity("role"),))
    one = diagnose_file(open_source(path), search).to_json()
    assert diagnose_file(open_source(path), search, engine=Local(2)).to_json() == one
