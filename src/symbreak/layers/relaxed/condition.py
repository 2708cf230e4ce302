"""A relaxed weight that is a function of a field, a temperature, a strain."""

from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import Irrep, Irreps, Linear, TensorSquare
from symbreak.layers.relaxed.finite import finite
from symbreak.layers.relaxed.weight import read_irreps, scalar_start


class ConditionedWeight(nn.Module):
    """A weight θ(c) that follows a global condition, such as the field that the sample is in.

        θ(c) = scalar + A c + B (c ⊗ c),

    with equivariant maps `A` and `B` that start at 0. A layer is then equivariant at the start and without the
    condition, and jointly equivariant in the condition and the data always: `f(θ(g c); g x) = g f(θ(c); x)`. Where a
    `RelaxedWeight` is one direction for the whole data set, this is one for each sample.

    A layer built with it holds no θ of its own and takes `theta=weight(c)` when it is called. Its parameters are
    scalars, for which any optimizer will do.

    Args:
        irreps: `l_relaxed`, of which the irreps that `c` and `c ⊗ c` reach are kept, or irreps, which all must be.
        condition: the irreps of `c`, such as "1o" for an electric field, "1o + 1e" for one with a magnetic field.
    Shapes:
        c `(..., condition.dim)` -> `(..., irreps.dim)`.
    Raises:
        ValueError: if irreps cannot be read, or one is out of reach; if `c` has the wrong size, or is not finite (not
            checked when compiled or under vmap).

    Example:
        >>> import torch
        >>> weight = ConditionedWeight(2, "1o")
        >>> weight.irreps  # a polar vector makes no pseudovector
        1x0e+1x1o+1x2e
        >>> weight(torch.tensor([0.0, 1.0, 0.0])).tolist()
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    start: Tensor

    def __init__(self, irreps: "int | str | Irreps", condition: "str | Irreps"):
        super().__init__()
        self.condition = read_irreps(condition)
        asked = read_irreps(irreps)
        lead = {ir for _, ir in self.condition}
        lead |= {ir for _, ir in TensorSquare(self.condition).irreps_out}
        lead.add(Irrep("0e"))
        lost = [str(ir) for _, ir in asked if ir not in lead]
        if lost and not isinstance(irreps, int):
            raise ValueError(
                f"θ was given the irreps {asked}, but no linear or quadratic map leads from the condition "
                f"{self.condition} to {', '.join(lost)}: leave out what the condition cannot cause."
            )
        self.irreps = Irreps([(mul, ir) for mul, ir in asked if ir in lead])
        self.linear = Linear(self.condition, self.irreps)
        self.square = TensorSquare(self.condition, self.irreps)
        for part in (self.linear, self.square):
            nn.init.zeros_(part.weight)
        self._size = self.condition.dim  # torch.compile cannot guard irreps
        self.register_buffer("start", scalar_start(self.irreps), persistent=False)

    def forward(self, c: Tensor) -> Tensor:
        if c.shape[-1:] != (self._size,):
            raise ValueError(
                f"The condition has shape {tuple(c.shape)}, but its irreps {self.condition} need (..., "
                f"{self.condition.dim})."
            )
        if not finite(c):
            raise ValueError(
                f"The condition of irreps {self.condition} is not finite: {int((~c.isfinite()).sum())} of its "
                f"{c.numel()} numbers are nan or infinite. θ would be too, for the whole graph."
            )
        return self.start + self.linear(c) + self.square(c)
