"""Penalties on the unevenness of relaxed group weights."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from symbreak.layers.relaxation_penalty.penalty import RelaxationPenalty, group_layers, nothing_to_penalize
from symbreak.layers.relaxed_group_conv import RelaxedGroupConv


@dataclass(frozen=True)
class GroupSmoothness(RelaxationPenalty):
    """The mean difference of the weights at two elements of the group, over layers and banks summed:

        Σ_layers Σ_k mean_{g, h} |w_k(g) - w_k(h)|.

    Raises:
        ValueError: if the model has no relaxed group convolution.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.layers import RelaxedRegular
        >>> layer = RelaxedRegular(Cyclic(4), 1, 1)
        >>> with torch.no_grad(): layer.mixing[0] = torch.tensor([1.0, 0.0, 0.0, 0.0])
        >>> GroupSmoothness()(layer).item()  # 6 of 16 pairs differ, by 1
        0.375

    Reference:
        Wang, Walters, Yu (2022), Approximately equivariant networks.
    """

    def __call__(self, model: nn.Module) -> Tensor:
        layers = group_layers(model)
        if not layers:
            raise nothing_to_penalize(self, "relaxed group convolution")
        return torch.stack([_mean_difference(layer.mixing.flatten(1)) for layer in layers]).sum()


@dataclass(frozen=True)
class SiteSmoothness(RelaxationPenalty):
    """The mean difference of the weights at neighbouring sites of the periodic lattice, over layers summed:

        Σ_layers mean_{k, p, t, axes} |w_k(t + e, p) - w_k(t, p)|.

    For convolutions whose translations are relaxed: weights that change slowly cost little, however far they go.

    Raises:
        ValueError: if the model has no `RelaxedGroupConv` with a weight for each site.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4
        >>> from symbreak.layers import RelaxedGroupConv
        >>> layer = RelaxedGroupConv(p4(4), (Scalar(),), copies=1, banks=1, orientations=False)
        >>> with torch.no_grad(): layer.mixing[..., 0, 0] = 3.0  # two more than elsewhere
        >>> SiteSmoothness()(layer).item()  # four of 32 bonds
        0.25

    Reference:
        Wang, Walters, Yu (2022), Approximately equivariant networks.
    """

    def __call__(self, model: nn.Module) -> Tensor:
        layers = [
            layer
            for layer in group_layers(model)
            if isinstance(layer, RelaxedGroupConv) and layer.mixing[0, 0, 0].numel() > 1
        ]
        if not layers:
            raise nothing_to_penalize(self, "group convolution with a weight for each site")
        terms = [(layer.mixing - layer.mixing.roll(1, axis)).abs().mean() for layer in layers for axis in (-2, -1)]
        return torch.stack(terms).sum() / 2


def _mean_difference(w: Tensor) -> Tensor:
    """`Σ_k mean_{g,h} |w_k(g) - w_k(h)|` of `(K, n)`, by sorting: the i-th is the larger in i pairs."""
    n = w.shape[1]
    rank = 2.0 * torch.arange(n, dtype=w.dtype, device=w.device) - (n - 1)
    return 2 * (w.sort(1).values @ rank).sum() / n**2
