"""The checker catches broken kernels."""

import math

import pytest
import torch
from scipy import stats
from torch_geometric.data import Batch, Data

from symbreak.actions import Lattice, Pointwise, Relabel, Scalar
from symbreak.groups import Cyclic, Orthogonal, p4, p4m
from symbreak.kernels import ArgMin, FiniteKernel, GramSchmidt, Haar, Kernel, LatticeInversion, RandomSort
from symbreak.representations import Regular, Vector
from symbreak.testing import check_kernel, chi_square_threshold

REGULAR = Pointwise(Regular(Cyclic(4)))
LATTICE = Lattice(p4(3), (Scalar(),))
SYMMETRIC = torch.tensor([[1.0, 0.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]])
WEIGHTS = torch.tensor([0.0, 1.0, 2.5, 3.7])


def energy(y):
    return y @ WEIGHTS


def field():
    return torch.stack([torch.eye(3), torch.randn(3, 3)])[:, None]


def graphs():
    return Batch.from_data_list([Data(x=torch.tensor([[0.0], [1.0], [0.0]])), Data(x=torch.zeros(2, 1))])


def cloud():
    return torch.tensor([[[0.0, 0.0, 2.0]], [[1.0, 0.0, 0.0]]], dtype=torch.float64)


class FirstIndex(ArgMin):
    """The first of the tied minimizers."""

    def mass(self, x):
        return torch.nn.functional.one_hot(super().mass(x).int().argmax(-1), self.group.order)


class FirstDrawn(ArgMin):
    """Claims all ties, and draws the first."""

    def forward(self, x, *, generator=None):
        return self.mass(x).int().argmax(-1)


class Inverse(LatticeInversion):
    """The inverse of a pose, which carries the data to the canonical form."""

    def forward(self, x, *, generator=None):
        return self.group.inverse(super().forward(x, generator=generator))


class Lopsided(ArgMin):
    """Ties of unequal probability."""

    def mass(self, x):
        return super().mass(x) * torch.arange(1.0, 5.0, dtype=torch.float64)


class SmallerCoset(LatticeInversion):
    """Forgets half of the ties, those of an odd number in their row."""

    def mass(self, x):
        ties = super().mass(x)
        return ties & ((ties.cumsum(1) % 2 == 1) | (ties.sum(1, keepdim=True) == 1))


class StableSort(RandomSort):
    """Sorts with ties in the order in which they stand."""

    def forward(self, x, *, generator=None):
        return self.cells(x).argsort(stable=True)


class OneTiePerBatch(RandomSort):
    """The same random order for all graphs."""

    def forward(self, x, *, generator=None):
        order = torch.randperm(len(x.batch), generator=generator if isinstance(generator, torch.Generator) else None)
        return order[self.cells(x)[order].argsort(stable=True)]


class Completed(GramSchmidt):
    """Completes a frame by the axes of the laboratory."""

    def forward(self, x, *, generator=None):
        return super().forward(x, generator=torch.Generator().manual_seed(0))


class WrongEntropy(LatticeInversion):
    def entropy(self, x):
        return super().entropy(x) * 2


class TooSmallEntropy(Haar):
    def entropy(self, x):
        return torch.zeros(len(x), dtype=torch.float64)


class ScalarEntropy(Haar):
    def entropy(self, x):
        return torch.tensor(math.log(4))


class GlobalDraws(Haar):
    def forward(self, x, *, generator=None):
        return super().forward(x)


class LeaksRandomness(Haar):
    def forward(self, x, *, generator=None):
        torch.rand(())
        return super().forward(x, generator=generator)


class OneElement(Haar):
    def forward(self, x, *, generator=None):
        return self.group.sample((1,), generator=torch.Generator().manual_seed(0))


class Fixed(FiniteKernel):
    """Always the same law, which knows nothing of the data: right for them as they stand, wrong once they move."""

    group = REGULAR.group

    def mass(self, x):
        return torch.tensor([[0.5, 0.0, 0.5, 0.0]], dtype=torch.float64).expand(len(x), -1)


class Unnormalized(Fixed):
    def mass(self, x):
        return torch.ones(len(x), 4)

    def probability(self, x):
        return self.mass(x) / 2


class Deceptive(Kernel):
    """A Haar draw that calls itself an inversion kernel, with its entropy."""

    def __init__(self, action):
        super().__init__()
        self.action, self.group = action, action.group

    def forward(self, x, *, generator=None):
        return self.action.haar(x, generator=generator)

    def entropy(self, x):
        return ArgMin(self.action, energy).entropy(x)


@pytest.mark.parametrize(
    "kernel, action, x, claims, message",
    (
        (FirstIndex(REGULAR, energy), REGULAR, SYMMETRIC, {}, "entropy is log"),
        (FirstIndex(REGULAR, energy), REGULAR, SYMMETRIC, {"inversion": False}, "entropy is at least"),
        (FirstDrawn(REGULAR, energy), REGULAR, SYMMETRIC, {}, "equivariance in law|draws follow|law on ties"),
        (Lopsided(REGULAR, energy), REGULAR, SYMMETRIC, {}, "entropy is log"),
        (Lopsided(REGULAR, energy), REGULAR, SYMMETRIC[:1], {"inversion": False}, "entropy is at least"),
        (Inverse(LATTICE), LATTICE, field(), {}, "canonical form.*the inverse of a pose"),
        (SmallerCoset(LATTICE), LATTICE, field(), {}, "entropy is log"),
        (Haar(REGULAR), REGULAR, SYMMETRIC, {}, "entropy is log"),
        (Deceptive(REGULAR), REGULAR, SYMMETRIC, {}, "canonical form"),
        (StableSort(lambda b: b.x), Relabel(("x",)), graphs(), {"order": torch.tensor([2, 2])}, "in law|law on ties"),
        (StableSort(lambda b: b.x), Relabel(("x",)), graphs(), {"inversion": False}, "in law"),
        (OneTiePerBatch(lambda b: b.x), Relabel(("x",)), graphs(), {}, "keyed to the sample"),
        (
            Completed(Orthogonal(3), lambda x: x),
            Pointwise(Vector(Orthogonal(3))),
            cloud(),
            {},
            "in law|keyed to the sample",
        ),
        (WrongEntropy(LATTICE), LATTICE, field(), {}, "entropy is log"),
        (TooSmallEntropy(REGULAR), REGULAR, SYMMETRIC, {"inversion": False}, "entropy is at least"),
        (ScalarEntropy(REGULAR), REGULAR, SYMMETRIC, {"inversion": False}, "one number for each item"),
        (GlobalDraws(REGULAR), REGULAR, SYMMETRIC.repeat(20, 1), {"inversion": False}, "repeat from the state"),
        (LeaksRandomness(REGULAR), REGULAR, SYMMETRIC, {"inversion": False}, "the global random state moved"),
        (OneElement(REGULAR), REGULAR, SYMMETRIC, {"inversion": False}, "one element for each of the 2 items"),
        (Fixed(), REGULAR, SYMMETRIC[:1], {}, "canonical form|in law"),
        (Fixed(), REGULAR, SYMMETRIC[1:], {"inversion": False}, "in law"),
        (Unnormalized(), REGULAR, SYMMETRIC, {"inversion": False}, "adds up to 1"),
    ),
    ids=lambda value: type(value).__name__ if isinstance(value, Kernel) else "",
)
def test_broken_kernels(kernel, action, x, claims, message):
    with pytest.raises(AssertionError, match=message):
        check_kernel(kernel, action, x, **claims)


def test_the_sound_originals_pass():
    check_kernel(ArgMin(REGULAR, energy), REGULAR, SYMMETRIC)
    check_kernel(LatticeInversion(LATTICE), LATTICE, field())
    check_kernel(Haar(REGULAR), REGULAR, SYMMETRIC, inversion=False)
    check_kernel(RandomSort(lambda b: b.x), Relabel(("x",)), graphs(), order=torch.tensor([2, 2]))
    check_kernel(GramSchmidt(Orthogonal(3), lambda x: x), Pointwise(Vector(Orthogonal(3))), cloud())


def test_a_sound_kernel_is_rarely_refused():
    """At significance 0.2, about a fifth of the seeds may fail; at the default none does."""
    action = Lattice(p4m(2), (Scalar(),))
    x, kernel, refused = torch.zeros(1, 1, 2, 2), LatticeInversion(action), 0
    for seed in range(60):
        try:
            check_kernel(kernel, action, x, generator=torch.Generator().manual_seed(seed), draws=300, significance=0.2)
        except AssertionError:
            refused += 1
    assert 1 <= refused <= 30


@pytest.mark.parametrize("significance", (0.5, 0.05, 1e-6, 1e-12))
@pytest.mark.parametrize("degrees", (1, 2, 7, 100, 2047))
def test_threshold(significance, degrees):
    assert chi_square_threshold(significance, degrees) == pytest.approx(stats.chi2.isf(significance, degrees), rel=1e-6)
