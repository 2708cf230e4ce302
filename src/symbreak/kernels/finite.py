"""Inversion kernels of any finite group: the best transforms of a sample, by an energy or by a network's scores."""

from collections.abc import Callable

import torch
from torch import Tensor

from symbreak.actions import Action, orbit
from symbreak.groups import FiniteGroup, unsqueeze
from symbreak.kernels.kernel import FiniteKernel
from symbreak.kernels.ties import check_tolerance, lowest


class ArgMin(FiniteKernel):
    """Uniform on the minimizers of an energy over the transforms of a sample,

        h(· | x) = uniform on { g : E(g⁻¹ x) is least }.

    The energies of tied transforms of a symmetric sample differ by rounding, and a bare argmin would then pick one
    of them, always the same. So the stabilizer `G_x` is found first, by comparing every `g x` with `x`; the
    energies are averaged over its cosets `G_x g`, whose members then read one number; and of the cosets, those
    within `rtol` tie. This is an inversion kernel if `E` tells the orbit's other points from the lowest; else it is
    uniform on several cosets.

    It is the reference for all finite groups, at `|G|` evaluations a sample and `O(|G|²)` memory; for large lattice
    groups use `LatticeInversion`. Poses carry no gradient. An energy that is NaN counts as infinite, and if all
    are, every pose ties.

    Args:
        action: of a finite group on dense data.
        energy: `(N, ...)` -> `(N,)`; a function or module that need not be invariant, or the poses all tie. For an
            argmax, take the negative score.
        atol: largest difference of an entry at which `g x` and `x` count as equal; 0 for actions that permute
            entries, a few roundings for actions that multiply. A NaN equals a NaN.
        rtol: cosets tie if their energies differ by less than this times the largest energy of the sample.

    Shapes:
        x `(B, ...)` -> g of batch shape `(B,)`.

    Raises:
        ValueError: if the group is not finite, or `energy` returns another shape.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> kernel = ArgMin(Pointwise(Regular(Cyclic(4))), lambda y: y @ torch.tensor([0.0, 1.0, 2.5, 3.7]))
        >>> kernel.probability(torch.tensor([[5.0, 0.0, 0.0, 0.0], [5.0, 0.0, 5.0, 0.0]])).tolist()
        [[1.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0]]

    Reference:
        Kaba et al. (2023), Equivariance with learned canonicalization functions (the energy); Lawrence et al.
        (2025) (the law on ties).
    """

    def __init__(self, action: Action, energy: Callable[[Tensor], Tensor], atol: float = 0.0, rtol: float = 1e-5):
        super().__init__()
        self.group = _finite("ArgMin", action.group)
        check_tolerance("atol", atol)
        check_tolerance("rtol", rtol)
        self.action, self.energy, self.atol, self.rtol = action, energy, atol, rtol

    @torch.no_grad()
    def mass(self, x: Tensor) -> Tensor:
        """bool `(B, |G|)`: the poses, over the elements in the order of their numbers."""
        moved = orbit(self.action, x)  # (|G|, B, ...)
        back = self.group.index(self.group.inverse(self.group.elements(x.device)))
        energy = self.energy(moved[back].flatten(0, 1))
        if energy.shape != (self.group.order * len(x),):
            raise ValueError(
                f"energy returned shape {tuple(energy.shape)} for {self.group.order * len(x)} samples, but it must "
                "return one number for each. Sum over the features, or take [:, 0]."
            )
        energy = energy.unflatten(0, (self.group.order, len(x))).T
        return lowest(_coset_mean(self.group, energy, _still(moved, x, self.atol)), self.rtol)


class ArgMax(FiniteKernel):
    """Uniform on the elements of largest score, where an equivariant network scores all elements at once.

        h(· | x) = uniform on { g : a_g(x) is largest },    a_g(h x) = a_{h⁻¹g}(x)

    The scores move in the regular representation, as the output of a group convolution does: on a lattice, one
    `Orientation` copy flattened. One evaluation of the network scores the whole group. Tied scores differ by
    rounding; they are told from others by `rtol` alone, or, given the `action`, exactly, as in `ArgMin`.

    Args:
        group: finite.
        scores: `(B, ...)` -> `(B, |G|)`, in the order of the elements' numbers.
        rtol: scores tie if they differ by less than this times the largest score of the sample.
        action: how the data move, to find the stabilizer and average the scores over its cosets; without it `rtol`
            decides.
        atol: for comparing data; needs the action.

    Shapes:
        x `(B, ...)` -> g of batch shape `(B,)`.

    Raises:
        ValueError: if the group is not finite or not the action's, or `scores` returns another shape.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> ArgMax(Cyclic(4), lambda x: x).probability(torch.tensor([[3.0, 1.0, 3.0, 1.0]]))
        tensor([[0.5000, 0.0000, 0.5000, 0.0000]], dtype=torch.float64)

    Reference:
        Kaba et al. (2023), §3.2; Lawrence et al. (2025), who draw at random among equal scores.
    """

    def __init__(
        self,
        group: FiniteGroup,
        scores: Callable[[Tensor], Tensor],
        rtol: float = 1e-5,
        *,
        action: Action | None = None,
        atol: float = 0.0,
    ):
        super().__init__()
        self.group = _finite("ArgMax", group)
        check_tolerance("rtol", rtol)
        check_tolerance("atol", atol)
        if action is not None and action.group != group:
            raise ValueError(
                f"The scores are of {group!r}, but the action is of {action.group!r}: both must be of one group."
            )
        self.scores, self.rtol, self.action, self.atol = scores, rtol, action, atol

    @torch.no_grad()
    def mass(self, x: Tensor) -> Tensor:
        """bool `(B, |G|)`: the poses, over the elements in the order of their numbers."""
        energy = -self.scores(x)
        if energy.shape != (len(x), self.group.order):
            raise ValueError(
                f"scores returned shape {tuple(energy.shape)}, but {self.group!r} has {self.group.order} elements, so "
                f"it must return {(len(x), self.group.order)}: one score for each element, flattened in their order."
            )
        if self.action is not None:
            energy = _coset_mean(self.group, energy, _still(orbit(self.action, x), x, self.atol))
        return lowest(energy, self.rtol)


def _finite(name: str, group: object) -> FiniteGroup:
    if not isinstance(group, FiniteGroup):
        raise ValueError(f"{name} tries every element, but was given the group {group!r}, which is not finite.")
    return group


def _still(moved: Tensor, x: Tensor, atol: float) -> Tensor:
    """bool `(B, |G|)`: the stabilizer of each item, from its transforms `(|G|, B, ...)`."""
    same = moved == x
    if atol:
        same = same | ((moved - x).abs() <= atol)
    if x.is_floating_point():
        same = same | (moved.isnan() & x.isnan())
    return same.flatten(2).all(-1).T


def _coset_mean(group: FiniteGroup, value: Tensor, still: Tensor) -> Tensor:
    """float64 `(B, |G|)`: the mean of `value` over each coset `G_x g`, one and the same number for its members."""
    numbers = group.elements(value.device)
    table = group.index(group.compose(unsqueeze(numbers, 1), unsqueeze(numbers, 0)))  # of s g
    first = torch.where(still[:, :, None], table, group.order).amin(1)  # (B, |G|): the least number in the coset
    total = torch.zeros_like(value, dtype=torch.float64).scatter_add(1, first, value.to(torch.float64))
    return total.gather(1, first) / still.sum(-1, keepdim=True)
