"""The checker catches broken actions."""

from dataclasses import dataclass

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Lattice, Pointwise, Relabel, Scalar
from symbreak.groups import Orthogonal, SemidirectElement, p4m, take
from symbreak.representations import Vector
from symbreak.testing import check_action

O3 = Orthogonal(3)


class RightAction(Pointwise):
    def act(self, g, x):
        return super().act(self.group.inverse(g), x)


class InPlace(Pointwise):
    def act(self, g, x):
        x.copy_(super().act(g, x))
        return x


class TurnsAnElement(Pointwise):
    def act(self, g, x):
        y = super().act(g, x)
        g.neg_()
        return y


class OffCentre(Lattice):
    """Turns about the middle of the array, between the sites, while the group turns about a site."""

    def act(self, g, x):
        turned = [torch.rot90(item, int(k), (1, 2)) for item, k in zip(x, g.h % 4, strict=True)]
        still = SemidirectElement(g.n, torch.zeros_like(g.h))
        return super().act(still, torch.stack(turned))


class FirstForAll(Pointwise):
    """Moves all items by the first element."""

    def act(self, g, x):
        return super().act(take(g, torch.zeros(len(x), dtype=torch.int64)), x)


class HalfPrecision(Pointwise):
    def act(self, g, x):
        return super().act(g, x).half()


class OneElement(Pointwise):
    def haar(self, x, *, generator=None):
        return self.group.sample((1,), generator=generator, dtype=x.dtype)


class GlobalHaar(Pointwise):
    def haar(self, x, *, generator=None):
        return self.group.sample((len(x),), dtype=x.dtype)


class NotInTheGroup(Pointwise):
    def haar(self, x, *, generator=None):
        return 2 * super().haar(x, generator=generator)


class LeavesItsGraph(Relabel):
    def haar(self, x, *, generator=None):
        return torch.randperm(x.num_nodes, generator=generator)


class NotAPermutation(Relabel):
    def haar(self, x, *, generator=None):
        return torch.zeros(x.num_nodes, dtype=torch.int64)


class ForgetsEdges(Relabel):
    def act(self, g, x):
        moved = super().act(g, x)
        moved.edge_index = self.group.inverse(g)[x.edge_index]
        return moved


@dataclass(frozen=True)
class ForgetsNodes(Relabel):
    """Permutes slots the other way about: node i is where slot g[i] was."""

    def act(self, g, x):
        return super().act(self.group.inverse(g), x)


def points():
    return torch.randn(3, 4, 3, dtype=torch.float64)


def graphs():
    edges = torch.randint(4, (2, 6))
    return Batch.from_data_list(
        [Data(x=torch.randn(4, 1), edge_index=edges), Data(x=torch.randn(5, 1), edge_index=edges)]
    )


@pytest.mark.parametrize(
    "action, x, message",
    (
        (RightAction(Vector(O3)), points, r"left action.*It is x -> \(h g\) x"),
        (InPlace(Vector(O3)), points, "in place|left action"),
        (TurnsAnElement(Vector(O3)), points, "element alone|left action|identity"),
        (OffCentre(p4m(4), (Scalar(),)), lambda: torch.randn(3, 1, 4, 4), "left action|identity"),
        (FirstForAll(Vector(O3)), points, "moves its own item alone"),
        (HalfPrecision(Vector(O3)), points, "keeps shapes, dtypes"),
        (OneElement(Vector(O3)), points, "one element for each of the 3 items: it draws 1"),
        (GlobalHaar(Vector(O3)), points, "repeats from the state"),
        (NotInTheGroup(Vector(O3)), points, "draws elements of the group"),
        (LeavesItsGraph(("x",)), graphs, "no node leaves its graph"),
        (NotAPermutation(("x",)), graphs, "a permutation of the 9 nodes"),
        (ForgetsEdges(("x",)), graphs, "left action"),
        (ForgetsNodes(("x",)), graphs, r"left action.*It is x -> \(h g\) x"),
    ),
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_actions(action, x, message):
    with pytest.raises(AssertionError, match=message):
        check_action(action, x())


def test_the_sound_originals_pass():
    check_action(Pointwise(Vector(O3)), points())
    check_action(Relabel(("x",)), graphs(), atol=0)
    check_action(Lattice(p4m(4), (Scalar(),)), torch.randn(3, 1, 4, 4), atol=0)
