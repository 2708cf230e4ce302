"""Laws that every group and every representation must satisfy, as plain functions to call from a test."""

import copy
from typing import Any, NoReturn

import torch
from torch import Generator, Tensor
from torch.utils._pytree import tree_leaves, tree_map

from symbreak.groups import (
    Element,
    FiniteGroup,
    FiniteSemidirect,
    Group,
    Semidirect,
    SemidirectElement,
    same,
    take,
    unsqueeze,
)
from symbreak.representations import Representation

_DRAWS = 16
_LISTED = 64  # the products of all pairs are checked in a finite group up to this order


def check_group(G: Group, *, dtype: torch.dtype = torch.float64, generator: Generator | None = None) -> None:
    """Checks that a group keeps the contract of `Group`, and of `FiniteGroup` if it is one.

    The group laws, those of the factors of a semidirect product, broadcasting, `distance` and its shape,
    equality and hash by value, and that `sample` repeats from a generator and leaves the global one alone. It
    cannot tell a convention from its mirror image, such as clockwise from counterclockwise: pin each with one
    literal example.

    Args:
        G: which must know its size, unlike `Symmetric()`.
        dtype: of elements that are not integers.
        generator: of the draws; by default a fresh one with seed 0.
    Raises:
        AssertionError: naming the law that fails, by how much, and the group.

    Example:
        >>> from symbreak.groups import Dihedral
        >>> check_group(Dihedral(4))
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    tolerance = 1000 * torch.finfo(dtype).eps

    def law(name: str, g: Element, h: Element) -> None:
        _within(G, name, G.distance(g, h), tolerance)

    _check_value(G)
    _check_sample(G, dtype, generator)
    g, h, k = (G.sample((_DRAWS,), generator=generator, dtype=dtype, device=generator.device) for _ in range(3))
    before = tree_map(torch.clone, g)
    e = G.identity((_DRAWS,), dtype=dtype, device=generator.device)
    _check_distance(G, g, h, tolerance)
    _ = G.inverse(g), G.compose(g, h), G.compose(h, g), G.distance(g, h)
    if not same(g, before):
        _fail(G, "operations leave their arguments alone", "an element was changed in place")
    law("identity: e g = g", G.compose(e, g), g)
    law("identity: g e = g", G.compose(g, e), g)
    law("inverse: g g⁻¹ = e", G.compose(g, G.inverse(g)), e)
    law("inverse: g⁻¹ g = e", G.compose(G.inverse(g), g), e)
    law("associativity: (g h) k = g (h k)", G.compose(G.compose(g, h), k), G.compose(g, G.compose(h, k)))

    table = G.compose(unsqueeze(g, 1), unsqueeze(h, 0))
    if G.distance(table, table).shape != (_DRAWS, _DRAWS):
        _fail(G, "broadcasting: compose of batches (n, 1) and (1, n) has batch shape (n, n)", "it does not")
    for j in range(3):
        one = take(h, _number(j))
        law("broadcasting: g h_j for a batch g", G.compose(g, one), tree_map(lambda a, j=j: a[:, j], table))
        law(
            "broadcasting: g_0 h_j, one by one",
            G.compose(take(g, _number(0)), one),
            take(take(table, _number(0)), _number(j)),
        )
    law("broadcasting: g_0 h for a batch h", G.compose(take(g, _number(0)), h), take(table, _number(0)))
    law("broadcasting: inverse item by item", G.inverse(take(g, _number(0))), take(G.inverse(g), _number(0)))
    if isinstance(G, Semidirect | FiniteSemidirect):
        n, m, p, q = g.n, h.n, g.h, h.h
        N, H = G.normal, G.acting
        law("factors: (n, e) (e, h) = (n, h)", G.compose(SemidirectElement(n, e.h), SemidirectElement(e.n, p)), g)
        normal = G.compose(SemidirectElement(n, e.h), SemidirectElement(m, e.h))
        law("factors: (n, e) (m, e) = (n m, e)", normal, SemidirectElement(N.compose(n, m), e.h))
        acting = G.compose(SemidirectElement(e.n, p), SemidirectElement(e.n, q))
        law("factors: (e, h) (e, k) = (e, h k)", acting, SemidirectElement(e.n, H.compose(p, q)))
        moved = G.compose(SemidirectElement(e.n, p), SemidirectElement(m, H.inverse(p)))
        law("factors: (e, h) (m, h⁻¹) = (φ_h(m), e)", moved, SemidirectElement(G.phi(p, m), e.h))
    if isinstance(G, FiniteGroup):
        _check_numbering(G, generator)


def check_representation(
    rep: Representation, *, dtype: torch.dtype = torch.float64, generator: Generator | None = None
) -> None:
    """Checks that a representation keeps the contract of `Representation`.

    Homomorphism, identity, inverse, linearity, broadcasting, agreement of `matrix` and `act`, equality and
    hash by value. The group is taken to be sound: `check_group` it first. In an abelian group `g` and `g⁻¹`
    cannot be told apart: pin the convention with one literal example.

    Args:
        rep: of any group that knows its size.
        dtype: of vectors and of elements that are not integers.
        generator: of the draws; by default a fresh one with seed 0.
    Raises:
        AssertionError: naming the law that fails, by how much, and the representation.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> check_representation(Vector(Orthogonal(3)))
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    tolerance = 1000 * torch.finfo(dtype).eps
    G, n, device = rep.group, _DRAWS, generator.device

    def law(name: str, x: Tensor, y: Tensor, hint: str = "") -> None:
        if x.shape != y.shape or x.dtype != y.dtype:
            _fail(rep, name, f"shapes and dtypes are {tuple(x.shape)} {x.dtype} and {tuple(y.shape)} {y.dtype}")
        scale = max(1.0, float(y.abs().max())) if y.numel() else 1.0
        _within(rep, name, (x - y).abs(), tolerance * scale, hint)

    _check_value(rep)
    g, h = (G.sample((n,), generator=generator, dtype=dtype, device=device) for _ in range(2))
    e = G.identity((n,), dtype=dtype, device=device)
    x, y = torch.randn(2, n, rep.dim, generator=generator, dtype=dtype, device=device)
    before, gx = (tree_map(torch.clone, g), x.clone()), rep.act(g, x)
    if not (same(g, before[0]) and torch.equal(x, before[1])):
        _fail(rep, "act leaves its arguments alone", "an element or a vector was changed in place")
    law("shape: act has the shape and dtype of the vector", torch.zeros_like(gx), torch.zeros_like(x))

    one, two, mirror = rep.act(g, rep.act(h, x)), rep.act(G.compose(g, h), x), rep.act(G.compose(h, g), x)
    flipped = mirror.shape == one.shape and bool(((one - mirror).abs() <= tolerance * (1 + one.abs())).all())
    hint = " It is x -> (h g) x instead: use g⁻¹ where g stands, or the other order." if flipped else ""
    law("homomorphism: g (h x) = (g h) x", one, two, hint)
    law("identity: e x = x", rep.act(e, x), x)
    law("inverse: g⁻¹ (g x) = x", rep.act(G.inverse(g), gx), x)
    law("linearity: g (2 x - 3 y) = 2 g x - 3 g y", rep.act(g, 2 * x - 3 * y), 2 * gx - 3 * rep.act(g, y))
    law("matrix: matrix(g) x = g x", (rep.matrix(g, dtype=dtype) @ x[..., None])[..., 0], gx)

    table = rep.act(unsqueeze(g, 1), x[:3])  # (n, 3, dim)
    for j in range(3):
        law("broadcasting: g_i x_j for batches (n, 1) and (3,)", table[:, j], rep.act(g, x[j].expand(n, -1)))
    law("broadcasting: g_0 x_j, one by one", rep.act(take(g, _number(0)), x[1]), table[0, 1])
    law("broadcasting: g_0 x for a batch x", rep.act(take(g, _number(0)), x[:3]), table[0])
    law("broadcasting: g x_0 for a batch g", rep.act(g, x[0]), table[:, 0])


def _check_value(thing: Any) -> None:
    twin = copy.deepcopy(thing)
    if not thing == twin or hash(thing) != hash(twin):
        _fail(thing, "value: equal when copied, with the same hash", "it is not; make it a frozen dataclass")
    if any(isinstance(leaf, Tensor) for leaf in tree_leaves(list(vars(thing).values()))):
        _fail(thing, "value: holds no tensor", "an attribute is a tensor; keep numbers in tuples")


def _check_sample(G: Group, dtype: torch.dtype, generator: Generator) -> None:
    state, globally, draws = generator.get_state(), torch.get_rng_state(), []
    for shape in ((), (3,), (2, 3)):
        generator.set_state(state)
        draws = [G.sample(shape, generator=generator, dtype=dtype, device=generator.device)]
        generator.set_state(state)
        draws.append(G.sample(shape, generator=generator, dtype=dtype, device=generator.device))
        if not same(*draws):
            _fail(G, f"sample: {shape} draws repeat from the state of the generator", "they differ")
        for name, element in (
            ("sample", draws[0]),
            ("identity", G.identity(shape, dtype=dtype, device=generator.device)),
        ):
            distance = G.distance(element, element)
            if distance.shape != shape:
                _fail(G, f"shape: distance of two {name}s of shape {shape}", f"it is {tuple(distance.shape)}")
            if wrong := {leaf.dtype for leaf in tree_leaves(element) if leaf.is_floating_point()} - {dtype}:
                _fail(G, f"dtype: {name} makes {dtype} when asked", f"it makes {wrong}")
    if not torch.equal(globally, torch.get_rng_state()):
        _fail(G, "sample: uses the generator it is given", "the global random state moved")


def _check_distance(G: Group, g: Element, h: Element, tolerance: float) -> None:
    _within(G, "distance: d(g, g) = 0", G.distance(g, g), 0.0)
    _within(G, "distance: d(g, h) = d(h, g)", G.distance(g, h) - G.distance(h, g), tolerance)
    pairs = zip(tree_leaves(g), tree_leaves(h), strict=True)
    apart = torch.stack([(a != b).reshape(len(a), a[0].numel()).any(1) for a, b in pairs]).any(0)  # bit by bit
    if not (G.distance(g, h)[apart] > 0).all():
        _fail(G, "distance: d(g, h) > 0 for different elements", "it is 0 for some")


def _check_numbering(G: FiniteGroup, generator: Generator) -> None:
    order, device = G.order, generator.device
    numbers = torch.arange(min(order, 4096), device=device)
    elements = G.element(numbers)
    if not torch.equal(G.index(elements), numbers):
        _fail(
            G,
            "numbering: index(element(i)) = i",
            f"{int((G.index(elements) != numbers).sum())} numbers differ",
        )
    if int(G.index(G.identity(device=device))) != 0:
        _fail(
            G,
            "numbering: the identity is number 0",
            f"it is number {int(G.index(G.identity(device=device)))}",
        )
    if order <= _LISTED:
        g, h = take(elements, numbers.repeat_interleave(order)), take(elements, numbers.repeat(order))
    else:
        g, h = (G.sample((4 * _LISTED,), generator=generator, device=device) for _ in range(2))
    for name, element in (("sample", g), ("gh", G.compose(g, h)), ("g⁻¹", G.inverse(g))):
        number = G.index(element)
        if number.dtype != torch.int64 or not bool(((0 <= number) & (number < order)).all()):
            _fail(
                G,
                f"numbering: {name} has an int64 number below {order}",
                f"{number.dtype}, up to {int(number.max())}",
            )
        if not same(G.element(number), element):
            _fail(G, f"numbering: element(index(g)) = g for g = {name}", "some differ")
    if order <= _LISTED and len(G.index(G.compose(g, h)).reshape(order, order).sort().values.unique(dim=0)) != 1:
        _fail(G, "cancellation: g h takes every value once as h runs over the group", "it does not")


def _number(i: int) -> Tensor:
    return torch.tensor(i)


def _within(thing: Any, name: str, gap: Tensor, tolerance: float, hint: str = "") -> None:
    worst = float(gap.abs().max()) if gap.numel() else 0.0
    if not worst <= tolerance:  # a NaN fails too
        _fail(thing, name, f"the two sides differ by up to {worst:.3g}, more than {tolerance:.3g}.{hint}")


def _fail(thing: Any, name: str, what: str) -> NoReturn:
    raise AssertionError(f"{thing!r} breaks the law of {name}: {what}")
