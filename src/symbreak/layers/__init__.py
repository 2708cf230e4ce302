"""Layers: equivariant, and relaxed. Relaxed layers on irreps need e3nn, the others nothing but torch."""

from typing import TYPE_CHECKING

from symbreak.layers.equivariant_adam import EquivariantAdam as EquivariantAdam
from symbreak.layers.equivariant_adam import warn_if_per_coordinate as warn_if_per_coordinate
from symbreak.layers.group_conv import BondToOrientation as BondToOrientation
from symbreak.layers.group_conv import GroupConv as GroupConv
from symbreak.layers.relaxed_group_conv import RelaxedGroupConv as RelaxedGroupConv
from symbreak.layers.relaxed_group_conv import RelaxedPointConv as RelaxedPointConv
from symbreak.layers.relaxed_group_conv import RelaxedRegular as RelaxedRegular

if TYPE_CHECKING:
    from symbreak.layers.relaxed import ConditionedWeight as ConditionedWeight
    from symbreak.layers.relaxed import RelaxedConvolution as RelaxedConvolution
    from symbreak.layers.relaxed import RelaxedLinear as RelaxedLinear
    from symbreak.layers.relaxed import RelaxedTensorProduct as RelaxedTensorProduct
    from symbreak.layers.relaxed import RelaxedWeight as RelaxedWeight
    from symbreak.layers.relaxed import moved as moved
    from symbreak.layers.relaxed import relax as relax
    from symbreak.layers.relaxed import relaxed_weights as relaxed_weights

_NEED_E3NN = {
    "ConditionedWeight",
    "RelaxedConvolution",
    "RelaxedLinear",
    "RelaxedTensorProduct",
    "RelaxedWeight",
    "moved",
    "relax",
    "relaxed_weights",
}


def __getattr__(name: str):
    if name in _NEED_E3NN:  # it takes seconds to import, and is optional
        from symbreak.layers import relaxed

        return getattr(relaxed, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
