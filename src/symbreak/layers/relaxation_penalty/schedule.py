"""How much relaxation, or what weight of a penalty, at which time of training; and a weight that is learned."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from torch import Tensor


class Schedule(ABC):
    """A number for each time of training."""

    @abstractmethod
    def value(self, progress: float) -> float:
        """The number at a time."""

    def __call__(self, progress: float) -> float:
        """The number after a part of the training.

        Args:
            progress: from 0 to 1.
        Raises:
            ValueError: outside of that.
        """
        if not 0 <= progress <= 1:
            raise ValueError(f"progress is {progress}, but it goes from 0 to 1: divide the epoch by their number.")
        return self.value(progress)


@dataclass(frozen=True)
class ConstraintRelaxation(Schedule):
    """From 0 up to `highest` and back to 0, linearly: the model starts and ends exactly equivariant.

    Meant for the fraction that `SoftProjection` keeps, or for the coefficient of a path that is not equivariant.

    Args:
        highest: the most.
        peak: when.
    Raises:
        ValueError: if the peak is not inside of the training.

    Example:
        >>> relaxation = ConstraintRelaxation()
        >>> [relaxation(t) for t in (0, 0.25, 0.5, 0.75, 1)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Reference:
        Pertigkiozoglou et al. (2024), Improving equivariant model training via constraint relaxation.
    """

    highest: float = 1.0
    peak: float = 0.5

    def __post_init__(self):
        if not 0 < self.peak < 1:
            raise ValueError(f"peak is {self.peak}, but it lies between the start, 0, and the end, 1.")

    def value(self, progress: float) -> float:
        return self.highest * min(progress / self.peak, (1 - progress) / (1 - self.peak))


@dataclass(frozen=True)
class Annealing(Schedule):
    """From one weight to another by equal factors: `start^(1-t) · end^t`.

    Args:
        start, end: positive.
    Raises:
        ValueError: if one is not.

    Example:
        >>> [Annealing(0.01, 100.0)(t) for t in (0, 0.5, 1)]
        [0.01, 1.0, 100.0]
    """

    start: float
    end: float

    def __post_init__(self):
        if not (0 < self.start < math.inf and 0 < self.end < math.inf):
            raise ValueError(
                f"The weights go from {self.start} to {self.end}, but equal factors need positive ones: start at 1e-6."
            )

    def value(self, progress: float) -> float:
        return self.start ** (1 - progress) * self.end**progress


class DualAscent:
    """The weight of a penalty, learned: it rises while the penalty is above what is allowed, and falls below.

        λ <- max(0, λ + rate · (penalty - allowed))

    The saddle point of `loss + λ (penalty - allowed)` is the least loss among models whose penalty is no more than
    allowed. Where λ ends at 0 the bound does not bind: the data need no more. λ is the rate at which the loss would
    fall if more were allowed. To bound the breaking itself, and not the length of weights, let the penalty be
    measured, as the mean of `|f(g x) - g f(x)|²` over a batch. λ is the only state: save `state_dict()` with the
    optimizer's.

    Args:
        allowed: of the penalty.
        rate: of λ.
        weight: the λ to start with.
    Raises:
        ValueError: if a number is negative or not finite, or the rate is 0.

    Example:
        >>> dual = DualAscent(allowed=0.1, rate=1.0)
        >>> dual.step(0.6), dual.step(0.35), dual.step(0.0)
        (0.5, 0.75, 0.65)

    Reference:
        Manolache, Chamon, Niepert (2025), Learning (approximately) equivariant networks via constrained optimization.
    """

    def __init__(self, allowed: float, rate: float, weight: float = 0.0):
        for name, value in (("allowed", allowed), ("rate", rate), ("weight", weight)):
            if not 0 <= value < math.inf or (name == "rate" and value == 0):
                raise ValueError(
                    f"{name} is {value}, but it is finite and {'positive' * (name == 'rate') or 'not negative'}."
                )
        self.allowed, self.rate, self.weight = float(allowed), float(rate), float(weight)

    def step(self, penalty: float | Tensor) -> float:
        """Moves λ by the penalty of a step, and returns it for the next."""
        value = float(penalty.detach()) if isinstance(penalty, Tensor) else float(penalty)
        if not math.isfinite(value):
            raise ValueError(f"The penalty is {value}, so its weight cannot follow: the training diverged.")
        self.weight = max(0.0, self.weight + self.rate * (value - self.allowed))
        return self.weight

    def state_dict(self) -> dict[str, Any]:
        """λ."""
        return {"weight": self.weight}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes up a λ."""
        self.weight = float(state["weight"])
