import json
import shutil

import pytest

from symbreak.report.dialled_breaking import write_dialled_breaking_report
from symbreak.report.dialled_breaking_result import load_dialled_breaking

TASKS = [
    {"name": "regression", "title": "graph regression", "atoms": False, "labels": False},
    {"name": "graphs", "title": "graph classification", "atoms": False, "labels": True},
    {"name": "nodes", "title": "node classification", "atoms": True, "labels": True},
]


def row(study, task="regression", dial=0.5, network="relaxed", seed=0, **more):
    entry = {
        "study": study, "task": task, "dial": dial, "network": network, "regime": "nothing", "label": "no penalty",
        "samples": 960, "closed": False, "optimizer": "equivariant", "seed": seed, "loss": 0.1,
        "error": 0.1 + 0.01 * seed, "floor": dial, "accuracy": None, "breaking": dial if network != "strict" else 0.0,
        "true_breaking": dial, "weight": 0.0, "theta": None, "fields": [], "joint_error": None, "parameters": 10,
        "folder": f"rows/{study}-{task}-{dial}-{network}-{seed}-{len(more)}",
    }  # fmt: skip
    if network == "relaxed":
        entry["theta"] = {"angles": {"1o": 1.5, "2e": 2.5}, "forbidden": 0.01}
    return entry | more


@pytest.fixture
def folder(tmp_path):
    rows = [
        row("dials", task["name"], dial, network, seed)
        for task in TASKS
        for dial in (0.0, 0.5, 1.0)
        for network in ("strict", "relaxed", "free")
        for seed in (0, 1)
    ]
    rows += [row("penalties", regime=f"lasso-{w:g}", label=f"lasso, weight {w:g}", weight=w) for w in (0.1, 0.01)]
    rows += [row("schedules", dial=d, regime=r, label=r) for d in (0.0, 0.5) for r in ("learned", "opened")]
    rows += [row("sizes", network=network, samples=60) for network in ("strict", "relaxed", "free")]
    rows += [row("closed", dial=0.0, closed=True, theta={"angles": {"1o": None, "2e": None}, "forbidden": 3e-16})]
    tests = [{"strength": s, "known": k, "error": s} for s in (0.5, 1.0) for k in (True, False)]
    rows += [
        row("fields", network=n, fields=tests, joint_error=1e-15, breaking=None) for n in ("strict", "conditioned")
    ]
    for entry in rows:
        if entry["study"] == "schedules":
            curve = [{"step": k, "loss": 1.0 / (k + 1), "weight": 0.1 * k, "penalty": 0.1 * k} for k in range(5)]
            path = tmp_path / entry["folder"]
            path.mkdir(parents=True, exist_ok=True)
            (path / "curve.json").write_text(json.dumps(curve))
    result = {"schema": 1, "paper": "dialled-breaking", "config": {"seeds": 2}, "tasks": TASKS, "rows": rows}
    (tmp_path / "result.json").write_text(json.dumps(result | {"git": "0123abc", "versions": {"torch": "2"}}))
    return tmp_path


def changed(folder, change):
    path = folder / "result.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_the_page_and_the_tables(folder, parse_page):
    page, text = parse_page(write_dialled_breaking_report(folder))
    assert len(page.images) == 7
    figures = {path.name for path in (folder / "figures").iterdir()}
    names = ("tracking", "errors", "held-back", "learning", "sizes", "angles", "fields")
    assert figures == {f"{name}.png" for name in names}
    assert "Held back" in text
    text = (folder / "table.md").read_text()
    assert "| graph regression | 0.5 | strict | 0.500 | 0 | 0.105 (0.100 to 0.110) | 0.500 | – | – | – | – |" in text
    assert "| 0 | O_h | EquivariantAdam | 3e-16 |" in text
    assert "| 0.5 | relaxed | lasso, weight 0.1 |" in text
    assert "| relaxed, θ from the field | new | 1e-15 | 0.500 | 1.000 |" in text


def test_what_is_not_there_is_not_drawn(folder):
    write_dialled_breaking_report(folder)
    changed(folder, lambda data: data.update(rows=[r for r in data["rows"] if r["study"] == "dials"]))
    write_dialled_breaking_report(folder)
    assert {path.stem for path in (folder / "figures").iterdir()} == {"tracking", "errors", "angles"}
    changed(folder, lambda data: data.update(rows=[r for r in data["rows"] if r["task"] == "nodes"][:1]))
    write_dialled_breaking_report(folder)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda data: data.update(paper="ising"), "this report reads"),
        (lambda data: data.update(rows=3), "no list of objects as 'rows'"),
        (lambda data: data["rows"][1].pop("error"), r"rows\[1\] has no 'error'"),
        (lambda data: data["tasks"][0].pop("title"), r"tasks\[0\] has no 'title'"),
        (lambda data: data["rows"][0].update(folder="../x"), "a report reads its own folder only"),
        (lambda data: data["rows"][0].update(error=None), "no finite number"),
    ],
)
def test_a_defect_is_named(folder, change, message):
    changed(folder, change)
    with pytest.raises(ValueError, match=message):
        load_dialled_breaking(folder)


def test_a_broken_curve_is_named(folder):
    path = next(folder.glob("rows/*/curve.json"))
    for text, message in (("x", "is not JSON"), ("3", "no list of notes")):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            write_dialled_breaking_report(folder)
    shutil.rmtree(folder / "rows")
    write_dialled_breaking_report(folder)
