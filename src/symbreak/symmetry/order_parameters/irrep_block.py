"""Vectors of irreps, taken apart by irrep."""

from dataclasses import dataclass

import torch
from torch import Tensor

try:
    from e3nn import o3
except ImportError as error:
    message = "Reading order parameters needs e3nn, which is not installed. Try: pip install symbreak[e3nn]"
    raise ImportError(message) from error

IrrepsLike = o3.Irreps | str
"""Irreps of e3nn, or a string that it reads."""

_POLES = ("scalar", "vector", "quadrupole", "octupole", "hexadecapole")


@dataclass(frozen=True, eq=False)
class IrrepBlock:
    """All the copies of one irrep of O(3) in a vector.

    The other weights of a network can undo a factor of each irrep, and an invertible map among copies of one. So of a
    single copy the direction up to sign has a meaning, of several the subspace that they span, and of a norm whether it
    is 0, or how it changes as one network is trained.

    Args:
        degree: l.
        parity: 1, even, or -1, odd, under the inversion.
        values: `(copies, 2l+1)`, float64, in the basis of e3nn.
    """

    degree: int
    parity: int
    values: Tensor

    @property
    def name(self) -> str:
        """Such as "2e"."""
        return f"{self.degree}{'e' if self.parity == 1 else 'o'}"

    @property
    def polar(self) -> bool:
        """Whether the inversion acts as on `x ⊗ ... ⊗ x` of l factors, `(-1)^l`; if not the irrep is axial."""
        return self.parity == (-1) ** self.degree

    @property
    def norm(self) -> float:
        """Of all copies together."""
        return float(self.values.norm())

    @property
    def singular_values(self) -> Tensor:
        """How long the copies are along each direction that they span, the longest first: `(min(copies, 2l+1),)`."""
        return torch.linalg.svdvals(self.values)

    @property
    def direction(self) -> Tensor:
        """The unit vector `(2l+1,)` along which the copies are longest, its largest entry positive; 0 where they are.

        Of one copy it is the copy itself, up to its sign.
        """
        if not self.norm > 0:
            return torch.zeros_like(self.values[0])
        v = self.values[0] / self.norm if len(self.values) == 1 else torch.linalg.svd(self.values)[2][0]
        return v * v[v.abs().argmax()].sign() + 0.0

    def span(self, tolerance: float = 1e-3) -> Tensor:
        """Orthonormal rows `(r, 2l+1)` that span the copies, but for what is shorter than a part of the longest."""
        _, values, rows = torch.linalg.svd(self.values, full_matrices=False)
        return rows[values > max(tolerance * float(values[0]), 0.0)]

    @property
    def leading(self) -> Tensor:
        """The direction, as long as the copies are along it: `(2l+1,)`."""
        return self.direction * self.singular_values[0]


def irrep_blocks(theta: Tensor, irreps: IrrepsLike) -> tuple[IrrepBlock, ...]:
    """A vector of irreps by irrep, in the order of first appearance; what is listed twice is put together.

    Args:
        theta: `(..., dim)`; leading dimensions, such as one vector for each path, count as copies.
        irreps: of the last dimension, as in e3nn.
    Raises:
        ValueError: if the size is another, a value is not finite, or the irreps cannot be read.

    Example:
        >>> blocks = irrep_blocks(torch.tensor([1.0, 0.0, 3.0, 4.0, 2.0]), "0e + 1o + 0e")
        >>> [(block.name, block.norm) for block in blocks]
        [('0e', 2.23606797749979), ('1o', 5.0)]
        >>> blocks[1].direction
        tensor([0.0000, 0.6000, 0.8000], dtype=torch.float64)
    """
    irreps = irreps_read(irreps)
    theta = torch.as_tensor(theta).detach().to("cpu", torch.float64)
    if theta.dim() < 1 or theta.shape[-1] != irreps.dim or not theta.numel():
        raise ValueError(
            f"The vector has shape {tuple(theta.shape)}, but {irreps} is of dimension {irreps.dim}: give (dim,), or "
            "(..., dim) for several, and the irreps that the weights were made with."
        )
    if not theta.isfinite().all():
        where = theta.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(f"theta{where} is not finite, so it has no direction and no symmetry: training diverged.")
    found: dict[tuple[int, int], list[Tensor]] = {}
    for (mul, irrep), part in zip(irreps, irreps.slices(), strict=True):
        if mul:
            found.setdefault((irrep.l, irrep.p), []).append(theta[..., part].reshape(-1, irrep.dim))
    return tuple(IrrepBlock(l, p, torch.cat(parts)) for (l, p), parts in found.items())


def irreps_read(irreps: IrrepsLike) -> o3.Irreps:
    """The irreps of a string, or those given."""
    try:
        read: o3.Irreps = o3.Irreps(irreps)  # type: ignore[assignment]
    except Exception as error:
        raise ValueError(f'The irreps are {irreps!r}, but they must be like "0e + 1o + 2e".') from error
    if not read.dim:
        raise ValueError(f"The irreps are {irreps!r}, of dimension 0: there is nothing to read. Give at least one.")
    return read


def physics_name(degree: int, parity: int) -> str:
    """What physics calls a tensor of this irrep.

    Polar tensors change sign under the inversion as `x ⊗ ... ⊗ x` does, axial ones the other way.

    Example:
        >>> [physics_name(l, p) for l, p in ((0, 1), (0, -1), (1, -1), (1, 1), (2, 1), (2, -1))]
        ['scalar', 'pseudoscalar', 'polar vector', 'axial vector', 'quadrupole', 'axial quadrupole']
        >>> physics_name(5, -1), physics_name(4, -1)
        ('32-pole', 'axial hexadecapole')
    """
    name = _POLES[degree] if degree < len(_POLES) else f"{2**degree}-pole"
    if degree == 0:
        return name if parity == 1 else f"pseudo{name}"
    if parity == (-1) ** degree:
        return "polar vector" if degree == 1 else name
    return f"axial {name}"
