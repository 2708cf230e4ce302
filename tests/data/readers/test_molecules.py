"""Molecular graphs from SMILES and SDF, against RDKit atom by atom."""

import os
from pathlib import Path

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.graphs import pack
from symbreak.data.readers.molecules import tabulate, with_hydrogens
from symbreak.data.readers.sdf_files import SdfFile
from symbreak.data.readers.smiles_files import SmilesFile, open_smiles
from symbreak.data.samples import GraphSample, Refused, Structure

Chem = pytest.importorskip("rdkit.Chem")
AllChem = pytest.importorskip("rdkit.Chem.AllChem")

needs_data = pytest.mark.skipif("SYMBREAK_DATA" not in os.environ, reason="SYMBREAK_DATA is not set")
MOLECULES = Path(os.environ.get("SYMBREAK_DATA", "")) / "molecules"

SMILES = (
    "C", "O", "CC", "C#N", "C1CC1", "c1ccccc1", "c1c[nH]cn1", "C[N+](C)(C)C.[Cl-]", "[13CH4]", "[2H]OC", "[CH3]",
    "N[C@@H](C)C(=O)O", "F/C=C/F", "F/C=C\\F", "O=C=O", "[NH3]->[Cu]", "C1=CC=CC=C1", "*CC", "S(=O)(=O)(O)O", "[H][H]",
)  # fmt: skip


def write_smiles(path, smiles):
    path.write_text("".join(f"{text} {name}\n" for name, text in enumerate(smiles)))
    return path


def heavy(molecule):
    """Attributes of the atoms and bonds of a molecule, by RDKit's own loops."""
    atoms = [(a.GetAtomicNum(), a.GetFormalCharge(), a.GetIsotope(), a.GetNumRadicalElectrons(), a.GetTotalNumHs())
             for a in molecule.GetAtoms()]  # fmt: skip
    bonds = {frozenset((b.GetBeginAtomIdx(), b.GetEndAtomIdx())): int(b.GetBondType()) for b in molecule.GetBonds()}
    return atoms, bonds


NAMES = ("element", "charge", "isotope", "radicals", "hydrogens")


def listed(graph):
    atoms = list(zip(*(graph.node[name].tolist() for name in NAMES), strict=True))
    ends = graph.edge_index.T.tolist()
    return atoms, {frozenset(end): bond for end, bond in zip(ends, graph.edge["bond"].tolist(), strict=True)}


def test_implicit_hydrogens_against_loops(tmp_path):
    graphs = list(open_source(write_smiles(tmp_path / "a.smi", SMILES)))
    for smiles, graph in zip(SMILES, graphs, strict=True):
        assert listed(graph) == heavy(Chem.MolFromSmiles(smiles))


def test_explicit_hydrogens_against_rdkit(tmp_path):
    graphs = list(open_source(write_smiles(tmp_path / "a.smi", SMILES), hydrogens=True))
    for smiles, graph in zip(SMILES, graphs, strict=True):
        assert listed(graph) == heavy(Chem.AddHs(Chem.MolFromSmiles(smiles)))


def test_literal_numbers_of_the_attributes(tmp_path):
    path = write_smiles(tmp_path / "a.smi", ["[NH3+]C=O", "c1ccccc1"])
    ion, benzene = open_source(path)
    assert {name: values.tolist() for name, values in ion.node.items()} == {
        "element": [7, 6, 8],
        "charge": [1, 0, 0],
        "isotope": [0, 0, 0],
        "chirality": [0, 0, 0],
        "radicals": [0, 0, 0],
        "hydrogens": [3, 1, 0],
    }
    assert ion.edge_index.tolist() == [[0, 1], [1, 2]]
    assert ion.edge["bond"].tolist() == [1, 2]
    assert benzene.edge["bond"].tolist() == [12] * 6
    assert not benzene.directed


def test_stereochemistry_does_not_depend_on_how_it_is_written(tmp_path):
    """One molecule in many atom orders has one set of labels; its mirror image has the other."""
    molecule = Chem.MolFromSmiles("F/C=C/[C@H](O)[C@@H](Cl)Br")
    orders = [list(np.random.default_rng(k).permutation(molecule.GetNumAtoms())) for k in range(20)]
    written = {
        Chem.MolToSmiles(Chem.RenumberAtoms(molecule, list(map(int, order))), canonical=False) for order in orders
    }
    assert len(written) > 5
    path = write_smiles(tmp_path / "a.smi", [*written, "F/C=C/[C@@H](O)[C@H](Cl)Br"])
    *graphs, mirrored = open_source(path)
    labels = {(tuple(sorted(graph.node["chirality"][graph.node["element"] == 6])), graph.edge["stereo"].sum())
              for graph in graphs}  # fmt: skip
    assert len(labels) == 1
    elements = [dict(zip(graph.node["hydrogens"] * 100 + graph.node["element"], graph.node["chirality"], strict=True))
                for graph in (graphs[0], mirrored)]  # fmt: skip
    assert elements[0] != elements[1]
    assert sorted(graphs[0].node["chirality"])[-2:] != [0, 0]


def test_cis_and_trans_differ(tmp_path):
    trans, cis = open_source(write_smiles(tmp_path / "a.smi", ["F/C=C/F", "F/C=C\\F"]))
    assert (trans.edge["stereo"].tolist(), cis.edge["stereo"].tolist()) == ([0, 2, 0], [0, 1, 0])


@pytest.mark.parametrize("hydrogens", (False, True))
def test_packed_colours_are_those_of_the_graphs(tmp_path, hydrogens):
    """Equal colours mean equal attributes, in one chunk or in several."""
    source = open_source(write_smiles(tmp_path / "a.smi", [*SMILES, "broken("]), hydrogens=hydrogens)
    parts = [source.pack(chunk) for chunk in source.chunks(7)]
    whole = pack(list(source))
    assert np.concatenate([part.nodes for part in parts]).tolist() == whole.nodes.tolist()
    assert np.concatenate([part.edges for part in parts]).tolist() == whole.edges.tolist()
    assert np.concatenate([part.edge_index for part in parts], 1).tolist() == whole.edge_index.tolist()
    assert np.concatenate([part.index for part in parts]).tolist() == whole.index.tolist()
    assert [part.refused for part in parts if part.refused] == [whole.refused]
    for name in ("node_colour", "edge_colour"):
        mine, ours = np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name)
        both = len(set(zip(mine.tolist(), ours.tolist(), strict=True)))
        assert both == len(set(mine.tolist())) == len(set(ours.tolist()))


def test_no_molecules_and_no_bonds():
    empty = with_hydrogens(tabulate([], []))
    assert empty.pack(np.zeros(0, dtype=np.int64)).nodes.tolist() == []
    atom = tabulate([Chem.MolFromSmiles("[He]")], [False])
    assert (atom.bonds.tolist(), atom.edge_index.shape) == ([0], (2, 0))


def test_an_endless_labelling_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("symbreak.data.readers.molecules._PATIENCE", 1)
    path = write_smiles(tmp_path / "a.smi", ["C[C@H]1CC[C@@H](C)CC1", "C"])
    refused, methane = open_source(path)
    assert "too intricate to be labelled" in refused.reason
    assert isinstance(methane, GraphSample)


TABLES = {
    "header.csv": "name,smiles,gap\nwater,O,1.5\nmethane,C,\n",
    "upper.csv": "SMILES,SPLIT,name\nO,train,water\nC,test,methane\n",
    "semicolon.csv": "id;smiles\nwater;O\nmethane;C\n",
    "tab.tsv": "smiles\tname\nO\twater\nC\tmethane\n",
    "quoted.csv": 'smiles,"name"\n"O","water"\nC,methane\n',
    "bom.csv": "\ufeffsmiles,name\r\nO,water\r\nC,methane\r\n",
    "blank.smi": "O water\nC methane\n\n",
    "head.smi": "SMILES Name\nO water\nC methane\n",
    "head.txt": "smiles name\nO water\nC methane\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(TABLES[name].encode())
    samples = list(open_source(path))
    assert [sample.name for sample in samples] == ["water", "methane"]
    assert [int(sample.node["element"][0]) for sample in samples] == [8, 6]
    first = 1 if name == "blank.smi" else 2
    assert [sample.line for sample in samples] == [first, first + 1]


def test_other_columns_are_attributes(tmp_path):
    for name in ("header.csv", "upper.csv"):
        (tmp_path / name).write_text(TABLES[name])
    water, methane = open_source(tmp_path / "header.csv")
    assert water.graph == {"gap": 1.5}
    assert methane.graph == {}  # an empty cell is a missing value
    water, _ = open_source(tmp_path / "upper.csv")
    assert water.graph == {"SPLIT": "train"}


def test_a_row_with_too_many_cells_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('name,smiles,gap\nthe acid, diluted,O,1\n"the acid, pure",C,2\n')
    shifted, methane = open_source(path)
    assert "it has 4 cells under 3 heads. Quote those with a delimiter" in shifted.reason
    assert (methane.name, methane.n) == ("the acid, pure", 1)


def test_tables_without_a_header(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("128520.0,COc1c(N)nnn1C\n100461.0,CC(O)C#CC(O)CO\n")
    first, _ = open_source(path)
    assert first.n == 9
    (tmp_path / "other.csv").write_text("key,structure\na,CC\n")
    (ethane,) = open_source(tmp_path / "other.csv", column="Structure")
    assert (ethane.n, ethane.graph) == (2, {"key": "a"})


def test_bad_lines_do_not_stop_the_stream(tmp_path, capfd):
    path = tmp_path / "bad.smi"
    path.write_text("C ok\nC( open\nCC(C)(C)(C)C crowded\n\nc1cccc1 ring\nO ok\n\n\n")
    samples = list(open_source(path))
    assert [sample.index for sample in samples] == list(range(6))
    assert [sample.line for sample in samples] == [1, 2, 3, 4, 5, 6]
    assert [isinstance(sample, Refused) for sample in samples] == [False, True, True, True, True, False]
    for k, words in (
        (1, "'C(' is no SMILES: it cannot be parsed. Check brackets"),
        (2, "Explicit valence for atom # 1 C, 5, is greater than permitted. Check valences"),
        (3, "the line has no SMILES"),
        (4, "Can't kekulize mol"),
    ):
        assert words in samples[k].reason
    assert samples[2].name == "crowded"
    assert capfd.readouterr() == ("", "")  # RDKit keeps silent
    Chem.MolFromSmiles("C(")
    assert "SMILES Parse Error" in capfd.readouterr().err  # and only here


@pytest.mark.parametrize("size", (1, 2, 3, 10))
def test_chunks_of_lines(tmp_path, size):
    path = tmp_path / "lines.smi"
    path.write_text("C a\n\n\nCC b\nCCC c\n\n")
    source = open_smiles(path)
    chunks = list(source.chunks(size))
    assert [sample.line for chunk in chunks for sample in source.parse(chunk)] == [1, 2, 3, 4, 5]
    assert sum(len(lines) for _, _, lines in chunks) == 5
    assert all(len(lines) <= size + 2 for _, _, lines in chunks)


@pytest.mark.parametrize(
    "name, text, message",
    (
        (
            "a.csv",
            "name,formula\nwater,H2O(\n",
            r"a.csv, line 1: no column 'smiles' among \['name', 'formula'\], and no",
        ),
        ("a.smi", "? what\n! is\n", "a.smi, line 1: no column 'smiles'.*Head the column of the molecules 'smiles'"),
        ("a.smi", "\n\n", "a.smi: the file is empty"),
        ("a.csv", "smiles,name\n", "a.csv: there is no molecule in it"),
    ),
)
def test_broken_tables(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(open_source(path))


def test_a_wrong_column(tmp_path):
    (tmp_path / "a.csv").write_text("smiles,name\nC,methane\n")
    with pytest.raises(ValueError, match="line 1: no column 'struct' among"):
        open_source(tmp_path / "a.csv", column="struct")


# SDF ------------------------------------------------------------------------------------------------------------------


def embedded(smiles, seed=7, explicit=True):
    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(molecule, randomSeed=seed)
    return molecule if explicit else Chem.RemoveHs(molecule)


def write_sdf(path, *molecules):
    with Chem.SDWriter(str(path)) as writer:
        for name, molecule in enumerate(molecules):
            molecule.SetProp("_Name", f"m{name}")
            molecule.SetProp("dipole", "0.5 0 -1")
            molecule.SetProp("kind", "gas")
            writer.write(molecule)
    return path


@pytest.mark.parametrize("explicit", (False, True))
def test_hydrogens_do_not_depend_on_how_the_file_has_them(tmp_path, explicit):
    path = write_sdf(
        tmp_path / "a.sdf", embedded("CCO", explicit=explicit), embedded("C[N+](C)(C)C", explicit=explicit)
    )
    implicit, full = list(open_source(path)), list(open_source(path, hydrogens=True))
    assert [graph.n for graph in implicit] == [3, 5]
    assert implicit[0].node["hydrogens"].tolist() == [3, 2, 1]
    assert [graph.n for graph in full] == [9, 17]
    assert [int((graph.node["element"] == 1).sum()) for graph in full] == [6, 12]
    assert [(graph.name, graph.line) for graph in full][0] == ("m0", 1)
    assert full[0].graph["dipole"].tolist() == [0.5, 0, -1]
    assert full[0].graph["kind"] == "gas"
    packed = SdfFile(path).pack(next(SdfFile(path).chunks(2)))
    assert packed.nodes.tolist() == [3, 5]


def test_colours_of_an_sdf_are_those_of_its_smiles(tmp_path):
    smiles = ["CCO", "C[N+](C)(C)C", "N[C@@H](C)C(=O)O", "F/C=C/F"]
    sdf = SdfFile(write_sdf(tmp_path / "a.sdf", *(embedded(text, explicit=False) for text in smiles)))
    table = open_smiles(write_smiles(tmp_path / "a.smi", smiles))
    a, b = (source.pack(next(source.chunks(10))) for source in (sdf, table))
    assert a.node_colour.tolist() == b.node_colour.tolist()
    assert sorted(a.edge_colour) == sorted(b.edge_colour)


def test_geometry(tmp_path):
    molecule = embedded("O")
    path = write_sdf(tmp_path / "a.sdf", molecule)
    (water,) = open_source(path, geometry=True, closest=0.2)
    assert isinstance(water, Structure)
    assert water.numbers.tolist() == [8, 1, 1]
    assert np.allclose(water.positions, molecule.GetConformer().GetPositions(), atol=1e-4)
    assert (water.name, water.info["kind"], water.periodic) == ("m0", "gas", False)
    with pytest.raises(ValueError, match="opened with geometry=True, but structures are not packed"):
        SdfFile(path, geometry=True).pack([])


def test_bad_records_do_not_stop_the_stream(tmp_path):
    flat = Chem.MolFromSmiles("CCO")
    AllChem.Compute2DCoords(flat)
    block = Chem.MolToMolBlock(flat)
    crowded = block.replace(" C  ", " F  ", 2)
    path = tmp_path / "bad.sdf"
    path.write_text(
        f"{block}$$$$\n{crowded}$$$$\nno block\n\n\nM  END\n$$$$\n{Chem.MolToMolBlock(Chem.Mol())}$$$$\n{block}"
    )
    samples = list(open_source(path))
    assert [sample.index for sample in samples] == list(range(5))
    assert [isinstance(sample, GraphSample) for sample in samples] == [True, False, False, False, True]
    for k, words in ((1, "Explicit valence"), (2, "no mol block"), (3, "an empty record")):
        assert words in samples[k].reason
    assert samples[1].line == block.count("\n") + 2
    drawn = next(iter(open_source(path, geometry=True)))
    assert "its coordinates are a drawing in the plane" in drawn.reason


def test_broken_sdf_files(tmp_path):
    path = write_sdf(tmp_path / "a.sdf", embedded("C"), embedded("CC"))
    content = path.read_text()
    path.write_text(content[:-150])
    with pytest.raises(ValueError, match="a.sdf, line .*: the file ends within a record, before 'M  END'"):
        list(open_source(path))
    path.write_text("\n \n")
    with pytest.raises(ValueError, match="a.sdf: the file is empty"):
        open_source(path)
    with pytest.raises(ValueError, match="there is no record in it"):
        list(SdfFile(path))


# Real ones ------------------------------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("hydrogens", (False, True))
def test_qm9_begins_as_rdkit_says(hydrogens):
    source = open_smiles(MOLECULES / "qm9_smiles.csv", hydrogens)
    assert source == SmilesFile(source.path, hydrogens, ",", 1, 0, ("name", "smiles"))
    chunk = next(source.chunks(500))
    for text, graph in zip(chunk[2], source.parse(chunk), strict=True):
        name, smiles = text.split(",")
        molecule = Chem.MolFromSmiles(smiles)
        assert graph.name == name
        assert listed(graph) == heavy(Chem.AddHs(molecule) if hydrogens else molecule)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("hydrogens, atoms, bonds", ((False, 1_177_577, 1_258_246), (True, 2_410_774, 2_491_443)))
def test_all_of_qm9(hydrogens, atoms, bonds):
    source = open_smiles(MOLECULES / "qm9_smiles.csv", hydrogens)
    parts = [source.pack(chunk) for chunk in source.chunks(2000)]
    assert sum(len(part) for part in parts) == 133_879
    assert sum(int(part.nodes.sum()) for part in parts) == atoms
    assert sum(int(part.edges.sum()) for part in parts) == bonds
    assert not any(part.refused for part in parts)


@needs_data
def test_moses_has_its_smiles_in_the_first_column():
    source = open_source(MOLECULES / "moses_train10k.csv")
    graphs = source.parse(next(source.chunks(20)))
    assert all(isinstance(graph, GraphSample) for graph in graphs)
    assert graphs[0].graph["SPLIT"] == "train"
