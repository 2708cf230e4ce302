"""Two processes draw what one draws, and their gradients are the same."""

import os
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = Path(__file__).with_name("two_processes.py")


def test_two_processes_are_one(tmp_path):
    places = [str(Path(__file__).parents[2] / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(places)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(rank), str(world), str(tmp_path)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for world, rank in [(1, 0), (2, 0), (2, 1)]
    ]
    for process in processes:
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
    one, *two = (torch.load(tmp_path / name, weights_only=True) for name in ["1-0.pt", "2-0.pt", "2-1.pt"])
    for part in two:
        assert torch.equal(part["n"], one["n"][part["mine"]])
        assert torch.equal(part["h"], one["h"][part["mine"]])
        assert any(name.startswith("encoding") for name in part["gradients"])
        for name, gradient in part["gradients"].items():
            torch.testing.assert_close(gradient, one["gradients"][name])
    assert len({tuple(row) for row in one["n"].tolist()}) > 1  # symmetric samples have different poses
