"""Chunks on a cluster of machines, by Ray."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from symbreak.diagnosis.engine import AHEAD, Engine, Work


@dataclass(frozen=True)
class RayCluster(Engine):
    """Tasks of a Ray cluster, one for each chunk.

    This process cuts the file. Readers whose chunks are places in the file (trajectories, data bases, NumPy, GraphML,
    edge lists) read it again in the tasks, so it must be at the same path on every machine.

    Args:
        address: of a cluster; None starts one on this machine, and stops it at the end.
        processors: of the cluster that is started; all of this machine if None.
    """

    address: str | None = None
    processors: int | None = None

    def map(self, work: Work, chunks: Iterable[Any]) -> Iterator[Any]:
        ray = _ray()
        own = not ray.is_initialized()
        if own and self.address is None:
            ray.init(num_cpus=self.processors, include_dashboard=False, log_to_driver=False)
        elif own:
            ray.init(address=self.address, log_to_driver=False)
        task = ray.remote(num_cpus=1, max_retries=2)(_run)
        shared = ray.put(work)
        at_once = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        pending: deque[Any] = deque()
        try:
            for chunk in chunks:
                pending.append(task.remote(shared, chunk))
                if len(pending) >= at_once:
                    yield _result(ray, pending.popleft())
            while pending:
                yield _result(ray, pending.popleft())
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)
            if own:
                ray.shutdown()


def _run(work: Work, chunk: Any) -> Any:
    import torch

    torch.set_num_threads(1)
    return work(chunk)


def _result(ray: Any, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error  # what `work` raised


def _ray() -> Any:
    try:
        import ray  # type: ignore[import-not-found]
    except ImportError as error:
        raise ImportError("The engine RayCluster needs ray. Try: python -m pip install ray") from error
    return ray
