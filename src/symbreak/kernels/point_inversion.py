"""The exact inversion kernel of clouds of points in space."""

from typing import Any, cast

import torch
from torch import Tensor

from symbreak.actions import Commuting, Fields, Pointwise, Relabel, Rigid, Slots
from symbreak.groups import Element, SemidirectElement, Source
from symbreak.kernels.coset_finding import point_cosets
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.point_clouds import PointClouds, check_positive, linear_group, point_clouds
from symbreak.kernels.point_cosets import PointCosets


class PointInversion(Kernel):
    """Uniform on the coset `G_x g₀` of the stabilizer of a set of points, under O(3), SO(3), E(3) or SE(3).

    The stabilizer `G_x` is that of the cloud without an order: the maps that send each point to a point like it, as
    `point_stabilizer` finds them. A finite one is drawn from uniformly; of a line the turn about it is uniform, and so
    is the component, one of two or four; a point at the centre, or none, gets the Haar measure. In SO(3) a cloud and
    its mirror image have two canonical forms, unless it is achiral; in O(3) they have one.

    `g₀` is the frame of two points of the cloud, chosen by scores in general position of the cloud made symmetric; so
    rounding decides nothing among points that a symmetry exchanges, and the canonical form is one, to rounding. Of a
    cloud that is symmetric to within the tolerance only, the law is equivariant all the same, and its canonical forms
    differ by as much.

    The pose as an element of O(3) says nothing of the order of the points: `g⁻¹ x` is one *set* of points. That is
    what a network which does not mind their order needs. Under `Commuting((Slots(), ...))` the pose is a pair of a
    permutation and a map, uniform on the coset in S_n × O(3), and `g⁻¹ x` is one list. For points whose order is
    given, see `FrameInversion`.

    All is computed in float64, on the CPU, once for equal clouds of a batch, in time O(n²) besides that of the
    stabilizer. Poses carry no gradient, and jump where another frame takes over; see `WeightedFrame`.

    Args:
        action: `Pointwise`, of a `Vector` or a `DirectSum` that begins with the positions, of Orthogonal(3), special or
            not, for dense batches; `Fields` for PyG batches, which have positions in "pos"; `Rigid` of one of them for
            E(3) or SE(3); or `Commuting` of `Slots()`, or `Relabel`, and one of them.
        fields: of a PyG batch, what tells points apart besides the positions, such as species, charges and velocities:
            integers that do not move exactly, all else up to `field_tolerance`. Not what is to be predicted, which the
            pose would tell.
        tolerance: the largest distance of an image from its partner in a symmetry, in the unit of the positions.
        field_tolerance: the same for vectors of fields, and for further columns of dense batches.

    Shapes:
        x of B clouds -> g of batch shape `(B,)`; permutations are int64 `(B, n)`, or `(N,)` for a PyG batch.

    Raises:
        ValueError: if the action is of another kind, a coordinate is not finite, two points are too near for the
            tolerance, or a cloud without points is to be translated.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> kernel = PointInversion(Pointwise(Vector(Orthogonal(3))))
        >>> square = torch.tensor([[[1.0, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]]])
        >>> kernel.support_size(square)
        tensor([16.], dtype=torch.float64)
        >>> g = kernel(square)
        >>> torch.cdist(square @ g, square @ kernel(square)).amin(-1).round(decimals=4)  # g⁻¹ x: one set
        tensor([[0., 0., 0., 0.]])

    Note:
        Where the positions leave turns free and the fields do not, the frame is made of the vectors of fields too,
        those that move by `Vector`. If only other fields break the turns, the coset drawn from is that of the positions
        and species: the law is equivariant, with more entropy than needed.

    Reference:
        Lawrence et al. (2025), inversion kernels; the choice of the frame is that of this library.
    """

    def __init__(
        self,
        action: Pointwise | Fields | Rigid | Commuting,
        *,
        fields: tuple[str, ...] = (),
        tolerance: float = 0.01,
        field_tolerance: float = 1e-3,
    ):
        super().__init__()
        check_positive("tolerance", tolerance)
        check_positive("field_tolerance", field_tolerance)
        if isinstance(action, Commuting) and not (
            len(action.parts) == 2 and isinstance(action.parts[0], Slots | Relabel)
        ):
            raise ValueError(
                f"The action is the product of {action.parts!r}, but that of sets of points has a permutation first: "
                "Commuting((Slots(), Pointwise(...))), or Commuting((Relabel(...), Fields(...)))."
            )
        points = action.parts[1] if isinstance(action, Commuting) else action
        if linear_group(points).n != 3:
            raise ValueError(
                f"The points move under {points.group!r}, but point groups are found in space: give points of the "
                "plane a third coordinate of 0, or use WeightedFrame."
            )
        self.points = cast(Pointwise | Fields | Rigid, points)
        self.action, self.group, self.fields = action, action.group, fields
        self.tolerance, self.field_tolerance = tolerance, field_tolerance

    @torch.no_grad()
    def forward(self, x: Any, *, generator: Source = None) -> Element:
        clouds, cosets = self._cosets(x)
        centre = clouds.centres()
        R, number = cosets.draw(generator=generator)
        dtype = clouds.positions.dtype if clouds.positions.is_floating_point() else torch.get_default_dtype()
        g = SemidirectElement(centre.to(dtype), R.to(dtype)) if clouds.translations else R.to(dtype)
        if not isinstance(self.action, Commuting):
            return g
        p = cosets.draw_permutations(number, generator=generator)
        if isinstance(x, Tensor):
            p = p.reshape(x.shape[:2]) - clouds.ptr[:-1, None]
        return p, g

    def entropy(self, x: Any) -> Tensor:
        """float64 `(B,)`: `log |G_x|`, infinite where turns about an axis, or all turns, keep a cloud."""
        return self._cosets(x)[1].entropy(permutations=isinstance(self.action, Commuting))

    def support_size(self, x: Any) -> Tensor:
        """float64 `(B,)`: `|G_x|`, the number of poses, or infinity."""
        return self.entropy(x).exp().round()

    def _cosets(self, x: Any) -> tuple[PointClouds, PointCosets]:
        clouds = point_clouds(self.points, x, self.fields, self.field_tolerance)
        clouds.centres()  # refuses clouds that translations leave nowhere
        return clouds, point_cosets(clouds, self.tolerance)
