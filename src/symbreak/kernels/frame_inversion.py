"""The exact inversion kernel of lists of points."""

from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Fields, Pointwise, Rigid
from symbreak.groups import Element, SemidirectElement, Source
from symbreak.kernels.gram_schmidt import GramSchmidt
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.point_clouds import PointClouds, check_positive, linear_group, pieces, point_clouds
from symbreak.representations import Trivial, Vector

_FAIR = 0.38197  # of the largest remainder: the first point that has it counts. No regular figure has it exactly


class FrameInversion(Kernel):
    """Uniform on the coset `G_x g₀` of the stabilizer of a list of points, under O(n), SO(n), E(n) or SE(n).

    A map keeps a list if it keeps every single point: of a cloud in general position none does but the identity, of a
    planar one the mirror does too, of a line all turns about it and mirrors through it, and at the centre all of O(n)
    keeps a point. The columns of the pose are points, made orthonormal: of those that are at least 0.38 as far as the
    farthest from what the earlier ones span, the first in the list. Where no point is farther than the tolerance, the
    rest is drawn from the Haar measure of the complement, by `GramSchmidt`, which this kernel hands points fit for it.

    Under E(n) positions count from their mean. All is computed in float64; poses carry no gradient.

    Args:
        action: `Pointwise` of a `Vector`, or of a `DirectSum` of vectors and invariants, the positions first; `Fields`,
            with positions in "pos"; or `Rigid` of one of them. The group is of any dimension.
        fields: of a PyG batch, further vectors of points that the pose is to see. Invariants make no difference.
        tolerance: how far from what others span a point must be to count, in the unit of the positions.
        field_tolerance: the same for the vectors of fields.

    Shapes:
        x of B clouds -> g of batch shape `(B,)`.

    Raises:
        ValueError: if a field moves by another representation than `Vector`, a coordinate is not finite, or a cloud
            without points is to be translated.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> kernel = FrameInversion(Pointwise(Vector(Orthogonal(3))))
        >>> flat = torch.tensor([[[0.0, 2.0, 0.0], [3.0, 1.0, 0.0]], [[0.0, 2.0, 0.0], [0.0, 1.0, 0.0]]])
        >>> kernel.support_size(flat)
        tensor([2., inf], dtype=torch.float64)
        >>> kernel(flat)[0, :, :2]  # the first two columns
        tensor([[0., 1.],
                [1., 0.],
                [0., 0.]])

    Reference:
        Lin et al. (2024), Equivariance via minimal frame averaging, for ordered points; Lawrence et al. (2025).
    """

    def __init__(
        self,
        action: Pointwise | Fields | Rigid,
        *,
        fields: tuple[str, ...] = (),
        tolerance: float = 0.01,
        field_tolerance: float = 1e-3,
    ):
        super().__init__()
        check_positive("tolerance", tolerance)
        check_positive("field_tolerance", field_tolerance)
        self.action, self.group, self.fields = action, action.group, fields
        self.tolerance, self.field_tolerance = tolerance, field_tolerance
        self.frame = GramSchmidt(linear_group(action), _references, rtol=0.0, atol=1.0)

    @torch.no_grad()
    def forward(self, x: Any, *, generator: Source = None) -> Element:
        clouds = point_clouds(self.action, x, self.fields, self.field_tolerance)
        R = self.frame(self._vectors(clouds), generator=generator)
        dtype = clouds.positions.dtype if clouds.positions.is_floating_point() else torch.get_default_dtype()
        if clouds.translations:
            return SemidirectElement(clouds.centres().to(dtype), R.to(dtype))
        return R.to(dtype)

    def entropy(self, x: Any) -> Tensor:
        """float64 `(B,)`: the logarithm of `support_size`."""
        return self.frame.entropy(self._vectors(point_clouds(self.action, x, self.fields, self.field_tolerance)))

    def support_size(self, x: Any) -> Tensor:
        """float64 `(B,)`: 1, 2 where a mirror keeps all points, or infinity."""
        return self.entropy(x).exp().round()

    def _vectors(self, clouds: PointClouds) -> Tensor:
        """float64 `(B, m, n)`: positions and vectors of fields, in units of their tolerances."""
        found = [(clouds.positions.to(torch.float64) - clouds.centres()[clouds.batch]) / self.tolerance]
        for rep, values in (piece for field in clouds.fields for piece in pieces(field)):
            if isinstance(rep, Vector):
                found.append(values.to(torch.float64) / self.field_tolerance)
            elif not isinstance(rep, Trivial):
                raise ValueError(
                    f"A field moves by {rep!r}, but frames are made of vectors: leave it out, or use PointInversion."
                )
        return clouds.padded(torch.stack(found, dim=1)).flatten(1, 2)


def _references(v: Tensor) -> Tensor:
    """Of vectors `(B, m, n)`, n of which each is far from the span of those before, as far as there are any."""
    if v.shape[1] == 0:
        return v
    item, rest, chosen = torch.arange(len(v), device=v.device), v, []
    for _ in range(v.shape[2]):
        size = torch.linalg.vector_norm(rest, dim=-1)
        first = (size >= _FAIR * size.amax(1, keepdim=True)).int().argmax(1)
        chosen.append(v[item, first])
        unit = rest[item, first] / size[item, first].clamp(min=torch.finfo(v.dtype).tiny)[:, None]
        for _ in range(2):
            rest = rest - (rest @ unit[..., None]) * unit[:, None]
    return torch.stack(chosen, dim=1)
