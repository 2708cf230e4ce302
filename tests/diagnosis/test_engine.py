import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symbreak.diagnosis import Local, RayCluster
from symbreak.diagnosis.engine import AHEAD

HERE = Path(__file__).parent
SCRIPT = """
import sys
sys.path.insert(0, {here!r})
from engine_work import {work} as work
from symbreak.diagnosis import Local, RayCluster
if __name__ == "__main__":
    print({run})
"""


@pytest.fixture
def script(tmp_path):
    """A script that maps a work over some chunks; its processes import it anew."""

    def write(work, expression):
        path = tmp_path / "script.py"
        path.write_text(SCRIPT.format(here=str(HERE), work=work, run=expression))
        return [sys.executable, str(path)]

    return write


@pytest.fixture
def execute(script):
    def call(work, expression, **options):
        return subprocess.run(script(work, expression), capture_output=True, text=True, timeout=300, **options)

    return call


def test_one_worker_works_in_this_process():
    def chunks():
        for k in range(3):
            taken.append(k)
            yield k

    taken = []
    results = Local().map(lambda x: (x, os.getpid()), chunks())
    assert next(results) == (0, os.getpid())
    assert taken == [0]  # the next chunk is read when the next result is asked for
    assert [x for x, _ in results] == [1, 2]


def test_no_workers():
    with pytest.raises(ValueError, match="There are 0 workers, but at least one must do the work"):
        Local(0)


@pytest.mark.slow
def test_results_come_in_the_order_of_the_chunks(execute):
    done = execute("late", "list(Local(2).map(work, range(6)))")
    assert done.stdout.strip() == "[0, 1, 2, 3, 4, 5]", done.stderr


@pytest.mark.slow
def test_few_chunks_are_held(execute):
    chunks = "(taken.append(k) or k for k in range(40))"
    done = execute("square", f"(lambda taken: [len(taken) for _ in Local(2).map(work, {chunks})])([])")
    ahead = [n - k for k, n in enumerate(json.loads(done.stdout))]
    assert max(ahead) == 2 * AHEAD


@pytest.mark.slow
def test_an_error_of_the_work_is_raised(execute):
    done = execute("picky", "list(Local(2).map(work, range(3)))")
    assert "ValueError: that chunk is no good" in done.stderr


@pytest.mark.slow
def test_a_process_that_dies_is_told(execute):
    done = execute("picky", "list(Local(2).map(work, [0, 3]))")
    assert "A worker process died, perhaps for want of memory. Run again with fewer workers." in done.stderr


@pytest.mark.slow
def test_an_interrupt_ends_the_processes(tmp_path, script):
    command = script("note", f"list(Local(2).map(work, [{str(tmp_path)!r}] * 4))")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if len(list(tmp_path.glob("*.pid"))) == 2:
            break
        time.sleep(0.1)
    workers = [int(file.stem) for file in tmp_path.glob("*.pid")]
    assert len(workers) == 2
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.strip().endswith("KeyboardInterrupt")
    assert errors.count("Traceback") == 1  # of this process alone
    time.sleep(0.2)
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="ray is installed")
def test_a_missing_ray_is_told():
    with pytest.raises(ImportError, match=r"The engine RayCluster needs ray. Try: python -m pip install ray"):
        list(RayCluster().map(abs, [1]))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_a_cluster_is_started_and_gives_the_results_in_order(execute):
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = execute(
        "late", "list(RayCluster(processors=1).map(work, range(5)))", env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.stdout.strip().splitlines()[-1] == "[0, 1, 2, 3, 4]", done.stderr


REPORT = """
from symbreak.data import open_source
from symbreak.diagnosis import Local, Quantity, RayCluster, Search, diagnose_file
if __name__ == "__main__":
    source, search = open_source({path!r}), Search(targets=(Quantity("role"),))
    one, two = (diagnose_file(source, search, engine=engine).to_json() for engine in (Local(), RayCluster(None, 2)))
    print(one == two, one["samples"]["read"])
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_a_cluster_writes_the_same_report(tmp_path):
    graphs = [
        {
            "nodes": [{"id": k, "role": "ab"[(seed * k) % 5 % 2]} for k in range(6)],
            "edges": [{"source": k, "target": (k + 1) % 6} for k in range(6)],
        }
        for seed in range(300)
    ]
    path, script = tmp_path / "rings.jsonl", tmp_path / "script.py"
    path.write_text("\n".join(map(json.dumps, graphs)))
    script.write_text(REPORT.format(path=str(path)))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300)
    assert done.stdout.split()[-2:] == ["True", "300"], done.stderr
