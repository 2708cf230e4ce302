"""Every group keeps the contract, in float32 and float64."""

from dataclasses import dataclass

import pytest
import torch

from symbreak.groups import (
    Cayley,
    Cyclic,
    Dihedral,
    FiniteProduct,
    FiniteSemidirect,
    Orthogonal,
    Product,
    Semidirect,
    Symmetric,
    Torus,
    Translation,
    Young,
    euclidean,
    p4,
    p4m,
    same,
    take,
)
from symbreak.testing import check_group

QUATERNION = Cayley(
    (  # numbered 1, i, j, k, -1, -i, -j, -k
        (0, 1, 2, 3, 4, 5, 6, 7),
        (1, 4, 3, 6, 5, 0, 7, 2),
        (2, 7, 4, 1, 6, 3, 0, 5),
        (3, 2, 5, 4, 7, 6, 1, 0),
        (4, 5, 6, 7, 0, 1, 2, 3),
        (5, 0, 7, 2, 1, 4, 3, 6),
        (6, 3, 0, 5, 2, 7, 4, 1),
        (7, 6, 1, 0, 3, 2, 5, 4),
    )
)


def conjugate(h, n):
    """φ of O(n) on itself, which is not abelian: the order of factors in the semidirect law shows."""
    return h @ n @ h.mT


@dataclass(frozen=True)
class Conjugation:
    """φ of a finite group on itself."""

    group: Dihedral

    def __call__(self, h, n):
        return self.group.compose(self.group.compose(h, n), self.group.inverse(h))


@dataclass(frozen=True)
class Exchange:
    """φ of C_2 on G × G, which swaps the factors: a wreath product."""

    def __call__(self, h, n):
        return torch.where(h.bool(), n[1], n[0]), torch.where(h.bool(), n[0], n[1])


D3 = Dihedral(3)
GROUPS = (
    *(Cyclic(n) for n in (1, 2, 5)),
    *(Dihedral(n) for n in (1, 2, 3, 4, 5, 6)),
    *(Symmetric(n) for n in (0, 1, 2, 5)),
    *(Young(sizes) for sizes in ((2, 1), (3, 0, 4), ())),
    *(Orthogonal(n, special) for n in (1, 2, 3, 4) for special in (False, True)),
    Translation(3),
    Torus((5,)),
    Torus((3, 4)),
    Torus((2, 3, 2)),
    Product((Cyclic(3), Orthogonal(3))),
    Product((Symmetric(4), euclidean(2), Product((Translation(1), Cyclic(2))))),
    FiniteProduct((Cyclic(2), D3)),
    FiniteProduct((Torus((2, 2)), Cyclic(3), FiniteProduct((Cyclic(2), Cyclic(2))))),
    Semidirect(Orthogonal(3), Orthogonal(3), conjugate),
    FiniteSemidirect(D3, D3, Conjugation(D3)),
    FiniteSemidirect(FiniteProduct((D3, D3)), Cyclic(2), Exchange()),
    euclidean(2),
    euclidean(3, special=True),
    *(make(size) for make in (p4, p4m) for size in (1, 2, 3, 8)),
    Cayley(((0,),)),
    Cayley.of(Dihedral(4)),
    Cayley.of(p4m(2)),
    QUATERNION,
)


def name(value):
    if isinstance(value, Cayley):
        return "Quaternion" if value == QUATERNION else f"Cayley{value.order}"
    if isinstance(value, FiniteSemidirect) and isinstance(value.normal, Torus):
        return f"{'p4' if value.acting == Cyclic(4) else 'p4m'}({value.normal.sizes[0]})"
    return str(value).removeprefix("torch.").replace("<function ", "").split(" at 0x")[0].replace(" ", "")


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=name)
@pytest.mark.parametrize("G", GROUPS, ids=name)
def test_group_keeps_the_contract(G, dtype):
    check_group(G, dtype=dtype)


@pytest.mark.parametrize("G", GROUPS, ids=name)
def test_operations_work_under_vmap(G):
    g, h = (G.sample((5,), dtype=torch.float64) for _ in range(2))
    close = dict(rtol=0, atol=1e-12)
    zeros = torch.zeros(5, dtype=torch.float64)
    for mapped, plain in (
        (torch.func.vmap(G.compose)(g, h), G.compose(g, h)),
        (torch.func.vmap(G.inverse)(g), G.inverse(g)),
    ):
        torch.testing.assert_close(G.distance(mapped, plain).double(), zeros, **close)
    torch.testing.assert_close(torch.func.vmap(G.distance)(g, h), G.distance(g, h), **close)


def test_groups_are_equal_by_value_and_differ_otherwise():
    assert len(set(GROUPS)) == len(GROUPS)
    assert len(set(GROUPS) | {euclidean(2), p4m(8), Cayley.of(Dihedral(4)), Young((2, 1))}) == len(GROUPS)


def test_take_and_same_see_every_part():
    g = Product((Cyclic(5), Torus((3, 3)))).sample((4,))
    index = torch.tensor([3, 3, 0])
    picked = take(g, index)
    assert same(picked, (g[0][index], g[1][index]))
    assert not same(picked, (g[0][index], (g[1][index] + 1) % 3))


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a .functools.lru_cache.")  # tables are retraced
@pytest.mark.parametrize(
    "G",
    (
        Dihedral(4),
        Symmetric(5),
        Young((2, 3)),
        Torus((3, 4)),
        Product((Cyclic(3), Orthogonal(3))),
        FiniteProduct((Cyclic(2), D3)),
        euclidean(3),
        p4m(3),
        QUATERNION,
    ),
    ids=name,
)
def test_operations_compile_to_one_graph(G):
    def commutator(g, h):
        return G.compose(G.compose(g, h), G.inverse(G.compose(h, g)))

    def draw(x):
        return G.sample((len(x),), dtype=x.dtype)

    g, h = (G.sample((5,)) for _ in range(2))
    torch._dynamo.reset()
    compiled = torch.compile(commutator, fullgraph=True, backend="aot_eager")(g, h)
    assert float(G.distance(compiled, commutator(g, h)).max()) < 1e-5
    drawn = torch.compile(draw, fullgraph=True, backend="aot_eager")(torch.zeros(5))
    assert G.distance(drawn, drawn).shape == (5,)


def test_tables_made_under_inference_mode_serve_in_training():
    G = Cayley.of(Dihedral(7))
    with torch.inference_mode():
        G.compose(torch.tensor(1), torch.tensor(2))
    x = torch.randn(14, requires_grad=True)
    x[G.compose(torch.tensor([1, 2]), torch.tensor([3, 4]))].sum().backward()
    assert x.grad is not None
