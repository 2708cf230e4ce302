"""SymPE on a lattice with a learned canonicalizer."""

import torch
from torch import Tensor, nn

from symbreak.actions import Lattice
from symbreak.breaking.field_encoding import FieldEncoding
from symbreak.breaking.precision import full_precision
from symbreak.groups import SemidirectElement, Source
from symbreak.kernels import ArgMax


class StraightThroughSymPE(nn.Module):
    """SymPE with a pose from learned scores, which the loss trains.

        f(x) = network(x ⊕ code),    code = g · v + Σ_h p(h) h · v - stopgrad(Σ_h p(h) h · v)

    The pose `g` has the largest score, drawn at random among ties, and `p` is the softmax of the scores. The value of
    the code is `g · v`; its gradient reaches the scores through the mean over `p`. Outside of training the mean is not
    computed.

    Args:
        network: equivariant jointly in the data and the encoding.
        kernel: over the lattice group, from a network of scores.
        encoding: the field `v`.

    Shapes:
        x `(B, C, L, L)` -> as the network's. `g`, if given, is used instead of a draw.

    Reference:
        Kaba et al. (2023), Equivariance with learned canonicalization functions; Mondal et al. (2023) for the
        straight-through gradient.
    """

    def __init__(self, network: nn.Module, kernel: ArgMax, encoding: FieldEncoding):
        super().__init__()
        self.network, self.kernel, self.encoding = network, kernel, encoding

    def forward(self, x: Tensor, g: SemidirectElement | None = None, *, generator: Source = None) -> Tensor:
        with full_precision(x):
            g = self.kernel(x, generator=generator) if g is None else g
            code = self.encoding(g, x)
            if self.training and torch.is_grad_enabled():
                mean = expected_field(self.encoding.action, self.encoding.field(), self.kernel.scores(x).softmax(-1))
                code = code + mean - mean.detach()
        return self.network(self.encoding.join(x, code))


def expected_field(action: Lattice, v: Tensor, probability: Tensor) -> Tensor:
    """`Σ_g p(g) g · v` over the whole lattice group: for each point element, a convolution with `p · v`.

    Shapes:
        v `(C, *sizes)`, probability `(B, |G|)` -> `(B, C, *sizes)`.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4m
        >>> action = Lattice(p4m(2), (Scalar(),))
        >>> certain = torch.zeros(1, 32)
        >>> certain[0, 2] = 1.0  # a step along x
        >>> expected_field(action, torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), certain)
        tensor([[[[3., 4.],
                  [1., 2.]]]])
    """
    point, sizes = action.group.acting, action.sizes
    axes = tuple(range(-len(sizes), 0))
    still = SemidirectElement(
        action.group.normal.identity((point.order,), device=v.device),
        point.elements(v.device),
    )
    turned = torch.fft.rfftn(action.act(still, v[None]), dim=axes)  # (|P|, C, ...)
    weight = torch.fft.rfftn(probability.reshape(len(probability), point.order, 1, *sizes), dim=axes)
    return torch.fft.irfftn((weight * turned).sum(1), s=sizes, dim=axes)
