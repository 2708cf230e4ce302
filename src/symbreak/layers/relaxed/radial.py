"""The network from the lengths of edges to the weights of paths."""

import torch
from torch import Tensor, nn

_SECOND_MOMENT = 0.3557755  # of silu of a standard normal variable


class RadialNetwork(nn.Module):
    """Layers without biases, `silu` between them, with outputs of unit variance for inputs of unit variance.

    e3nn's `FullyConnectedNet`, with the same weights and scales, but for scales of the weights, not of every edge.

    Args:
        sizes: of the input, the hidden layers and the output.
    Shapes:
        `(E, sizes[0])` -> `(E, sizes[-1])`.

    Example:
        >>> RadialNetwork([1, 8, 3])(torch.ones(5, 1)).shape
        torch.Size([5, 3])
    """

    def __init__(self, sizes: list[int]):
        super().__init__()
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        self.weights = nn.ParameterList([torch.randn(a, b) for a, b in pairs])
        self.scales = [(a if n == 0 else a * _SECOND_MOMENT) ** -0.5 for n, (a, _) in enumerate(pairs)]

    def forward(self, x: Tensor) -> Tensor:
        for n, (weight, scale) in enumerate(zip(self.weights, self.scales, strict=True)):
            x = (nn.functional.silu(x) if n else x) @ (weight * scale)
        return x
