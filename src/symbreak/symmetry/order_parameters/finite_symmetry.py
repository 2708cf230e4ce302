"""Finite stabilizers of vectors of irreps."""

import numpy as np
import torch
from torch import Tensor

from symbreak.symmetry.order_parameters.found import Found
from symbreak.symmetry.order_parameters.tensors import Tensors, trial_axes, trial_neighbours
from symbreak.symmetry.points.closure import largest
from symbreak.symmetry.points.exact import averaged
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.points.procrustes import turns

_STEPS = 40
_SAME = 0.15  # of the least angle of a turn: maps nearer than this are one
_MOST = 130  # maps; Ih has 120, the largest axial group 8 l; more are a continuous one that the tolerance half sees


def finite_symmetry(tensors: Tensors, tolerance: float) -> Found:
    """The largest group among the maps that move the vector by at most the tolerance, exact to rounding."""
    # Turning moves a vector by twice its norm at most: what is shorter than half the tolerance is left out at first.
    main = tensors.scaled(min(tolerance / 2, max(b.norm for b in tensors.blocks if b.degree) / 2))
    least = 2 * np.pi / max(tensors.degree, 1)
    maps, improper = _starts(main)
    for some in (main, tensors):
        maps = _fitted(some, maps, improper)
    maps, improper, residual = _distinct(tensors, maps, improper, _SAME * least)
    maps, improper, residual = _completed(tensors, maps, improper, residual, tolerance, least)
    inside = (residual <= tolerance).nonzero()[:_MOST, 0]  # the best come first
    group, left = _group(tensors, maps[inside], improper[inside], residual[inside], tolerance, least)
    R, flip = group
    matrices = torch.where(flip[:, None, None], -R, R)
    name = schoenflies(matrices.numpy(), np.zeros(1, dtype=np.int64))[0]
    outside = (_apart(maps, improper, R, flip) > _SAME * least).all(-1)
    gap = float(residual[outside].min()) if bool(outside.any()) else float("inf")
    return Found(name, matrices, left, gap, matrices.new_zeros(0, 3, 3))


def _starts(tensors: Tensors) -> tuple[Tensor, Tensor]:
    """Rotations `(S, 3, 3)` near those that may keep the vector, with or without the inversion: `(S,)`.

    About an axis along which the wave m has the squares `e_m` of even tensors and `o_m` of odd ones, a turn by φ moves
    the vector by the root of `Σ 2 (e_m + o_m) (1 - cos mφ)`, and minus that turn by that of
    `Σ 2 e_m (1 - cos mφ) + 2 o_m (1 + cos mφ)`. The axes with the least value among their neighbours are starts.
    """
    l, axes = tensors.degree, trial_axes(tensors.degree)
    even, odd = tensors.power()
    neighbours, m = trial_neighbours(l), torch.arange(l + 1)
    one = torch.eye(3, dtype=torch.float64)
    found, inverted = [torch.stack([one, one])], [torch.tensor([False, True])]
    for n in range(2, 2 * l + 1):
        cosine = torch.cos(2 * torch.pi * m / n).double()
        for improper in (False, True) if n <= l else (True,):
            cost = even @ (1 - cosine) + odd @ (1 + cosine if improper else 1 - cosine)
            low = (cost[:, None] <= cost[neighbours]).all(-1)
            u = axes[low].numpy()
            found.append(torch.from_numpy(turns(2 * np.pi / n * u)))
            inverted.append(torch.full((len(u),), improper))
    return torch.cat(found), torch.cat(inverted)


def _fitted(tensors: Tensors, R: Tensor, improper: Tensor) -> Tensor:
    """The maps near those given that move the vector least, by Levenberg's and Marquardt's method."""
    R, still = R.clone(), tensors.vector
    damping = R.new_full((len(R),), 1e-3)
    moved = tensors.moved(R, improper)
    live = torch.arange(len(R))
    for _ in range(_STEPS):
        r, J = moved - still, tensors.slopes(moved)
        square = J @ J.mT
        scale = square.diagonal(dim1=1, dim2=2).mean(-1).clamp(min=1e-300)
        ridge = (damping[live] * scale)[:, None, None] * torch.eye(3)
        w = -torch.linalg.solve(square + ridge, (J @ r[..., None]))[..., 0]
        w = w * (0.3 / w.norm(dim=-1, keepdim=True).clamp(min=0.3))
        tried = torch.from_numpy(turns(w.numpy())) @ R[live]
        there = tensors.moved(tried, improper[live])
        better = (there - still).norm(dim=-1) < r.norm(dim=-1)
        R[live[better]] = tried[better]
        damping[live] = torch.where(better, damping[live] / 10, damping[live] * 5).clamp(1e-15, 1e6)
        moved = torch.where(better[:, None], there, moved)
        going = (w.norm(dim=-1) > 1e-11) & (damping[live] < 1e6)
        live, moved = live[going], moved[going]
        if not len(live):
            break
    return R


def _apart(R: Tensor, flip: Tensor, S: Tensor, flop: Tensor) -> Tensor:
    """The angles between maps, infinite between those of different determinant: `(K, L)`."""
    trace = R.flatten(1) @ S.flatten(1).T
    angle = torch.arccos(((trace - 1) / 2).clamp(-1, 1))
    return torch.where(flip[:, None] == flop, angle, float("inf"))


def _distinct(tensors: Tensors, R: Tensor, flip: Tensor, same: float) -> tuple[Tensor, Tensor, Tensor]:
    """One map of each cluster, the one that moves the vector least, and by how much; the identity is the first."""
    residual = (tensors.moved(R, flip) - tensors.vector).norm(dim=-1)
    turned = torch.arccos(((R.diagonal(dim1=1, dim2=2).sum(-1) - 1) / 2).clamp(-1, 1))
    first = ~flip & (turned < same)
    order = torch.where(first, -1.0, residual).argsort(stable=True)
    R, flip, residual, first = R[order], flip[order], residual[order], first[order]
    R[first] = torch.eye(3, dtype=R.dtype)
    residual[first] = 0.0
    near, free = _apart(R, flip, R, flip) <= same, torch.ones(len(R), dtype=torch.bool)
    kept = []
    for k in range(len(R)):
        if free[k]:
            kept.append(k)
            free &= ~near[k]
    return R[kept], flip[kept], residual[kept]


def _completed(
    tensors: Tensors, R: Tensor, flip: Tensor, residual: Tensor, tolerance: float, least: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The maps with the products of those within the tolerance, fitted, until nothing new comes."""
    size = 0
    while True:
        inside = residual <= tolerance
        if not size < int(inside.sum()) <= _MOST:
            return R, flip, residual
        size = int(inside.sum())
        known, odd = R[inside], flip[inside]
        for g, f in zip(R[inside], flip[inside], strict=True):
            product, parity = g @ R[inside], f ^ flip[inside]
            new = (_apart(product, parity, known, odd) > _SAME * least).all(-1)
            known, odd = torch.cat([known, product[new]]), torch.cat([odd, parity[new]])
        if not size < len(known) <= _MOST:
            return R, flip, residual
        more = _fitted(tensors, known[size:], odd[size:])
        R, flip, residual = _distinct(tensors, torch.cat([R, more]), torch.cat([flip, odd[size:]]), _SAME * least)


def _group(
    tensors: Tensors, R: Tensor, flip: Tensor, residual: Tensor, tolerance: float, least: float
) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """The largest group among maps, the identity first, made exact, and its residuals."""
    while True:
        table = _table(R, flip, least)
        if (table < 0).any():
            matrices = torch.where(flip[:, None, None], -R, R).numpy()
            kept = torch.from_numpy(largest(table, matrices, residual.numpy()))
            R, flip, residual = R[kept], flip[kept], residual[kept]
            table = _table(R, flip, least)
        k = len(R)
        exact, settled = averaged(R.numpy(), table.ravel(), np.zeros(k, np.int64), np.full(k, k))
        S = torch.from_numpy(exact)
        left = (tensors.moved(S, flip) - tensors.vector).norm(dim=-1)
        left = torch.where(torch.from_numpy(settled), left, float("inf"))
        worst = int(left.argmax())
        if float(left[worst]) <= tolerance or k == 1:
            return (S, flip), left
        rest = torch.arange(k) != worst
        R, flip, residual = R[rest], flip[rest], residual[rest]


def _table(R: Tensor, flip: Tensor, least: float) -> np.ndarray:
    """The numbers of the products, -1 where the nearest map is another: `(k, k)`."""
    k = len(R)
    product, odd = (R[:, None] @ R).flatten(0, 1), (flip[:, None] ^ flip).flatten()
    angle, number = _apart(product, odd, R, flip).min(-1)
    return torch.where(angle <= 2 * _SAME * least, number, -1).reshape(k, k).numpy()
