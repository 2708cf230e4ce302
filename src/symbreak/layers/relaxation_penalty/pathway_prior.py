"""Two Gaussian priors: a wide one on the equivariant weights, a narrow one on what breaks the symmetry."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symbreak.layers.relaxation_penalty.penalty import RelaxationPenalty, breaking_parts, nothing_to_penalize


@dataclass(frozen=True)
class ResidualPathwayPrior(RelaxationPenalty):
    """Minus the logarithm of two Gaussian priors, but for a constant:

        |w_equivariant|² / (2 σ_e²) + |w_breaking|² / (2 σ_b²).

    Breaking are all irreps of θ but 0e, and relaxed group weights less their means; equivariant is the rest of the
    model's parameters. It is two weight decays; with `σ_b` much below `σ_e` the model breaks its symmetry only where
    the data insist.

    Args:
        equivariant, breaking: σ_e and σ_b.
    Raises:
        ValueError: if a deviation is not positive, or the model has no relaxed weight.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.layers import RelaxedRegular
        >>> layer = RelaxedRegular(Cyclic(2), 1, 1)
        >>> with torch.no_grad(): layer.filters[:], layer.mixing[:] = torch.zeros(2), torch.tensor([2.0, 0.0])
        >>> ResidualPathwayPrior(equivariant=1.0, breaking=0.1)(layer).item()  # means (1, 1), the rest (1, -1)
        101.0

    Reference:
        Finzi, Benton, Wilson (2021), Residual pathway priors for soft equivariance constraints.
    """

    equivariant: float = 1.0
    breaking: float = 0.1

    def __post_init__(self):
        if not (self.equivariant > 0 and self.breaking > 0):
            raise ValueError(
                f"The deviations are {self.equivariant} and {self.breaking}, but those of a Gaussian are positive."
            )

    def __call__(self, model: nn.Module) -> Tensor:
        parts = breaking_parts(model)
        if not parts:
            raise nothing_to_penalize(self, "relaxed weight")
        breaking = torch.stack([part.square().sum() for part in parts]).sum()
        everything = torch.stack([p.square().sum() for p in model.parameters()]).sum()  # the two are orthogonal
        return (everything - breaking) / (2 * self.equivariant**2) + breaking / (2 * self.breaking**2)
