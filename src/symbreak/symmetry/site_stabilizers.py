"""What symmetry demands of the vector of one node of each orbit, and how it is carried to the others."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from symbreak.groups import Element, batch_size, take
from symbreak.representations import Representation, Trivial
from symbreak.symmetry.derivative import derivative
from symbreak.symmetry.orbits import NodeOrbits, node_permutations
from symbreak.symmetry.self_symmetry import Symmetry

_ENTRIES = 1 << 24  # of the matrices that are held at once
_ORTHOGONAL = 1e-3
_CLOSED = 1e-2


class SiteForms(NamedTuple):
    """Vectors of the first node of an orbit that its stabilizer fixes: the null space of a quadratic form."""

    form: Tensor
    """float64 `(R, d, d)`, the mean of `|ρ(u) v - v|²` over the site's stabilizer, plus `Σ |dρ(X) v|²`."""
    transport: Tensor | None
    """float64 `(N, d, d)`, from the first node of the orbit to each node; None if all are the identity."""
    listed: Tensor
    """bool `(R,)`: the mean is over the whole stabilizer, so that the eigenvalues are 0, or 1 and more."""


class _Arcs(NamedTuple):
    """Element `element` takes node `source` to node `target`; sorted by element, numbered through the batch."""

    element: Tensor
    source: Tensor
    target: Tensor

    def only(self, keep: Tensor) -> "_Arcs":
        return _Arcs(*(part[keep] for part in self))


def site_forms(
    symmetries: Sequence[Symmetry], local: Representation, orbits: NodeOrbits, per_node: bool, tolerance: float
) -> SiteForms:
    """The forms of all the orbits of a batch.

    Where all elements are listed, those that fix an orbit's first node are its stabilizer. Where generators `s` are
    given, `t_j⁻¹ s t_i` for all arcs `i -> j`, with transports `t`, generate it (Schreier's lemma).

    Raises:
        ValueError: if a representation is not orthogonal, or a list that is called complete is not closed.
    """
    d, device = local.dim, orbits.orbit.device
    complete = torch.tensor([s.complete for s in symmetries], dtype=torch.bool, device=device)
    listed = complete[orbits.owner[orbits.root]]
    form = torch.zeros(orbits.count, d, d, dtype=torch.float64, device=device)
    if isinstance(local, Trivial) or not orbits.count:
        return SiteForms(form, None, listed)
    elements = tree_map(lambda *parts: torch.cat([_double(p) for p in parts]), *(s.elements for s in symmetries))
    arcs = _arcs(symmetries, orbits, per_node)
    arcs = arcs.only(~complete[orbits.owner[arcs.source]] | (orbits.root[orbits.orbit[arcs.source]] == arcs.source))
    transport = _transport(local, elements, arcs, orbits) if orbits.count < len(orbits.orbit) else None
    arcs = arcs.only(~listed[orbits.orbit[arcs.source]] | (arcs.source == arcs.target))
    weight, mean = form.new_zeros(orbits.count), torch.zeros_like(form)
    for part, rho in _matrices(local, elements, arcs):
        if transport is not None:
            rho = transport[part.target].mT @ rho @ transport[part.source]
        change = rho - torch.eye(d, dtype=torch.float64, device=device)
        # a generator that does nothing to the site tells nothing of it
        counts = listed[orbits.orbit[part.source]] | (change.flatten(1).norm(dim=1) > tolerance)
        where = orbits.orbit[part.source[counts]]
        form.index_add_(0, where, change[counts].mT @ change[counts])
        mean.index_add_(0, where, rho[counts])
        weight.index_add_(0, where, torch.ones_like(where, dtype=torch.float64))
    form, mean = (total / weight.clamp(min=1)[:, None, None] for total in (form, mean))
    _check_listed(symmetries, local, orbits, weight, mean, listed)
    return SiteForms(form + _tangent_forms(symmetries, local, orbits), transport, listed)


def _arcs(symmetries: Sequence[Symmetry], orbits: NodeOrbits, per_node: bool) -> _Arcs:
    device = orbits.orbit.device
    if not per_node:
        k = torch.tensor([batch_size(s.elements) for s in symmetries], device=device)
        item = torch.repeat_interleave(torch.arange(len(k), device=device), k)
        return _Arcs(torch.arange(len(item), device=device), item, item)
    element, source, target = [], [], []
    first, start = 0, 0
    for symmetry in symmetries:
        p = node_permutations(symmetry)
        k, n = p.shape
        nodes = torch.arange(n, device=device)
        element.append(torch.arange(first, first + k, device=device).repeat_interleave(n))
        source.append((nodes + start).repeat(k))
        target.append((p + start).flatten())
        first, start = first + k, start + n
    return _Arcs(torch.cat(element), torch.cat(source), torch.cat(target))


def _matrices(local: Representation, elements: Element, arcs: _Arcs) -> Iterator[tuple[_Arcs, Tensor]]:
    """The arcs in portions, with the matrix of the element of each, `(arcs, d, d)`."""
    at = 0
    step = max(1, _ENTRIES // max(1, local.dim**2))
    while at < len(arcs.element):
        part = _Arcs(*(side[at : at + step] for side in arcs))
        number, place = torch.unique_consecutive(part.element, return_inverse=True)
        rho = _orthogonal(local, take(elements, number))
        yield part, rho[place]
        at += step


def _orthogonal(local: Representation, g: Element) -> Tensor:
    rho = local.matrix(g, dtype=torch.float64)
    miss = (rho.mT @ rho - torch.eye(local.dim, dtype=torch.float64, device=rho.device)).abs()
    if miss.numel() and not float(miss.max()) <= _ORTHOGONAL:
        raise ValueError(
            f"{local!r} is not orthogonal: its matrices miss by {float(miss.max()):.2g}. The nearest fixed vector is "
            "that of an inner product which the group keeps: orthonormalize the basis (for a stress, √2 on the "
            "off-diagonal entries of Voigt's order), or the elements."
        )
    return rho


def _transport(local: Representation, elements: Element, arcs: _Arcs, orbits: NodeOrbits) -> Tensor:
    """Breadth first from the first nodes; one level for a complete list."""
    N, d, device = len(orbits.orbit), local.dim, orbits.orbit.device
    transport = torch.eye(d, dtype=torch.float64, device=device).repeat(N, 1, 1)
    reached = torch.zeros(N, dtype=torch.bool, device=device)
    reached[orbits.root] = True
    while not bool(reached.all()):
        arcs = arcs.only(~reached[arcs.target])
        step = arcs.only(reached[arcs.source])
        number = torch.arange(len(step.target), device=device)
        pick = number.new_full((N,), N * len(arcs.target) + 1).scatter_reduce(0, step.target, number, "amin")
        pick = pick[step.target.unique()]
        if not len(pick):
            raise ValueError(
                f"The complete list does not take node {int(orbits.root[0])} to all the nodes that its products do, "
                "so it is no group. List all elements, or pass complete=False for generators."
            )
        step = _Arcs(*(side[pick.sort().values] for side in step))
        for part, rho in _matrices(local, elements, step):
            transport[part.target] = rho @ transport[part.source]
        reached[step.target] = True
    return transport


def _check_listed(
    symmetries: Sequence[Symmetry],
    local: Representation,
    orbits: NodeOrbits,
    weight: Tensor,
    mean: Tensor,
    listed: Tensor,
) -> None:
    """The order of a group is the size of an orbit times that of its stabilizer, whose mean is a projector."""
    k = torch.tensor([batch_size(s.elements) for s in symmetries], device=weight.device)
    finite = torch.tensor([s.tangents is None or not len(s.tangents) for s in symmetries], device=weight.device)
    owner = orbits.owner[orbits.root]
    miscounted = listed & (orbits.size * weight.long() != k[owner])
    if bool(miscounted.any()):
        r = int(miscounted.nonzero()[0])
        raise ValueError(
            f"Input {int(owner[r])} lists {int(k[owner[r]])} elements as complete, but node {int(orbits.root[r])} has "
            f"an orbit of {int(orbits.size[r])} and {int(weight[r])} elements that fix it, so the list is no group. "
            "List each element once, or pass complete=False for generators."
        )
    miss = (mean @ mean - mean).abs().flatten(1).amax(1)
    open_ = listed & finite[owner] & (miss > _CLOSED)
    if bool(open_.any()):
        r = int(open_.nonzero()[0])
        raise ValueError(
            f"Input {int(owner[r])} lists {int(k[owner[r]])} elements as complete, but they are not closed under "
            f"composition, or {local!r} is no representation: the square of their mean differs from it by "
            f"{float(miss[r]):.2g}. List all elements, or pass complete=False for generators."
        )


def _tangent_forms(symmetries: Sequence[Symmetry], local: Representation, orbits: NodeOrbits) -> Tensor:
    """`Σ dρ(X)ᵀ dρ(X)` over the tangents of each orbit's input, scaled to turns of unit speed."""
    parts = [s.tangents for s in symmetries if s.tangents is not None and len(s.tangents)]
    if not parts:
        return torch.zeros((), dtype=torch.float64, device=orbits.orbit.device)
    X = torch.cat([_orthonormal(part) for part in parts])
    item = [b for b, s in enumerate(symmetries) if s.tangents is not None for _ in range(len(s.tangents))]
    slope = derivative(local, X)
    form = slope.new_zeros(orbits.items, local.dim, local.dim)
    form.index_add_(0, torch.tensor(item, device=slope.device), slope.mT @ slope)
    return form[orbits.owner[orbits.root]]


def _orthonormal(X: Tensor) -> Tensor:
    """A basis of the same span, orthonormal but for the factor √2: the turns of unit speed about orthogonal axes."""
    q = torch.linalg.qr(X.to(torch.float64).flatten(1).T).Q.T
    return 2**0.5 * q.unflatten(1, X.shape[1:])


def _double(part: Tensor) -> Tensor:
    return part.to(torch.float64) if part.is_floating_point() else part
