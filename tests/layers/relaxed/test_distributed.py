"""Two processes train as one does."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from .two_processes import trained

SCRIPT = Path(__file__).with_name("two_processes.py")


def test_two_processes_are_one(tmp_path, double):
    places = [str(Path(__file__).parents[3] / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(places)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(rank), "2", str(tmp_path)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in processes:
        _, stderr = process.communicate(timeout=240)
        assert process.returncode == 0, stderr
    broken = {
        "irreps": lambda state: state["first.product.relaxed_weight.theta"][-6:],
        "fields": lambda state: state["weight.linear.weight"],
        "groups": lambda state: state["lift.mixing"] - state["lift.mixing"].mean(1, keepdim=True),
    }
    for kind, part in broken.items():
        one = trained(kind, 0, 1)
        assert part(one).abs().max() > 1e-6  # it has left the symmetric start
        for rank in range(2):
            two = torch.load(tmp_path / f"{kind}{rank}.pt", weights_only=True)
            for name, value in one.items():
                torch.testing.assert_close(two[name], value, atol=1e-10, rtol=0)
