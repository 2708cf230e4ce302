"""What is kept of a fit at the end of every epoch, and how it is read back."""

import json
import math
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from .atomic import atomic
from .batches import derived_seed

Row = dict[str, float]


class EpochCheckpoint(Checkpoint):
    """Writes `last.ckpt` at the end of every epoch, whole or not at all, and appends to `curve.jsonl`.

    The checkpoint is the only truth: it holds the learning curve and the seconds as well, and a resumed run
    writes the curve anew from it. The trainer library's own callback writes through a temporary file on what may
    be another disk, which a kill can tear.

    Args:
        folder: where the files go.
        identity: what a resumed fit must share with this one.
        on_epoch: is told the epoch, counted from 0, and the logged metrics, once they are safe on disk.
    """

    def __init__(self, folder: Path, identity: dict[str, int], on_epoch: Callable[[int, Row], None] | None):
        super().__init__()
        self.folder = folder
        self.identity = identity
        self.on_epoch = on_epoch
        self.curve: list[Row] = []
        self.seconds = 0.0
        self._began = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Refuses the one kind of schedule whose state the checkpoint cannot hold; writes the curve so far."""
        if any(config.reduce_on_plateau for config in trainer.lr_scheduler_configs):
            raise ValueError(
                "The module uses ReduceLROnPlateau, which the trainer library steps after the checkpoint of the epoch "
                "is written, so a resumed run would differ. Use a schedule of the step or the epoch."
            )
        write_curve(self.folder, self.curve)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Seeds the global generator, for modules such as dropout that know no other."""
        torch.manual_seed(derived_seed(self.identity["seed"], trainer.current_epoch, "global generator"))
        self._began = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keeps the epoch: the checkpoint first, then the curve."""
        self.seconds += time.perf_counter() - self._began
        row = {"epoch": trainer.current_epoch}
        row |= {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.curve.append(row)
        with atomic(checkpoint_path(self.folder)) as temporary:
            trainer.save_checkpoint(temporary, weights_only=False)
        with open(self.folder / "curve.jsonl", "a", encoding="utf-8") as file:
            file.write(_line(row))
        if self.on_epoch is not None:
            self.on_epoch(trainer.current_epoch, {name: row[name] for name in row if name != "epoch"})

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Leaves out the hyperparameters, which need not be plain data."""
        for name in ("hyper_parameters", "hparams_name"):
            checkpoint.pop(name, None)

    def state_dict(self) -> dict[str, Any]:
        """What the checkpoint holds of this."""
        return {"identity": self.identity, "curve": self.curve, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up what the checkpoint holds of this."""
        self.curve = list(state_dict["curve"])
        self.seconds = state_dict["seconds"]


def checkpoint_path(folder: Path) -> Path:
    """Where the last checkpoint of a fit is."""
    return folder / "last.ckpt"


def read_checkpoint(folder: Path, identity: dict[str, int]) -> dict[str, Any]:
    """Reads the last checkpoint of a fit, with `weights_only=True`: it cannot run code.

    Returns:
        what torch reads, with what `EpochCheckpoint` kept under `"fit"`.
    """
    path = checkpoint_path(folder)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:  # torch does not look at the check sums
                raise zipfile.BadZipFile
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        checkpoint["fit"] = checkpoint["callbacks"][EpochCheckpoint.__qualname__]
        stored = checkpoint["fit"]["identity"]
    except OSError as error:
        raise ValueError(f"The checkpoint {path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # a torn or foreign file makes torch.load raise nearly anything
        raise ValueError(
            f"The checkpoint {path} is corrupt ({type(error).__name__}). Delete it to restart that row from its "
            "first epoch, and run again with --resume."
        ) from error
    for name, value in identity.items():
        if stored.get(name) != value:
            raise ValueError(
                f"The checkpoint {path} was made with {name} {stored.get(name)}, now it is {value}. "
                "Use the same, or delete the checkpoint to restart that row."
            )
    return checkpoint


def write_curve(folder: Path, curve: list[Row]) -> None:
    """Writes the learning curve, a JSON object for each epoch; a number that is not finite is null."""
    with atomic(folder / "curve.jsonl") as temporary:
        temporary.write_text("".join(map(_line, curve)), encoding="utf-8")


def _line(row: Row) -> str:
    return json.dumps({name: value if math.isfinite(value) else None for name, value in row.items()}) + "\n"
