"""How near fields on a lattice are to more symmetry than they have."""

import torch
from torch import Tensor

from symbreak.actions import Lattice
from symbreak.groups import SemidirectElement, take
from symbreak.symmetry.lattice_stabilizer import centred_elements, correlations

_TRIED = 8  # elements of each field


def lattice_gap(action: Lattice, x: Tensor, kept: Tensor) -> Tensor:
    """The least tolerance at which one more element is known to keep a field,

        min max_i |(g x - x)_i|  over elements g that do not keep it.

    Elements are ranked by `‖g x - x‖² = 2 (‖x‖² - ⟨g x, x⟩)`, from one FFT for each point element, and the eight that
    move the field least are compared site by site. So it is an upper bound, and the minimum itself wherever the element
    that attains it is one of those.

    Args:
        action: how the field moves.
        x: fields, real or integer.
        kept: as `lattice_stabilizer` gives it.

    Shapes:
        x `(B, C, L_1, ..., L_d)`, kept `(B, |G|)` -> float64 `(B,)`; infinite where every element keeps the field, and
        where a value is not finite.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups.wallpaper import translations
        >>> from symbreak.symmetry.lattice_stabilizer import lattice_stabilizer
        >>> action = Lattice(translations((4,)), (Scalar(),))
        >>> x = torch.tensor([[[0.0, 1.0, 0.0, 1.25]], [[2.0, 2.0, 2.0, 2.0]]])
        >>> lattice_gap(action, x, lattice_stabilizer(action, x))  # a shift by two sites, and nothing
        tensor([0.2500,    inf], dtype=torch.float64)
    """
    finite = x.flatten(1).isfinite().all(1)
    z = torch.where(finite.reshape(-1, *[1] * (x.dim() - 1)), x, 0).double()
    z = z - z.flatten(1).mean(1).reshape(-1, *[1] * (x.dim() - 1))  # the mean would drown small differences
    sites = action.group.normal.order
    scores, numbers = [], []
    for p, score in enumerate(correlations(action, z)):
        score = score.masked_fill(kept[:, p * sites : (p + 1) * sites], -torch.inf)
        best = score.topk(min(_TRIED, sites), dim=1)
        scores.append(best.values)
        numbers.append(best.indices + p * sites)
    best = torch.cat(scores, 1).topk(min(_TRIED, action.group.order), dim=1)
    nearest = torch.cat(numbers, 1).gather(1, best.indices)
    found = [
        _difference(action, action.group.element(number), z).masked_fill(score == -torch.inf, torch.inf)
        for number, score in zip(nearest.T, best.values.T, strict=True)
    ]
    return torch.stack(found).amin(0).masked_fill(~finite, torch.inf)


def image_gap(action: Lattice, x: Tensor, kept: Tensor) -> Tensor:
    """The same for images, over the turns and mirrors about their centre: exactly, since they are few.

    Shapes:
        x `(B, C, L_1, ..., L_d)`, kept `(B, |P|)`, as `image_stabilizer` gives it -> float64 `(B,)`.
    """
    finite = x.flatten(1).isfinite().all(1)
    elements = centred_elements(action, x.device)
    found = [
        _difference(action, take(elements, torch.tensor([p], device=x.device)), x.double()).masked_fill(
            kept[:, p], torch.inf
        )
        for p in range(action.group.acting.order)
    ]
    return torch.stack(found).amin(0).masked_fill(~finite, torch.inf)


def _difference(action: Lattice, g: SemidirectElement, x: Tensor) -> Tensor:
    return (action.act(g, x) - x).abs().flatten(1).amax(1)


def chain_length(x: Tensor, atol: float) -> Tensor:
    """How far apart two values of a field are at most that a tolerance takes for equal, through chains of neighbours.

    Not above `atol`, "closer than this" says which values are equal. Above, it does not: a ramp in small steps would be
    constant.

    Shapes:
        x `(B, ...)`, real -> float64 `(B,)`; NaNs are left aside.

    Example:
        >>> chain_length(torch.tensor([[0.0, 0.01, 1.0], [0.0, 0.5, 1.0]]), 0.6)
        tensor([0.0100, 1.0000], dtype=torch.float64)
    """
    ordered = x.flatten(1).double().sort(dim=1).values
    starts = torch.nn.functional.pad(ordered.diff(dim=1) > atol, (1, 0), value=True)
    start = torch.where(starts, ordered, -torch.inf).cummax(1).values
    return (ordered - start).nan_to_num(0.0).amax(1)
