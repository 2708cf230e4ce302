"""Relaxation that does not end on a saddle which symmetry hides."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from ase import Atoms

from symbreak.groups import Source
from symbreak.relaxation.directions import Direction, directions
from symbreak.relaxation.input import symmetric_structure
from symbreak.relaxation.kick import kick

_LARGEST = 8  # times the size


class Relaxation(Protocol):
    """What is used of an optimizer of ASE."""

    def run(self, fmax: float, steps: int) -> bool:
        """Relaxes, and says whether the forces are below the limit."""
        ...

    def get_number_of_steps(self) -> int:
        """How many steps it took."""
        ...


@dataclass(frozen=True)
class Trial:
    """One relaxation.

    Args:
        before: the symmetry of the structure that was kicked, or that was given.
        irrep: along which it was kicked; None for the first relaxation, of the structure given.
        size: of the kick, in Å.
        after: the symmetry of the relaxed structure.
        energy: of it, in eV.
        steps: of the optimizer.
        converged: whether the forces fell below the limit.
        kept: whether the search went on from it.
    """

    before: str
    irrep: str | None
    size: float
    after: str
    energy: float
    steps: int
    converged: bool
    kept: bool

    def __str__(self) -> str:
        way = "as given" if self.irrep is None else f"kicked along {self.irrep}"
        end = "" if self.converged else ", not converged"
        kept = ", kept" if self.kept else ""
        return f"{self.before} {way} -> {self.after}, {self.energy:.4f} eV, {self.steps} steps{end}{kept}"


class SymmetryLoweringOptimizer:
    """An optimizer of ASE, and kicks along the directions that forces cannot see.

    Relaxes the structure. Then, for each direction that lowers the symmetry of the result, relaxes a kicked copy, and
    goes on from the copy of lowest energy, until none is lower by more than the threshold. The end has been tested
    against saddles in each of the directions, by one random kick in all copies of its irrep. It is no global search,
    and a minimum against the barrier of which the kick is too small stays unknown.

    On a flat way down, forces are below their limit too early. If they are so right after the kick, or the energy fell
    and the symmetry is lower, a kick of twice the size is tried, up to eight times the first, until that lowers the
    energy no more. All of it is in the log.

    Copies share the calculator of the structure. The structure is changed in place, as by any optimizer.

    Args:
        atoms: a molecule, a crystal, or a layer, with its calculator.
        optimizer: called with the atoms: a class, such as `ase.optimize.BFGS`, or a function that makes an optimizer,
            such as `lambda atoms: FIRE(FrechetCellFilter(atoms))` for one that changes the cell as well.
        size: of a kick, the root mean square displacement in Å.
        threshold: by how much the energy must fall, in eV.
        tolerance: of the symmetry, in Å. It must exceed the errors that the limit of the forces leaves in positions, or
            the next directions will not be seen.
        generator: of the random numbers.

    Raises:
        ValueError: as `directions`; if the atoms have no calculator, or the size or the threshold is not positive.

    Example:
        >>> from functools import partial
        >>> import torch
        >>> from ase.calculators.emt import EMT
        >>> from ase.optimize import BFGS
        >>> square = Atoms("Cu4", [[1.7, 0, 0], [0, 1.7, 0], [-1.7, 0, 0], [0, -1.7, 0]], calculator=EMT())
        >>> seeded = torch.Generator().manual_seed(0)
        >>> search = SymmetryLoweringOptimizer(square, partial(BFGS, logfile=None), generator=seeded)
        >>> search.run(fmax=0.01)
        True
        >>> search.log[0].after, search.log[-1].before  # a square before, a tetrahedron in the end
        ('D4h', 'Td')

    Reference:
        Pechukas (1976), On simple saddle points of a potential surface, the conservation of nuclear symmetry along
        paths of steepest descent, and the symmetry of transition states, J. Chem. Phys. 64.
    """

    def __init__(
        self,
        atoms: Atoms,
        optimizer: Callable[[Atoms], Relaxation],
        *,
        size: float = 0.05,
        threshold: float = 1e-3,
        tolerance: float = 0.01,
        generator: Source = None,
    ):
        if atoms.calc is None:
            raise ValueError("The atoms have no calculator, so nothing can be relaxed: set atoms.calc, such as EMT().")
        for name, value, unit in (("size", size, "a length in Å"), ("threshold", threshold, "an energy in eV")):
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value}, but it is {unit}, positive and finite.")
        self.atoms, self.optimizer = atoms, optimizer
        self.size, self.threshold, self.tolerance, self.generator = size, threshold, tolerance, generator
        self.log: list[Trial] = []
        symmetric_structure(atoms, tolerance)  # what cannot be searched is refused before it is relaxed

    def get_number_of_steps(self) -> int:
        """The steps of all relaxations so far."""
        return sum(trial.steps for trial in self.log)

    def run(self, fmax: float = 0.05, steps: int = 1000) -> bool:
        """Relaxes, kicks and relaxes again, until no direction lowers the energy.

        Args:
            fmax: the largest force on an atom, in eV/Å.
            steps: at most so many in each relaxation.
        Returns:
            Whether the end is relaxed, and so was each structure that it was tested with.
        Raises:
            ValueError: if an energy is not finite, or a relaxation brings two atoms together.
        """
        best = self._relaxed(self.atoms, self._name(self.atoms), None, 0.0, fmax, steps)
        self._keep(best)
        while best.converged:
            tried = [
                self._kicked(direction, best.energy, fmax, steps)
                for direction in directions(self.atoms, tolerance=self.tolerance)
            ]
            lowest = min(tried, key=lambda found: found[0].energy, default=None)
            if lowest is None or lowest[0].energy >= best.energy - self.threshold:
                return all(trial.converged for trial, _ in tried)
            best, relaxed = lowest
            self._keep(best)
            self.atoms.set_cell(relaxed.cell)
            self.atoms.positions[:] = relaxed.positions
        return False

    def _kicked(self, direction: Direction, energy: float, fmax: float, steps: int) -> tuple[Trial, Atoms]:
        """A relaxation after a kick, and where it ended."""
        size, best = self.size, None
        while True:
            kicked = kick(
                self.atoms, size=size, direction=direction, generator=self.generator, tolerance=self.tolerance
            )
            kicked.atoms.calc = self.atoms.calc
            trial = self._relaxed(kicked.atoms, kicked.before, direction.irrep, size, fmax, steps)
            settled = best is not None and best[0].energy < energy - self.threshold
            if best is None or trial.energy < best[0].energy - self.threshold:
                settled, best = False, (trial, kicked.atoms)
            elif not settled:
                best = trial, kicked.atoms  # the larger kick says more
            on_the_way = trial.after != trial.before and trial.energy < energy
            if settled or size >= _LARGEST * self.size or (trial.steps and not on_the_way):
                return best
            size = 2 * size

    def _relaxed(self, atoms: Atoms, before: str, irrep: str | None, size: float, fmax: float, steps: int) -> Trial:
        """Relaxes atoms in place, and logs it."""
        optimizer = self.optimizer(atoms)
        converged = bool(optimizer.run(fmax=fmax, steps=steps))
        energy = float(atoms.get_potential_energy())
        if not math.isfinite(energy):
            raise ValueError(
                f"The energy is {energy} after {optimizer.get_number_of_steps()} steps from {before}, kicked along "
                f"{irrep}: the calculator fails there. Check it, or take smaller steps, maxstep=0.05."
            )
        taken = optimizer.get_number_of_steps()
        self.log.append(Trial(before, irrep, size, self._name(atoms), energy, taken, converged, False))
        return self.log[-1]

    def _keep(self, trial: Trial) -> None:
        (at,) = [number for number, logged in enumerate(self.log) if logged is trial]
        self.log[at] = replace(trial, kept=True)

    def _name(self, atoms: Atoms) -> str:
        return symmetric_structure(atoms, self.tolerance).name
