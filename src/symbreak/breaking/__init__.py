"""Modules that break symmetry: a kernel, a network, and what joins them."""

from symbreak.breaking.canonicalize import Canonicalize as Canonicalize
from symbreak.breaking.encoding import Encoding as Encoding
from symbreak.breaking.field_encoding import FieldEncoding as FieldEncoding
from symbreak.breaking.fields import HartleyField as HartleyField
from symbreak.breaking.fields import PeriodicField as PeriodicField
from symbreak.breaking.fields import PixelField as PixelField
from symbreak.breaking.frame_average import FrameAverage as FrameAverage
from symbreak.breaking.label_orbit import LabelOrbit as LabelOrbit
from symbreak.breaking.label_orbit import label_orbit as label_orbit
from symbreak.breaking.lifted_encoding import LiftedEncoding as LiftedEncoding
from symbreak.breaking.losses import marginal as marginal
from symbreak.breaking.losses import orbit_em as orbit_em
from symbreak.breaking.losses import orbit_minimum as orbit_minimum
from symbreak.breaking.node_encoding import NodeEncoding as NodeEncoding
from symbreak.breaking.noise import Noise as Noise
from symbreak.breaking.straight_through import StraightThroughSymPE as StraightThroughSymPE
from symbreak.breaking.straight_through import expected_field as expected_field
from symbreak.breaking.sympe import SymPE as SymPE
from symbreak.breaking.vector_encoding import VectorEncoding as VectorEncoding
