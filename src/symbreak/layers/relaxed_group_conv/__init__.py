"""Relaxed group convolution: filters that are scaled differently at each element of a finite group."""

from symbreak.layers.relaxed_group_conv.lattice import RelaxedGroupConv as RelaxedGroupConv
from symbreak.layers.relaxed_group_conv.named_irreps import point_rotations as point_rotations
from symbreak.layers.relaxed_group_conv.point_conv import RelaxedPointConv as RelaxedPointConv
from symbreak.layers.relaxed_group_conv.read_out import GroupComponent as GroupComponent
from symbreak.layers.relaxed_group_conv.read_out import GroupReadOut as GroupReadOut
from symbreak.layers.relaxed_group_conv.read_out import allowed_irreps as allowed_irreps
from symbreak.layers.relaxed_group_conv.read_out import fourier as fourier
from symbreak.layers.relaxed_group_conv.read_out import read_out_group as read_out_group
from symbreak.layers.relaxed_group_conv.read_out import weight_stabilizer as weight_stabilizer
from symbreak.layers.relaxed_group_conv.regular import RelaxedRegular as RelaxedRegular
