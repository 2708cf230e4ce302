"""The automorphisms of graphs, found by refinement and individualization; needs numba where it is first used."""

from symbreak.symmetry.graphs.batch import ColouredGraphs as ColouredGraphs
from symbreak.symmetry.graphs.colours import colours as colours
from symbreak.symmetry.graphs.graph import ColouredGraph as ColouredGraph
from symbreak.symmetry.graphs.symmetry import GraphSymmetries as GraphSymmetries
from symbreak.symmetry.graphs.symmetry import GraphSymmetry as GraphSymmetry
from symbreak.symmetry.graphs.symmetry import automorphisms as automorphisms
from symbreak.symmetry.graphs.symmetry import canonical_form as canonical_form
from symbreak.symmetry.graphs.symmetry import graph_symmetry as graph_symmetry
