"""The stabilizer of a set of vectors, in a finite or an orthogonal group."""

import torch
from torch import Tensor

from symbreak.groups import FiniteGroup, Orthogonal, SampleKeys, unsqueeze
from symbreak.representations import Representation

_STARTS = 512  # Haar draws in each round
_STEPS = 30
_STEP = 0.5  # the longest, in radians
_APART = 1e-2  # solutions closer than this are one
_MOST = 2000  # elements; more means that the vectors are symmetric under a continuous group but for rounding


def vector_stabilizer(rep: Representation, v: Tensor, *, atol: float = 1e-5) -> int | None:
    """The order of `{g : g v_i = v_i for all i}`; None if it is infinite.

    In a finite group every element is tried. In O(n) and SO(n), where the generators `A` of the rotations
    with `A v = 0` are counted first (if there is one, the answer is None), the equation `g v = v` is solved
    by Gauss-Newton from draws of the Haar measure. The solutions are closed under composition, and more are
    drawn until two rounds in a row add nothing. So a subgroup is counted; that none of its cosets was missed
    is as certain as 1,024 starts make it, and not proven.

    Args:
        rep: how each vector moves.
        v: `(copies, rep.dim)`.
        atol: largest difference, relative to the largest entry of `v`, that still counts as equal.
    Raises:
        ValueError: for groups other than these, or vectors that are not finite.

    Example:
        >>> from symbreak.representations import Vector
        >>> axis = torch.tensor([[0.0, 0.0, 1.0]])
        >>> frame = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        >>> vector_stabilizer(Vector(Orthogonal(3)), axis)  # all turns about it
        >>> vector_stabilizer(Vector(Orthogonal(3)), frame)  # the mirror that keeps both
        2
        >>> vector_stabilizer(Vector(Orthogonal(3, special=True)), frame)
        1
    """
    if v.dim() != 2 or v.shape[1] != rep.dim:
        raise ValueError(f"v has shape {tuple(v.shape)}, but vectors of {rep!r} are (copies, {rep.dim}).")
    if not v.isfinite().all():
        where = v.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(f"v{where} is not finite, so nothing fixes it. Start v from other values.")
    v = v.detach().to(torch.float64)
    v = v / v.abs().max().clamp(min=torch.finfo(torch.float64).tiny) if v.numel() else v
    if isinstance(rep.group, FiniteGroup):
        moved = rep.act(unsqueeze(rep.group.elements(v.device), 1), v)
        return int(((moved - v).abs().flatten(1) <= atol).all(-1).sum())
    if isinstance(rep.group, Orthogonal):
        return _orthogonal_order(rep, rep.group, v, atol)
    raise ValueError(
        f"The stabilizer of a vector was asked for in {rep.group!r}, but it is known here for finite groups, "
        "O(n) and SO(n) only."
    )


def _orthogonal_order(rep: Representation, group: Orthogonal, v: Tensor, atol: float) -> int | None:
    identity = group.identity((1,), dtype=v.dtype, device=v.device)
    turns, slopes = _generators(rep, v)
    tangent = (slopes @ v.mT).flatten(1).mT  # (dim · copies, k): how each small turn moves v
    if int(torch.linalg.matrix_rank(tangent, atol=atol, rtol=0.0)) < len(turns):
        return None
    found, idle, rounds = identity, 0, 0
    while idle < 2:
        keys = SampleKeys(torch.arange(_STARTS, device=v.device), seed=0, epoch=rounds)
        draws = group.sample((_STARTS,), generator=keys, dtype=v.dtype)
        solved = _still(rep, v, _solve(rep, v, draws, turns, slopes), atol)
        more = _closure(rep, group, v, _distinct(group, torch.cat([found, solved])), atol)
        if len(more) > _MOST:
            return None
        idle, found, rounds = (idle + 1 if len(more) == len(found) else 0), more, rounds + 1
    return len(found)


def _still(rep: Representation, v: Tensor, g: Tensor, atol: float) -> Tensor:
    """Those elements that leave `v` as it is."""
    return g[((rep.act(g[:, None], v) - v).abs() <= atol).flatten(1).all(-1)]


def _closure(rep: Representation, group: Orthogonal, v: Tensor, g: Tensor, atol: float) -> Tensor:
    """The elements with their products, and the products of those, to the end."""
    size = 0
    while size < len(g) <= _MOST:
        size = len(g)
        g = _distinct(group, torch.cat([g, _still(rep, v, (g[:, None] @ g[None, :]).flatten(0, 1), atol)]))
    return g


def _generators(rep: Representation, v: Tensor) -> tuple[Tensor, Tensor]:
    """The basis `A_k` of the antisymmetric matrices `(k, n, n)`, and of what they do to vectors `(k, dim, dim)`."""
    n = rep.group.n  # type: ignore[attr-defined]
    row, column = torch.tril_indices(n, n, -1, device=v.device)
    turns = v.new_zeros(len(row), n, n)
    turns[range(len(row)), row, column] = 1.0
    turns = turns - turns.mT
    if not len(turns):
        return turns, v.new_zeros(0, rep.dim, rep.dim)

    def matrix(angles: Tensor) -> Tensor:
        return rep.matrix(torch.linalg.matrix_exp((angles[:, None, None] * turns).sum(0)))

    return turns, torch.func.jacfwd(matrix)(v.new_zeros(len(turns))).movedim(-1, 0)


def _solve(rep: Representation, v: Tensor, g: Tensor, turns: Tensor, slopes: Tensor) -> Tensor:
    """Gauss-Newton on `|g v - v|²` from each of the starts `g`."""
    if not len(turns):
        return g
    ridge = 1e-9 * torch.eye(len(turns), dtype=v.dtype, device=v.device)
    for _ in range(_STEPS):
        moved = rep.act(g[:, None], v)  # (S, copies, dim)
        slope = torch.einsum("kij,scj->sick", slopes, moved).flatten(1, 2)  # (S, dim · copies, k)
        residual = (moved - v).mT.flatten(1)[..., None]
        angles = -torch.linalg.solve(slope.mT @ slope + ridge, slope.mT @ residual)[..., 0]
        angles = angles * (_STEP / angles.norm(dim=-1, keepdim=True).clamp(min=_STEP))
        g = torch.linalg.matrix_exp((angles[..., None, None] * turns).sum(1)) @ g
    return g


def _distinct(group: Orthogonal, g: Tensor) -> Tensor:
    """One of each cluster of elements, the first."""
    kept = []
    while len(g):
        kept.append(g[:1])
        g = g[group.distance(g[:1], g) > _APART]
    return torch.cat(kept)
