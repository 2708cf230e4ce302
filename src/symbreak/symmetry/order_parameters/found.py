"""A stabilizer as the searches give it."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Found:
    """A group by name.

    With its matrices `(k, 3, 3)`, their residuals `(k,)`, the least one outside, and the basis `(d, 3, 3)` of its
    continuous part.
    """

    name: str
    matrices: Tensor
    residuals: Tensor
    gap: float
    continuous: Tensor
