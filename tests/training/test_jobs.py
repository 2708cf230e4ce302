import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from symbreak.training import Job, run_jobs
from symbreak.training.progress import Display

HERE = Path(__file__).parent


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import job_workers

    return job_workers


def jobs_of(*arguments):
    return [Job(f"job {argument}", 3, argument) for argument in arguments]


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers, processes, capfd):
    results = run_jobs(jobs_of(*range(5)), workers.square, workers=processes)
    values, pids, threads, deterministic = map(list, zip(*results, strict=True))
    assert values == [0, 1, 4, 9, 16]
    assert set(threads) == {1}  # rounding cannot depend on the number of workers
    assert all(deterministic)
    assert set(pids) == {os.getpid()} if processes == 1 else os.getpid() not in pids
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 5
    assert lines[-1].startswith("5/5 job ")


def test_no_jobs_and_no_progress(workers, capfd):
    assert run_jobs([], workers.square, workers=3) == []
    run_jobs(jobs_of(1), workers.square, progress=False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_failure_is_named_and_the_others_finish(workers, processes, capfd):
    with pytest.raises(ValueError, match=r"job value: that value is no good \(1 more of 4 jobs failed\.\)"):
        run_jobs(jobs_of("a", "value", "other", "b"), workers.picky, workers=processes)
    assert "4/4" in capfd.readouterr().err


def test_an_unexpected_failure_keeps_its_cause(workers):
    with pytest.raises(RuntimeError, match="job other: KeyError: 'lost'") as caught:
        run_jobs(jobs_of("a", "other"), workers.picky, progress=False)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_worker_that_dies_is_reported(workers, capfd):
    with pytest.raises(RuntimeError, match="worker process died"):
        run_jobs(jobs_of("die", "b", "c"), workers.picky, workers=2)


def test_counts_start_at_one(workers):
    with pytest.raises(ValueError, match="0 workers of 1 threads"):
        run_jobs([], workers.square, workers=0)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("ending", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGKILL])
def test_no_process_outlives_the_first(tmp_path, ending):
    """Ctrl-C, as a terminal sends it to the whole group, and kill -9 of the parent alone."""
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "import job_workers\n"
        "from symbreak.training import Job, run_jobs\n"
        "if __name__ == '__main__':\n"
        f"    run_jobs([Job(n, 600, {str(tmp_path)!r} + '/' + n) for n in 'ab'], job_workers.slow, workers=2)\n"
    )
    (tmp_path / "script.py").write_text(script)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, tmp_path / "script.py"],
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 300
        while not ((tmp_path / "a").exists() and (tmp_path / "b").exists()):
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)  # or leaving the block would wait for the jobs
                pytest.fail("the jobs did not start")
            assert process.poll() is None
            time.sleep(0.05)
        children = [int((tmp_path / f"{name}.pid").read_text()) for name in "ab"]
        began = time.monotonic()
        if ending == signal.SIGINT:
            os.killpg(process.pid, ending)
        else:
            process.send_signal(ending)
        error = process.communicate(timeout=120)[1]
    assert process.returncode == -ending
    assert error.count("Traceback") == (ending == signal.SIGINT)  # the parent's own, not the children's
    while any(map(_alive, children)):
        assert time.monotonic() - began < 60
        time.sleep(0.05)


def test_bars_on_a_terminal():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with Display(["one", "two"], [4, 4], shown=True, console=console) as display:
        display.start(0)
        display.advance(0, 2, "loss 0.5")
        display._progress.refresh()
        display.finish(0)
        display.finish(1, "no good")
    text = screen.getvalue()
    assert "loss 0.5" in text
    assert "2/4" in text
    assert "2/2 two: failed: no good" in text
