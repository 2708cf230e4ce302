"""Data: readers that stream files (`readers`), and simulators with known answers (`ising`).

`open_source` finds the reader of a file and hands out samples, structures, graphs or fields, one after another;
`target` and `pair` take what a model is to predict from a sample, or from a second file.
"""

from symbreak.data.graphs import PackedGraphs as PackedGraphs
from symbreak.data.graphs import pack as pack
from symbreak.data.pairs import Pair as Pair
from symbreak.data.pairs import pair as pair
from symbreak.data.pairs import pairs as pairs
from symbreak.data.readers.formats import open_source as open_source
from symbreak.data.samples import FieldSample as FieldSample
from symbreak.data.samples import GraphSample as GraphSample
from symbreak.data.samples import Refused as Refused
from symbreak.data.samples import Structure as Structure
from symbreak.data.source import SampleSource as SampleSource
from symbreak.data.targets import Per as Per
from symbreak.data.targets import Target as Target
from symbreak.data.targets import target as target
from symbreak.data.targets import targets as targets
