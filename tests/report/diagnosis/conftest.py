"""Result folders of small diagnoses, written by the command line."""

import json
import shutil

import numpy as np
import pytest

from symbreak.cli import main


def molecules(path):
    """Some of ASE's G2 set, turned at random, with made-up dipoles and forces."""
    from ase.build import molecule
    from ase.io import write

    rng, frames = np.random.default_rng(0), []
    for name in ("CH4", "C6H6", "H2O", "NH3", "CO", "CH3OH"):
        atoms = molecule(name)
        atoms.positions = atoms.positions @ np.linalg.qr(rng.normal(size=(3, 3)))[0].T
        atoms.positions += 2e-3 * rng.normal(size=atoms.positions.shape)
        atoms.info["dipole"] = rng.normal(size=3)
        atoms.arrays["forces"] = rng.normal(size=(len(atoms), 3))
        frames.append(atoms)
    write(path, frames)


SITES = [("Ba", 2, 2, 2.0), ("Ti", 0, 0, 0.0), ("O", 2, 0, 0.0), ("O", 0, 2, 0.0), ("O", 0, 0, 2.0)]


def crystal(path, shift=0.0, c=4.0):
    rows = [(name, x, y, z * c / 4 + shift * (name == "Ti")) for name, x, y, z in SITES]
    cell = f'Lattice="4.0 0 0 0 4.0 0 0 0 {c}" pbc="T T T"'
    path.write_text("\n".join(["5", cell, *(" ".join(map(str, row)) for row in rows), ""]))


def graphs(path):
    def graph(n, edges):
        nodes = [{"id": i, "label": i % 3, "role": "ab"[i % 2]} for i in range(n)]
        return {"nodes": nodes, "edges": [{"source": a, "target": b} for a, b in edges]}

    ring = [(i, (i + 1) % 5) for i in range(5)]
    petersen = ring + [(i, i + 5) for i in range(5)] + [(5 + i, 5 + (i + 2) % 5) for i in range(5)]
    star = [(0, i) for i in range(1, 5)]
    path.write_text(json.dumps([graph(10, petersen), graph(5, star), graph(5, ring), graph(2, [])]))


def fields(path):
    x, y = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    dots, stripes = ((x % 4 == 0) & (y % 4 == 0)).astype(float), (x % 4 < 2).astype(float)
    spot = np.exp(-((x - 3.0) ** 2) - (y - 2.0) ** 2)
    inputs = np.stack([dots, stripes, spot])[:, None]
    np.savez(path, field=inputs, spins=np.where(np.random.default_rng(0).random(inputs.shape) < 0.5, 1.0, -1.0))


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The result folder of each kind of data, diagnosed once."""
    home, folders = tmp_path_factory.mktemp("diagnoses"), {}
    molecules(home / "g2.extxyz")
    crystal(home / "cubic.extxyz")
    crystal(home / "polar.extxyz", 0.1, 4.1)
    graphs(home / "graphs.json")
    fields(home / "fields.npz")
    (home / "none.xyz").write_text("4\n\nC 0 0 0\nH 0.7 0.1 0.2\nO -0.3 1.1 0.3\nF 0.1 -0.4 1.2\n")
    (home / "m.smi").write_text("CC\nc1ccccc1\nCCO\n")
    commands = {
        "molecules": "g2.extxyz --target dipole --target forces",
        "crystal": "cubic.extxyz --final polar.extxyz",
        "graphs": "graphs.json --target label --target role",
        "fields": "fields.npz --array field --batched --channels --target spins",
        "trivial": "none.xyz",
        "smiles": "m.smi",
    }

    def call(kind):
        if kind not in folders:
            name, *options = commands[kind].split()
            options = [str(home / option) if option.endswith(".extxyz") else option for option in options]
            folders[kind] = home / f"out_{kind}"
            assert main(["diagnose", str(home / name), *options, "--out", str(folders[kind])]) == 0
        return folders[kind]

    return call


@pytest.fixture
def copied(made, tmp_path):
    """A copy of the folder of one kind of data, to be tampered with."""

    def call(kind):
        return shutil.copytree(made(kind), tmp_path / kind)

    return call
