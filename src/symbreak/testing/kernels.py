"""Laws that every kernel must satisfy, of values where there are any and of probabilities elsewhere."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils._pytree import tree_leaves, tree_map

from symbreak.actions import Action, orbit
from symbreak.groups import Element, FiniteGroup, SampleKeys, Source, batch_size, same, unsqueeze
from symbreak.kernels import FiniteKernel, Kernel
from symbreak.testing.actions import fail, gap, items, within
from symbreak.testing.law import chi_square_threshold

_CHUNK = 512  # draws at a time
_SAME = 1e-3  # of an entry of two equal elements: those of a finite stabilizer differ by more
_EXPECTED = 10  # draws in a cell, at least, for a chi-square test to hold


def check_kernel(
    kernel: Kernel,
    action: Action,
    x: Any,
    *,
    inversion: bool = True,
    order: Tensor | None = None,
    generator: Generator | None = None,
    draws: int = 1000,
    significance: float = 1e-9,
    atol: float = 1e-9,
    apart: Callable[[Any, Any], float] = gap,
) -> None:
    """Checks that a kernel keeps the contract of `Kernel`, on each item of a batch.

    Of every kernel: one element an item; draws that repeat from a generator, and from `SampleKeys` whatever the
    batch an item comes in; `kernel(h x) ~ h kernel(x)` in law; draws that follow `probability`, if it has one; an
    entropy not below that of an inversion kernel. Of an inversion kernel besides: one canonical form for the whole
    orbit; poses uniform on the coset `G_x g₀`; entropy `log |G_x|`.

    Give it symmetric items: on others a law on ties says nothing. Tests of laws are by chi-square, and a sound kernel
    fails by chance with probability about `significance`.

    Args:
        kernel: to check.
        action: how the data move.
        x: `(B, ...)`, or a PyG batch.
        inversion: whether it claims to be an inversion kernel on these items.
        order: `(B,)`, of the stabilizers; found by trying all elements, if None and the group is finite.
        generator: of the draws; by default a fresh one with seed 0.
        draws: for each item.
        significance: of all tests of the call together.
        atol: largest difference of entries, of data and of elements.
        apart: how far two batches are from holding the same; by default entry by entry, for crystals `crystal_gap`.

    Raises:
        AssertionError: naming the law that fails, by how much, and the kernel.

    Example:
        >>> from symbreak.actions import Lattice, Scalar
        >>> from symbreak.groups import p4
        >>> from symbreak.kernels import LatticeInversion
        >>> action = Lattice(p4(3), (Scalar(),))
        >>> check_kernel(LatticeInversion(action), action, torch.eye(3)[None, None])

    Reference:
        Lawrence et al. (2025), inversion kernels.
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    with torch.no_grad():
        _check_sources(kernel, action, x, generator, atol)
        still = _stabilizers(action, x, atol)
        order = still.sum(-1) if order is None and still is not None else order
        _check_entropy(kernel, x, inversion, order)
        if inversion:
            canonical = _canonical(kernel, action, x, generator)
            for _ in range(3):
                hx = action.act(action.haar(x, generator=generator), x)
                again = _canonical(kernel, action, hx, generator)
                inverse = _inverse_fits(kernel, action, x, hx, generator, atol, apart)
                hint = " Is it the inverse of a pose?" if inverse else ""
                within(kernel, "one canonical form: k(h x)⁻¹ h x = k(x)⁻¹ x", again, canonical, atol, hint, apart)
        level = significance / (3 * max(items(x), 1))
        for i in range(items(x)):
            _check_laws(
                kernel,
                action,
                _item(x, i),
                inversion,
                None if order is None else int(order[i]),
                None if still is None else still[i],
                generator,
                draws,
                level,
                atol,
                apart,
            )


def _check_sources(kernel: Kernel, action: Action, x: Any, generator: Generator, atol: float) -> None:
    state, globally = generator.get_state(), torch.get_rng_state()
    g = kernel(x, generator=generator)
    generator.set_state(state)
    if not same(g, kernel(x, generator=generator)):
        fail(kernel, "draws repeat from the state of the generator", "they differ")
    if not torch.equal(globally, torch.get_rng_state()):
        fail(kernel, "draws use the generator they are given", "the global random state moved")
    rows = items(x) if isinstance(x, Tensor) or batch_size(g) == items(x) else x.num_nodes
    if batch_size(g) != rows:
        fail(kernel, f"one element for each of the {items(x)} items", f"it draws {batch_size(g)}")
    index = torch.arange(items(x)) + 1000
    whole = kernel(x, generator=SampleKeys(index, seed=1))
    alone, start = [], 0
    for i in range(items(x)):
        part = kernel(_item(x, i), generator=SampleKeys(index[i : i + 1], seed=1))
        alone.append(part + start if _is_ragged(x, whole) else part)
        start += batch_size(part)
    if alone:
        joined = tree_map(lambda *leaves: torch.cat(leaves), *alone)
        apart = kernel.group.distance(joined, whole).max() if start else torch.zeros(())
        if not float(apart) <= max(atol, 1e-5):
            fail(kernel, "draws keyed to the sample do not depend on its batch", f"they differ by {float(apart):.3g}")


def _stabilizers(action: Action, x: Any, atol: float) -> Tensor | None:
    """bool `(B, |G|)`, by trying every element; None if there are infinitely many."""
    if not isinstance(x, Tensor) or not isinstance(action.group, FiniteGroup):
        return None
    moved = orbit(action, x)
    equal = (moved == x) | ((moved - x).abs() <= atol) if x.is_floating_point() else moved == x
    equal = equal | (moved.isnan() & x.isnan()) if x.is_floating_point() else equal
    return equal.flatten(2).all(-1).T


def _check_entropy(kernel: Kernel, x: Any, inversion: bool, order: Tensor | None) -> None:
    nats = kernel.entropy(x)
    if nats.shape != (items(x),):
        fail(kernel, "entropy has one number for each item", f"its shape is {tuple(nats.shape)} for {items(x)} items")
    if order is None:
        return
    least = order.to(torch.float64).log()
    if inversion and not bool(((nats - least).abs() < 1e-9).all()):
        fail(kernel, "entropy is log |G_x|", f"it is {nats.tolist()}, and the orders are {order.tolist()}")
    if not bool((nats > least - 1e-9).all()):
        fail(kernel, "entropy is at least log |G_x|", f"it is {nats.tolist()}, and the orders are {order.tolist()}")


def _check_laws(
    kernel: Kernel,
    action: Action,
    x: Any,
    inversion: bool,
    order: int | None,
    still: Tensor | None,
    generator: Generator,
    draws: int,
    significance: float,
    atol: float,
    apart: Callable[[Any, Any], float],
) -> None:
    """The laws of the poses of one item."""
    G, ragged = kernel.group, None
    h = action.haar(x, generator=generator)
    ragged = _is_ragged(x, h)
    here, forms = _draws(kernel, action, x, draws, generator, apart if inversion else None)
    there, _ = _draws(kernel, action, action.act(h, x), draws, SampleKeys(torch.arange(draws), seed=2), None)
    if forms > atol:
        fail(kernel, "all poses lead to one canonical form", f"the forms differ by up to {forms:.3g}")
    moved = G.compose(unsqueeze(h, 0) if ragged else h, here)
    _chi_square(kernel, "equivariance in law: k(h x) ~ h k(x)", *_two_samples(G, moved, there, generator), significance)
    if isinstance(kernel, FiniteKernel):
        p = kernel.probability(x)[0]
        if not abs(float(p.sum()) - 1) < 1e-9:
            fail(kernel, "probability adds up to 1", f"it adds up to {float(p.sum())}")
        number = kernel.group.index(here)
        if bool((p[number] <= 0).any()):
            fail(kernel, "draws have positive probability", "some have none")
        _chi_square(
            kernel, "draws follow probability", *_binned(torch.bincount(number, minlength=len(p)), p), significance
        )
    if not inversion:
        return
    name = "law on ties: uniform on the coset G_x g"
    if still is not None and isinstance(G, FiniteGroup):
        first = tree_map(lambda leaf: leaf[:1], here)
        coset = G.index(G.compose(G.element(still.nonzero()[:, 0]), first))
        p = torch.zeros(G.order, dtype=torch.float64).index_fill(0, coset, 1 / len(coset))
        counts = torch.bincount(G.index(here), minlength=G.order)
        if int(counts[p == 0].sum()):
            fail(kernel, name, f"{int(counts[p == 0].sum())} of {draws} poses lie outside of the coset")
        _chi_square(kernel, name, *_binned(counts, p), significance)
    elif order is not None:
        counts = _distinct(here, order)
        if len(counts) > order:
            fail(kernel, name, f"more than {order} poses were drawn, but the stabilizer has {order} elements")
        if order * _EXPECTED <= draws:
            counts = torch.cat([counts, torch.zeros(order - len(counts), dtype=torch.int64)])
            _chi_square(kernel, name, *_binned(counts, torch.full((order,), 1 / order)), significance)


def _draws(
    kernel: Kernel, action: Action, x: Any, draws: int, source: Source, apart: Callable[[Any, Any], float] | None
) -> tuple[Element, float]:
    """Poses of one item, `(draws, ...)`, and how far apart their canonical forms are, if something measures it."""
    found, worst, first = [], 0.0, None
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        many = _copies(x, count)
        keys = SampleKeys(torch.arange(start, start + count), seed=2) if isinstance(source, SampleKeys) else source
        g = kernel(many, generator=keys)
        if apart is not None:
            form = action.act(kernel.group.inverse(g), many)
            first = _item(form, 0) if first is None else first
            worst = max(worst, apart(form, _copies(first, count)))
        found.append(g.reshape(count, -1) - _starts(many)[:, None] if _is_ragged(many, g) else g)
    return tree_map(lambda *leaves: torch.cat(leaves), *found), worst


def _two_samples(G: Any, a: Element, b: Element, generator: Generator) -> tuple[Tensor, Tensor, int]:
    """Observed and expected counts `(2, cells)` of two samples that should have one law, and the degrees of freedom."""
    if isinstance(G, FiniteGroup):
        pooled = torch.cat([G.index(a), G.index(b)])[:, None]
    else:
        pooled = torch.cat([torch.cat([leaf.flatten(1) for leaf in tree_leaves(g)], dim=1) for g in (a, b)])
    draws = len(pooled) // 2
    if pooled.shape[1] == 0:
        return torch.zeros(2, 1), torch.zeros(2, 1), 0
    cell = torch.arange(len(pooled)) if pooled.is_floating_point() else pooled.unique(dim=0, return_inverse=True)[1]
    if int(cell.max()) + 1 > 2 * draws / _EXPECTED:  # too many values to count: cut a random direction into intervals
        line = pooled.to(torch.float64)
        line = line @ torch.randn(line.shape[1], generator=generator, dtype=torch.float64)
        # A little noise, of one law on both sides: values equal but for rounding fall on either side of a cut alike.
        line = line + 1e-3 * torch.rand(len(line), generator=generator, dtype=torch.float64)
        cuts = line.quantile(torch.linspace(0, 1, 21, dtype=torch.float64)[1:-1])
        cell = torch.bucketize(line, cuts)
    counts = torch.stack([torch.bincount(part, minlength=int(cell.max()) + 1) for part in cell.split(draws)])
    rare = counts.sum(0) < 2 * _EXPECTED
    counts = torch.cat([counts[:, ~rare], counts[:, rare].sum(1, keepdim=True)], dim=1)
    counts = counts[:, counts.sum(0) > 0].to(torch.float64)
    return counts, counts.mean(0, keepdim=True).expand(2, -1), counts.shape[1] - 1


def _distinct(g: Element, most: int) -> Tensor:
    """int64: how often each different element of `(draws, ...)` occurs; no more than one beyond `most` is counted."""
    rest, counts = torch.cat([leaf.flatten(1).to(torch.float64) for leaf in tree_leaves(g)], dim=1), []
    while len(rest) and len(counts) <= most:
        apart = (rest - rest[0]).abs() > _SAME
        rest = rest[apart.any(1)]
        counts.append(len(apart) - len(rest))
    return torch.tensor(counts)


def _binned(counts: Tensor, p: Tensor) -> tuple[Tensor, Tensor, int]:
    """Observed and expected counts, in cells joined until each expects enough draws; and the degrees of freedom."""
    draws = int(counts.sum())
    order = p.argsort(descending=True, stable=True)
    counts, expected = counts[order][p[order] > 0].to(torch.float64), draws * p[order][p[order] > 0].to(torch.float64)
    bin_ = ((expected.cumsum(0) - expected / 2) / max(_EXPECTED, float(expected.max()))).long()
    cells = int(bin_.max()) + 1
    observed = torch.zeros(cells, dtype=torch.float64).index_add(0, bin_, counts)
    expected = torch.zeros(cells, dtype=torch.float64).index_add(0, bin_, expected)
    full = expected > 0
    return observed[full], expected[full], int(full.sum()) - 1


def _chi_square(
    kernel: Kernel, name: str, observed: Tensor, expected: Tensor, degrees: int, significance: float
) -> None:
    if degrees == 0:
        return
    statistic = float(((observed - expected) ** 2 / expected).sum())
    threshold = chi_square_threshold(significance, degrees)
    if not statistic <= threshold:
        fail(kernel, name, f"chi-square is {statistic:.3g}, above {threshold:.3g} for {degrees} degrees of freedom")


def _canonical(kernel: Kernel, action: Action, x: Any, generator: Generator) -> Any:
    return action.act(kernel.group.inverse(kernel(x, generator=generator)), x)


def _inverse_fits(
    kernel: Kernel,
    action: Action,
    x: Any,
    hx: Any,
    generator: Generator,
    atol: float,
    apart: Callable[[Any, Any], float],
) -> bool:
    one, two = (action.act(kernel(y, generator=generator), y) for y in (x, hx))
    return apart(one, two) <= atol


def _item(x: Any, i: int) -> Any:
    return x[i : i + 1] if isinstance(x, Tensor) else type(x).from_data_list([x.get_example(i)])


def _copies(x: Any, count: int) -> Any:
    if isinstance(x, Tensor):
        return x.repeat(count, *[1] * (x.dim() - 1))
    return type(x).from_data_list([x.get_example(0)] * count)


def _is_ragged(x: Any, g: Element) -> bool:
    """Whether the element is one index vector over all the nodes of a batch."""
    return not isinstance(x, Tensor) and isinstance(g, Tensor) and g.dim() == 1 and not g.is_floating_point()


def _starts(x: Any) -> Tensor:
    return x.ptr[:-1]
