"""What the weights of a relaxed group convolution say: their Fourier components by irrep, and their stabilizer."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import FiniteGroup
from symbreak.layers.relaxed_group_conv.named_irreps import named_irreps, point_of, subgroup_name
from symbreak.layers.relaxed_group_conv.regular import quotients


@dataclass(frozen=True)
class GroupComponent:
    """The part of the weights in one irrep of the group.

    Args:
        irrep: Mulliken's name.
        dimension: over the reals; a pair of complex conjugate irreps, as E of C4, counts as one.
        norm: `|ŵ(ρ)|`, the Frobenius norm of `Σ_g w(g) ρ(g)`, of one of a complex conjugate pair.
        relative: to the norm of the totally symmetric component.
    """

    irrep: str
    dimension: int
    norm: float
    relative: float


@dataclass(frozen=True)
class GroupReadOut:
    """The components of the weights of a layer, or of several, and the elements that leave all of them as they are.

    Args:
        components: of every irrep of the group, the totally symmetric one first.
        stabilizer: numbers of the elements.
        name: of the stabilizer, in Schoenflies' notation.
        kept: the largest relative change of the weights under an element of the stabilizer.
        broken: the smallest under any other element; infinite if there is none. The read-out is as sure as these two
            are apart.
    """

    components: tuple[GroupComponent, ...]
    stabilizer: tuple[int, ...]
    name: str
    kept: float
    broken: float

    @property
    def order(self) -> int:
        """The number of elements that leave the weights as they are."""
        return len(self.stabilizer)

    def grown(self, least: float = 1e-4) -> tuple[str, ...]:
        """The irreps whose component is at least `least` times the totally symmetric one."""
        return tuple(part.irrep for part in self.components if part.relative >= least)


def read_out_group(group: FiniteGroup, weights: Sequence[Tensor], *, rtol: float = 1e-4) -> GroupReadOut:
    """The Fourier components by irrep, and the stabilizer, of the weights of relaxed layers.

        ŵ(ρ) = Σ_g w(g) ρ(g),    H = {h : w(h⁻¹ g) = w(g) for all g, in every layer}

    A component can be there only if its irrep has a vector that H leaves as it is. The components of several layers
    and banks are joined by root mean squares, never added: the sign and the scale of one layer's weights are free.

    Args:
        group: of a lattice, where the weights are over its point group; or `Cyclic`, `Dihedral`.
        weights: `(K, |P|)` or `(|P|,)` each, of layers.
        rtol: largest change that still counts as none, relative to the largest weight of the layer.
    Raises:
        ValueError: if there are no weights, they have another shape, are not finite, or if what leaves them as they are
            within `rtol` is no group.

    Example:
        >>> from symbreak.groups import p4
        >>> found = read_out_group(p4(9), [torch.tensor([1.5, 0.5, 1.5, 0.5])])
        >>> [(part.irrep, part.norm) for part in found.components], found.name
        ([('A', 4.0), ('B', 2.0), ('E', 0.0)], 'C2')

    Reference:
        Wang et al. (2024), Discovering symmetry breaking in physical systems with relaxed group convolution. The labels
        of the ungerade irreps in its notebooks are those of others: a tetragonal phase has A1g + Eg + T1u.
    """
    irreps, point = named_irreps(group), point_of(group)
    rows = [_checked(w, point.order) for w in weights]
    if not rows:
        raise ValueError("There are no weights: give the mixing of at least one layer.")
    back = quotients(point)  # g⁻¹ h
    change = torch.stack([_changes(w, back) for w in rows]).amax(0)
    still = change <= rtol
    stabilizer = still.nonzero()[:, 0]
    products = back[stabilizer][:, stabilizer]  # of a group, all in it
    if not bool(still[products].all()):
        raise ValueError(
            f"{len(stabilizer)} elements leave the weights as they are within {rtol:g}, but they are no group: some of "
            "the changes are just as large. Train on, or give another rtol."
        )
    norms = []
    for irrep in irreps:
        projector = irrep.degree / point.order * irrep.characters[back]
        power = torch.stack([(w @ projector).square().sum() for w in rows]).mean()
        norms.append(float((point.order / irrep.dimension * power) ** 0.5))
    return GroupReadOut(
        tuple(
            GroupComponent(irrep.label, irrep.dimension, norm, norm / norms[0] if norms[0] else float("inf"))
            for irrep, norm in zip(irreps, norms, strict=True)
        ),
        tuple(stabilizer.tolist()),
        subgroup_name(group, stabilizer),
        float(change[still].max()),
        float(change[~still].min()) if bool((~still).any()) else float("inf"),
    )


def fourier(w: Tensor, matrices: Tensor) -> Tensor:
    """`ŵ(ρ) = Σ_g w(g) ρ(g)`. A translation of w, `w(h⁻¹ g)`, multiplies it by `ρ(h)` from the left.

    So its columns are vectors of the irrep that the stabilizer of `w` leaves as they are: with the rotations of the
    point group for ρ, they are along the polar axis that the data picks.

    Shapes:
        w `(..., |G|)`, matrices `(|G|, d, d)` -> `(..., d, d)`.

    Example:
        >>> from symbreak.groups import p4m
        >>> from symbreak.layers.relaxed_group_conv import point_rotations
        >>> R = point_rotations(p4m(9))[:, :2, :2]
        >>> fourier(R[:, 0, 0], R)  # larger for what turns x towards x
        tensor([[4., 0.],
                [0., 0.]], dtype=torch.float64)
    """
    if w.shape[-1] != len(matrices):
        raise ValueError(f"w has {w.shape[-1]} entries for {len(matrices)} matrices, but each element has one of both.")
    return torch.einsum("...g,gij->...ij", w.to(matrices), matrices)


def allowed_irreps(group: FiniteGroup, elements: Sequence[int]) -> dict[str, int]:
    """The selection rule: how many vectors of each irrep a subgroup leaves as they are.

    A component of the weights may grow only in an irrep whose number is not 0, for the subgroup that maps the data to
    itself, inputs and targets together.

    Args:
        group: as for `read_out_group`.
        elements: numbers of the elements of the subgroup.
    Raises:
        ValueError: if they are no subgroup.

    Example:
        >>> from symbreak.groups import p4
        >>> allowed_irreps(p4(9), [0, 2])
        {'A': 1, 'B': 1, 'E': 0}
    """
    chosen = torch.tensor(sorted(set(elements)), dtype=torch.int64)
    if not len(chosen) or not bool(torch.isin(quotients(point_of(group))[chosen][:, chosen], chosen).all()):
        raise ValueError(f"The elements {chosen.tolist()} are no subgroup: close them under products first.")
    return {irrep.label: round(float(irrep.characters[chosen].mean())) for irrep in named_irreps(group)}


def weight_stabilizer(group: FiniteGroup, w: Tensor, *, rtol: float = 1e-4) -> Tensor:
    """Which elements leave weights on a finite group as they are: `{h : w(h⁻¹ g) = w(g) for all g}`.

    Args:
        group: any finite one.
        w: `(K, |G|)` or `(|G|,)`.
        rtol: relative to the largest weight.

    Shapes:
        bool `(|G|,)`, in the order of the elements.

    Example:
        >>> from symbreak.groups import Dihedral
        >>> weight_stabilizer(Dihedral(3), torch.tensor([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])).tolist()
        [True, True, True, False, False, False]
    """
    return _changes(_checked(w, group.order), quotients(group)) <= rtol


def _checked(w: Tensor, order: int) -> Tensor:
    if w.dim() not in (1, 2) or w.shape[-1] != order or not w.numel():
        raise ValueError(f"The weights have shape {tuple(w.shape)}, but they are (K, {order}), one for each element.")
    if not w.isfinite().all():
        raise ValueError("A weight is not finite, so there is nothing to read: the training diverged.")
    return w.detach().to("cpu", torch.float64).reshape(-1, order)


def _changes(w: Tensor, back: Tensor) -> Tensor:
    """`(|G|,)`: the largest `|w(h⁻¹ g) - w(g)|` for each h, relative to the largest weight."""
    return (w[:, back] - w[:, None, :]).abs().amax((0, 2)) / w.abs().max().clamp(min=torch.finfo(w.dtype).tiny)
