"""Training of a plume network on its own predictions, and what it predicts."""

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.nn import functional as F

from symbreak.data.smoke import turned_frames
from symbreak.papers.smoke_plume_networks import PlumeNetwork

_FASTER = 10  # the rate of the relaxed weights, which are of order 1, over that of the filters
_WARM = 20  # steps over which the rate rises


class Rollout(pl.LightningModule):
    """Trains a network on windows of frames: it predicts frame after frame, each from its own last ones.

    The loss is the mean squared error of all predicted fields, in units of the data. The rate falls along a cosine.

    Args:
        network: to train.
        units: of smoke, u_x and u_y, `(3,)`.
        rate: of Adam.
    """

    units: Tensor

    def __init__(self, network: PlumeNetwork, units: Tensor, rate: float):
        super().__init__()
        self.network, self.rate = network, rate
        self.register_buffer("units", units[:, None, None], persistent=False)

    def forward(self, given: Tensor, ahead: int) -> Tensor:
        """The next frames: `(B, given, 3, N, N)` -> `(B, ahead, 3, N, N)`, both in the units of the simulation."""
        frames, found = given / self.units, []
        for _ in range(ahead):
            found.append(frames[:, -1] + self.network(frames))
            frames = torch.cat([frames[:, 1:], found[-1][:, None]], 1)
        return torch.stack(found, 1) * self.units

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        windows = batch[0].flatten(0, 1)
        given = self.network.given
        found = self(windows[:, :given], windows.shape[1] - given)
        loss = F.mse_loss(found / self.units, windows[:, given:] / self.units)
        self.log("loss", loss.detach(), on_step=False, on_epoch=True)
        return loss

    def configure_optimizers(self):
        steps = int(self.trainer.estimated_stepping_batches)
        weights = [w for w in self.network.mixing() if w.requires_grad]
        turned = {id(w) for w in weights}
        others = [p for p in self.parameters() if p.requires_grad and id(p) not in turned]
        groups = [{"params": others}] + [{"params": weights, "lr": _FASTER * self.rate}] * bool(weights)
        optimizer = torch.optim.Adam(groups, lr=self.rate)
        warm = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / _WARM, total_iters=min(_WARM, steps))
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        schedule = torch.optim.lr_scheduler.ChainedScheduler([warm, cosine], optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


@torch.no_grad()
def errors(rollout: Rollout, frames: Tensor) -> Tensor:
    """Root mean square errors of the velocities, for each frame ahead: `(B, given + ahead, 3, N, N)` -> `(ahead,)`."""
    given = rollout.network.given
    found = rollout(frames[:, :given], frames.shape[1] - given)
    off = found[:, :, 1:].double() - frames[:, given:, 1:].double()
    return off.square().mean((0, 2, 3, 4)).sqrt()


@torch.no_grad()
def network_degree(rollout: Rollout, frames: Tensor) -> float:
    """How far a network is from equivariance, on frames `(B, given, 3, N, N)`:

        E |f(g x) - g f(x)|² / E |f(x)|²

    with f the change to the next frame in units of the data, over the quarter turns other than 1.
    """
    x = frames / rollout.units
    here = rollout.network(x)
    off = [turned_frames(rollout.network(turned_frames(x, k)), -k) - here for k in (1, 2, 3)]
    return float(torch.stack(off).square().mean() / here.square().mean())
