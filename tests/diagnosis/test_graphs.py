import itertools
import json
import math

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.samples import GraphSample
from symbreak.diagnosis import Quantity, Remedy, Search, diagnose_file
from symbreak.diagnosis.diagnose_file import with_hydrogens
from symbreak.diagnosis.domains.graphs import GraphDomain


def star(labels, **more):
    nodes = [{"id": k, "label": label, **more} for k, label in enumerate(labels)]
    return {"nodes": nodes, "edges": [{"source": 0, "target": k} for k in range(1, len(labels))]}


def test_labels_on_exchanged_nodes(diagnose_text):
    text = json.dumps([star([0, 1, 1, 2]), star([0, 3, 3, 3])])
    found = diagnose_text("stars.json", text, "label")
    assert found.symmetry.orders.largest() == [("6", 2)]
    assert (found.symmetry.nodes, found.symmetry.orbits, found.symmetry.shared) == (8, 4, 6)
    counts = found.target("label").counts
    assert counts.restricted == 1
    assert counts.floor == pytest.approx(2 / 3)  # of 1, 1, 2 about their mean
    assert counts.losses["absolute error"] == pytest.approx(1.0)
    assert counts.losses["wrong labels"] == 1.0
    assert counts.losses["cross-entropy"] == pytest.approx(3 * math.log(3) - 2 * math.log(2))
    assert found.recommendation.remedy is Remedy.SYMPE
    assert "CanonicalLabelling" in str(found)


def test_a_target_is_no_attribute_of_the_input(diagnose_text):
    text = json.dumps(star([0, 1, 1, 2]))
    assert diagnose_text("star.json", text).symmetry.orders.largest() == [("2", 1)]
    assert diagnose_text("star.json", text, "label").symmetry.orders.largest() == [("6", 1)]


def test_the_attributes_that_count(diagnose_text):
    text = json.dumps({"nodes": [{"id": k, "a": k, "b": k // 2} for k in range(4)], "edges": []})
    assert diagnose_text("g.json", text).symmetry.orders.largest() == [("1", 1)]
    chosen = diagnose_text("g.json", text, search=Search(fields=(Quantity("b"),)))
    assert chosen.symmetry.orders.largest() == [("4", 1)]
    with pytest.raises(ValueError, match=r"no attribute 'c' of nodes or edges; it has: a, b"):
        diagnose_text("g.json", text, search=Search(fields=(Quantity("c"),)))


def test_targets_of_edges(diagnose_text):
    edges = [{"source": k, "target": (k + 1) % 4, "bond": float(k == 0)} for k in range(4)]
    text = json.dumps({"nodes": [{"id": k} for k in range(4)], "edges": edges})
    counts = diagnose_text("square.json", text, "bond").target("bond").counts
    assert (counts.per, counts.floor) == ("edge", pytest.approx(0.75))


def test_values_of_a_graph_are_free(diagnose_text):
    text = "smiles,gap\nC=C,7.6\nc1ccccc1,6.8\n"
    found = diagnose_text("m.csv", text, "gap")
    counts = found.target("gap").counts
    assert (counts.per, counts.floor, counts.squares) == ("sample", 0.0, pytest.approx(7.6**2 + 6.8**2))
    assert found.symmetry.orders.largest() == [("12", 1), ("2", 1)]


def test_hydrogens_counted_and_as_nodes(tmp_path):
    path = tmp_path / "m.smi"
    path.write_text("CC ethane\nO water\nC1CC1 cyclopropane\n")
    source = open_source(path)
    found = diagnose_file(source, views=with_hydrogens(source))
    assert found.symmetry.orders.counts == {"2": 1, "1": 1, "6": 1}
    (view,) = found.views.values()
    assert view.orders.counts == {"72": 1, "2": 1, "48": 1}
    assert with_hydrogens(open_source(path, hydrogens=True)) == []


def test_graphs_with_several_sets_of_attributes(diagnose_text):
    text = "\n".join(json.dumps(g) for g in (star([0, 1, 1]), {"nodes": [{"id": 0}, {"id": 1}], "edges": []}))
    found = diagnose_text("several.jsonl", text)
    assert found.symmetry.orders.largest() == [("2", 2)]


def test_limits(diagnose_text):
    lines = "\n".join(["CCO"] * 7 + ["not a molecule"] * 3)
    found = diagnose_text("m.smi", lines, limit=8)
    assert (found.read, found.left_out.count) == (8, 1)
    assert diagnose_text("m.smi", lines, limit=3).read == 3
    with pytest.raises(ValueError, match="The limit is 0, but at least one entry must be looked at"):
        diagnose_text("m.smi", lines, limit=0)


def test_a_large_graph():
    n = 100_000
    graph = GraphSample(n, np.stack([np.zeros(n - 1, dtype=np.int64), np.arange(1, n)]), index=3)
    (finding,) = GraphDomain().find([graph]).findings
    assert finding.order.exact is None
    assert finding.order.log10 == pytest.approx(math.lgamma(n) / math.log(10))
    assert len(finding.orbit_sizes()) == 2


def test_a_graph_on_which_the_search_is_stopped(diagnose_text):
    k = 12
    cells = list(itertools.product(range(k), repeat=2))  # a Latin square: strongly regular
    edges = [
        {"source": i, "target": j}
        for i, a in enumerate(cells)
        for j, b in enumerate(cells[:i])
        if a[0] == b[0] or a[1] == b[1] or sum(a) % k == sum(b) % k
    ]
    hard = json.dumps({"nodes": [{"id": i} for i in range(k * k)], "edges": edges})
    text = "\n".join([json.dumps(star([0, 1, 1])), hard, json.dumps(star([0, 2, 2]))])
    found = diagnose_text("hard.jsonl", text, "label", search=Search(targets=(Quantity("label"),), budget=2000))
    assert (found.read, found.symmetry.samples, found.undecided.count, found.left_out.count) == (3, 2, 1, 0)
    (reason,) = found.undecided.reasons.values()
    assert reason.first == (1,)
    assert reason.said.startswith(
        "the search was stopped after 2000 steps on 144 nodes and 2376 edges. Raise the budget"
    )
    assert found.target("label").counts.samples == 2
    assert diagnose_text("hard.jsonl", text).undecided.count == 0


def test_a_view_sees_the_named_attributes(tmp_path):
    path = tmp_path / "m.smi"
    path.write_text("OC=O\n")  # formic acid: without its bonds the two O are exchanged, if hydrogens do not count
    source = open_source(path, hydrogens=False)
    named = Search(fields=(Quantity("element"),))
    found = diagnose_file(source, named, views=with_hydrogens(source), limit=1)
    assert found.symmetry.orders.counts == {"2": 1}
    assert found.views["hydrogens as nodes"].orders.counts == {"1": 1}


def test_what_a_view_does_not_tell(tmp_path):
    path = tmp_path / "m.smi"
    path.write_text("CC\n" + "C" * 20 + "\n")
    source = open_source(path)
    found = diagnose_file(source, Search(budget=400), views=with_hydrogens(source))
    assert found.undecided.count == 0
    assert found.views["hydrogens as nodes"].samples == 1
    assert "undecided: 1 sample" in str(found)
