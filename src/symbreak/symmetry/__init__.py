"""Measures of symmetry: of inputs, and of models."""

from symbreak.symmetry.entries import entries as entries
from symbreak.symmetry.equivariance import EquivarianceError as EquivarianceError
from symbreak.symmetry.equivariance import equivariance_error as equivariance_error
from symbreak.symmetry.law import LawError as LawError
from symbreak.symmetry.law import law_error as law_error
from symbreak.symmetry.stabilizer import stabilizer as stabilizer
from symbreak.symmetry.vector_stabilizer import vector_stabilizer as vector_stabilizer
