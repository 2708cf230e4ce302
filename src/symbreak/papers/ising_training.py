"""The loss of the Ising experiment, and the drawing of spins."""

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.data.ising import energy, local_field
from symbreak.groups import SampleKeys, uniform
from symbreak.papers import ising_networks as networks
from symbreak.papers.ising_methods import IsingConfig, Method, Settings

FLOOR = 0.05  # of the temperature: an expectation is to be ±1 only where the energy asks for it


class FreeEnergy(pl.LightningModule):
    """Trains a network on the variational free energy of independent spins with expectations `m = tanh(logit)`.

        loss = E(m; J, λ h) - T mean_i(Σ_j |J_ij| S(m_i))

    `T` falls linearly from `hot` to a floor at 80 % of the training and `λ` grows from 0 to 1; with `hot = ramp = 0`
    the loss is the plain energy. The gradient in the logits carries a factor `1 - m²`, which vanishes at a saturated
    spin, right or wrong; the natural gradient is without it. Draws are keyed to the sample, so they do not depend on
    batches or on interruptions.
    """

    validation: Tensor

    def __init__(self, network: nn.Module, method: Method, settings: Settings, config: IsingConfig, validation: Tensor):
        super().__init__()
        self.network, self.method, self.settings, self.config = network, method, settings, config
        self.register_buffer("validation", validation, persistent=False)
        self.action = networks.conditions_action(config.size)

    def progress(self) -> float:
        return self.global_step / max(1, int(self.trainer.estimated_stepping_batches))

    def temperature(self) -> float:
        hot = self.settings.hot
        return max(min(hot, FLOOR), hot * (1 - self.progress() / 0.8))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        conditions, index = batch
        keys = SampleKeys(index, seed=self.config.seed, epoch=self.current_epoch)
        if self.method.augment:
            conditions = self.action.act(self.action.haar(conditions, generator=keys), conditions)
        logit = self.network(conditions, generator=keys)
        grown = min(1.0, self.progress() / self.settings.ramp) if self.settings.ramp else 1.0
        scaled = conditions * conditions.new_tensor([1.0, 1.0, grown])[:, None, None]
        mean, temperature, strength = logit.tanh(), self.temperature(), bond_strength(conditions)
        loss = energy(scaled, mean, self.config.sign)
        if temperature:
            loss = loss - temperature * (strength * entropy(logit)).mean((1, 2, 3))
        loss = loss.mean()
        self.log("train_loss", loss.detach(), on_step=False, on_epoch=True)
        if not self.settings.natural:
            return loss
        slope = temperature * strength * logit - local_field(
            scaled, mean, self.config.sign
        )  # of L² F by the expectations
        return (logit * slope.detach()).mean()

    def on_train_epoch_end(self) -> None:
        config = self.config
        spins = sample(self.network.eval(), self.validation, seed=config.seed, epoch=-2, device=str(self.device))
        self.network.train()
        self.log("validation_energy", energy(self.validation, spins, self.config.sign).mean())
        self.log("temperature", self.temperature())

    def configure_optimizers(self):
        steps = int(self.trainer.estimated_stepping_batches)
        optimizer = torch.optim.Adam(self.parameters(), lr=self.settings.rate)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self._schedule(optimizer, steps), "interval": "step"},
        }

    def _schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
        if steady := self.settings.steady:
            return torch.optim.lr_scheduler.LambdaLR(
                optimizer, lambda k: min(1.0, (k + 1) / 20) * min(1.0, (1 - k / steps) / (1 - steady))
            )
        warm = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / 20, total_iters=20)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        return torch.optim.lr_scheduler.ChainedScheduler([warm, cosine], optimizer)


def entropy(logit: Tensor) -> Tensor:
    """Entropy in nats of a spin with expectation `tanh(logit)`: `log 2 cosh l - l tanh l`."""
    size = logit.abs()
    return size + F.softplus(-2 * size) - logit * logit.tanh()


def bond_strength(conditions: Tensor) -> Tensor:
    """`Σ_j |J_ij|` over the four neighbours of each site: `(B, 3, L, L)` -> `(B, 1, L, L)`."""
    x, y = conditions[:, :1].abs(), conditions[:, 1:2].abs()
    return x + x.roll(1, 2) + y + y.roll(1, 3)


@torch.no_grad()
def sample(
    network: nn.Module | None, conditions: Tensor, *, seed: int, epoch: int, device: str = "cpu", batch: int = 250
) -> Tensor:
    """Spins ±1, `(B, 1, L, L)`, drawn site by site from the network's probabilities; fair coins without a network."""
    spins = []
    for start in range(0, len(conditions), batch):
        part = conditions[start : start + batch].to(device)
        keys = SampleKeys(torch.arange(start, start + len(part), device=device), seed=seed, epoch=epoch)
        mean = network(part, generator=keys).tanh() if network is not None else torch.zeros_like(part[:, :1])
        up = uniform(tuple(mean.shape), generator=keys, dtype=mean.dtype, device=mean.device) < (1 + mean) / 2
        spins.append(torch.where(up, 1.0, -1.0).to(conditions))
    return torch.cat(spins)
