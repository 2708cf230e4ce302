"""Penalties on weights that carry irreps, graded by irrep."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symbreak.layers.relaxation_penalty.penalty import RelaxationPenalty, irrep_blocks, nothing_to_penalize


@dataclass(frozen=True)
class IrrepLasso(RelaxationPenalty):
    """The group lasso, one group for each irrep but 0e, in each layer:

        Σ_{(l, p) ≠ 0e} (2l + 1)^(a/2) |θ_lp|.

    It presses whole irreps to 0, up to the size of a step, and so finds which are needed. Its gradient at 0 is taken
    as 0. Training that starts at θ = 0e stays there as long as the loss pulls less than the penalty: start with a
    weight of 0. Other weights of a layer can undo the length of θ, so it is no bound on how equivariant a model is.

    Args:
        exponent: a. With 0 all irreps cost alike, with 1 in proportion to the root of their dimension.
    Raises:
        ValueError: if the model has no irrep but 0e.

    Example:
        >>> from symbreak.layers import RelaxedWeight
        >>> weight = RelaxedWeight("0e + 1o")
        >>> with torch.no_grad(): weight.theta[1:] = torch.tensor([3.0, 4.0, 0.0])
        >>> IrrepLasso()(weight).item()
        5.0

    Reference:
        Yuan, Lin (2006), Model selection and estimation in regression with grouped variables; Hofgard, Wang, Walters,
        Smidt (2024), Relaxed equivariant graph neural networks.
    """

    exponent: float = 0.0

    def __call__(self, model: nn.Module) -> Tensor:
        norms = [
            (2 * l + 1) ** (self.exponent / 2) * torch.linalg.vector_norm(block)
            for l, p, block in irrep_blocks(model)
            if (l, p) != (0, 1)
        ]
        if not norms:
            raise nothing_to_penalize(self, "irrep but 0e")
        return torch.stack(norms).sum()


@dataclass(frozen=True)
class CasimirPenalty(RelaxationPenalty):
    """The penalty of the Lie derivative, in closed form:

        Σ_L L (L + 1) |θ_L|² = Σ_a |[J_a, W]|²    for a linear map W = Σ_LM θ_LM T_LM.

    Fine breaking costs more than coarse breaking. Generators cannot see the inversion, so 0o costs nothing but for
    `inversion`, which adds `inversion · |θ|²` over the irreps that are odd.

    Args:
        inversion: not negative.
    Raises:
        ValueError: if the model has no weight that carries irreps, or the inversion costs less than nothing.

    Example:
        >>> from symbreak.layers import RelaxedWeight
        >>> weight = RelaxedWeight("0e + 1o + 2e")
        >>> with torch.no_grad(): weight.theta[[1, 4]] = torch.tensor([1.0, 10.0])
        >>> CasimirPenalty()(weight).item(), CasimirPenalty(inversion=0.5)(weight).item()  # 2 · 1 + 6 · 100
        (602.0, 602.5)

    Reference:
        Pertigkiozoglou et al. (2024), Improving equivariant model training via constraint relaxation; Gruver et al.
        (2023), The Lie derivative for measuring learned equivariance.
    """

    inversion: float = 0.0

    def __post_init__(self):
        if not self.inversion >= 0:
            raise ValueError(f"inversion is {self.inversion}, but a cost is not negative.")

    def __call__(self, model: nn.Module) -> Tensor:
        terms = [
            (l * (l + 1) + self.inversion * (p == -1)) * block.square().sum() for l, p, block in irrep_blocks(model)
        ]
        if not terms:
            raise nothing_to_penalize(self, "weight that carries irreps")
        return torch.stack(terms).sum()
