"""Poses in O(n) and SO(n) from equivariant vectors."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from symbreak.groups import Orthogonal, Source, normal
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.ties import check_tolerance


class GramSchmidt(Kernel):
    """The orthonormal frame of equivariant vectors, completed at random where they do not fix it.

    The columns of the pose are the vectors, made orthonormal in their order; those that depend on earlier ones are
    skipped. What then is missing is drawn from the Haar measure of the orthogonal complement. In SO(n) the first `n
    - 1` independent vectors count, and the last column is the one of determinant +1.

    The law is uniform on the coset of the stabilizer of the *vectors*: an inversion kernel of `x` if that is the
    stabilizer of `x`. A cube has no equivariant vector but zero, and gets a Haar draw, where its 48 symmetries
    would do.

    The pose is differentiable in the vectors where they fix it, and finite everywhere. A vector with an entry that is
    infinite or NaN is skipped.

    Args:
        group: `Orthogonal(n)`.
        vectors: x -> `(B, m, n)`, `m` vectors for each item, which turn with it: `vectors(g x) = vectors(x) gᵀ`.
        rtol: a vector is skipped if what earlier ones leave of it is at most this times the longest of its item.
        atol: or at most this, in the units of the vectors. Both stand for the rounding of `vectors`, which alone would
            fix what lies below: a sum that vanishes by symmetry is 1e-7 or so in float32, and all of them may vanish.

    Shapes:
        x -> `(B, n, n)`.

    Raises:
        ValueError: if the group is not `Orthogonal`, or the vectors have another shape.

    Example:
        >>> kernel = GramSchmidt(Orthogonal(2, special=True), lambda x: x)
        >>> kernel(torch.tensor([[[0.0, 2.0]]])).round().long().tolist()
        [[[0, -1], [1, 0]]]

    Reference:
        Kaba et al. (2023), §4.2, for independent vectors; the completion is the inversion kernel of Lawrence et al.
        (2025).
    """

    group: Orthogonal

    def __init__(self, group: Orthogonal, vectors: Callable[[Any], Tensor], rtol: float = 1e-5, atol: float = 1e-6):
        super().__init__()
        if not isinstance(group, Orthogonal):
            raise ValueError(
                f"GramSchmidt was given the group {group!r}, but it makes orthogonal matrices: try Orthogonal(3)."
            )
        check_tolerance("rtol", rtol)
        check_tolerance("atol", atol)
        self.group, self.vectors, self.rtol, self.atol = group, vectors, rtol, atol

    def forward(self, x: Any, *, generator: Source = None) -> Tensor:
        n, (frame, found) = self.group.n, self._frame(x)
        noise = normal((len(frame), n, n), generator=generator, dtype=frame.dtype, device=frame.device)
        for k in range(n):
            frame, found = _append(frame, found, noise[:, k], 0.0)
        if not self.group.special:
            return frame
        sign = torch.linalg.det(frame.detach()).sign()  # all columns but the last fix the last up to this
        return torch.cat([frame[..., :-1], frame[..., -1:] * sign[:, None, None]], dim=-1)

    def entropy(self, x: Any) -> Tensor:
        _, found = self._frame(x)
        free = self.group.n - found
        sign = 0.0 if self.group.special else math.log(2)  # of a last column, up to which all is fixed
        nats = torch.full_like(free, math.inf, dtype=torch.float64).where(free > 1, sign)
        return nats.where(free > 0, 0.0)

    def _frame(self, x: Any) -> tuple[Tensor, Tensor]:
        """`(B, n, n)`, the columns that the vectors fix and then zeros, and int64 `(B,)`, how many they are."""
        v, n = self.vectors(x), self.group.n
        if v.dim() != 3 or v.shape[-1] != n:
            raise ValueError(
                f"The vectors have shape {tuple(v.shape)}, but {self.group!r} turns vectors of shape (B, m, {n}): m of "
                "them for each item, in rows."
            )
        v = v.where(v.isfinite().all(-1, keepdim=True), 0.0)
        if v.shape[1] == 0:
            v = v.new_zeros(len(v), 1, n)
        unit = v.detach().abs().flatten(1).amax(-1)  # without which squares over- and underflow
        unit = unit.where(unit > 0, 1.0)
        v = v / unit[:, None, None]
        least = torch.maximum(self.rtol * torch.linalg.vector_norm(v.detach(), dim=-1).amax(-1), self.atol / unit)
        frame, found = v.new_zeros(len(v), n, n), torch.zeros(len(v), dtype=torch.int64, device=v.device)
        for vector in v.unbind(1):
            frame, found = _append(frame, found, vector, least)
        return frame, found


def _append(frame: Tensor, found: Tensor, vector: Tensor, least: Tensor | float) -> tuple[Tensor, Tensor]:
    """One more column, where the vector `(B, n)` has a part beyond `least` outside the frame, and there is room."""
    for _ in range(2):  # the second pass takes away what the rounding of the first left
        vector = vector - (frame @ (frame.mT @ vector[..., None]))[..., 0]
    square = vector.square().sum(-1)
    new = (square.detach().sqrt() > least) & (found < frame.shape[-1])
    unit = vector * square.where(new, 1.0).rsqrt()[:, None]
    column = torch.nn.functional.one_hot(found.clamp(max=frame.shape[-1] - 1), frame.shape[-1]).to(frame.dtype)
    column = column * new[:, None]
    return frame + unit[:, :, None] * column[:, None, :], found + new
