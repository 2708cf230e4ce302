"""Symmetry breaking and symmetrization by canonicalization."""

from typing import Any

from torch import nn

from symbreak.actions import Action
from symbreak.breaking.precision import full_precision
from symbreak.groups import Element, Source
from symbreak.kernels import Kernel


class Canonicalize(nn.Module):
    """Any network, made equivariant in law by a drawn pose.

        f(x) = g · network(g⁻¹ · x),    g ~ kernel(x)

    With an inversion kernel the network only ever sees canonical forms; with `Haar` this is a randomly augmented
    network. Given the pose, `f(h x, h g) = h f(x, g)`.

    Args:
        network: any module, equivariant or not.
        kernel: draws the pose.
        action_in: how the input moves.
        action_out: how the output moves.

    Example:
        >>> import torch
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.kernels import Haar
        >>> from symbreak.representations import Regular
        >>> action = Pointwise(Regular(Cyclic(3)))
        >>> f = Canonicalize(nn.Identity(), Haar(action), action, action)
        >>> f(torch.tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 2., 3.]])

    Reference:
        Kaba, Mondal, Zhang, Bengio, Ravanbakhsh (2023), Equivariance with learned canonicalization functions; Lawrence
        et al. (2025) for random poses.
    """

    def __init__(self, network: nn.Module, kernel: Kernel, action_in: Action, action_out: Action):
        super().__init__()
        self.network, self.kernel, self.action_in, self.action_out = network, kernel, action_in, action_out

    def forward(self, x: Any, g: Element | None = None, *, generator: Source = None) -> Any:
        with full_precision(x):
            g = self.kernel(x, generator=generator) if g is None else g
            canonical = self.action_in.act(self.kernel.group.inverse(g), x)
        return self.action_out.act(g, self.network(canonical))
