"""How the networks of the charged particle are trained: steps that keep the symmetry of the data, and a sharp end."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacfwd
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from symbreak.data.charged_particle import Samples
from symbreak.layers import EquivariantAdam, relaxed_weights
from symbreak.symmetry.order_parameters import irrep_blocks

_BETAS = (0.9, 0.99)
_HOLD, _DECADES = 0.6, 4  # the rate is kept for a part of the steps, and then falls exponentially
_NOTED = 40  # points of a curve
_ROUNDS, _ITERATIONS = 4, 100  # of L-BFGS
_TRIALS, _DAMPING, _LEAST, _STUCK = 400, 1e-6, 1e-12, 1e6  # Levenberg and Marquardt: steps; λ at first, least, at last
_EXACT = 1e-29  # of the squares of the data: what is left is rounding


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
    """Goes to the bottom of the mean squared error, by Levenberg and Marquardt if rows outnumber weights, or by L-BFGS.

    A field that is not there is a product of two weights that both go to 0. The loss is of fourth order about such a
    point, and first-order steps close in on it as a power of their number only; those of Levenberg and Marquardt halve
    the way. Each weight is damped in units of its own, θ as a whole in one, as in `EquivariantAdam`, so that a step
    turns with θ: it stays in the subspace that the symmetry of the data fixes.
    """
    free = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if sum(p.numel() for p in free.values()) > data.accelerations.numel():
        return _quasi_newton(model, data)
    start = parameters_to_vector(free.values()).detach()
    sizes = [p.numel() for p in free.values()]
    turned = {id(weight.theta) for weight in relaxed_weights(model).values()}
    entries = zip(free.values(), torch.arange(len(start)).split(sizes), strict=True)
    owner = torch.cat([own[:1].expand_as(own) if id(p) in turned else own for p, own in entries])

    def residuals(z: Tensor) -> Tensor:
        parts = zip(free.items(), z.split(sizes), strict=True)
        weights = {name: part.reshape(p.shape) for (name, p), part in parts}
        ours: Tensor = functional_call(model, weights, (data.charges, data.velocities))
        return (ours - data.accelerations).flatten()

    enough = _EXACT * float(data.accelerations.square().sum())
    vector_to_parameters(_least_squares(residuals, start, owner, enough), free.values())


def _least_squares(residuals: Callable[[Tensor], Tensor], z: Tensor, owner: Tensor, enough: float) -> Tensor:
    """The least `|r(z)|²` downhill of `z`, by steps `δ = -(JᵀJ + λ D)⁻¹ Jᵀ r`; λ follows how well they are foretold.

    D has the largest `|∂r/∂z_k|²` so far, summed over the entries of one owner. Not SciPy's: the last bits of its
    MINPACK depend on where in memory its arrays lie, and a run has to repeat.
    """
    jacobian, damping, units = jacfwd(residuals), _DAMPING, torch.zeros_like(z)
    r, J = residuals(z), jacobian(z)
    for _ in range(_TRIALS):
        squares = torch.zeros_like(z).index_add(0, owner, J.square().sum(0))[owner]
        units = torch.maximum(units, squares)
        rows = torch.cat([J, (damping * units).sqrt().diag()])
        step: Tensor = torch.linalg.lstsq(rows, -torch.cat([r, torch.zeros_like(z)])[:, None]).solution[:, 0]
        there, foretold = residuals(z + step), r + J @ step
        gain = float((r @ r - there @ there) / (r @ r - foretold @ foretold))
        if gain > 0:
            z, r, J = z + step, there, jacobian(z + step)
        if damping > _STUCK or float(r @ r) <= enough:
            break
        damping = max(damping * (0.1 if gain > 0.75 else 4.0 if gain < 0.25 else 1.0), _LEAST)
    return z


def _quasi_newton(model: nn.Module, data: Samples) -> None:
    """A few rounds of L-BFGS, each with the loss in units of what it begins with: curvatures below 1e-10 are lost."""
    free = [p for p in model.parameters() if p.requires_grad]
    for _ in range(_ROUNDS):
        unit = float(_loss(model, data).detach())
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
