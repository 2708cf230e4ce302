"""Bad input, as it meets a user of the command: one line for a bad file, and an account of every bad sample."""

import itertools
import json
import math

import numpy as np
import pytest

from symbreak.cli import main


@pytest.fixture
def diagnose(tmp_path, capsys):
    """The report of a file with some content; it names every sample once."""

    def call(name, content, *options):
        path, out = tmp_path / name, tmp_path / "out"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert main(["diagnose", str(path), *map(str, options), "--out", str(out)]) == 0
        report = json.loads((out / "report.json").read_text())
        samples = report["samples"]
        assert samples["read"] == samples["diagnosed"] + samples["undecided"] + samples["left_out"]
        for kind in ("undecided", "left_out"):
            assert samples[kind] == sum(reason["count"] for reason in report[kind])
        assert len((out / "samples.csv").read_text().splitlines()) == 1 + samples["read"]
        return report, capsys.readouterr().out

    return call


@pytest.fixture
def refuse(tmp_path, capsys):
    """The one line that answers a file that cannot be used; nothing is written."""

    def call(name, content, *options):
        path, out = tmp_path / name, tmp_path / "out"
        if content is not None:
            path.write_bytes(content)
        assert main(["diagnose", str(path), *map(str, options), "--out", str(out)]) == 2
        assert not out.exists()
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("symbreak: error: ")]
        return line

    return call


def first_of(reasons):
    """By what is said: how many, and the first of them."""
    return {reason["said"]: (reason["count"], reason["first"]) for reason in reasons}


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("nowhere.xyz", None, "the file cannot be read (No such file or directory). Check its name and permissions."),
        ("empty.xyz", b"", "the file is empty. Write or copy it again."),
        ("blank.smi", b"\n \n", "the file is empty."),
        ("bytes.xyz", b"\x00\xff\x00", "of no known binary format, or damaged."),
        ("latin.xyz", b"1\ncaf\xe9\nH 0 0 0\n", "line 2: the line is no UTF-8 text"),
        ("words.dat", b"lorem ipsum dolor", "of no known format"),
        ("cut.xyz", b"3\n\nO 0 0 0\n", "the file ends after 1 of the 3 atoms"),
        ("cut.json", b'[{"nodes": [', "cut off"),
        ("cut.npz", b"PK\x03\x04", "its end is missing: the file was cut off"),
    ],
)
def test_unreadable_files(refuse, name, content, message):
    assert message in refuse(name, content)


def test_a_folder(refuse, tmp_path):
    (tmp_path / "frames").mkdir()
    assert "this is a folder. Give one of the files in it." in refuse("frames", None)


def test_coincident_atoms(diagnose, make):
    twice = make.frame("OHH", [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]])
    report, shown = diagnose("m.extxyz", make.water([0, 0, 1]) + twice + twice)
    ((said, account),) = first_of(report["left_out"]).items()
    assert said.startswith("atoms 0 and 1 are 0 Å apart, but atoms closer than 0.1 Å are taken for coincident.")
    assert account == (2, [1, 2])
    assert "Left out: 2 samples (1, 2): atoms 0 and 1 are 0 Å apart" in shown


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_coordinates_that_are_not_finite(diagnose, make, x):
    lost = make.frame("OHH", [[0, 0, 0], [0, x, 0], [0, 0, 1.0]])
    report, _ = diagnose("m.extxyz", lost + make.water([0, 0, 1]))
    ((said, account),) = first_of(report["left_out"]).items()
    assert (said, account) == (f"atom 1 is at [0.0, {x}, 0.0], but coordinates must be finite.", (1, [0]))


def test_periodic_and_molecular_frames(diagnose, make):
    """Both are diagnosed, each by its own groups."""
    cell = 'Lattice="4.0 0 0 0 4.0 0 0 0 4.0" pbc="T T T" dipole="0 0 0"'
    salt = make.frame(["Cs", "Cl"], [[0, 0, 0], [2.0, 2.0, 2.0]], cell)
    flat = make.frame(["Cs", "Cl"], [[0, 0, 0], [2.0, 2.0, 2.0]], 'Lattice="4 0 0 0 4 0 0 0 0" pbc="T T F"')
    report, _ = diagnose("m.extxyz", make.water([0, 0.3, 1]) + salt + flat, "--target", "dipole")
    assert report["samples"]["kinds"] == {"crystal": 2, "molecule": 1}
    assert report["symmetry"]["names"] == {"C2v": 1, "Pm-3m (221)": 1}
    ((said, account),) = first_of(report["left_out"]).items()
    assert said.startswith("It repeats, but has not three cell vectors, so it has no space group.")
    assert account == (1, [2])
    assert report["targets"][0]["floor"] == pytest.approx(0.09)


def test_a_target_that_some_frames_lack(diagnose, make):
    text = make.water([0, 0, 1]) + make.frame("OHH", make.WATER) + make.water([0, 0.5, 1])
    report, shown = diagnose("m.extxyz", text, "--target", "dipole")
    (target,) = report["targets"]
    assert (target["samples"], target["floor"]) == (2, pytest.approx(0.25))
    ((said, account),) = first_of(target["missing"]).items()
    assert "has no 'dipole'" in said
    assert account == (1, [1])
    assert report["samples"]["diagnosed"] == 3  # the symmetry is known all the same
    assert "missing: 1 sample (1): sample 1" in shown


def test_a_target_that_is_not_finite_takes_the_frame_out(diagnose, make):
    report, _ = diagnose("m.extxyz", make.water([0, 0, 1]) + make.water([0, 0, math.nan]), "--target", "dipole")
    ((said, account),) = first_of(report["left_out"]).items()
    assert said == "the value 'dipole'[2] is nan, but every value must be finite."
    assert account == (1, [1])


def test_a_graph_of_a_hundred_thousand_nodes(diagnose):
    n = 100_000
    report, shown = diagnose("cycle.edges", "".join(f"{k} {(k + 1) % n}\n" for k in range(n)))
    assert report["symmetry"]["orders"] == {str(2 * n): 1}
    assert f"{n} of {n} nodes (100.00%) forced to share an embedding" in shown


def test_a_graph_on_which_the_search_explodes(diagnose):
    """A Latin square's graph is strongly regular: refinement tells no node from another."""
    k = 12
    cells = list(itertools.product(range(k), repeat=2))
    square = {
        "nodes": [{"id": i} for i in range(k * k)],
        "edges": [
            {"source": i, "target": j}
            for i, a in enumerate(cells)
            for j, b in enumerate(cells[:i])
            if a[0] == b[0] or a[1] == b[1] or sum(a) % k == sum(b) % k
        ],
    }
    path = {"nodes": [{"id": i} for i in range(3)], "edges": [{"source": 0, "target": 1}, {"source": 1, "target": 2}]}
    report, shown = diagnose("g.jsonl", "\n".join(map(json.dumps, (path, square, path))), "--budget", 2000)
    assert [report["samples"][name] for name in ("read", "diagnosed", "undecided", "left_out")] == [3, 2, 1, 0]
    ((said, account),) = first_of(report["undecided"]).items()
    assert said.startswith("the search was stopped after 2000 steps on 144 nodes and 2376 edges. Raise the budget")
    assert account == (1, [1])
    assert "Undecided: 1 sample (1): the search was stopped" in shown


def test_every_kind_of_bad_sample_at_once(diagnose, make, tmp_path):
    """The report says how many, which and why; samples.csv says it of each."""
    bad = [
        make.frame("OHH", [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]]),
        make.frame("OHH", [[0, 0, 0], [0, np.nan, 0], [0, 0, 1.0]]),
        "0\n\n",
        "1\n\nQq 0 0 0\n",
        "2\n\nH 0 0\nH 0 0 1\n",
        make.frame("H", [[0, 0, 0]], 'Lattice="1 0 0 2 0 0 0 0 1" pbc="T T T"'),
    ]
    report, _ = diagnose("m.xyz", make.water([0, 0, 1]) + "".join(bad))
    assert report["samples"]["left_out"] == len(bad)
    assert len(report["left_out"]) == len(bad)
    rows = (tmp_path / "out" / "samples.csv").read_text().splitlines()[2:]
    assert all(",left out," in row for row in rows)
