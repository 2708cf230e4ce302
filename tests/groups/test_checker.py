"""The checker catches broken groups: one for each law."""

from dataclasses import dataclass, field

import pytest
import torch

from symbreak.groups import (
    Cyclic,
    Dihedral,
    FiniteProduct,
    Orthogonal,
    Semidirect,
    SemidirectElement,
    Translation,
    euclidean,
)
from symbreak.testing import check_group


def conjugate(h, n):
    return h @ n @ h.mT


class WrongOrder(Semidirect):
    """`(n, h)(m, k) = (φ_h(m) · n, h k)`: the law of another group, unless N is abelian."""

    def compose(self, g, h):
        n = self.normal.compose(self.phi(g.h, h.n), g.n)
        return SemidirectElement(n, self.acting.compose(g.h, h.h))


class WrongActor(Semidirect):
    """`(n, h)(m, k) = (n · φ_k(m), h k)`."""

    def compose(self, g, h):
        n = self.normal.compose(g.n, self.phi(h.h, h.n))
        return SemidirectElement(n, self.acting.compose(g.h, h.h))


class ForgetsToTurn(Semidirect):
    """A direct product's law with a semidirect product's inverse."""

    def compose(self, g, h):
        return SemidirectElement(self.normal.compose(g.n, h.n), self.acting.compose(g.h, h.h))


class WrongInverse(Dihedral):
    def inverse(self, g):
        return torch.where(g >= self.n, g, g)  # a turn is not its own inverse


class Subtraction(Cyclic):
    """Every element is its own inverse and 0 is a right identity only."""

    def compose(self, g, h):
        return (g - h) % self.n

    def inverse(self, g):
        return g


class NotAssociative(Translation):
    """x + y + [x, y], a product whose correction does not satisfy the Jacobi rule for groups."""

    def compose(self, g, h):
        a, b = torch.broadcast_tensors(g, h)
        return a + b + torch.linalg.cross(a, b).cumsum(-1)


class OffsetIndex(Cyclic):
    def index(self, g):
        return (g + 1) % self.n


class ReversedIndex(FiniteProduct):
    """Numbers pairs with the first factor fastest, but lists them with the last."""

    def index(self, g):
        return self.factors[0].index(g[0]) + self.factors[0].order * self.factors[1].index(g[1])


class NotClosed(Cyclic):
    def compose(self, g, h):
        return g + h

    def inverse(self, g):
        return -g

    def distance(self, g, h):
        return ((g - h) % self.n != 0).double()


class BlindDistance(Cyclic):
    def distance(self, g, h):
        return torch.zeros(torch.broadcast_shapes(g.shape, h.shape))


class ScalarDistance(Translation):
    def distance(self, g, h):
        return torch.linalg.vector_norm(g - h)


class GlobalRandomness(Translation):
    def sample(self, shape=(), *, generator=None, dtype=None, device=None):
        return torch.randn(*shape, self.n, dtype=dtype)


class LeaksRandomness(Cyclic):
    """Repeats from its generator, and advances the global one as well."""

    def sample(self, shape=(), *, generator=None, dtype=None, device=None):
        torch.rand(())
        return super().sample(shape, generator=generator, dtype=dtype, device=device)


class WrongDtype(Translation):
    def identity(self, shape=(), *, dtype=None, device=None):
        return torch.zeros(*shape, self.n, dtype=torch.float16)


class InPlace(Translation):
    def inverse(self, g):
        return g.neg_()


class NoBroadcast(Cyclic):
    """Expects batches of one shape."""

    def compose(self, g, h):
        return torch.stack([(a + b) % self.n for a, b in zip(g.flatten(), h.flatten(), strict=False)]).reshape(
            max(g.shape, h.shape)
        )


class ByIdentity(Cyclic):
    __eq__ = object.__eq__
    __hash__ = object.__hash__


@dataclass(frozen=True)
class HoldsTensor(Cyclic):
    table: torch.Tensor = field(default_factory=lambda: torch.zeros(3), compare=False)


BROKEN = (
    (WrongOrder(Orthogonal(3), Orthogonal(3), conjugate), "factors: \\(n, e\\) \\(m, e\\) = \\(n m, e\\)"),
    (WrongActor(Orthogonal(3), Orthogonal(3), conjugate), "identity|inverse|associativity"),
    (ForgetsToTurn(*vars(euclidean(2)).values()), "inverse"),
    (WrongInverse(4), "inverse"),
    (Subtraction(5), "identity: e g = g"),
    (NotAssociative(3), "associativity"),
    (OffsetIndex(4), "numbering: index"),
    (ReversedIndex((Cyclic(2), Cyclic(3))), "numbering: index"),
    (NotClosed(5), "numbering: gh has an int64 number below 5"),
    (BlindDistance(4), "distance: .* > 0 for different"),
    (ScalarDistance(2), "shape: distance"),
    (GlobalRandomness(2), "sample: .* repeat"),
    (LeaksRandomness(3), "sample: uses the generator"),
    (WrongDtype(3), "dtype: identity"),
    (InPlace(2), "leave their arguments alone"),
    (NoBroadcast(5), "broadcasting"),
    (ByIdentity(3), "value: equal when copied"),
    (HoldsTensor(3), "value: holds no tensor"),
)


@pytest.mark.parametrize("G, law", BROKEN, ids=[type(G).__name__ for G, _ in BROKEN])
def test_a_broken_group_fails_and_is_named(G, law):
    with pytest.raises(AssertionError, match=law) as error:
        check_group(G)
    assert repr(G) in str(error.value)


def test_wrong_order_is_invisible_when_the_normal_factor_is_abelian():
    check_group(WrongOrder(*vars(euclidean(3)).values()))


def test_the_message_says_by_how_much():
    with pytest.raises(AssertionError, match=r"differ by up to 1, more than 2\.22e-13"):
        check_group(WrongInverse(4))
