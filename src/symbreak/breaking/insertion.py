"""A layer that is handed an encoding with its input."""

import torch
from torch import Tensor, nn

from symbreak.breaking.encoding import Encoding


class Insertion(nn.Module):
    """Joins `code` to the first argument of a layer.

    `code` is a placeholder that `torch.func.functional_call` fills for the length of one call, so nothing is
    remembered between calls. The parameters of the layer are found under `layer.`.
    """

    code: Tensor

    def __init__(self, layer: nn.Module, encoding: Encoding):
        super().__init__()
        self.layer = layer
        self.join = encoding.join  # the method alone: the encoding is the parent's child, not this module's
        self.register_buffer("code", torch.zeros(0), persistent=False)

    def forward(self, x, *others):
        return self.layer(self.join(x, self.code), *others)
