"""An encoding of the pose of a lattice field that skips the first layer."""

import torch
from torch import Tensor, nn

from symbreak.actions import Lattice
from symbreak.breaking.encoding import Encoding, at_precision_of
from symbreak.breaking.field_encoding import FieldEncoding
from symbreak.groups import SemidirectElement
from symbreak.symmetry.lattice_stabilizer import correlations

_NEAR = 1e-9  # of ‖u‖²: what the rounding of float32 may leave of ‖g u - u‖² is below 1e-11


class LiftedEncoding(Encoding):
    """What a linear equivariant layer makes of `g · v`, added to what another makes of the data.

    A layer over both is a sum of one over each, and the second commutes with `g`:

        L(x ⊕ g·v) = L₀ x + L₁ (g·v) = L₀ x + g·(L₁ v),

    so it reads `v` once for the whole batch, not `g · v` once for each item. The function is that of the `encoding` at
    the input; only the cost is less. It joins at the layer *after* L₀, as in `SymPE(..., at="trunk")`.

    Args:
        encoding: holds `v`.
        lift: L₁, linear and equivariant, from the channels of `v` to those of `action`.
        action: how `L₁ v`, and the output of L₀, move.

    Shapes:
        features `(B, C, *sizes)` -> joined, the same.

    Raises:
        ValueError: if `L₁ v` has another shape than the action moves, or another stabilizer than `v`.

    Example:
        >>> from symbreak.actions import Bond, Orientation, Scalar
        >>> from symbreak.breaking import PixelField, SymPE
        >>> from symbreak.groups import p4m
        >>> from symbreak.kernels import LatticeInversion
        >>> from symbreak.layers import GroupConv
        >>> from symbreak.models import LatticeGCNN
        >>> G, network = p4m(4), LatticeGCNN(p4m(4), copies=2)
        >>> v, after = Lattice(G, (Orientation(),)), Lattice(G, (Orientation(2),))
        >>> lift = GroupConv(G, v.channels, copies=2, bias=False)
        >>> encoding = LiftedEncoding(FieldEncoding(v, PixelField(v)), lift, after)
        >>> f = SymPE(network, LatticeInversion(Lattice(G, (Bond(), Scalar()))), encoding, at="trunk")
        >>> bool(f(torch.ones(1, 3, 4, 4)).std() > 1e-3)  # a uniform lattice gets logits that vary
        True
    """

    def __init__(self, encoding: FieldEncoding, lift: nn.Module, action: Lattice):
        super().__init__()
        self.encoding, self.lift, self.action = encoding, lift, action
        if action.group != encoding.action.group:
            raise ValueError(
                f"The lifted field moves with {action.group!r}, but v with {encoding.action.group!r}: give both "
                "actions one group."
            )
        shape, given = (1, action.width, *action.sizes), tuple(self.lifted().shape)
        if given != shape:
            raise ValueError(f"The lift makes shape {given} of v, but the action {action!r} moves {shape}.")
        self.check()

    def lifted(self) -> Tensor:
        """`L₁ v`, `(1, C, *sizes)`."""
        return self.lift(self.encoding.field()[None])

    def forward(self, g: SemidirectElement, x: Tensor) -> Tensor:
        return self.action.act(g, self.lifted())

    def join(self, x: Tensor, code: Tensor) -> Tensor:
        if x.shape != code.shape:
            raise ValueError(
                f"The features have shape {tuple(x.shape)}, but g · (L₁ v), which is added to them, has "
                f"{tuple(code.shape)}: insert it at the layer that takes the output of L₀."
            )
        return x + at_precision_of(x, code)

    @torch.no_grad()
    def check(self) -> None:
        """Refuses a `v` whose stabilizer is not the asked-for one, and a lift that has a larger one.

        Raises:
            ValueError: naming the stabilizer found and the one asked for.
        """
        self.encoding.check()
        u = self.lifted().to(torch.float64)
        norm = u.square().sum()
        kept = torch.cat([norm - score[0] for score in correlations(self.action, u)]) <= _NEAR / 2 * norm
        if not kept.equal(self.encoding.keeps):
            raise ValueError(
                f"The stabilizer of L₁ v has order {int(kept.sum())}, but that of v has order "
                f"{int(self.encoding.keeps.sum())}: the lift loses what tells poses apart, or is not equivariant. "
                "Start it from other values, or give it more output channels."
            )
