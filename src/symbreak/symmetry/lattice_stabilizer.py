"""The stabilizer of a field on a periodic lattice, or of an image about its centre."""

from collections.abc import Iterator

import torch
from torch import Tensor

from symbreak.actions import Lattice
from symbreak.groups import SemidirectElement, take

_VALUES = 2**24  # of an item: up to there the rounding of the FFT, as measured, stays below 1/20


def lattice_stabilizer(action: Lattice, x: Tensor, *, atol: float = 0.0) -> Tensor:
    """Which elements of a lattice group leave each field as it is, over all translations at once.

    Every value of an item is replaced by its rank `a` among the distinct values of that item, and a rank by its two
    digits in a base `β`: a complex integer `z` with entries below `β`. An element permutes entries, so that

        ‖g z - z‖² = 2 (‖z‖² - Re⟨g z, z⟩),

    and `g` is in the stabilizer if and only if the correlation reaches `‖z‖²`; otherwise it misses by at least 1. The
    correlation over all translations is one FFT for each point element and channel. All are integers, so the
    comparison is exact: no hash, no collision. The cost is `O(|P| C N log N)` for `N` sites; the `|P| N` transforms of
    a field are never made.

    A NaN is a value like any other, equal to itself: a field with missing sites has the symmetry of its pattern.

    Args:
        action: how the field moves.
        x: fields, real or integer.
        atol: values of an item closer than this are taken for equal, through chains of neighbours.

    Shapes:
        x `(B, C, L_1, ..., L_d)` -> bool `(B, |G|)`, over the elements in the order of their numbers.

    Raises:
        ValueError: if the field has another shape or more than 2²⁴ values, or the tolerance is negative or NaN.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4m
        >>> x = torch.zeros(2, 1, 4, 4)
        >>> x[1, 0, 0, 0] = 1.0  # one marked site: only the point group about it is left
        >>> lattice_stabilizer(Lattice(p4m(4), (Scalar(),)), x).sum(1)
        tensor([128,   8])
    """
    z = _digits(action, x, atol)
    if not len(x):
        return torch.zeros(0, action.group.order, dtype=torch.bool, device=x.device)
    norm = _norm(z)
    return torch.cat([score > norm[:, None] - 0.5 for score in correlations(action, z)], dim=1)


def correlations(action: Lattice, z: Tensor) -> Iterator[Tensor]:
    """`Re⟨g z, z⟩` for all translations at once, by one FFT for each point element in turn.

    Shapes:
        z `(B, C, L_1, ..., L_d)`, float64 or complex128 -> float64 `(B, N)` each, over the `N` elements with that point
        part in the order of their numbers.
    """
    axes = tuple(range(2, z.dim()))
    spectrum = torch.fft.fftn(z, dim=axes)
    still = action.group.normal.identity((1,), device=z.device)
    for p in range(action.group.acting.order):
        g = SemidirectElement(still, action.group.acting.element(torch.tensor([p], device=z.device)))
        turned = torch.complex(action.act(g, z.real), action.act(g, z.imag)) if z.is_complex() else action.act(g, z)
        product = (spectrum * torch.fft.fftn(turned, dim=axes).conj()).sum(1)
        yield torch.fft.ifftn(product, dim=tuple(axis - 1 for axis in axes)).real.flatten(1)


def centred_elements(action: Lattice, device: torch.device | None = None) -> SemidirectElement:
    """The point elements about the centre of an image: turns and mirrors that shift nothing through the border.

    The element of number `p` is `(t_p, p)` with `t_p = (1 - M_p)(L - 1) / 2` taken for each axis: it sends the pixel
    `r` to `M_p r + t_p`, and the image onto itself. They are the subgroup of the lattice group that acts on images
    without translations: C_4 and D_4 on squares (`p4`, `p4m`), C_2 and D_2 on rectangles (`inversions`, `mirrors`), O
    and Oh on boxes (`p432`, `pm3m`).

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4
        >>> centred_elements(Lattice(p4(5), (Scalar(),))).n  # about (2, 2)
        tensor([[0, 0],
                [4, 0],
                [4, 4],
                [0, 4]])
    """
    group = action.group
    matrices = torch.tensor(group.phi.matrices, device=device)  # type: ignore[attr-defined]
    corner = torch.tensor(action.sizes, device=device) - 1
    twice = corner - matrices @ corner  # its parity is even: equal sides are exchanged, and others keep or turn theirs
    p = group.acting.element(torch.arange(group.acting.order, device=device))
    return SemidirectElement(torch.div(twice, 2, rounding_mode="floor"), p)


def image_stabilizer(action: Lattice, x: Tensor, *, atol: float = 0.0) -> Tensor:
    """Which turns and mirrors about its centre leave each image, or each box of voxels, as it is.

    Args:
        action: how the image moves; of its group, only the `centred_elements` are tried.
        x: images, real or integer. A NaN is a value like any other.
        atol: as in `lattice_stabilizer`.

    Shapes:
        x `(B, C, L_1, ..., L_d)` -> bool `(B, |P|)`, over the point elements in the order of their numbers.

    Raises:
        ValueError: if the image has another shape, or the tolerance is negative or NaN.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4m
        >>> L = torch.tensor([[1.0, 0.0], [1.0, 1.0]])[None, None]
        >>> image_stabilizer(Lattice(p4m(2), (Scalar(),)), L).nonzero()[:, 1]  # the mirror of one diagonal
        tensor([0, 7])
    """
    ranks = _ranks(action, x, atol)
    elements = centred_elements(action, x.device)
    kept = []
    for p in range(action.group.acting.order):
        g = take(elements, torch.tensor([p], device=x.device))
        kept.append((action.act(g, ranks) == ranks).flatten(1).all(1))
    return torch.stack(kept, dim=1)


def _digits(action: Lattice, x: Tensor, atol: float) -> Tensor:
    """complex128: the two digits of the rank of each value, about 0."""
    ranks = _ranks(action, x, atol)
    base = int((int(ranks.max()) + 1) ** 0.5) + 1 if ranks.numel() else 1
    high = torch.div(ranks, base, rounding_mode="floor")
    return torch.complex((high - base // 2).double(), (ranks - high * base - base // 2).double())


def _norm(z: Tensor) -> Tensor:
    return torch.view_as_real(z).square().flatten(1).sum(1)


def _ranks(action: Lattice, x: Tensor, atol: float) -> Tensor:
    """int64, the shape of `x`: the rank of each value among those of its item. NaNs come last and are one value."""
    action.check(x)
    if not atol >= 0:
        raise ValueError(f"atol is {atol}, but a tolerance is not negative. Use 0 for exact equality.")
    if x[:1].numel() > _VALUES:
        raise ValueError(
            f"A field of this lattice has {x[:1].numel()} values, but beyond {_VALUES} correlations are not exact any "
            "more. Use a smaller lattice, or a coarser field."
        )
    flat = x.flatten(1).to(torch.uint8) if x.dtype == torch.bool else x.flatten(1)
    ordered, order = flat.sort(dim=1)
    low, high = ordered[:, :-1], ordered[:, 1:]
    apart = low != high
    if atol:
        apart &= ~(high - low <= atol)
    if x.is_floating_point():
        apart &= ~(low.isnan() & high.isnan())
    rank = torch.nn.functional.pad(apart.cumsum(1), (1, 0))
    return torch.empty_like(order).scatter(1, order, rank).reshape(x.shape)
