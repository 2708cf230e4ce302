import json

import pytest
import torch

from symbreak.actions import Lattice, Pointwise, Scalar
from symbreak.diagnosis import Recommendation, Remedy
from symbreak.diagnosis.document import SCHEMA
from symbreak.diagnosis.remedy_code import remedy_code
from symbreak.diagnosis.sample_row import header
from symbreak.groups import Cyclic, p4m
from symbreak.representations import Regular


@pytest.fixture
def found(diagnose_text, make):
    frames = make.methane([0, 0, 0.7]) + make.water([0, 0.5, 1]) + make.frame("OHH", make.WATER) + "0\n\n"
    return diagnose_text("m.extxyz", frames, "dipole")


def test_the_document_is_json_and_accounts_for_every_entry(found):
    document = found.to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["schema"] == SCHEMA == 1
    samples = document["samples"]
    assert samples["read"] == samples["diagnosed"] + samples["undecided"] + samples["left_out"] == 4
    assert sum(document["symmetry"]["names"].values()) == document["symmetry"]["samples"] == 3
    (target,) = document["targets"]
    assert target["missing"][0]["count"] == 1
    assert target["share"] == pytest.approx(target["floor"] / target["squares"])
    assert target["forced"]["1o"]["names"] == {"Td": 1}
    assert document["recommendation"]["remedy"] == "SymPE"


def test_the_docstring_names_every_key(found):
    from symbreak.diagnosis import document

    (target,) = found.to_json()["targets"]
    for key in (*found.to_json(), *found.to_json()["symmetry"], *target, *target["remedies"], *target["worst"][0]):
        assert key in (document.__doc__ or ""), key


def test_continuous_groups_are_no_infinities(diagnose_text, make):
    document = diagnose_text("h.xyz", make.frame("HH", [[0, 0, 0], [0, 0, 0.74]])).to_json()
    assert document["symmetry"]["largest"] == {"order": "∞", "log10": None, "sample": 0}
    json.dumps(document, allow_nan=False)


def test_a_target_by_its_name(found):
    with pytest.raises(ValueError, match="The diagnosis has no target 'charge'; it has: dipole"):
        found.target("charge")


def test_lines_of_samples(diagnose_text, make):
    rows = []
    text = make.methane([0, 0, 0.7]) + make.frame("OHH", make.WATER) + "0\n\n"
    diagnose_text("m.extxyz", text, "dipole", table=rows.extend)
    cells = [row.cells() for row in rows]
    assert header(["dipole"])[:4] == ["index", "name", "stabilizer", "order"]
    assert all(len(row) == len(header(["dipole"])) for row in cells)
    assert cells[0][:6] == ["0", "", "Td", "24", "5", "2"]
    assert float(cells[0][6]) < 1e-6
    assert cells[0][7:] == ["", "1 2 3 4", "0.49", "0.49", ""]
    assert cells[1][8:] == ["1 2", "", "", ""]
    assert cells[2][2:4] == ["left out", ""]
    assert "it has no atoms" in cells[2][-1]


def run(kind, remedy, **names):
    """Executes the lines that are recommended."""
    lines = remedy_code(Recommendation(remedy, ()), kind)
    assert lines
    exec("\n".join(lines), names)
    return names


def test_the_code_for_graphs_runs():
    from torch_geometric.data import Batch, Data

    batch = Batch.from_data_list([Data(x=torch.zeros(3, 1), edge_index=torch.tensor([[0, 1], [1, 0]]))])
    made = run("graph", Remedy.SYMPE, network=torch.nn.Identity())
    assert made["model"](batch).x.shape == (3, 9)


def test_the_code_for_structures_runs():
    made = run("structure", Remedy.SYMPE, network=torch.nn.Identity())
    assert made["model"](torch.tensor([[[0.0, 0, 0], [0, 0, 1], [0, 1, 0]]])).shape == (1, 3, 12)
    made = run("structure", Remedy.RELAXED_WEIGHTS, network=torch.nn.Identity())
    assert made["model"](torch.ones(2, 3)).shape == (2, 3)
    assert run("structure", Remedy.SMALLER_GROUP)["group"].special


class Code(torch.nn.Module):
    """Gives back what the encoding has set beside the atoms."""

    def forward(self, x):
        return x.code


def test_the_code_for_crystals_runs():
    """Caesium chloride has no vector, but each of its poses has three, alike for all atoms."""
    from torch_geometric.data import Batch, Data

    pytest.importorskip("moyopy")
    ions = Data(pos=torch.tensor([[0.0, 0, 0], [2, 2, 2]]), cell=4 * torch.eye(3)[None], z=torch.tensor([55, 17]))
    made = run("crystal", Remedy.SYMPE, network=Code())
    assert made["kernel"].support_size(Batch.from_data_list([ions])).tolist() == [48]  # Pm-3m, up to translations
    code = made["model"](Batch.from_data_list([ions] * 200))
    assert code.shape == (400, 9)
    assert torch.equal(code[::2], code[1::2])
    assert 30 < len(code.detach().round(decimals=4).unique(dim=0)) <= 48
    assert [p.shape for p in made["model"].parameters()] == [(3, 3)]


def test_the_code_for_fields_runs():
    names = {"group": p4m(4), "channels": (Scalar(),), "network": torch.nn.Identity()}
    assert run("field", Remedy.SYMPE, **names)["model"](torch.zeros(2, 1, 4, 4)).shape == (2, 2, 4, 4)
    assert run("field", Remedy.RELAXED_WEIGHTS, **names)["layer"](torch.zeros(2, 1, 4, 4)).shape == (2, 128, 4, 4)
    assert run("field", Remedy.SMALLER_GROUP, size=4)["group"].order == 64
    assert Lattice(names["group"], names["channels"]).width == 1


def test_the_code_for_items_runs():
    ring = Pointwise(Regular(Cyclic(4)))
    made = run("item", Remedy.SYMPE, network=torch.nn.Identity(), action_in=ring, energy=lambda x: x[:, 0])
    assert made["model"](torch.zeros(2, 4)).shape == (2, 8)


def test_nothing_needs_no_code():
    assert remedy_code(Recommendation(Remedy.NOTHING, ()), "graph") == ()
