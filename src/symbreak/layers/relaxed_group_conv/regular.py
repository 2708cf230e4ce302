"""Relaxed group convolution over any finite group."""

import torch
from torch import Tensor, nn

from symbreak.groups import FiniteGroup


class RelaxedRegular(nn.Module):
    """Group convolution of functions on a finite group, scaled at each element.

    With `K` filter banks,

        y(g) = Σ_k w_k(g) Σ_h ψ_k(g⁻¹ h) x(h) + b.

    A constant `w` is the exact layer, and `w_k(g) = 1/K` the start. The layer is jointly equivariant always: with
    `(h · w)(g) = w(h⁻¹ g)`, it takes `(h · w, h · x)` to `h · y`. So the loss of data that a subgroup `H` maps to
    itself does not change under `w -> h · w`, and its gradient at a `w` that `H` fixes is fixed by `H` too.

    **Any optimizer that treats all entries alike keeps this, Adam among them**: `h` only permutes the entries of `w`,
    and a second moment for each entry is permuted with it. Weights that carry irreps are turned instead, and need
    `EquivariantAdam`; these do not. What remains is that each step sees data closed under `H`.

    Args:
        group: finite, such as `Cyclic(n)`, `Dihedral(n)` or a `Cayley` table.
        inputs, outputs: copies of the regular representation.
        banks: K.

    Shapes:
        `(..., inputs, |G|)` -> `(..., outputs, |G|)`, the elements in the order of their numbers; `mixing` `(K, |G|)`.

    Raises:
        ValueError: if the group is not finite, a number not positive, or x has another shape.

    Example:
        >>> from symbreak.groups import Dihedral
        >>> layer = RelaxedRegular(Dihedral(5), inputs=1, outputs=2)
        >>> layer(torch.zeros(3, 1, 10)).shape, layer.mixing.tolist()[0][:2]
        (torch.Size([3, 2, 10]), [1.0, 1.0])

    Reference:
        Wang, Walters, Yu (2022), Approximately equivariant networks.
    """

    back: Tensor

    def __init__(self, group: FiniteGroup, inputs: int, outputs: int, banks: int = 1):
        super().__init__()
        if not isinstance(group, FiniteGroup):
            raise ValueError(f"The group is {group!r}, but there is a weight for each element: give a finite one.")
        check_counts(inputs=inputs, outputs=outputs, banks=banks)
        self.group, self.inputs = group, inputs
        self.register_buffer("back", quotients(group), persistent=False)
        scale = (inputs * group.order) ** -0.5
        self.filters = nn.Parameter(torch.randn(banks, outputs, inputs, group.order) * scale)
        self.mixing = nn.Parameter(torch.full((banks, group.order), 1 / banks))
        self.bias = nn.Parameter(torch.zeros(outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != (self.inputs, self.group.order):
            raise ValueError(
                f"x has shape {tuple(x.shape)}, but this layer takes (..., {self.inputs}, {self.group.order}), one "
                f"value for each element of {self.group!r}."
            )
        weight = torch.einsum("kg,kocgh->ocgh", self.mixing, self.filters[..., self.back])
        return torch.einsum("ocgh,...ch->...og", weight, x) + self.bias


def quotients(group: FiniteGroup) -> Tensor:
    """int64 `(|G|, |G|)`: the number of `g⁻¹ h`."""
    g = torch.arange(group.order)
    return group.index(group.compose(group.inverse(group.element(g[:, None])), group.element(g[None, :])))


def check_counts(**counts: int) -> None:
    """Refuses a number of copies or banks below 1."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}, but it counts from 1.")
