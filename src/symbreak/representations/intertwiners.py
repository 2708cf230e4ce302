"""Equivariant linear maps."""

import torch
from torch import Tensor

from symbreak.groups import Element, FiniteGroup
from symbreak.representations.representation import Representation, check_same_group

_LISTED = 64  # a finite group up to this order is listed, not sampled
_DRAWS = 64
_CUTOFF = 1e-9  # of an eigenvalue, relative to the largest; rounding leaves about 1e-15
_TOLERANCE = 1e-6  # of the check on fresh draws


def intertwiners(source: Representation, target: Representation, *, dtype: torch.dtype | None = None) -> Tensor:
    """An orthonormal basis of the equivariant linear maps, `target(g) W = W source(g)` for every `g`.

    A map that commutes with some elements commutes with the group they generate, and independent Haar draws
    generate a dense subgroup almost surely. So the basis is the joint null space for 64 draws, or for all
    elements of a finite group of order 64 or less; it is then checked on 64 fresh draws. The draws are always
    the same ones and no global generator is touched. The basis is orthonormal in the inner product `tr(Vᵀ W)`
    and does not depend on the choices of an eigensolver: it is Gram-Schmidt on the projected matrix units in
    row-major order, and so comes out sparse where it can. Time grows as `(target.dim · source.dim)³`.

    A group that is not compact, with `Translation` inside, has no Haar measure; its `sample` still draws from
    a density, so the draws generate a dense subgroup as before and the basis holds for the whole group.

    Args:
        source, target: representations of one group.
        dtype: of the result, by default torch's; the computation is in float64.
    Shapes:
        -> `(r, target.dim, source.dim)`, where `r` may be 0.
    Raises:
        ValueError: if the groups differ.
        ArithmeticError: if a map found does not commute with the fresh draws, as it should but for a rare
            accident or a faulty representation.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> V = Regular(Cyclic(3))
        >>> for W in intertwiners(V, V):  # the circulants, each divided by √3
        ...     (W * 3**0.5).round().int().tolist()
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]]

    Reference:
        Finzi, Welling, Wilson (2021), A Practical Method for Constructing Equivariant Multilayer Perceptrons
        for Arbitrary Matrix Groups: the same null space, from generators in place of draws.
    """
    check_same_group("intertwiners", source, target)
    G, cpu = source.group, torch.device("cpu")
    generator = torch.Generator().manual_seed(0)
    if isinstance(G, FiniteGroup) and G.order <= _LISTED:
        draws = G.elements(cpu)
    else:
        draws = G.sample((_DRAWS,), generator=generator, dtype=torch.float64, device=cpu)
    basis = _null_basis(*_matrices(source, target, draws))

    fresh = G.sample((_DRAWS,), generator=generator, dtype=torch.float64, device=cpu)
    A, B = _matrices(source, target, fresh)
    gap = B[:, None] @ basis - basis @ A[:, None]  # (draws, r, target, source)
    worst = float(gap.abs().max()) if gap.numel() else 0.0
    scale = max(1.0, *(float(m.abs().max()) for m in (A, B) if m.numel()))
    if not worst <= _TOLERANCE * scale:  # a NaN fails too
        raise ArithmeticError(
            f"{len(basis)} linear maps from {source!r} to {target!r} commute with the draws of the group, "
            f"but on fresh draws they miss by up to {worst:.2g}. Run check_group and check_representation: "
            "the draws do not generate the group, or a representation is not a homomorphism."
        )
    return basis.to(torch.get_default_dtype() if dtype is None else dtype)


def _matrices(source: Representation, target: Representation, g: Element) -> tuple[Tensor, Tensor]:
    return source.matrix(g, dtype=torch.float64), target.matrix(g, dtype=torch.float64)


def _null_basis(A: Tensor, B: Tensor) -> Tensor:
    """`(r, t, s)`: the matrices `W` with `B_k W = W A_k` for all `k`; A `(k, s, s)`, B `(k, t, t)`."""
    (k, s, _), t = A.shape, B.shape[-1]
    if s * t == 0:
        return A.new_zeros(0, t, s)
    # The quadratic form Σ_k |B_k W - W A_k|², as a matrix on the entries of W in row-major order.
    cross = (B.flatten(1).T @ A.flatten(1)).reshape(t, t, s, s).permute(1, 3, 0, 2).reshape(t * s, t * s)
    form = torch.kron((B.mT @ B).sum(0), torch.eye(s, dtype=A.dtype, device=A.device))
    form += torch.kron(torch.eye(t, dtype=A.dtype, device=A.device), (A @ A.mT).sum(0))
    form -= cross + cross.T
    values, vectors = torch.linalg.eigh(form / k)
    null = vectors[:, values <= _CUTOFF * values[-1].clamp(min=1.0)]  # (t s, r)
    basis = null.new_zeros(null.shape[1], t * s)
    found = 0
    for row in null:  # null @ row is the projection of one matrix unit
        if found == len(basis):
            break
        unit = null @ row
        for _ in range(2):  # once is not enough in floating point
            unit = unit - basis[:found].T @ (basis[:found] @ unit)
        if (size := torch.linalg.vector_norm(unit)) > 1e-5:
            basis[found] = unit / size
            found += 1
    return basis.unflatten(1, (t, s))
