"""Relaxed layers on the irreps of e3nn: equivariant at the start, and jointly equivariant in θ and the data always."""

from symbreak.layers.relaxed.condition import ConditionedWeight as ConditionedWeight
from symbreak.layers.relaxed.conversion import relax as relax
from symbreak.layers.relaxed.convolution import RelaxedConvolution as RelaxedConvolution
from symbreak.layers.relaxed.linear import RelaxedLinear as RelaxedLinear
from symbreak.layers.relaxed.tensor_product import RelaxedTensorProduct as RelaxedTensorProduct
from symbreak.layers.relaxed.weight import RelaxedWeight as RelaxedWeight
from symbreak.layers.relaxed.weight import moved as moved
from symbreak.layers.relaxed.weight import relaxed_weights as relaxed_weights
