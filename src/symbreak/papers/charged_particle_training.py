"""How the networks of the charged particle are trained: steps that keep the symmetry of the data, and a sharp end."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symbreak.data.charged_particle import Samples
from symbreak.layers import EquivariantAdam, relaxed_weights
from symbreak.symmetry.order_parameters import irrep_blocks

_BETAS = (0.9, 0.99)
_HOLD, _DECADES = 0.6, 4  # the rate is kept for a part of the steps, and then falls exponentially
_NOTED = 40  # points of a curve
_ROUNDS, _ITERATIONS = 4, 100  # of L-BFGS
_EXACT = 1e-28  # of the loss: what is left is rounding


def fit_particles(
    model: nn.Module,
    data: Samples,
    *,
    steps: int,
    rate: float,
    optimizer: str = "equivariant",
    report: Callable[[int, str], None] = lambda step, text: None,
) -> list[dict[str, Any]]:
    """Trains a network on all rows at once, by the mean squared error, and returns the curve of loss and norms of θ.

    In `adam` every entry of θ has a second moment of its own; in `equivariant` θ has one.
    """
    weights = relaxed_weights(model)
    free = [p for p in model.parameters() if p.requires_grad]
    turned = [weight.theta for weight in weights.values()]
    stock = torch.optim.Adam(free, rate, _BETAS)
    adam = EquivariantAdam(free, rate, _BETAS, shared=turned) if optimizer == "equivariant" else stock

    def falls(step: int) -> float:
        return min(1.0, 10 ** (-_DECADES * (step / steps - _HOLD) / (1 - _HOLD)))

    schedule = torch.optim.lr_scheduler.LambdaLR(adam, falls)
    curve = []
    for step in range(steps):
        adam.zero_grad()
        loss = _loss(model, data)
        loss.backward()
        if step % max(steps // _NOTED, 1) == 0:
            curve.append(_point(step, float(loss.detach()), model))
            report(step, f"{float(loss.detach()):.1e}")
        adam.step()
        schedule.step()
    return [*curve, _point(steps, float(_loss(model, data).detach()), model)]


def polish(model: nn.Module, data: Samples) -> None:
    """Goes to the bottom of the mean squared error by L-BFGS, a few rounds of 100 iterations at most.

    A field that is not there is a product of two weights that both go to 0. The loss is of fourth order about such a
    point, and first-order steps close in on it as a power of their number only.

    A step is a combination of gradients whose factors are scalars, and so lies where the gradients lie; but where the
    loss is flat, rounding across that grows: to 1e-6 with two products. In each round the loss is counted in units of
    what it begins with, since L-BFGS of torch forgets curvatures below 1e-10.
    """
    free = [p for p in model.parameters() if p.requires_grad]
    for _ in range(_ROUNDS):
        unit = float(_loss(model, data).detach())
        if unit < _EXACT:
            return
        options: dict[str, Any] = {"tolerance_grad": 0.0, "tolerance_change": 0.0, "line_search_fn": "strong_wolfe"}
        optimizer = torch.optim.LBFGS(free, max_iter=_ITERATIONS, history_size=20, **options)

        def closure(optimizer: torch.optim.Optimizer = optimizer, unit: float = unit) -> Tensor:
            optimizer.zero_grad()
            loss = _loss(model, data) / unit
            loss.backward()
            return loss

        optimizer.step(closure)  # type: ignore[arg-type]


def _loss(model: nn.Module, data: Samples) -> Tensor:
    return (model(data.charges, data.velocities) - data.accelerations).square().sum(-1).mean()


def _point(step: int, loss: float, model: nn.Module) -> dict[str, Any]:
    norms = [
        {block.name: block.norm for block in irrep_blocks(weight.theta, str(weight.irreps))}
        for weight in relaxed_weights(model).values()
    ]
    return {"step": step, "loss": loss, "norms": norms}
