"""The checker catches broken representations: one for each law."""

import pytest
import torch

from symbreak.groups import Cyclic, Dihedral, Orthogonal, Symmetric, matvec
from symbreak.representations import Permutation, Regular, Representation, Vector
from symbreak.testing import check_representation


class ByInverse(Vector):
    """`g⁻¹ x`: a right action."""

    def act(self, g, x):
        return matvec(g.mT, x)


class PermutesBackwards(Permutation):
    """`(g x)[i] = x[g[i]]`: a right action too."""

    def act(self, g, x):
        x, g = torch.broadcast_tensors(x, g)
        return x.gather(-1, g)


class RegularBackwards(Regular):
    """`(g f)(h) = f(g h)`."""

    def act(self, g, x):
        return super().act(self.group.inverse(g), x)


class NotHomomorphic(Vector):
    def act(self, g, x):
        return super().act(g, x) + torch.linalg.vector_norm(g - torch.eye(3), dim=(-2, -1))[..., None] * x


class Doubles(Vector):
    """A projective mistake: `ρ(g) ρ(h) = 2 ρ(gh)`."""

    def act(self, g, x):
        return 2 * super().act(g, x)


class Projects(Vector):
    """A homomorphism of a monoid: the identity is not the identity."""

    def act(self, g, x):
        return torch.zeros_like(g[..., 0] * x)


class Affine(Vector):
    """An action that is not linear: it turns about the point (1, 1, 1)."""

    def act(self, g, x):
        return super().act(g, x - 1) + 1


class WrongMatrix(Vector):
    def matrix(self, g, *, dtype=None):
        return g.mT


class Scrambled(Regular):
    """A regular representation with the numbers of the elements confused."""

    def act(self, g, x):
        return super().act(g, x.roll(1, -1))


class NoBroadcast(Vector):
    def act(self, g, x):
        return matvec(g, x.expand(g.shape[0], 3)) if x.dim() < 3 and g.dim() == 3 else matvec(g[:1], x)


class ForgetsBatch(Representation):
    """Returns the vector as it came, without the batch shape of the element."""

    group = Cyclic(3)
    dim = 2

    def act(self, g, x):
        return x

    def __eq__(self, other):
        return isinstance(other, ForgetsBatch)

    def __hash__(self):
        return 0


class InPlace(Vector):
    def act(self, g, x):
        y = super().act(g, x)
        if x.shape == y.shape:
            x.copy_(y)
        return y


class Rounds(Vector):
    """Falls to float32 on the way."""

    def act(self, g, x):
        return matvec(g.float(), x.float())


class ByIdentity(Vector):
    __eq__ = object.__eq__
    __hash__ = object.__hash__


O3, D3 = Orthogonal(3), Dihedral(3)
BROKEN = (
    (ByInverse(O3), "homomorphism.*x -> \\(h g\\) x instead"),
    (PermutesBackwards(Symmetric(4)), "homomorphism.*x -> \\(h g\\) x instead"),
    (RegularBackwards(D3), "homomorphism.*x -> \\(h g\\) x instead"),
    (NotHomomorphic(O3), "homomorphism: .* differ by up to"),
    (Doubles(O3), "homomorphism"),
    (Projects(O3), "identity"),
    (Affine(O3), "linearity"),
    (WrongMatrix(O3), "matrix"),
    (Scrambled(D3), "homomorphism"),
    (NoBroadcast(O3), "broadcasting|matrix"),
    (ForgetsBatch(), "broadcasting|matrix"),
    (InPlace(O3), "leaves its arguments alone"),
    (Rounds(O3), "shape"),
    (ByIdentity(O3), "value"),
)


@pytest.mark.parametrize("rep, law", BROKEN, ids=[type(rep).__name__ for rep, _ in BROKEN])
def test_a_broken_representation_fails_and_is_named(rep, law):
    with pytest.raises(AssertionError, match=law) as error:
        check_representation(rep)
    assert repr(rep) in str(error.value)


def test_a_right_action_is_invisible_when_the_group_is_abelian():
    check_representation(RegularBackwards(Cyclic(5)))
