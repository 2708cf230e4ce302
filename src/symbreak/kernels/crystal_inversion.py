"""The exact inversion kernel of crystals; needs moyopy."""

from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Fields, Rigid
from symbreak.groups import Element, SemidirectElement, Source, uniform
from symbreak.kernels.crystal_cosets import CrystalCoset, crystal_coset
from symbreak.kernels.kernel import Kernel
from symbreak.kernels.point_clouds import PointClouds, check_positive, linear_group, point_clouds
from symbreak.representations import Vector


class CrystalInversion(Kernel):
    """Uniform on the coset `G_x g₀` of the stabilizer of a crystal, under E(3), SE(3), O(3) or SO(3).

    A crystal is a lattice and the atoms of one cell of it. Its stabilizer is its space group, without the operations
    that do not keep the lattice of the given cell, if that is a supercell; and modulo that lattice, since translations
    by its vectors do nothing. So it is finite: of a primitive cell it has as many elements as the point group, and of a
    centred cell as many times more as there are centrings. In SE(3) only rotations and screws count, and a crystal and
    its mirror image have two canonical forms if they are not one. Under O(3) and SO(3) all translations are taken to do
    nothing, as for a network that sees only differences of positions; then the poses are a coset of the point group.

    `g₀` is a reduced basis of the lattice, made orthonormal, with its origin on an atom of the rarest species: of all
    such the one whose canonical form has the least energy. So `g⁻¹ x` is one crystal, wherever `x` is and however it is
    written down: whatever basis of its lattice, order of its atoms, and images of them are listed. Of a crystal that is
    symmetric to within the tolerance only, the law is equivariant all the same, and its canonical forms differ by as
    much.

    A shift is given in full, and not modulo the lattice: it leads to an atom where that is listed. Hence the law is
    equivariant in E(3), for the crystal as it is listed.

    All is computed in float64, on the CPU, once for equal crystals of a batch. Poses carry no gradient, and jump where
    another basis or atom takes over.

    Args:
        action: `Fields` of Orthogonal(3), special or not, by which positions and cells turn, or `Rigid` of it.
        fields: of a batch, those that count besides the positions, such as species, charges and magnetic moments:
            integers that do not move exactly, all else up to `field_tolerance`.
        cell: the field that holds the cells; it moves by `Vector(G)`.
        tolerance: how far an atom may be from where an operation sends another, in the unit of the positions.
        field_tolerance: the same for fields.

    Shapes:
        a PyG batch of B crystals with cells `(B, 3, 3)`, rows -> g of batch shape `(B,)`.

    Raises:
        ImportError: if moyopy is not installed.
        ValueError: if the action is of another kind; naming the crystal, if one has no atoms, no volume, a coordinate
            that is not finite, or two atoms that are too near for the tolerance.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> from symbreak.groups import Orthogonal
        >>> vector = Vector(Orthogonal(3))
        >>> action = Rigid(Fields(vector.group, (("pos", vector), ("cell", vector)), still=("z",)))
        >>> ions = torch.tensor([[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]])
        >>> batch = Batch.from_data_list([Data(pos=ions, cell=4.0 * torch.eye(3)[None], z=torch.tensor([55, 17]))])
        >>> kernel = CrystalInversion(action, fields=("z",))
        >>> kernel.support_size(batch)  # CsCl, Pm-3m
        tensor([48.], dtype=torch.float64)
        >>> form = action.act(kernel.group.inverse(kernel(batch)), batch)
        >>> (form.pos / 2 % 2).round()  # the chlorine on the origin
        tensor([[1., 1., 1.],
                [0., 0., 0.]])

    Reference:
        Lawrence et al. (2025), inversion kernels; the choice of the frame is that of this library.
    """

    def __init__(
        self,
        action: Fields | Rigid,
        *,
        fields: tuple[str, ...] = (),
        cell: str = "cell",
        tolerance: float = 0.01,
        field_tolerance: float = 1e-3,
    ):
        super().__init__()
        check_positive("tolerance", tolerance)
        check_positive("field_tolerance", field_tolerance)
        linear = action.linear if isinstance(action, Rigid) else action
        if not isinstance(linear, Fields) or linear_group(linear).n != 3:
            raise ValueError(
                f"The action is {action!r}, but crystals are batches of cells and atoms in space, which move by Fields "
                "of Orthogonal(3), or Rigid of it, with vectors 'pos' and 'cell'."
            )
        if not isinstance(dict(linear.moves).get(cell), Vector):
            raise ValueError(
                f"The field {cell!r} moves by {dict(linear.moves).get(cell)!r}, but cells are vectors: declare it as "
                f"Vector({linear.group!r}); another name is told by cell=."
            )
        self.action, self.group, self.fields, self.cell = action, action.group, fields, cell
        self.tolerance, self.field_tolerance = tolerance, field_tolerance

    @torch.no_grad()
    def forward(self, x: Any, *, generator: Source = None) -> Element:
        crystals, cosets, which = self._cosets(x)
        count = _counts(cosets).to(which.device)
        level = uniform((len(which),), generator=generator, dtype=torch.float64, device=which.device)
        number = (level * count[which]).long() + (count.cumsum(0) - count)[which]
        return self._elements(crystals, cosets, number)

    @torch.no_grad()
    def support(self, x: Any) -> tuple[Element, Tensor, Tensor]:
        """All poses of all items with their probabilities, by which expectations are exact.

        Shapes:
            -> g of batch shape `(K,)`, item int64 `(K,)`, the number of its crystal, probability float64 `(K,)`.
        """
        crystals, cosets, which = self._cosets(x)
        count = _counts(cosets).to(which.device)
        item = torch.repeat_interleave(count[which])
        slot = torch.arange(len(item), device=item.device) - (count[which].cumsum(0) - count[which])[item]
        number = slot + (count.cumsum(0) - count)[which][item]
        return self._elements(crystals, cosets, number), item, 1 / count[which][item].to(torch.float64)

    def entropy(self, x: Any) -> Tensor:
        """float64 `(B,)`: the logarithm of `support_size`."""
        return self.support_size(x).log()

    def support_size(self, x: Any) -> Tensor:
        """float64 `(B,)`: `|G_x|`, the number of poses modulo the lattice of the cell."""
        _, cosets, which = self._cosets(x)
        return _counts(cosets).to(which.device)[which].to(torch.float64)

    def _elements(self, crystals: PointClouds, cosets: list[CrystalCoset], number: Tensor) -> Element:
        """The poses of given numbers, counted through all cosets."""
        like, none = crystals.positions, torch.zeros(0, 3, dtype=torch.float64)
        dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
        R = torch.cat([coset.rotations for coset in cosets] or [none[:, None].expand(0, 3, 3)]).to(like.device, dtype)
        if not crystals.translations:
            return R[number]
        t = torch.cat([coset.origins for coset in cosets] or [none]).to(like.device, dtype)
        return SemidirectElement(t[number], R[number])

    def _cosets(self, x: Any) -> tuple[PointClouds, list[CrystalCoset], Tensor]:
        """The batch as clouds; the cosets of its different crystals; and int64 `(B,)`, which of them each one has."""
        crystals = point_clouds(self.action, x, self.fields, self.field_tolerance)
        cells = x[self.cell].detach().cpu() if self.cell in x else torch.zeros(0)
        if cells.shape != (x.num_graphs, 3, 3):
            raise ValueError(
                f"The field {self.cell!r} has shape {tuple(cells.shape)}, but a batch of {x.num_graphs} crystals has "
                f"cells ({x.num_graphs}, 3, 3): give each Data its cell as (1, 3, 3)."
            )
        keys, heads = [key + A.numpy().tobytes() for key, A in zip(crystals.keys(), cells, strict=True)], {}
        for b, key in enumerate(keys):
            heads.setdefault(key, b)
        some = crystals.take(list(heads.values()))
        cosets = [self._coset(some.take([u]), cells[b], b) for u, b in enumerate(heads.values())]
        number = {key: u for u, key in enumerate(heads)}
        which = torch.tensor([number[key] for key in keys], dtype=torch.int64, device=crystals.positions.device)
        return crystals, cosets, which

    def _coset(self, one: PointClouds, cell: Tensor, number: int) -> CrystalCoset:
        try:
            coset = crystal_coset(
                cell,
                one.positions,
                one.species,
                one.fields,
                special=one.group.special,
                tolerance=self.tolerance,
            )
        except ValueError as error:
            raise ValueError(f"Crystal {number} of the batch has no pose. {error}") from None
        return coset if one.translations else coset.up_to_translations()


def _counts(cosets: list[CrystalCoset]) -> Tensor:
    return torch.tensor([len(coset.rotations) for coset in cosets], dtype=torch.int64)
