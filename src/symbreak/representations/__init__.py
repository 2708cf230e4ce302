"""Representations: how one vector moves. `Irreps` needs e3nn, the others nothing but torch."""

from typing import TYPE_CHECKING

from symbreak.representations.dual import Dual as Dual
from symbreak.representations.intertwiners import intertwiners as intertwiners
from symbreak.representations.permutation import Permutation as Permutation
from symbreak.representations.regular import Regular as Regular
from symbreak.representations.representation import Representation as Representation
from symbreak.representations.sums import DirectSum as DirectSum
from symbreak.representations.sums import TensorProduct as TensorProduct
from symbreak.representations.trivial import Trivial as Trivial
from symbreak.representations.vector import Vector as Vector

if TYPE_CHECKING:
    from symbreak.representations.irreps import Irreps as Irreps


def __getattr__(name: str):
    if name == "Irreps":  # e3nn takes seconds to import, and is optional
        from symbreak.representations.irreps import Irreps

        return Irreps
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
