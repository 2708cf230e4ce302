"""Kernels: laws `h(g | x)` of the pose of a sample."""

from symbreak.kernels.canonical_labelling import CanonicalLabelling as CanonicalLabelling
from symbreak.kernels.canonical_labelling import RandomIndividualization as RandomIndividualization
from symbreak.kernels.canonical_labelling import RefinedSort as RefinedSort
from symbreak.kernels.crystal_inversion import CrystalInversion as CrystalInversion
from symbreak.kernels.direction_sort import DirectionSort as DirectionSort
from symbreak.kernels.finite import ArgMax as ArgMax
from symbreak.kernels.finite import ArgMin as ArgMin
from symbreak.kernels.frame_inversion import FrameInversion as FrameInversion
from symbreak.kernels.gram_schmidt import GramSchmidt as GramSchmidt
from symbreak.kernels.haar import FiniteHaar as FiniteHaar
from symbreak.kernels.haar import Haar as Haar
from symbreak.kernels.kernel import FiniteKernel as FiniteKernel
from symbreak.kernels.kernel import Kernel as Kernel
from symbreak.kernels.kernel import categorical as categorical
from symbreak.kernels.lattice import LatticeInversion as LatticeInversion
from symbreak.kernels.point_inversion import PointInversion as PointInversion
from symbreak.kernels.sort import RandomSort as RandomSort
from symbreak.kernels.weighted_frame import WeightedFrame as WeightedFrame
