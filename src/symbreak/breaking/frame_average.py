"""Averages over all poses of a kernel."""

import torch
from torch import Tensor, nn

from symbreak.actions import Action
from symbreak.breaking.precision import full_precision
from symbreak.groups import take
from symbreak.kernels import FiniteKernel


class FrameAverage(nn.Module):
    """The expectation of `Canonicalize` over its pose: equivariant in value, and deterministic.

        f(x) = Σ_g h(g | x) g · network(g⁻¹ · x)

    With `FiniteHaar` it is the Reynolds operator, with an inversion kernel the cheapest frame. As a deterministic
    equivariant map it cannot break symmetry: on a symmetric input it returns the mean over the stabilizer.

    Args:
        network: any module.
        kernel: of finite support; only poses of positive probability are evaluated.
        action_in: how the input moves.
        action_out: how the output moves; linearly.

    Shapes:
        x `(B, ...)` -> as the network's.

    Reference:
        Puny et al. (2022), Frame averaging for invariant and equivariant network design.
    """

    def __init__(self, network: nn.Module, kernel: FiniteKernel, action_in: Action, action_out: Action):
        super().__init__()
        self.network, self.kernel, self.action_in, self.action_out = network, kernel, action_in, action_out

    def forward(self, x: Tensor) -> Tensor:
        group = self.kernel.group
        with full_precision(x):
            probability = self.kernel.probability(x)
            item, number = probability.nonzero(as_tuple=True)
            g = group.element(number)
            canonical = self.action_in.act(group.inverse(g), take(x, item))
        y = self.action_out.act(g, self.network(canonical))
        weight = probability[item, number].to(y.dtype).reshape(-1, *[1] * (y.dim() - 1))
        return torch.zeros(len(x), *y.shape[1:], dtype=y.dtype, device=y.device).index_add(0, item, weight * y)
