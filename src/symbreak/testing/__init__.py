"""The public conformance suite; nothing in the package imports it."""

from symbreak.testing.conformance import check_group as check_group
from symbreak.testing.conformance import check_representation as check_representation
from symbreak.testing.equivariance import assert_breaks as assert_breaks
from symbreak.testing.equivariance import assert_equivariant as assert_equivariant
from symbreak.testing.equivariance import assert_pathwise_equivariant as assert_pathwise_equivariant
