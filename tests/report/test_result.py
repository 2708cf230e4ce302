import json

import pytest

from symbreak.report import load_result

METHODS = ("gcnn", "sympe")


@pytest.fixture
def folder(tmp_path, write_folder):
    return write_folder(tmp_path / "run", methods=METHODS, size=4, side=3)


def edit(folder, change):
    path = folder / "result.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_result_holds_what_the_file_says(folder):
    result = load_result(folder)
    assert (result.task, result.sign, result.git, len(result.rows)) == ("constant", 1, "0123abc", 4)
    assert result.started == "2026-01-01T00:00:00"
    assert list(result.lines()) == [(m, loss) for m in METHODS for loss in ("plain", "annealed")]
    assert [rows[0].loss for rows in result.drawn().values()] == ["annealed", "annealed"]
    assert result.reference.uniform_fractions[0] == pytest.approx(0.6987, abs=1e-4)
    assert result.published["gcnn"].fraction_id == 0.43125
    assert result.unfinished() == []


def test_a_method_without_annealed_rows_is_drawn_and_says_so(folder):
    edit(folder, lambda data: data.update(rows=[r for r in data["rows"] if r["loss"] == "plain"]))
    assert load_result(folder).labels() == {"gcnn": "G-CNN (plain)", "sympe": "G-CNN + SymPE (plain)"}


def test_missing_rows_are_named(folder):
    edit(folder, lambda data: data["rows"].pop())
    assert load_result(folder).unfinished() == ["sympe (annealed): 0 of 1 seeds"]


def test_a_run_without_an_end_is_unfinished(folder):
    edit(folder, lambda data: data.update(finished=None))
    assert load_result(folder).unfinished() == ["the run has not written its end"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"result\.json does not exist"):
        load_result(tmp_path)


@pytest.mark.parametrize("text", ['{"schema": 1, "rows": [', "[1]"])
def test_a_corrupt_file_is_named(folder, text):
    (folder / "result.json").write_text(text)
    with pytest.raises(ValueError, match=r"result\.json (is not JSON|holds a list)"):
        load_result(folder)


def test_a_corrupt_config_is_named(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        load_result(folder)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda d: d.update(schema=2), r"result\.json has \(schema, paper\) = \(2, 'ising'\)"),
        (lambda d: d.update(paper="digress"), r"'digress'"),
        (lambda d: d.pop("reference"), r"holds NoneType as 'reference'"),
        (lambda d: d["config"].update(task="constan"), r"task='constan'"),
        (lambda d: d["config"].update(sign=0), r"sign=0"),
        (lambda d: d["rows"][1].pop("energy_id"), r"rows\[1\] has no 'energy_id'"),
        (lambda d: d["rows"][1].update(fraction_id="0.9"), r"rows\[1\] has fraction_id='0.9', but float"),
        (lambda d: d["rows"][1].update(energy_id=float("nan")), r"energy_id=nan, but a result is finite"),
        (lambda d: d["rows"][1].update(loss="warm"), r"loss='warm'"),
        (lambda d: d["rows"].append(d["rows"][0]), r"rows\[4\] repeats .*'gcnn', 'plain', 0"),
        (lambda d: d["rows"][0].update(folder="../other"), r"reads its own folder only"),
        (lambda d: d["rows"].append(3), r"rows\[4\] is a int"),
        (lambda d: d["published"][0].pop("fraction_id"), r"published\[0\] has no 'fraction_id'"),
    ],
)
def test_defects_are_named(folder, change, message):
    edit(folder, change)
    with pytest.raises(ValueError, match=message):
        load_result(folder)
