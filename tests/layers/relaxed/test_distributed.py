"""Two processes train as one does."""

import os
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = Path(__file__).with_name("two_processes.py")


def test_two_processes_are_one(tmp_path):
    places = [str(Path(__file__).parents[3] / "src"), os.environ.get("PYTHONPATH", "")]
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
        _, stderr = process.communicate(timeout=240)
        assert process.returncode == 0, stderr
    one, *two = (torch.load(tmp_path / name, weights_only=True) for name in ["1-0.pt", "2-0.pt", "2-1.pt"])
    theta = one["first.product.relaxed_weight.theta"]
    assert theta[theta.numel() - 6 :].abs().max() > 1e-6  # it has left the scalar
    for part in two:
        for name, value in one.items():
            torch.testing.assert_close(part[name], value, atol=1e-10, rtol=0)
