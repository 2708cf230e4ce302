import pytest
import torch

from symbreak.actions import Lattice, Pointwise, Scalar
from symbreak.diagnosis import Remedy, diagnose
from symbreak.diagnosis.unbroken import unbroken
from symbreak.groups import Cyclic, Dihedral, Orthogonal, p4m
from symbreak.representations import Regular, Trivial, Vector
from symbreak.symmetry import stabilizer

RING = Pointwise(Regular(Cyclic(4)))
LATTICE = Lattice(p4m(4), (Scalar(),))


def test_floors_on_a_ring():
    x = torch.tensor([[1.0, 0, 1, 0], [1, 2, 3, 4], [5, 5, 5, 5]])
    y = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    found = diagnose((x, y), RING, RING)
    counts = found.target("target").counts
    assert found.symmetry.orders.counts == {"2": 1, "1": 1, "4": 1}
    assert counts.floor == pytest.approx(0.5 + 0.75)
    assert [(one.index, one.stabilizer) for one in counts.worst] == [(2, "order 4"), (0, "order 2")]
    assert counts.worst[1].nearest == (0.5, 0, 0.5, 0)


def test_pairs_of_single_items_are_a_data_set(generator):
    x, y = torch.zeros(130, 4), torch.randn(130, 4, generator=generator)
    whole = diagnose((x, y), RING, RING).target("target").counts
    pairs = diagnose(iter(zip(x, y, strict=True)), RING, RING).target("target").counts
    assert (pairs.samples, pairs.floor) == (130, pytest.approx(whole.floor))
    assert whole.floor == pytest.approx(float((y - y.mean(1, keepdim=True)).square().sum()), rel=1e-5)


def test_an_invariant_target_is_free():
    x = torch.zeros(3, 4)
    counts = diagnose((x, torch.ones(3, 2)), RING, Pointwise(Trivial(Cyclic(4), 2))).target("target").counts
    assert (counts.floor, counts.restricted) == (0.0, 0)


def test_without_targets():
    found = diagnose(torch.zeros(3, 4), RING)
    assert (found.read, found.symmetry.orders.largest(), found.targets) == (3, [("4", 3)], ())
    assert found.recommendation.remedy is Remedy.OPEN
    assert diagnose(torch.arange(4.0)[None], RING).recommendation.remedy is Remedy.NOTHING


def test_fields_on_a_lattice(generator):
    x = torch.zeros(20, 1, 4, 4)
    x[:10, 0, 0, 0] = 1.0
    found = diagnose((x, torch.randn(20, 1, 4, 4, generator=generator)), LATTICE, LATTICE)
    assert found.symmetry.orders.largest() == [("128", 10), ("8", 10)]
    assert found.group == "translations of (4, 4) with 8 point elements"
    assert found.recommendation.remedy is Remedy.SYMPE


def test_one_field_for_all(generator):
    x, y = torch.zeros(12, 1, 4, 4), torch.zeros(12, 1, 4, 4)
    y[:, 0, 1, 2] = 1 + 0.1 * torch.rand(12, generator=generator)
    assert diagnose((x, y), LATTICE, LATTICE).recommendation.remedy is Remedy.RELAXED_WEIGHTS


def test_the_elements_that_no_target_breaks_make_a_smaller_group():
    square = Pointwise(Regular(Dihedral(4)))
    x = torch.ones(8, 8)
    y = torch.zeros(8, 8)
    for k in range(8):  # the turns keep both halves; which is up has no direction
        y[k, :4] = (-1.0) ** k
        y[k, 4:] = -((-1.0) ** k)
    found = diagnose((x, y), square, square)
    assert found.recommendation.remedy is Remedy.SMALLER_GROUP
    assert found.recommendation.subgroup == "a subgroup of order 4 of 8"


def test_an_unbroken_set_is_a_group(generator):
    group = p4m(3)
    for _ in range(5):
        allowed = torch.rand(group.order, generator=generator) < 0.7
        allowed[0] = True
        found = unbroken(group, allowed)
        members = group.element(found.nonzero()[:, 0])
        products = group.index(group.compose(type(members)(*(m[:, None] for m in members)), members))
        assert bool(found[products].all())
        assert bool(allowed[found].all())


def test_stabilizers_agree_with_the_reference(generator):
    x = torch.randint(2, (6, 1, 4, 4), generator=generator).float()
    orders = stabilizer(LATTICE, x).sum(0).tolist()
    assert sorted(diagnose(x, LATTICE).symmetry.orders.counts.items()) == sorted(
        {str(order): orders.count(order) for order in orders}.items()
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((torch.zeros(2, 3), Pointwise(Vector(Orthogonal(3)))), "but in memory only a finite group is tried"),
        (((torch.zeros(2, 4), torch.zeros(2, 4)), RING), "nothing says how they move. Give action_out"),
        (((torch.zeros(2, 4), torch.zeros(3, 4)), RING, RING), "There are 2 inputs and 3 targets"),
        ((torch.zeros(0, 4), RING), "The data set is empty"),
        (((torch.zeros(2, 4), torch.zeros(2, 3)), RING, Pointwise(Regular(Cyclic(3)))), "but one element moves both"),
        (((torch.zeros(1, 4), torch.full((1, 4), torch.nan)), RING, RING), r"The target\[0, 0\] is not finite"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        diagnose(*arguments)


def test_items_without_targets_are_given_as_one_tensor():
    with pytest.raises(ValueError, match="An item is not a pair of an input and its target"):
        diagnose([torch.ones(4)], Pointwise(Regular(Cyclic(4))))
