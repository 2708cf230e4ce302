"""Soft equivariance: keep a fraction of what breaks the symmetry."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symbreak.layers.relaxation_penalty.penalty import (
    RelaxationPenalty,
    breaking_parts,
    group_layers,
    irrep_weights,
    nothing_to_penalize,
)


@dataclass(frozen=True)
class SoftProjection(RelaxationPenalty):
    """Half the squared distance to the weights of which only a fraction of the breaking part is kept:

        (1 - s)² / 2 · |w_breaking|².

    `project_` goes there at once. With `s = 0` it is the projection on the equivariant weights: called after the last
    step, it makes the model exactly equivariant; after each step, with `s` from a schedule that ends at 0, it anneals.
    Called at each step it compounds: of the breaking of `n` steps ago a fraction `s^n` is left.

    Args:
        keep: s, from 0, strict, to 1, free.
    Raises:
        ValueError: if the fraction is not in [0, 1], or the model has no relaxed weight.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.layers import RelaxedRegular
        >>> layer = RelaxedRegular(Cyclic(2), 1, 1)
        >>> with torch.no_grad(): layer.mixing[0] = torch.tensor([2.0, 0.0])
        >>> SoftProjection(0.5).project_(layer)
        >>> layer.mixing.tolist()
        [[1.5, 0.5]]

    Reference:
        Rahman et al. (2026), soft equivariance by projection; Pertigkiozoglou et al. (2024), Improving equivariant
        model training via constraint relaxation.
    """

    keep: float = 0.0

    def __post_init__(self):
        if not 0 <= self.keep <= 1:
            raise ValueError(f"keep is {self.keep}, but it is a fraction: from 0, strict, to 1, free.")

    def __call__(self, model: nn.Module) -> Tensor:
        parts = breaking_parts(model)
        if not parts:
            raise nothing_to_penalize(self, "relaxed weight")
        return (1 - self.keep) ** 2 / 2 * torch.stack([part.square().sum() for part in parts]).sum()

    @torch.no_grad()
    def project_(self, model: nn.Module) -> None:
        """Multiplies the breaking part of every relaxed weight by `keep`, in place."""
        layers = group_layers(model)
        for layer in layers:
            mean = layer.mixing.flatten(1).mean(1).reshape(-1, *[1] * (layer.mixing.dim() - 1))
            layer.mixing.copy_(mean + self.keep * (layer.mixing - mean))
        weights = irrep_weights(model)
        for weight in weights:
            for (_, ir), place in zip(weight.irreps, weight.irreps.slices(), strict=True):
                if (ir.l, ir.p) != (0, 1):
                    weight.theta[place] *= self.keep
        if not layers and not weights:
            raise nothing_to_penalize(self, "relaxed weight")
