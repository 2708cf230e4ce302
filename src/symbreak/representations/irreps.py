"""Irreducible representations of O(3) and SO(3), in the basis of e3nn."""

from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from symbreak.groups import Orthogonal, matvec
from symbreak.representations.representation import Representation

try:
    from e3nn import o3
except ImportError as error:
    raise ImportError("Irreps needs e3nn, which is not installed. Try: pip install symbreak[e3nn]") from error


@dataclass(frozen=True)
class Irreps(Representation):
    """Direct sums of irreps of O(3), such as `16x0e + 8x1o`, in the layout and the basis of e3nn.

    `D^l(R)` is cut out of `D^{l-1}(R) ⊗ R` by Clebsch-Gordan coefficients, and is so a polynomial in the
    entries of `R`: its gradient is finite everywhere, and it works under vmap and torch.compile. e3nn's own
    way goes through Euler angles, and does neither. A matrix of determinant -1 is `-R`, and `-1` acts as the
    parity, e or o. Under SO(3) parity has no effect.

    Args:
        group: `Orthogonal(3)`, or `Orthogonal(3, special=True)`.
        irreps: an `e3nn.o3.Irreps`, or its string.
    Shapes:
        g `(..., 3, 3)`, x `(..., dim)` -> `(..., dim)`.
    Raises:
        ImportError: if e3nn is not installed.
        ValueError: if the group is not O(3) or SO(3), or `irreps` is empty or cannot be read.

    Example:
        >>> rep = Irreps(Orthogonal(3), "0o + 1o + 2e")
        >>> rep.act(-torch.eye(3), torch.ones(9)).round()  # the inversion of space
        tensor([-1., -1., -1., -1.,  1.,  1.,  1.,  1.,  1.])
    """

    group: Orthogonal
    irreps: "o3.Irreps | str"
    _layout: tuple[tuple[int, int, int], ...] = field(init=False, repr=False, compare=False)  # (mul, l, parity)

    def __post_init__(self):
        if not isinstance(self.group, Orthogonal) or self.group.n != 3:
            raise ValueError(
                f"Irreps was given the group {self.group!r}, but e3nn's irreps are those of O(3) and SO(3): "
                "try Orthogonal(3)."
            )
        try:
            irreps = o3.Irreps(self.irreps)
        except Exception as error:
            raise ValueError(f'Irreps could not read {self.irreps!r}, but it must be like "16x0e + 8x1o".') from error
        if not irreps:
            raise ValueError(f'Irreps was given {self.irreps!r}, but it needs at least one irrep: try "1x0e".')
        object.__setattr__(self, "irreps", irreps)
        object.__setattr__(self, "_layout", tuple((mul, ir.l, ir.p) for mul, ir in irreps))

    @property
    def dim(self) -> int:
        return sum(mul * (2 * l + 1) for mul, l, _ in self._layout)

    def act(self, g: Tensor, x: Tensor) -> Tensor:
        self.check(x)
        sign = torch.linalg.det(g).sign().detach()[..., None, None]
        D = _wigner(max(l for _, l, _ in self._layout), sign * g)
        pieces = []
        sizes = [mul * (2 * l + 1) for mul, l, _ in self._layout]
        for (mul, l, parity), piece in zip(self._layout, x.split(sizes, dim=-1), strict=True):
            matrix = D[l] if parity == 1 else sign * D[l]
            piece = matvec(matrix[..., None, :, :], piece.unflatten(-1, (mul, 2 * l + 1)))  # (..., mul, 2l+1)
            pieces.append(piece.flatten(-2))
        return torch.cat(pieces, dim=-1)


def _wigner(l_max: int, rotation: Tensor) -> list[Tensor]:
    """`D^0(R), ..., D^l_max(R)`, each `(..., 2l+1, 2l+1)`, of rotations `(..., 3, 3)`."""
    D = [torch.ones_like(rotation[..., :1, :1]), rotation]
    for l in range(2, l_max + 1):
        c = _isometry(l, rotation.dtype, rotation.device)
        kron = D[-1][..., :, None, :, None] * rotation[..., None, :, None, :]  # (..., 2l-1, 3, 2l-1, 3)
        D.append(c.mT @ kron.flatten(-2).flatten(-3, -2) @ c)
    return D


@torch.library.custom_op("symbreak::isometry", mutates_args=())  # opaque to torch.compile, which ignores caches
def _isometry(l: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """`(3 (2l-1), 2l+1)`: the isometry of the irrep `l` into `(l-1) ⊗ 1`."""
    return _cached_isometry(l, dtype, device).clone()  # a compiled graph may write over what it was given


@_isometry.register_fake
def _(l: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.empty(3 * (2 * l - 1), 2 * l + 1, dtype=dtype, device=device)


@lru_cache(maxsize=64)
def _cached_isometry(l: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # the cached tensor must serve in training too
        coefficients = o3.wigner_3j(l - 1, 1, l, dtype=dtype, device=device)  # (2l-1, 3, 2l+1)
        return coefficients.flatten(0, 1) * (2 * l + 1) ** 0.5
