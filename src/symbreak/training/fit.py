"""One fit of a module, which may be killed at any moment and resumed to the same bits."""

import logging
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .device import check_device
from .reproducible import reproducible

if TYPE_CHECKING:
    from lightning.pytorch import LightningModule
    from torch import Tensor


class Batches(Protocol):
    """A data set that gives a whole batch at once: a tensor and a `TensorDataset` are ones."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: "Tensor", /) -> Any:
        """The samples of an int64 tensor `(B,)`, as a batch."""
        ...


@dataclass(frozen=True)
class FitResult:
    """What a fit leaves beside the trained module.

    Args:
        epochs: that were trained, in this process or before it.
        seconds: of training, summed over every process that took part; what a kill destroyed is not counted.
        curve: for each epoch, `epoch` and the metrics that the module logged.
        checkpoint: the file with the last state.
    """

    epochs: int
    seconds: float
    curve: tuple[dict[str, float], ...]
    checkpoint: Path


def fit(
    module: "LightningModule",
    dataset: Batches,
    *,
    folder: Path,
    epochs: int,
    batch_size: int,
    seed: int,
    device: str = "cpu",
    resume: bool = False,
    on_epoch: Callable[[int, dict[str, float]], None] | None = None,
    threads: int = 1,
) -> FitResult:
    """Trains a module in place; killed and resumed, it ends with the same bits as an unbroken fit.

    `training_step(batch, batch_idx)` gets the pair `(dataset[index], index)`, `index` int64 `(B,)` naming the
    samples, so that it can draw from `SampleKeys(index, seed=seed, epoch=self.current_epoch)`. The order of the
    samples and the global generator depend on `(seed, epoch)` alone. The initial weights are the caller's: seed
    them. The same bits are promised on the same machine, device, versions and number of threads.

    Args:
        module: with `configure_optimizers` and `training_step`; what it logs is the learning curve.
        dataset: gives the batch of an index tensor.
        folder: gets `last.ckpt` and `curve.jsonl`.
        epochs: to have trained in the end.
        batch_size: of every batch but the last of an epoch.
        seed: of the order of the samples.
        device: "cpu", "cuda", "cuda:<number>" or "mps".
        resume: go on from `last.ckpt` where there is one; without it such a file is refused.
        on_epoch: is told the epoch, counted from 0, and its metrics after the epoch is safe on disk.
        threads: of torch.
    """
    if epochs < 1 or batch_size < 1:
        raise ValueError(f"epochs is {epochs} and batch_size is {batch_size}, but both count from 1.")
    if len(dataset) == 0:
        raise ValueError("The data set is empty, so there is nothing to train on.")
    accelerator, devices = check_device(device)

    with _silent_lightning(), reproducible(threads):
        import torch
        from lightning.fabric.plugins.environments.lightning import LightningEnvironment
        from lightning.pytorch import Trainer
        from torch.utils.data import DataLoader

        from .batches import EpochOrder
        from .checkpoint import EpochCheckpoint, checkpoint_path, read_checkpoint, write_curve

        folder.mkdir(parents=True, exist_ok=True)
        identity = {"seed": seed, "batch_size": batch_size, "samples": len(dataset)}
        path = checkpoint_path(folder)
        done = 0
        if path.exists():
            if not resume:
                raise ValueError(f"{path} is there already. Resume that fit, or give another folder.")
            checkpoint = read_checkpoint(folder, identity)
            kept = checkpoint["fit"]
            done = len(kept["curve"])
            if done > epochs:
                raise ValueError(f"{path} holds {done} epochs, but {epochs} are asked. Delete it to start again.")
            if done == epochs:
                module.load_state_dict(checkpoint["state_dict"])
                write_curve(folder, kept["curve"])
                return FitResult(done, kept["seconds"], tuple(kept["curve"]), path)

        keeper = EpochCheckpoint(folder, identity, on_epoch)
        order = EpochOrder(len(dataset), batch_size, seed=seed)
        order.set_epoch(done)  # the trainer library opens the loader before it names the epoch
        loader = DataLoader(
            _Indexed(dataset),  # pyright: ignore[reportArgumentType]
            sampler=order,
            batch_size=None,
            generator=torch.Generator(),  # each pass draws a seed; not from the global one that dropout uses
        )
        trainer = Trainer(
            accelerator=accelerator,
            devices=devices,
            max_epochs=epochs,
            callbacks=[keeper],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            default_root_dir=folder,
            plugins=[LightningEnvironment()],  # one process, also inside a cluster's job
        )
        module.train()
        _fit_or_interrupt(trainer, module, loader, path if done else None)
        return FitResult(len(keeper.curve), keeper.seconds, tuple(keeper.curve), path)


class _Indexed:
    """The pairs (batch, index) of a data set."""

    def __init__(self, dataset: Batches):
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: "Tensor") -> tuple[Any, "Tensor"]:
        return self.dataset[index], index


def _fit_or_interrupt(trainer: Any, module: Any, loader: Any, checkpoint: Path | None) -> None:
    """Trains; Ctrl-C raises KeyboardInterrupt, which the trainer library turns into a silent exit."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, loader, ckpt_path=checkpoint)
    except SystemExit as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def _silent_lightning() -> Iterator[None]:
    """The trainer library without its advertisements, and without warnings that are not about the module."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r".*does not have many workers")
            warnings.filterwarnings("ignore", r".*isinstance\(treespec, LeafSpec\).* is deprecated", FutureWarning)
            warnings.filterwarnings("ignore", r".*torch\.jit\.script.* is deprecated", DeprecationWarning)
            warnings.filterwarnings("ignore", r".*used as a checkpoint for|.*GPU available but not used")
            yield
    finally:
        logger.setLevel(level)
