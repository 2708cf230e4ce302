import json

import pytest
import torch
from safetensors.torch import save_file

from symbreak.papers.explicit_or_spontaneous_networks import METHODS as MADE
from symbreak.report.explicit_or_spontaneous import write_explicit_or_spontaneous_report
from symbreak.report.explicit_or_spontaneous_result import METHODS, load_explicit_or_spontaneous, mean_and_spread
from symbreak.report.explicit_or_spontaneous_table import SCORES, remedies, scores, thetas


def row(name, strength, method, seed, distance):
    about = {"kind": "network", "set": name, "strength": strength, "seed": seed, "method": method, "label": method}
    about |= {"distance": distance, "turned": distance, "both_turned": distance, "floor": 0.25, "random": True}
    about |= {"miss": 0.1, "variation": 0.2, "variation_of_truth": 0.04, "parameters": 5000, "cpu_seconds": 2.0}
    about |= {"broken": 0.3 if "relaxed" in method else None, "angle": 1.5 if "relaxed" in method else None}
    return about | {"folder": f"rows/{name}-{strength:g}-{method}-{seed}"}


@pytest.fixture
def folder(tmp_path):
    sets = (("explicit", 0.0), ("spontaneous", 0.0), ("both", 2.0), ("both", 1.0))
    rows = [
        row(name, h, method, seed, 0.5 + 0.1 * seed)
        for name, h in sets
        for method in ("strict", "relaxed", "sympe")
        for seed in (0, 1)
    ]
    result = {
        "schema": 1,
        "paper": "explicit-or-spontaneous",
        "config": {"dial": [1.0], "clusters": 8, "tests": 2, "steps": 3},
        "versions": {},
        "rows": rows,
        "diagnosis": [
            {"set": name, "strength": h, "remedy": "SymPE", "p_value": 0.4, "left_by_constant": 0.9, "share": 0.94}
            | {"text": "Remedy: SymPE <here>"}
            for name, h in sets
        ],
        "closed": [{"method": "relaxed", "seed": 0, "outside": 3e-16}],
        "curves": [
            {"strength": h, "strict": 0.4 + h / 10, "deterministic": 0.3, "pose": 0.1, "noise": 0.1} for h in (0.0, 3.0)
        ],
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    arrays = {"drawn": torch.randn(5, 3), "outcomes": torch.eye(3), "probability": torch.tensor([0.5, 0.5, 0.0])}
    where = tmp_path / rows[0]["folder"]
    where.mkdir(parents=True)
    save_file(arrays, where / "shown.safetensors")
    return tmp_path


def test_a_report_is_written_from_the_folder_alone(folder, parse_page):
    page = write_explicit_or_spontaneous_report(folder)
    tags, text = parse_page(page)
    assert len(tags.images) == 2
    assert "Remedy: SymPE <here>" in text
    table = (folder / "table.md").read_text()
    assert "| explicit | relaxed | 0.550 ± 0.071 | 0.250 | 0.550 |" in table
    first = (folder / "figures" / "laws.png").read_bytes()
    write_explicit_or_spontaneous_report(folder)
    assert (folder / "figures" / "laws.png").read_bytes() == first


def test_the_tables_hold_what_belongs_to_them(folder):
    result = load_explicit_or_spontaneous(folder)
    lines = scores(result)
    assert [line[0] for line in lines] == ["explicit"] * 3 + ["spontaneous"] * 3 + ["both, h = 2"] * 3
    assert {len(line) for line in lines} == {len(SCORES)}
    assert lines[0][7] == "–"  # one outcome: no frequencies
    assert lines[3][7] == "0.200 (0.040)"
    assert [line[:2] for line in thetas(result)][-1] == ("spontaneous, closed under O_h", "relaxed")
    assert [line[3] for line in thetas(result)] == ["1.5 ± 0.0", "–", "1.5 ± 0.0", "1.5 ± 0.0", "–"]
    assert [line[0] for line in remedies(result)] == ["explicit", "spontaneous", "both, h = 1", "both, h = 2"]


def test_the_report_knows_every_method():
    assert {method.name for method in MADE} == set(METHODS)


def test_the_spread_of_one_seed_is_none(folder):
    rows = load_explicit_or_spontaneous(folder).lines("explicit", 0.0)["strict"]
    assert mean_and_spread(rows[:1], "distance") == (0.5, 0.0)
    assert mean_and_spread(rows, "distance") == (pytest.approx(0.55), pytest.approx(0.0707, abs=1e-4))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"schema": 2}, r"has \(schema, paper\) = \(2, 'explicit-or-spontaneous'\), but this report reads"),
        ({"paper": "ising"}, r"= \(1, 'ising'\), but this report reads"),
        ({"rows": {}}, "has no list of objects as 'rows'"),
        ({"closed": [{"method": "relaxed"}]}, r"closed\[0\] has no 'seed'"),
    ],
)
def test_errors(folder, change, message):
    path = folder / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        load_explicit_or_spontaneous(folder)


def test_a_report_reads_its_own_folder_only(folder):
    path = folder / "result.json"
    result = json.loads(path.read_text())
    result["rows"][0]["folder"] = "../elsewhere"
    path.write_text(json.dumps(result))
    with pytest.raises(ValueError, match="a report reads its own folder only"):
        load_explicit_or_spontaneous(folder)


def test_a_broken_file_of_draws_is_told(folder):
    result = load_explicit_or_spontaneous(folder)
    (folder / result.rows[0]["folder"] / "shown.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="is not a safetensors file"):
        result.shown(result.rows[0])
