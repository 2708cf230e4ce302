"""Vectors of irreps that all turns keep, or all turns about an axis."""

from collections.abc import Sequence

import torch
from torch import Tensor

from symbreak.symmetry.order_parameters.found import Found
from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock
from symbreak.symmetry.order_parameters.tensors import Tensors, frames, trial_axes
from symbreak.symmetry.points.continuous import components
from symbreak.symmetry.points.procrustes import skew, turns

_STEPS = 30
_NAMES = {
    (False, False, False): "C∞",
    (True, False, False): "C∞v",
    (False, True, False): "D∞",
    (False, False, True): "C∞h",
    (True, True, True): "D∞h",
}


def full_symmetry(blocks: Sequence[IrrepBlock], tolerance: float) -> Found | None:
    """O(3), or SO(3), if no turn can move the vector by more than the tolerance: it moves twice its norm at most."""
    turning = 4 * sum(b.norm**2 for b in blocks if b.degree)
    if turning > tolerance**2:
        return None
    inverted = (turning + 4 * sum(b.norm**2 for b in blocks if not b.degree and b.parity == -1)) ** 0.5
    residuals = torch.tensor([turning**0.5, inverted], dtype=torch.float64)
    both = torch.stack([torch.eye(3, dtype=torch.float64), -torch.eye(3, dtype=torch.float64)])
    everything = torch.from_numpy(skew(torch.eye(3, dtype=torch.float64).numpy()))
    if inverted <= tolerance:
        return Found("Kh", both, residuals, float("inf"), everything)
    return Found("K", both[:1], residuals[:1], inverted, everything)


def axial_symmetry(tensors: Tensors, tolerance: float) -> Found | None:
    """C∞ and what contains it, if there is an axis about which no turn moves the vector by more than the tolerance."""
    axis, waves = _axis(tensors)
    turning = 2 * float(waves[tensors.wave > 0].norm())  # at most, and just that where a single wave is there
    if turning > tolerance:
        return None
    still = torch.where(tensors.wave == 0, waves, 0.0)
    degree = torch.cat([torch.full((b.values.numel(),), float(b.degree)) for b in tensors.blocks])
    flipped = torch.where(degree % 2 == 0, 1.0, -1.0).double()
    signs = torch.stack([torch.ones_like(flipped), flipped * tensors.inversion, flipped, tensors.inversion])
    residuals = (((signs - 1) * still).square().sum(-1) + turning**2).sqrt()
    kept = residuals <= tolerance
    if int(kept.sum()) == 3:  # two components make the third; rounding at the limit must not part them
        kept[int(torch.where(kept, residuals, 0.0).argmax())] = False
    name = axial_name(*kept[1:].tolist())
    gap = float(residuals[~kept].min()) if bool((~kept).any()) else float("inf")
    parts = torch.from_numpy(components(axis.numpy()[None])[0])
    tangent = torch.from_numpy(skew(axis.numpy()[None]))
    everywhere = 2 * sum(b.norm**2 for b in tensors.blocks if b.degree) ** 0.5
    return Found(name, parts[kept], residuals[kept], min(gap, everywhere), tangent)


def axial_name(vertical: bool, across: bool, horizontal: bool) -> str:
    """The group of all turns about an axis with mirrors through it, half turns across it, or the mirror across it."""
    return _NAMES[vertical, across, horizontal]


def _axis(tensors: Tensors) -> tuple[Tensor, Tensor]:
    """The axis about which the vector turns least, and the vector in a frame about it."""
    slopes = tensors.slopes(tensors.vector[None])[0]
    even, odd = tensors.power()
    starts = torch.stack(
        [
            torch.linalg.eigh(slopes @ slopes.T).eigenvectors[:, 0],
            trial_axes(tensors.degree)[(even + odd)[:, 1:].sum(-1).argmin()],
        ]
    )
    Q = frames(starts)
    waving = (tensors.wave > 0).double()
    for _ in range(_STEPS):
        c = tensors.seen(Q)
        J = -tensors.slopes(c)[:, ::2] * waving  # turns of the frame about its x and z
        square = J @ J.mT
        ridge = 1e-12 * square.diagonal(dim1=1, dim2=2).sum(-1)[:, None, None] + 1e-300
        step = -torch.linalg.solve(square + ridge * torch.eye(2), (J @ (c * waving)[..., None]))[..., 0]
        step = step * (0.2 / step.norm(dim=-1, keepdim=True).clamp(min=0.2))
        w = torch.stack([step[:, 0], torch.zeros_like(step[:, 0]), step[:, 1]], dim=-1)
        Q = Q @ torch.from_numpy(turns(w.numpy()))
        if float(step.abs().max()) < 1e-12:
            break
    seen = torch.cat([tensors.seen(Q), tensors.seen(frames(starts))])
    Q = torch.cat([Q, frames(starts)])
    best = int((seen * waving).norm(dim=-1).argmin())
    axis = Q[best, :, 1]
    return axis * axis[axis.abs().argmax()].sign(), seen[best]
