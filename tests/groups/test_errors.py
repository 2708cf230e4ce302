"""Every error names what was given, the rule, and the fix."""

import pytest
import torch

from symbreak.groups import (
    Cayley,
    Cyclic,
    Dihedral,
    FiniteProduct,
    Orthogonal,
    Product,
    SampleKeys,
    Symmetric,
    Torus,
    Translation,
    Young,
    p4,
    p4m,
    uniform,
)


@pytest.mark.parametrize("make", (Cyclic, Dihedral, Orthogonal, Translation, p4, p4m), ids=lambda f: f.__name__)
@pytest.mark.parametrize("size", (0, -1, 2.0, True, "3"))
def test_sizes_are_positive_integers(make, size):
    with pytest.raises(ValueError, match=rf"{make.__name__} was given the size {size!r}.*at least 1"):
        make(size)


def test_sizes_of_permutations_may_be_zero_but_no_less():
    with pytest.raises(ValueError, match=r"Symmetric was given the size -1.*at least 0"):
        Symmetric(-1)
    with pytest.raises(ValueError, match=r"Young was given the size -2.*at least 0"):
        Young((3, -2))


@pytest.mark.parametrize("draw", (Symmetric().sample, Symmetric().identity), ids=("sample", "identity"))
def test_symmetric_without_a_size_says_where_to_get_one(draw):
    with pytest.raises(ValueError, match=r"Symmetric\(\) has no size.*Relabel.*Symmetric\(5\)"):
        draw()


def test_torus_needs_an_axis_and_sizes():
    with pytest.raises(ValueError, match=r"no sizes.*Torus\(\(16, 16\)\)"):
        Torus(())
    with pytest.raises(ValueError, match="Torus was given the size 0"):
        Torus((4, 0))


@pytest.mark.parametrize(
    "table, message",
    (
        ((), "square and not empty"),
        (((0, 1), (1,)), "square and not empty"),
        (((1, 0), (0, 1)), "element 0 is the identity"),
        (((0, 1, 2), (1, 2, 2), (2, 0, 1)), "each of 0 .. n-1 once"),
        (((0, 1, 2), (1, 3, 0), (2, 0, 1)), "each of 0 .. n-1 once"),
        (  # a loop of order 5: a Latin square with identity that is not associative
            ((0, 1, 2, 3, 4), (1, 0, 3, 4, 2), (2, 4, 0, 1, 3), (3, 2, 4, 0, 1), (4, 3, 1, 2, 0)),
            r"not associative: \(1·1\)·2 is 2, but 1·\(1·2\) is 4",
        ),
    ),
    ids=("empty", "ragged", "identity", "repeated", "out of range", "loop"),
)
def test_cayley_refuses_what_is_not_a_group_table(table, message):
    with pytest.raises(ValueError, match=message):
        Cayley(table)


@pytest.mark.parametrize("index", (torch.tensor(3), torch.zeros(2, 2, dtype=torch.int64), torch.zeros(3)))
def test_sample_keys_need_one_index_for_each_sample(index):
    with pytest.raises(ValueError, match=r"index has shape .*int64 tensor of shape \(B,\)"):
        SampleKeys(index, seed=0)


@pytest.mark.parametrize("shape", ((), (4,), (4, 3)))
def test_sample_keys_count_the_samples(shape):
    with pytest.raises(ValueError, match=r"keys of 3 samples.*first axis must count the samples"):
        uniform(shape, generator=SampleKeys(torch.arange(3), seed=0))


@pytest.mark.parametrize("make, factors", [(Product, ()), (FiniteProduct, ()), (Product, [Cyclic(2)]), (Product, (2,))])
def test_products_have_a_tuple_of_factors(make, factors):
    with pytest.raises(ValueError, match=r"a product has a tuple of at least one (Finite)?Group"):
        make(factors)


def test_a_finite_product_has_finite_factors():
    with pytest.raises(ValueError, match="Orthogonal.*at least one FiniteGroup"):
        FiniteProduct((Cyclic(2), Orthogonal(3)))
