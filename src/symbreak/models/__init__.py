"""Models: one self-contained file for each architecture."""

from symbreak.models.lattice_gcnn import LatticeGCNN as LatticeGCNN
from symbreak.models.lattice_mlp import LatticeMLP as LatticeMLP
