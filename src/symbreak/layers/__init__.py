"""Layers: equivariant, and relaxed."""

from symbreak.layers.group_conv import BondToOrientation as BondToOrientation
from symbreak.layers.group_conv import GroupConv as GroupConv
from symbreak.layers.relaxed_group_conv import RelaxedGroupConv as RelaxedGroupConv
