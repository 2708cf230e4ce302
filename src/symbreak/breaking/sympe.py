"""Symmetry breaking by a positional encoding."""

from typing import Any

import torch
from torch import nn

from symbreak.breaking.encoding import Encoding
from symbreak.breaking.insertion import Insertion
from symbreak.breaking.precision import full_precision
from symbreak.groups import Element, Source
from symbreak.kernels import Kernel


class SymPE(nn.Module):
    """An equivariant network that is told the pose of its input, and so may break its symmetry.

        f(x) = network(x ⊕ g · v),    g ~ kernel(x)

    The output is equivariant in law, and given the pose it is equivariant outright: `f(h x, h g) = h f(x, g)`. One `v`
    is learned for the whole data set.

    Args:
        network: any module; equivariant jointly in the data and the encoding. It must take the extra features.
        kernel: draws the pose; an inversion kernel draws the least random one.
        encoding: holds `v`, and knows how `g · v` joins the data.
        at: name of the submodule of `network` whose input the encoding joins; the input of the network if None. The
            submodule is wrapped in place (`Insertion`), so load weights of the bare network before.

    Shapes:
        As the network's. `g`, if given, is used instead of a draw.

    Raises:
        ValueError: if `at` names no submodule, or if the kernel and the encoding refuse the data.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.breaking import VectorEncoding
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.kernels import Haar
        >>> from symbreak.representations import Regular
        >>> rep = Regular(Cyclic(4))
        >>> network = nn.Identity()
        >>> f = SymPE(network, Haar(Pointwise(rep)), VectorEncoding(rep, 1))
        >>> f(torch.ones(2, 4)).shape
        torch.Size([2, 8])

    Reference:
        Lawrence, Portilheiro, Zhang, Kaba (2025), Improving equivariant networks with probabilistic symmetry breaking,
        Algorithm 1.
    """

    def __init__(self, network: nn.Module, kernel: Kernel, encoding: Encoding, *, at: str | None = None):
        super().__init__()
        self.network, self.kernel, self.encoding, self.at = network, kernel, encoding, at
        if at is not None:
            names = [name for name, _ in network.named_modules() if name]
            if at not in names:
                raise ValueError(
                    f"The network has no layer {at!r} to insert the encoding at, but at= names one of its submodules: "
                    f"{', '.join(names) or 'it has none'}."
                )
            if isinstance(network.get_submodule(at), Insertion):
                raise ValueError(
                    f"The layer {at!r} is handed an encoding already. To hand it a second one, insert that inside: "
                    f"at={at + '.layer'!r}."
                )
            network.set_submodule(at, Insertion(network.get_submodule(at), encoding))

    def forward(self, x: Any, g: Element | None = None, *, generator: Source = None) -> Any:
        with full_precision(x):
            g = self.kernel(x, generator=generator) if g is None else g
            code = self.encoding(g, x)
        if self.at is None:
            return self.network(self.encoding.join(x, code))
        return torch.func.functional_call(self.network, {f"{self.at}.code": code}, (x,))
