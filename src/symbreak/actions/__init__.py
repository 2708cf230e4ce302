"""Actions: how batches of data move."""

from symbreak.actions.action import Action as Action
from symbreak.actions.commuting import Commuting as Commuting
from symbreak.actions.graph import Fields as Fields
from symbreak.actions.graph import Relabel as Relabel
from symbreak.actions.lattice import Bond as Bond
from symbreak.actions.lattice import Channels as Channels
from symbreak.actions.lattice import Lattice as Lattice
from symbreak.actions.lattice import Orientation as Orientation
from symbreak.actions.lattice import Scalar as Scalar
from symbreak.actions.orbit import orbit as orbit
from symbreak.actions.points import Pointwise as Pointwise
from symbreak.actions.rigid import Rigid as Rigid
from symbreak.actions.slots import Slots as Slots
