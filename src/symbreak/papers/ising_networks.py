"""The networks of the Ising experiment: what is compared, and nothing else."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Bond, Channels, Lattice, Orientation, Scalar
from symbreak.breaking import (
    FieldEncoding,
    HartleyField,
    LiftedEncoding,
    Noise,
    PeriodicField,
    PixelField,
    StraightThroughSymPE,
    SymPE,
)
from symbreak.groups import Source, p4m
from symbreak.kernels import ArgMax, LatticeInversion
from symbreak.layers import BondToOrientation, GroupConv, RelaxedGroupConv
from symbreak.models import LatticeGCNN, LatticeMLP

SCALE = (3.0, 2.0)  # of the couplings and the field
COPIES, HIDDEN, CODES = 6, 2, 4  # width and depth of each G-CNN; copies of v, or of noise


def conditions_action(size: int) -> Lattice:
    """How (J_x, J_y, h) move under p4m: couplings as bonds, the field as a scalar."""
    return Lattice(p4m(size), (Bond(), Scalar()))


def gcnn(size: int, extra: tuple[Channels, ...] = (), conv: Callable[..., nn.Module] | None = None) -> LatticeGCNN:
    """The G-CNN that every row but the MLPs shares, with room for an encoding or noise."""
    return LatticeGCNN(p4m(size), extra=extra, copies=COPIES, hidden=HIDDEN, scale=SCALE, conv=conv)


def plain_gcnn(size: int) -> "Deterministic":
    """The G-CNN without symmetry breaking."""
    return Deterministic(gcnn(size))


def mlp(size: int) -> "Deterministic":
    """A multilayer perceptron, with no symmetry and a hundred times the parameters."""
    return Deterministic(LatticeMLP(3, size, scale=(SCALE[0], SCALE[0], SCALE[1])))


def divisors(size: int) -> tuple[int, ...]:
    """Every period above 1 that fits the lattice."""
    return tuple(period for period in range(2, size + 1) if size % period == 0)


def multi_period(size: int) -> FieldEncoding:
    """One copy of `v` for each period that fits the lattice: no period is named."""
    action = Lattice(p4m(size), (Orientation(len(divisors(size))),))
    return FieldEncoding(action, PeriodicField(action, divisors(size)))


def period_two(size: int) -> FieldEncoding:
    """`v` of period 2, which is the period of the answer, and invariant under the translations by 2."""
    action = Lattice(p4m(size), (Orientation(CODES),))
    g = action.group.elements()
    keeps = (g.h == 0) & (g.n % 2 == 0).all(-1)
    return FieldEncoding(action, PeriodicField(action, (2,) * CODES), keeps)


def pixels(size: int) -> FieldEncoding:
    """`v` with a free value at every site."""
    action = Lattice(p4m(size), (Orientation(CODES),))
    return FieldEncoding(action, PixelField(action))


def waves(size: int) -> FieldEncoding:
    """`v` with a free amplitude for every wave vector."""
    action = Lattice(p4m(size), (Orientation(CODES),))
    return FieldEncoding(action, HartleyField(action))


def sympe(size: int, encoding: Callable[[int], FieldEncoding]) -> SymPE:
    """The G-CNN with SymPE and the exact inversion kernel."""
    return lifted_sympe(gcnn(size), LatticeInversion(conditions_action(size)), encoding(size))


def lifted_sympe(network: LatticeGCNN, kernel: LatticeInversion, code: FieldEncoding) -> SymPE:
    """SymPE whose encoding has its own part of the first layer: at the input, the same function costs more."""
    assert isinstance(network.lift, GroupConv)
    group, copies = network.action.group, network.lift.copies
    layers = network.lift, GroupConv(group, code.action.channels, copies, bias=False)
    fans = [layer.filters.shape[1] for layer in layers]
    with torch.no_grad():  # the two start as one layer over all the channels would
        for layer, fan in zip(layers, fans, strict=True):
            layer.filters.mul_((fan / sum(fans)) ** 0.5)
    return SymPE(network, kernel, LiftedEncoding(code, layers[1], Lattice(group, (Orientation(copies),))), at="trunk")


def sympe_learned(size: int) -> StraightThroughSymPE:
    """SymPE with the pose from a small G-CNN that is trained along, ties broken at random."""
    code, group = multi_period(size), p4m(size)
    return StraightThroughSymPE(gcnn(size, code.action.channels), ArgMax(group, LatticeScores(size)), code)


class LatticeScores(nn.Module):
    """Two group convolutions from the conditions to one score for each element of p4m."""

    def __init__(self, size: int):
        super().__init__()
        group = p4m(size)
        self.bond_to_orientation = BondToOrientation(group)
        self.lift = GroupConv(group, (Orientation(1), Scalar(1)), 4)
        self.score = GroupConv(group, (Orientation(4),), 1, bias=False)  # the softmax would not feel one

    def forward(self, x: Tensor) -> Tensor:
        """`(B, 3, L, L)` -> `(B, 8 L²)`."""
        y = torch.cat([self.bond_to_orientation(x[:, :2] / SCALE[0]), x[:, 2:] / SCALE[1]], dim=1)
        return self.score(F.silu(self.lift(y))).flatten(1)


class Deterministic(nn.Module):
    """A network that draws nothing, with the signature of those that do."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, *, generator: Source = None) -> Tensor:
        return self.network(x)


def noisy(size: int) -> Noise:
    """The G-CNN with independent normal numbers at every site."""
    return Noise(gcnn(size, (Scalar(CODES),)), CODES, axis=1)


def relaxed(size: int) -> Deterministic:
    """Relaxed group convolutions throughout, two filter banks a layer, translations relaxed too."""
    return Deterministic(gcnn(size, conv=partial(RelaxedGroupConv, banks=2, spread=0.5)))
