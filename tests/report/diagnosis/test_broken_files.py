import json

import pytest

from symbreak.cli import main
from symbreak.report.diagnosis import write_diagnosis_report
from symbreak.report.diagnosis.entry import Entry


def tampered(folder, name, change):
    data = json.loads((folder / name).read_text())
    change(data)
    (folder / name).write_text(json.dumps(data))
    return folder


def put(*way, value):
    def change(data):
        for step in way[:-1]:
            data = data[step]
        data[way[-1]] = value

    return change


@pytest.mark.parametrize(
    "change, message",
    [
        (put("schema", value=7), "examples.json has schema 7, but this report reads schema 1"),
        (put("examples", value={}), "examples={}, but a list is expected"),
        (put("examples", 0, value=[]), r"examples\[0\] is a list, but a JSON object is expected"),
        (put("examples", 0, "kind", value="gas"), r"examples\[0\] has kind='gas', but it is one of molecule"),
        (
            put("examples", 1, "structure", "positions", value=[[0, 0]]),
            r"structure has positions=\[\[0, 0\]\], but fin",
        ),
        (put("examples", 0, "structure", "positions", 0, 0, value=None), "but finite numbers of shape"),
        (put("examples", 0, "structure", "positions", 0, 0, value="1"), "but finite numbers of shape"),
        (put("examples", 0, "structure", "species", value=["H"]), "positions and 1 species: one for each atom"),
        (put("examples", 0, "structure", "bonds", value=[[0, 99, 0, 0, 0]]), "a bond of atom 99"),
        (put("examples", 0, "elements", value=[{"kind": "knot"}]), "is an axis, a plane or a centre"),
        (put("examples", 0, "centre", value=[0, 0]), r"centre=\[0, 0\], but finite numbers of shape \(3,\)"),
        (put("examples", 0, "orbits", value=[0.5]), "but whole numbers of shape"),
        (put("examples", 0, "targets", 0, "value", value=[]), "has 0 rows"),
        (
            put("examples", 0, "targets", 0, "nearest", value=[[0.0]]),
            r"nearest=\[\[0.0\]\], but finite numbers of shape",
        ),
        (put("examples", 0, "residual", value=True), "residual=True, but finite numbers"),
        (lambda data: data["examples"][0].pop("why"), r"examples\[0\] has no 'why'. Diagnose the data again"),
    ],
)
def test_broken_examples_are_named(copied, change, message):
    with pytest.raises(ValueError, match=message):
        write_diagnosis_report(tampered(copied("molecules"), "examples.json", change))


@pytest.mark.parametrize(
    "kind, change, message",
    [
        ("graphs", put("examples", 0, "graph", "edges", value=[[0, 10]]), "an edge of node 10, but there are 10 nodes"),
        ("graphs", put("examples", 0, "graph", "labels", value=["a"]), "has 1 labels, but there are 10 nodes"),
        ("fields", put("examples", 0, "field", "values", value=[[1.0]]), r"but finite numbers of shape \(8, 8\)"),
    ],
)
def test_broken_graphs_and_fields(copied, kind, change, message):
    with pytest.raises(ValueError, match=message):
        write_diagnosis_report(tampered(copied(kind), "examples.json", change))


@pytest.mark.parametrize(
    "change, message",
    [
        (put("schema", value=2), "report.json has schema 2, but this report reads schema 1"),
        (put("symmetry", "names", value={"C1": "many"}), "but a table of whole numbers is expected"),
        (put("targets", 0, "squares", value="big"), "squares='big', but finite numbers"),
        (put("recommendation", value=None), "recommendation is a NoneType, but a JSON object is expected"),
    ],
)
def test_a_broken_report(copied, change, message):
    with pytest.raises(ValueError, match=message):
        write_diagnosis_report(tampered(copied("molecules"), "report.json", change))


def test_no_json(copied, capsys):
    folder = copied("trivial")
    (folder / "examples.json").write_text("{")
    assert main(["report", str(folder)]) == 2
    assert "examples.json is not JSON" in capsys.readouterr().err


def test_a_folder_of_neither(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "holds neither the result.json of a run nor the report.json of a diagnosis" in said


def test_objects_within_objects():
    entry = Entry("a.json", {"x": {"y": 1}, "list": [1]})
    assert entry.entry("x").whole("y") == 1
    with pytest.raises(ValueError, match="a.json, x has y=1, but text is expected"):
        entry.entry("x").text("y")
    with pytest.raises(ValueError, match=r"a.json, list\[0\] is a int"):
        entry.entries("list")
