"""Literal examples. Property tests cannot tell a convention from its mirror image."""

import math

import torch

from symbreak.groups import (
    Cayley,
    Cyclic,
    Dihedral,
    FiniteProduct,
    FiniteSemidirect,
    Orthogonal,
    Semidirect,
    SemidirectElement,
    Symmetric,
    Torus,
    Young,
    euclidean,
    matvec,
    p4m,
)


def test_permutation_applies_the_right_factor_first():
    g, h = torch.tensor([1, 2, 0]), torch.tensor([1, 0, 2])
    assert Symmetric().compose(g, h).tolist() == [2, 1, 0]  # slot 0 -> 1 -> 2
    assert Symmetric().inverse(g).tolist() == [2, 0, 1]
    assert Young((3,)).compose(g, h).tolist() == [2, 1, 0]


def test_symmetric_distance_is_the_share_of_slots_that_differ():
    assert Symmetric().distance(torch.tensor([0, 1, 2, 3]), torch.tensor([1, 0, 2, 3])).item() == 0.5


def test_dihedral_group_is_that_of_the_polygon():
    for n in (3, 4, 5, 6):
        angle = 2 * math.pi / n
        r = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        s = torch.tensor([[1.0, 0.0], [0.0, -1.0]])
        M = torch.stack([r.matrix_power(k) @ s.matrix_power(f) for f in (0, 1) for k in range(n)])
        g, h = torch.arange(2 * n)[:, None], torch.arange(2 * n)[None, :]
        torch.testing.assert_close(M[Dihedral(n).compose(g, h)], M[g] @ M[h], atol=1e-5, rtol=0)
    s, r = torch.tensor(4), torch.tensor(1)
    assert Dihedral(4).compose(s, r).item() == 7  # s r = r³ s
    assert Dihedral(4).compose(r, s).item() == 5


def test_cayley_table_reads_row_times_column():
    table = Cayley.of(Dihedral(3))
    assert table.table[3][1] == 5  # s r = r² s
    assert table.table[1][3] == 4  # r s
    assert table.compose(torch.tensor([3, 1]), torch.tensor([1, 3])).tolist() == [5, 4]
    assert table.inverse(torch.tensor([1, 2, 4])).tolist() == [2, 1, 4]


def test_torus_is_numbered_row_major_and_wraps():
    T = Torus((4, 3))
    assert T.index(torch.tensor([[0, 1], [1, 0], [3, 2]])).tolist() == [1, 3, 11]
    assert T.element(torch.tensor(7)).tolist() == [2, 1]
    assert T.inverse(torch.tensor([1, 1])).tolist() == [3, 2]


def test_products_are_numbered_with_the_last_factor_fastest():
    G = FiniteProduct((Cyclic(2), Cyclic(3)))
    assert G.index((torch.tensor(1), torch.tensor(0))).item() == 3


def test_semidirect_products_are_numbered_with_the_normal_factor_fastest():
    g = SemidirectElement(torch.tensor([1, 0]), torch.tensor(5))
    assert p4m(3).index(g).item() == 5 * 9 + 3


def test_motion_turns_first_and_translates_after():
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    step = SemidirectElement(torch.tensor([1.0, 0.0]), torch.eye(2))
    turn = SemidirectElement(torch.zeros(2), quarter)
    E2 = euclidean(2)
    assert E2.compose(step, turn).n.tolist() == [1, 0]  # turn, then step
    assert E2.compose(turn, step).n.tolist() == [0, 1]  # step, then turn: the step is turned too
    assert E2.inverse(E2.compose(step, turn)).n.tolist() == [0, 1]


def test_motions_compose_as_maps_of_points(generator):
    E3 = euclidean(3)
    g, h = (E3.sample((5,), generator=generator, dtype=torch.float64) for _ in range(2))
    x = torch.randn(5, 3, dtype=torch.float64)

    def move(g, x):
        return matvec(g.h, x) + g.n

    torch.testing.assert_close(move(E3.compose(g, h), x), move(g, move(h, x)))
    torch.testing.assert_close(move(E3.inverse(g), move(g, x)), x)


def conjugate(h, n):
    return h @ n @ h.mT


def test_semidirect_law_with_a_normal_factor_that_is_not_abelian(generator):
    """`(n, h) -> n h` is a homomorphism of O(3) ⋊ O(3) onto O(3) for this order of factors alone."""
    G = Semidirect(Orthogonal(3), Orthogonal(3), conjugate)
    g, h = (G.sample((5,), generator=generator, dtype=torch.float64) for _ in range(2))
    gh = G.compose(g, h)
    torch.testing.assert_close(gh.n @ gh.h, (g.n @ g.h) @ (h.n @ h.h))
    back = G.inverse(g)
    torch.testing.assert_close(back.n @ back.h, (g.n @ g.h).mT)


def test_lattice_group_moves_sites_by_turn_then_step():
    G = p4m(5)
    mirror = SemidirectElement(torch.tensor([0, 0]), torch.tensor(4))
    quarter = SemidirectElement(torch.tensor([0, 0]), torch.tensor(1))
    step = SemidirectElement(torch.tensor([1, 2]), torch.tensor(0))
    assert G.compose(quarter, step).n.tolist() == [3, 1]  # (1, 2) -> (-2, 1), mod 5
    assert G.compose(mirror, step).n.tolist() == [1, 3]  # (1, 2) -> (1, -2)
    turned = SemidirectElement(torch.tensor([0, 0]), torch.tensor(5))  # r s: the mirror comes first
    assert G.compose(turned, step).n.tolist() == [2, 1]  # (1, 2) -> (1, -2) -> (2, 1)
    assert G.compose(step, quarter).n.tolist() == [1, 2]


def test_finite_semidirect_agrees_with_the_dihedral_group():
    n = 5

    class Reversing:
        def __call__(self, flip, turn):
            return torch.where(flip.bool(), -turn, turn) % n

    G = FiniteSemidirect(Cyclic(n), Cyclic(2), Reversing())
    assert Cayley.of(G) == Cayley.of(Dihedral(n))
