"""Laws that every action must satisfy."""

import copy
from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch import Generator, Tensor
from torch.utils._pytree import tree_map

from symbreak.actions import Action
from symbreak.groups import FiniteGroup, Symmetric, batch_size, same, take

_TRIES = 4


def check_action(action: Action, x: Any, *, generator: Generator | None = None, atol: float = 1e-9) -> None:
    """Checks that an action keeps the contract of `Action`, on one batch of data.

    A left action; identity and inverse; nothing in place; one element for each item, which moves no other item;
    `haar` draws elements of the group, repeats from its generator and leaves the global one alone. In an abelian
    group a left action is a right action too, and a convention cannot be told from its mirror image: pin each with
    one literal example.

    Args:
        action: with a group that `check_group` passes.
        x: `(B, ...)`, or a PyG batch; several items, of different sizes if they may differ.
        generator: of the draws; by default a fresh one with seed 0.
        atol: largest difference of an entry; 0 for actions that permute.

    Raises:
        AssertionError: naming the law that fails, by how much, and the action.

    Example:
        >>> from symbreak.actions import Lattice, Scalar
        >>> from symbreak.groups import p4m
        >>> check_action(Lattice(p4m(4), (Scalar(),)), torch.randn(3, 1, 4, 4), atol=0)
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    G, before = action.group, copy.deepcopy(x)
    _check_haar(action, x, generator)
    for _ in range(_TRIES):
        g, h = (action.haar(x, generator=generator) for _ in range(2))
        kept = tree_map(torch.clone, g)
        gx, gh = action.act(g, x), G.compose(g, h)
        if _structure(gx) != _structure(x):
            fail(action, "act keeps shapes, dtypes and boundaries", f"{_structure(x)} became {_structure(gx)}")
        one = action.act(g, action.act(h, x))
        mirror = gap(one, action.act(G.compose(h, g), x)) <= atol
        hint = " It is x -> (h g) x instead: use g⁻¹ where g stands, or the other order." if mirror else ""
        within(action, "left action: g (h x) = (g h) x", one, action.act(gh, x), atol, hint)
        within(action, "identity: (g g⁻¹) x = x", action.act(G.compose(g, G.inverse(g)), x), x, atol)
        within(action, "inverse: g⁻¹ (g x) = x", action.act(G.inverse(g), gx), x, atol)
        within(action, "act leaves the data alone", x, before, 0.0, " It works in place.")
        if not same(g, kept):
            fail(action, "act leaves the element alone", "it works in place")
        if isinstance(x, Tensor):
            alone = [action.act(take(g, torch.tensor([i])), x[i : i + 1]) for i in range(len(x))]
            within(action, "each element moves its own item alone", torch.cat(alone), gx, atol)


def _check_haar(action: Action, x: Any, generator: Generator) -> None:
    G, state, globally = action.group, generator.get_state(), torch.get_rng_state()
    g = action.haar(x, generator=generator)
    generator.set_state(state)
    if not same(g, action.haar(x, generator=generator)):
        fail(action, "haar: repeats from the state of its generator", "it does not")
    if not torch.equal(globally, torch.get_rng_state()):
        fail(action, "haar: uses the generator it is given", "the global random state moved")
    if isinstance(G, Symmetric) and not isinstance(x, Tensor):  # one index vector over all the nodes
        slots = torch.arange(x.num_nodes)
        if g.shape != slots.shape or not torch.equal(g.sort().values, slots):
            fail(action, f"haar: a permutation of the {x.num_nodes} nodes", "it is not one")
        if not torch.equal(x.batch[g], x.batch):
            fail(action, "haar: no node leaves its graph", "some do")
        return
    if batch_size(g) != items(x):
        fail(action, f"haar: one element for each of the {items(x)} items", f"it draws {batch_size(g)}")
    e = G.compose(g, G.inverse(g))
    if float(G.distance(G.compose(e, e), e).max()) > 1e-4:
        fail(action, "haar: draws elements of the group", "g g⁻¹ is not the identity")
    if isinstance(G, FiniteGroup) and not bool(((G.index(g) >= 0) & (G.index(g) < G.order)).all()):
        fail(action, "haar: draws elements of the group", f"a number is not in 0 .. {G.order - 1}")


def items(x: Any) -> int:
    """The number of items of a batch: of samples, or of graphs."""
    return len(x) if isinstance(x, Tensor) else x.num_graphs


def parts(x: Any) -> dict[str, Tensor]:
    """The tensors of a batch, by name; the edges of graphs in lexical order."""
    if isinstance(x, Tensor):
        return {"x": x}
    found = {name: value for name, value in x.to_dict().items() if isinstance(value, Tensor)}
    if "edge_index" in found:  # edges are a set
        start, end = found["edge_index"]
        order = (start * x.num_nodes + end).argsort(stable=True)
        for name in found:
            if name == "edge_index":
                found[name] = found[name][:, order]
            elif "edge" in name:
                found[name] = found[name][order]
    return found


def gap(x: Any, y: Any) -> float:
    """The largest difference of an entry; infinite where names or shapes differ. A NaN equals a NaN."""
    a, b = parts(x), parts(y)
    if a.keys() != b.keys() or any(a[name].shape != b[name].shape for name in a):
        return float("inf")
    worst = 0.0
    for name in a:
        if a[name].numel():
            u, v = a[name].to(torch.float64), b[name].to(torch.float64)
            apart = (u - v).abs().where(~((u == v) | (u.isnan() & v.isnan())), 0.0)
            worst = max(worst, float(apart.nan_to_num(nan=torch.inf).max()))
    return worst


def within(
    thing: Any, name: str, x: Any, y: Any, atol: float, hint: str = "", apart: Callable[[Any, Any], float] = gap
) -> None:
    """Fails if two batches differ by more than `atol`."""
    worst = apart(x, y)
    if not worst <= atol:
        fail(thing, name, f"the two sides differ by up to {worst:.3g}, more than {atol:.3g}.{hint}")


def fail(thing: Any, name: str, what: str) -> NoReturn:
    """Raises the error that names the object and the law."""
    raise AssertionError(f"{thing!r} breaks the law of {name}: {what}")


def _structure(x: Any) -> Any:
    """Names, shapes and dtypes; and the boundaries of a ragged batch."""
    shapes = {name: (value.shape, value.dtype) for name, value in parts(x).items()}
    return shapes if isinstance(x, Tensor) else (shapes, x.batch.tolist(), x.ptr.tolist())
