"""What an equivariant model can output for a symmetric input."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from symbreak.groups import Element, FiniteGroup, unsqueeze
from symbreak.representations import Permutation, Regular, Representation, Trivial
from symbreak.symmetry.isotypic import isotypic_projectors
from symbreak.symmetry.orbits import NodeOrbits, node_orbits
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation
from symbreak.symmetry.site_stabilizers import site_forms

_LISTED = 0.5  # for a complete list the form's eigenvalues are 0, or 1 and more


@dataclass(frozen=True, eq=False)
class FixedSubspace:
    """The outputs that a symmetric input allows, `Fix(H) = {y : ρ(h) y = y for all h in H}`.

    An output with a vector for each node is in it if the vector of the first node of each orbit is fixed by that
    node's own stabilizer, and the other vectors of the orbit are the first one, carried along. So it is kept as one
    small basis for each orbit; nothing grows faster than the number of nodes. The subspace of a batch is the direct
    sum of those of its items. See `fixed_subspace`.
    """

    local: Representation = field(repr=False)
    """How the vector of one node, or the whole output, moves; of dimension d."""
    orbits: NodeOrbits = field(repr=False)
    transport: Tensor | None = field(repr=False)
    """`(N, d, d)`, from the first node of the orbit to each; None if all are the identity."""
    root_basis: Tensor = field(repr=False)
    """`(R, d, d)`, orthonormal rows, the first `rank`; the others are 0."""
    rank: Tensor = field(repr=False)
    """int64 `(R,)`"""
    shape: tuple[int, ...]
    """Of an output: `(dim,)`, `(nodes, d)`, or with the nodes or the items of the batch in front."""
    residual: float
    """The largest singular value that was taken for 0."""
    gap: float
    """The smallest that was not; the dimension is as certain as the two lie apart."""
    tolerance: float

    @property
    def dimension(self) -> int:
        """How many numbers an equivariant model is free to choose."""
        return int(self.rank.sum())

    @property
    def dimensions(self) -> Tensor:
        """int64 `(items,)`, that of each item of a batch."""
        return self.orbits.total(self.rank)

    @property
    def basis(self) -> Tensor:
        """Orthonormal rows, float64 `(dimension, dim)`: dense, so for thousands of nodes use `project`."""
        N, d = len(self.orbits.orbit), self.local.dim
        rank, orbit = self.rank, self.orbits.orbit
        free = torch.arange(d, device=rank.device) < rank[orbit][:, None]  # (N, d): which rows of the root's basis
        node, j = free.nonzero(as_tuple=True)
        row = (rank.cumsum(0) - rank)[orbit[node]] + j
        basis = self.root_basis.new_zeros(self.dimension, N, d)
        basis[row, node] = (self._coordinates() / self.orbits.size[orbit].double().sqrt()[:, None, None])[node, :, j]
        return basis.flatten(1)

    @property
    def projector(self) -> Tensor:
        """`P = (1/|H|) Σ ρ(h)`, float64 `(dim, dim)`: dense, so for thousands of nodes use `project`."""
        basis = self.basis
        return basis.T @ basis

    def project(self, y: Tensor) -> Tensor:
        """The nearest output that an equivariant model can give: `P y`.

        Shapes:
            `(..., *shape)` -> `(..., *shape)`, in the dtype and on the device of `y`; computed in float64.
        Raises:
            ValueError: if `y` has another shape.

        Example:
            >>> from symbreak.groups import Orthogonal
            >>> from symbreak.representations import Vector
            >>> axis = torch.tensor([[[0.0, -1, 0], [1, 0, 0], [0, 0, 0]]])
            >>> cone = Symmetry(torch.eye(3)[None], tangents=axis, complete=True)
            >>> fixed_subspace(cone, Vector(Orthogonal(3))).project(torch.tensor([1.0, 2.0, 3.0]))
            tensor([0., 0., 3.])
        """
        z = self.sites(y)
        if self.transport is not None:
            z = (self.transport.mT @ z[..., None])[..., 0]
        orbit, size = self.orbits.orbit, self.orbits.size
        mean = z.new_zeros(*z.shape[:-2], len(size), self.local.dim).index_add(-2, orbit, z) / size[:, None]
        mean = (self.root_basis.mT @ (self.root_basis @ mean[..., None]))[..., 0]
        z = mean[..., orbit, :]
        if self.transport is not None:
            z = (self.transport @ z[..., None])[..., 0]
        return z.reshape(y.shape).to(y)

    def sites(self, y: Tensor) -> Tensor:
        """Outputs as one vector for each node: `(..., *shape)` -> float64 `(..., N, d)`."""
        at = y.dim() - len(self.shape)
        if at < 0 or y.shape[at:] != self.shape:
            raise ValueError(
                f"The output has shape {tuple(y.shape)}, but this fixed subspace is of outputs of shape "
                f"(..., {', '.join(map(str, self.shape))}): {self.local!r}, with {self.orbits.items} item(s) and "
                f"{len(self.orbits.orbit)} vector(s)."
            )
        return y.to(self.root_basis).reshape(*y.shape[:at], len(self.orbits.orbit), self.local.dim)

    @property
    def vanishing(self) -> Tensor:
        """bool `shape`: which components of the standard basis are 0 in every allowed output."""
        return (self._coordinates().norm(dim=-1) <= self.tolerance).reshape(self.shape)

    @property
    def irreps(self) -> dict[str, tuple[int, int]]:
        """For each irrep of O(3), how many dimensions are allowed, of how many; `(0, n)` means that it must vanish."""
        sites, found = len(self.orbits.orbit), {}
        for name, Q in isotypic_projectors(self.local).items():
            allowed = ((self.root_basis @ Q.to(self.root_basis)) * self.root_basis).sum()
            found[name] = (round(float(allowed)), sites * round(float(Q.trace())))
        return found

    @property
    def equal(self) -> Tensor:
        """int64 `shape`: the number of the first component that each is tied to (its own if none): see `sign`."""
        return self._ties()[0]

    @property
    def sign(self) -> Tensor:
        """int64 `shape`: 1 if equal to it, -1 if opposite, 0 if it vanishes.

        Every allowed output is `y = sign * y.flatten()[equal]`.
        """
        return self._ties()[1]

    def _coordinates(self) -> Tensor:
        """`(N, d, d)`: component c of node i is `√|orbit|` times the sum of these with the coordinates of the orbit."""
        columns = self.root_basis.mT[self.orbits.orbit]
        return columns if self.transport is None else self.transport @ columns

    def _ties(self) -> tuple[Tensor, Tensor]:
        rows = self._coordinates().flatten(0, 1)  # (N d, d)
        alive = rows.abs() > self.tolerance
        lead = alive.to(torch.int64).argmax(-1, keepdim=True)
        sign = rows.gather(1, lead)[:, 0].sign().long() * alive.any(-1)
        cell = self.orbits.orbit.repeat_interleave(self.local.dim) * 2 + (sign == 0)
        for column in (rows * sign[:, None]).T[: int(self.rank.max()) if len(self.rank) else 0]:
            cell = _split(cell, column, self.tolerance)
        cell, number = torch.unique(cell, return_inverse=True)[1], torch.arange(len(cell), device=cell.device)
        first = torch.full_like(number, len(cell)).scatter_reduce(0, cell, number, "amin")
        equal = torch.where(sign == 0, number, first[cell])
        return equal.reshape(self.shape), (sign * sign[equal]).reshape(self.shape)


def fixed_subspace(symmetry: Symmetry, representation: Representation, *, tolerance: float = 1e-4) -> FixedSubspace:
    """What a deterministic equivariant model can output for an input with this symmetry (Curie's principle).

        Fix(H) = {y : ρ(h) y = y for h in H},    f(x) = f(h x) = ρ(h) f(x)

    The null space of `ρ(h) - 1` over the elements and of `dρ(X)` over the tangents. If all elements are listed, the
    singular values that are not 0 are at least 1 (rooted mean square over the list), so that inexact elements do no
    harm; if generators are, they can be small for a turn by a small angle, and the tolerance decides.

    Args:
        symmetry: H, all of it or generators.
        representation: orthogonal. `SiteRepresentation` for an output with a vector for each node, which is permuted
            as well, `Permutation` for a number for each node, or any of the group of the elements.
        tolerance: singular values of `ρ(h) - 1` (rooted mean square over the generators) and entries of the basis
            that count as 0.
    Raises:
        ValueError: if a representation is not orthogonal, the symmetry is of another number of nodes, or a list that
            is called complete is not closed.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import TensorProduct, Vector
        >>> V = Vector(Orthogonal(3))
        >>> fourfold = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
        >>> square = Symmetry(torch.stack([fourfold, torch.diag(torch.tensor([1.0, 1.0, -1.0]))]))  # C4h
        >>> fixed_subspace(square, V).dimension  # no dipole
        0
        >>> fixed_subspace(square, TensorProduct(V, V)).irreps  # a tensor: its trace, one axial vector, one quadrupole
        {'0e': (1, 1), '1e': (1, 3), '2e': (1, 5)}

    Reference:
        Curie (1894), Sur la symétrie dans les phénomènes physiques. For learned models: Smidt, Geiger, Miller (2021),
        Finding symmetry breaking order parameters with Euclidean neural networks.
    """
    symmetry, rep = _as_sites(symmetry, representation)
    if not isinstance(rep, SiteRepresentation):
        return replace(fixed_subspaces([symmetry], rep, tolerance=tolerance), shape=(rep.dim,))
    if symmetry.nodes != rep.nodes:
        raise ValueError(
            f"{representation!r} has {rep.nodes} nodes, but the symmetry is of {symmetry.nodes} (None: it permutes "
            "nothing). Give permutations=, int64 (k, nodes)."
        )
    shape = (rep.nodes, rep.local.dim) if rep is representation else (rep.dim,)
    return replace(fixed_subspaces([symmetry], rep.local, per_node=True, tolerance=tolerance), shape=shape)


def fixed_subspaces(
    symmetries: Sequence[Symmetry], local: Representation, *, per_node: bool = False, tolerance: float = 1e-4
) -> FixedSubspace:
    """The fixed subspaces of a ragged batch, as one.

    Args:
        symmetries: one for each item.
        local: how an output moves, or with `per_node` the vector of one node.
        per_node: whether there is an output for each node, the nodes of the items one after another.
        tolerance: see `fixed_subspace`.
    Raises:
        ValueError: as `fixed_subspace` does.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> inversion, mirror = -torch.eye(3)[None], torch.diag(torch.tensor([1.0, 1.0, -1.0]))[None]
        >>> fixed_subspaces([Symmetry(inversion), Symmetry(mirror)], Vector(Orthogonal(3))).dimensions
        tensor([0, 2])
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance}, but rounding alone is more than that: try 1e-4.")
    if per_node:
        orbits = node_orbits(symmetries)
    else:
        device = tree_leaves(symmetries[0].elements)[0].device if symmetries else None
        items = torch.arange(len(symmetries), device=device)
        orbits = NodeOrbits(items, items, len(items))
    form, transport, listed = site_forms(symmetries, local, orbits, per_node, tolerance)
    values, vectors = torch.linalg.eigh(form)
    free = values <= torch.where(listed, _LISTED, tolerance**2)[:, None]
    singular = values.clamp(min=0).sqrt()
    kept = vectors * free[:, None]
    return FixedSubspace(
        local=local,
        orbits=orbits,
        transport=transport,
        root_basis=_sparse_basis(kept @ kept.mT, free.sum(-1)),
        rank=free.sum(-1),
        shape=(len(orbits.orbit), local.dim),
        residual=float(singular[free].max()) if bool(free.any()) else 0.0,
        gap=float(singular[~free].min()) if bool((~free).any()) else float("inf"),
        tolerance=tolerance,
    )


def _as_sites(symmetry: Symmetry, rep: Representation) -> tuple[Symmetry, Representation]:
    """Representations that permute numbers, as numbers on permuted nodes: no matrix is built."""
    if isinstance(rep, Permutation):
        return replace(symmetry, permutations=symmetry.elements), SiteRepresentation(Trivial(rep.group), rep.dim)
    if isinstance(rep, Regular):
        group: FiniteGroup = rep.group
        elements: Element = group.elements(tree_leaves(symmetry.elements)[0].device)
        permutations = group.index(group.compose(unsqueeze(symmetry.elements, 1), elements))
        return replace(symmetry, permutations=permutations), SiteRepresentation(Trivial(group), rep.dim)
    return symmetry, rep


def _sparse_basis(P: Tensor, rank: Tensor) -> Tensor:
    """Gram-Schmidt on the projected unit vectors in order: sparse where it can be, with no eigensolver's choices left.

    A unit vector is skipped if what is new in it is short; at the limit of `1/2√d` none can be missing in the end.
    """
    R, d = P.shape[:2]
    basis, found = torch.zeros_like(P), torch.zeros_like(rank)
    number = torch.arange(R, device=P.device)
    for c in range(d):
        unit = P[..., c]
        for _ in range(2):  # once is not enough in floating point
            unit = unit - (basis.mT @ (basis @ unit[..., None]))[..., 0]
        size = unit.norm(dim=-1)
        new = (size > 0.5 / d**0.5) & (found < rank)
        basis[number[new], found[new]] = unit[new] / size[new, None]
        found += new
    return basis


def _split(cell: Tensor, value: Tensor, tolerance: float) -> Tensor:
    """Cells that are split where their sorted values rise by more than the tolerance."""
    order = value.argsort(stable=True)
    order = order[cell[order].argsort(stable=True)]
    new = (cell[order].diff() != 0) | (value[order].diff() > tolerance)
    return torch.zeros_like(cell).scatter(0, order, torch.nn.functional.pad(new.long().cumsum(0), (1, 0)))
