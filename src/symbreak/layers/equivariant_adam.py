"""Adam for weights that carry irreps."""

import warnings
from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

_PROBE_STEPS = 12  # RAdam begins as SGD
_COMMUTES = 1e-9


class EquivariantAdam(Optimizer):
    """Adam, in which each of some parameters has one second moment, shared by all its entries.

        m <- β₁ m + (1 - β₁) ∇θ,    v <- β₂ v + (1 - β₂) mean(∇θ²),    θ <- θ - lr m̂ / (√v̂ + ε)

    with a number v. A turn of the gradients of θ turns its path, as under SGD: so θ stays in the subspace that the
    symmetry of the data allows. Adam itself divides each entry by a scale of its own, which no rotation respects: it
    carries θ out of the subspace, and the network then reports a breaking that is not in the data. One scale for each
    irrep does so too: where the gradient of an irrep is 0 but for rounding, it makes steps of that. One for all θ of a
    network would keep the symmetry as well, but then the gradients of each layer would set the rate of all others; so
    each θ has its own. A parameter of a single entry is updated as by Adam.

    All other parameters are updated by `torch.optim.Adam`, or `AdamW`, itself. The parameter groups are those of Adam,
    with one entry more, `"shared"`: for each parameter whether its second moment is.

    In floating point the rounding of the gradients, about 1e-16 of θ, enters across the subspace, and what becomes of
    it depends on the rate. Below the limit of stability of the directions across, `lr λ / √v̂ < 2 (1 + β₁) / (1 - β₁)`
    with λ the curvature there, it stays what it is; above, it grows by a factor in each step until the second moment
    has caught up, and the symmetry is lost, as under any optimizer. As √v̂ falls with the gradient, that may happen
    late. Of eight networks that map a cube to itself, 1000 steps at 0.01 left at most 5e-16 across in each; with a rate
    of θ that rises to 0.1 one ended with 3e-4, or 2e-5 with `amsgrad`. The remedy is a lower rate of θ; what tells is
    the part across, which `selection_rule` gives.

    What is not guaranteed: mini-batches, dropout or noise have no symmetry, and then neither has the gradient; the data
    of each step must be closed under the group. And a θ whose whole gradient is rounding has no scale to go by: it
    moves by `lr |∇θ| / ε` in each step, far above the limit of stability, until its gradient is more than rounding.
    That is not so where 0e is among its irreps, but it is for the θ of `RelaxedLinear`, whose scalars are the strict
    weights, on data that allow it nothing: after 1000 steps at 0.003 on a cube it had 2e-4 where it should have 0. Take
    SGD for the θ of such layers.

    Args:
        params: as for Adam; may hold the shared ones or not.
        lr, betas, eps, weight_decay, amsgrad: as for Adam, in groups too.
        shared: the parameters, each one `θ` or several that are turned together, such as `(paths, dim)`.
        decoupled_weight_decay: AdamW in place of Adam; the default of `weight_decay` stays 0.
        foreach, maximize: as for Adam.
    Raises:
        ValueError: as Adam does, or if the same parameter is shared twice.
        RuntimeError: in `step`, for sparse gradients.

    Example:
        >>> theta = torch.nn.Parameter(torch.tensor([1.0, 0.0, 0.0]))
        >>> other = torch.nn.Parameter(torch.tensor([1.0]))
        >>> optimizer = EquivariantAdam([other, theta], lr=0.1, shared=[theta])
        >>> theta.grad, other.grad = torch.tensor([0.0, 3.0, 4.0]), torch.tensor([5.0])
        >>> optimizer.step()
        >>> theta.data  # along the gradient, with steps of 0.1 in the rooted mean square
        tensor([ 1.0000, -0.1039, -0.1386])

    Reference:
        Kingma, Ba (2015), Adam: a method for stochastic optimization; Loshchilov, Hutter (2019), Decoupled weight decay
        regularization; Cohen et al. (2022), Adaptive gradient methods at the edge of stability, for the limit.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        shared: Iterable[Tensor] = (),
        decoupled_weight_decay: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
    ):
        options = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)
        defaults = dict(options, foreach=foreach, maximize=maximize)
        self._stock = _stock(defaults, decoupled_weight_decay)
        turned, groups = list(shared), params if isinstance(params, Tensor) else list(params)
        ids = {id(p) for p in turned}
        if len(ids) < len(turned):
            raise ValueError("A parameter is listed twice in shared: name each once.")
        complete = {**self._stock.defaults, "decoupled_weight_decay": decoupled_weight_decay, "shared": False}
        super().__init__(groups if len(groups) else turned, complete)
        for group in self.param_groups:
            flags = zip(group["params"], group["shared"], strict=True)
            group["shared"] = tuple(mine or id(p) in ids for p, mine in flags)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if missing := [p for p in turned if id(p) not in known]:
            self.add_param_group({"params": missing, "shared": True})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        flags = group["shared"]
        group["shared"] = (flags,) * len(group["params"]) if isinstance(flags, bool) else tuple(flags)
        if len(group["shared"]) != len(group["params"]):
            raise ValueError(
                f"A group has {len(group['params'])} parameters and {len(group['shared'])} entries of shared: give one "
                "bool, or one for each parameter."
            )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._stock.state = self.state
        self._stock.param_groups = [
            {**group, "params": [p for p, mine in zip(group["params"], group["shared"], strict=True) if not mine]}
            for group in self.param_groups
        ]
        self._stock.step()
        for group in self.param_groups:
            for p, mine in zip(group["params"], group["shared"], strict=True):
                if mine and p.grad is not None:
                    self._turned_step(p, group)
        return loss

    def _turned_step(self, p: Tensor, group: dict[str, Any]) -> None:
        g = p.grad
        assert g is not None
        if g.is_sparse:
            raise RuntimeError(
                "EquivariantAdam was given a sparse gradient, but the mean over all entries needs the dense one: make "
                "the layer with sparse=False."
            )
        state, lr, (beta1, beta2) = self.state[p], float(group["lr"]), group["betas"]
        if not state:
            state["step"] = torch.tensor(0.0, dtype=torch.float32)
            state["exp_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
            state["exp_avg_sq"] = p.new_zeros(())
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = p.new_zeros(())
        state["step"] += 1
        t = float(state["step"])
        g = -g if group["maximize"] else g
        if group["weight_decay"] and group["decoupled_weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        elif group["weight_decay"]:
            g = g.add(p, alpha=group["weight_decay"])
        state["exp_avg"].lerp_(g, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).add_(g.square().mean(), alpha=1 - beta2)
        if group["amsgrad"]:
            square = torch.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
        scale = (square.sqrt() / (1 - beta2**t) ** 0.5).add_(group["eps"])
        p.add_(state["exp_avg"] / scale, alpha=-lr / (1 - beta1**t))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Also takes the state of an `Adam` or `AdamW` with the same groups: of the second moments of the entries of a
        shared parameter the mean is kept.
        """
        shared = [group["shared"] for group in self.param_groups]
        decoupled = [group["decoupled_weight_decay"] for group in self.param_groups]
        super().load_state_dict(state_dict)
        for group, flags, kind in zip(self.param_groups, shared, decoupled, strict=True):
            group["shared"], group["decoupled_weight_decay"] = flags, kind
            for p, mine in zip(group["params"], flags, strict=True):
                for name in ("exp_avg_sq", "max_exp_avg_sq"):
                    if mine and name in self.state.get(p, {}):
                        self.state[p][name] = self.state[p][name].mean()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._stock = _stock(
            {k: v for k, v in self.defaults.items() if k not in ("shared", "decoupled_weight_decay")},
            self.defaults["decoupled_weight_decay"],
        )


def _stock(options: dict[str, Any], decoupled: bool) -> Adam:
    """The optimizer of the ordinary parameters; which they are it is told at each step."""
    return (AdamW if decoupled else Adam)([torch.zeros(1)], **options)


def warn_if_per_coordinate(optimizer: Optimizer, weights: Iterable[Tensor]) -> bool:
    """Warns if an optimizer updates weights that carry irreps entry by entry, so that no turn commutes with its steps.

    Each kind of optimizer is tried, with the options of its group, on a loss of three variables and on the same loss
    turned. Under SGD with momentum the path is turned too; under Adam, RMSprop or LBFGS, whose first step divides by
    the sum of the magnitudes of the entries, it is not.

    Args:
        optimizer: any.
        weights: those that carry irreps.
    Returns:
        Whether it warned.

    Example:
        >>> theta = torch.nn.Parameter(torch.zeros(8))
        >>> warn_if_per_coordinate(torch.optim.SGD([theta], lr=0.1, momentum=0.9), [theta])
        False
        >>> warn_if_per_coordinate(EquivariantAdam([theta], shared=[theta]), [theta])
        False
    """
    ids, wrong = {id(p) for p in weights}, 0
    for group in optimizer.param_groups:
        held = [id(p) in ids for p in group["params"]]
        if isinstance(optimizer, EquivariantAdam):
            wrong += sum(mine and not flag for mine, flag in zip(held, group["shared"], strict=True))
        elif any(held) and not _commutes(optimizer, group):
            wrong += sum(held)
    if wrong:
        warnings.warn(
            f"{wrong} weights that carry irreps are in {type(optimizer).__name__}, which scales each entry on its own: "
            "its steps do not commute with rotations, so it can break symmetries that the data have. Use "
            "EquivariantAdam(params, shared=weights), or SGD.",
            stacklevel=2,
        )
    return bool(wrong)


def _commutes(optimizer: Optimizer, group: dict[str, Any]) -> bool:
    """Whether a few steps on a turned loss are the steps on the loss, turned; False if it cannot be tried."""
    known = signature(type(optimizer)).parameters
    options = {k: v for k, v in group.items() if k in known and k != "params"}
    options["lr"] = 0.1
    turn = torch.linalg.qr(torch.tensor([[3.0, 1.0, 2.0], [1.0, 5.0, 1.0], [2.0, 7.0, 1.0]], dtype=torch.float64))[0]
    ends = []
    for R in (torch.eye(3, dtype=torch.float64), turn):
        try:
            ends.append(R.T @ _run(type(optimizer), options, R))
        except (TypeError, ValueError, RuntimeError):
            return False
    return float((ends[0] - ends[1]).abs().max()) < _COMMUTES


def _run(kind: Callable[..., Optimizer], options: dict[str, Any], R: Tensor) -> Tensor:
    """Where an optimizer takes three variables on a loss that is turned by `R`."""
    start, a, b = (R @ R.new_tensor(x) for x in ([1.0, 0.2, -0.5], [1.0, 2.0, 0.3], [0.1, -1.0, 2.0]))
    p = torch.nn.Parameter(start)
    optimizer = kind([p], **options)

    def closure() -> float:
        optimizer.zero_grad()
        loss = (a @ p - 1) ** 2 + 0.1 * (b @ p) ** 4 + p @ p
        loss.backward()
        return float(loss.detach())

    for _ in range(_PROBE_STEPS):
        with torch.enable_grad():
            optimizer.step(closure)
    return p.detach()
