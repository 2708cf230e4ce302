"""Structures from the files that ASE reads: xyz and extended xyz, POSCAR, trajectories and data bases."""

import io
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from symbreak.data.samples import Array, Refused, Structure
from symbreak.data.source import SampleSource, batched, file_error, numbered_lines, optional, said
from symbreak.data.structure_rules import StructureRules

_BOOKKEEPING = ("numbers", "positions", "spacegroup_kinds")  # arrays of ASE that are no attribute of an atom

Frame = tuple[int, int, str]  # number from 0, first line from 1, text


@dataclass(frozen=True)
class XyzFile(SampleSource):
    r"""Frames of an xyz or extended xyz file.

    The columns and `key=value` pairs of extended xyz become `arrays` and `info`; a comment without pairs is the name.
    Nine numbers stay nine: only a stress or virial, or a matrix that ASE wrote, becomes `(3, 3)`. Blank lines between
    frames are allowed. A frame that cannot be parsed is refused and the next one read; a wrong number of atoms is an
    error of the file, as no later frame can be found.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "h2.xyz")
        ...     _ = path.write_text("2\nhydrogen\nH 0 0 0\nH 0 0 0.74\n")
        ...     molecule = next(iter(XyzFile(path)))
        >>> molecule.name, molecule.numbers, molecule.positions[1]
        ('hydrogen', array([1, 1]), array([0.  , 0.  , 0.74]))
    """

    path: Path
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[list[Frame]]:
        return batched(self._frames(), size)

    def parse(self, chunk: list[Frame]) -> list[Structure | Refused]:
        extxyz = optional("ase.io.extxyz", "ase", self.path)
        samples = []
        for index, line, text in chunk:
            count, comment, *rows = text.split("\n")
            name = "" if "=" in comment else comment.strip()
            if int(count) == 0:
                samples.append(self.rules.admit(_nothing(index, line, name)))
                continue
            lines = io.StringIO("\n".join([count, "" if name else comment, *rows, ""]))
            try:
                with warnings.catch_warnings(action="ignore"):
                    (atoms,) = extxyz.read_xyz(lines, index=slice(None))
                structure = structure_from_atoms(atoms, index, line, name)
            except Exception as error:  # ASE raises whatever its conversions do
                samples.append(Refused(index, f"no xyz frame: {said(error)}", line, name))
                continue
            samples.append(self.rules.admit(structure))
        return samples

    def _frames(self) -> Iterator[Frame]:
        lines = numbered_lines(self.path)
        index = 0
        for number, line in lines:
            if not line.strip():
                continue
            if not line.strip().isdecimal():
                raise file_error(
                    self.path,
                    f"{line[:40]!r} stands where a frame begins, with the number of its atoms",
                    "Check the number of atoms of the frame before" if index else "Give an xyz file",
                    number,
                )
            atoms = int(line)
            text = [line, *(row for _, row in islice(lines, atoms + 1))]
            if len(text) < atoms + 2:
                raise file_error(
                    self.path,
                    f"the file ends after {max(len(text) - 2, 0)} of the {atoms} atoms of frame {index}",
                    "It was cut off: write or copy it again",
                    number + len(text) - 1,
                )
            yield index, number, "\n".join(text)
            index += 1
        if not index:
            raise file_error(self.path, "there is no frame in it", "Give an xyz file: number of atoms, comment, atoms")


@dataclass(frozen=True)
class PoscarFile(SampleSource):
    """The one structure of a POSCAR, CONTCAR or .vasp file. Constraints of selective dynamics are not read."""

    path: Path
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[list[Frame]]:
        lines = [line for _, line in numbered_lines(self.path)]
        return batched(iter([(0, 1, "\n".join(lines) + "\n")]), size)

    def parse(self, chunk: list[Frame]) -> list[Structure | Refused]:
        vasp = optional("ase.io.vasp", "ase", self.path)
        samples = []
        for index, line, text in chunk:
            try:
                atoms = vasp.read_vasp(io.StringIO(text))
            except Exception as error:
                raise file_error(
                    self.path,
                    f"no POSCAR: {said(error)}",
                    "Give a comment, a scale, three cell vectors, species, their counts, Direct or Cartesian, and as "
                    "many positions",
                ) from None
            samples.append(self.rules.admit(structure_from_atoms(atoms, index, line, text.split("\n")[0].strip())))
        return samples


@dataclass(frozen=True)
class TrajectoryFile(SampleSource):
    """Frames of ASE's binary trajectory, each found by its number."""

    path: Path
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[tuple[int, int]]:
        with self._open() as frames:
            n = len(frames)
        if not n:
            raise file_error(self.path, "the trajectory has no frame", "Run the simulation again")
        return ((chunk[0], chunk[-1] + 1) for chunk in batched(iter(range(n)), size))

    def parse(self, chunk: tuple[int, int]) -> list[Structure | Refused]:
        samples = []
        with self._open() as frames:
            for index in range(*chunk):
                try:
                    structure = structure_from_atoms(frames[index], index)
                except Exception as error:
                    samples.append(Refused(index, f"the frame cannot be read: {said(error)}"))
                    continue
                samples.append(self.rules.admit(structure))
        return samples

    def _open(self) -> Any:
        trajectory = optional("ase.io.trajectory", "ase", self.path)
        try:
            return trajectory.TrajectoryReader(self.path)
        except Exception as error:
            raise file_error(
                self.path, f"no trajectory of ASE, or cut off: {said(error)}", "Write it again by ase.io.write"
            ) from None


@dataclass(frozen=True)
class DatabaseFile(SampleSource):
    """Rows of ASE's SQLite data base, in the order of their ids.

    Key-value pairs and `data` become `info`; an array of `data` belongs to the atoms if its name is one of ASE's for
    quantities of atoms, as "forces". Say `per=Per.NODE` when choosing another one as a target.
    """

    path: Path
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[tuple[int, list[int]]]:
        first = 0
        for ids in batched(self._ids(), size):
            yield first, ids
            first += len(ids)
        if not first:
            raise file_error(self.path, "the data base has no rows", "Write structures to it by ase.db")

    def parse(self, chunk: tuple[int, list[int]]) -> list[Structure | Refused]:
        db = optional("ase.db", "ase", self.path)
        first, ids = chunk
        samples = []
        with db.connect(self.path) as rows:
            for index, row_id in enumerate(ids, first):
                name = f"id={row_id}"
                try:
                    row = rows.get(id=row_id)
                    atoms = row.toatoms()
                    atoms.info.update(row.key_value_pairs)
                    structure = structure_from_atoms(atoms, index, name=name, data=row.data)
                except Exception as error:
                    samples.append(Refused(index, f"the row cannot be read: {said(error)}", name=name))
                    continue
                samples.append(self.rules.admit(structure))
        return samples

    def _ids(self) -> Iterator[int]:
        try:  # read-only: ASE would write its tables into any other data base
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                for (row_id,) in connection.execute("SELECT id FROM systems ORDER BY id"):
                    yield row_id
        except sqlite3.Error as error:
            raise file_error(self.path, f"no data base of ASE: {error}", "Give one that ase.db.connect wrote") from None


def structure_from_atoms(
    atoms: Any, index: int = 0, line: int | None = None, name: str = "", data: dict[str, Any] | None = None
) -> Structure:
    """A structure from ASE's `Atoms`, with the results of its calculator.

    Momenta give velocities beside them; a stress in Voigt's order becomes a matrix; constraints are not applied to
    forces, and not kept.

    Args:
        atoms: an `ase.Atoms`.
        index, line, name: as in `Structure`.
        data: more values by name, as in the rows of a data base; one whose name is taken is called "data.NAME".

    Example:
        >>> from ase import Atoms
        >>> structure_from_atoms(Atoms("CO", [[0, 0, 0], [0, 0, 1.1]])).numbers
        array([6, 8])
    """
    n = len(atoms)
    arrays = {key: _words(np.asarray(value)) for key, value in atoms.arrays.items() if key not in _BOOKKEEPING}
    if "momenta" in arrays:
        arrays["velocities"] = arrays["momenta"] / atoms.get_masses()[:, None]
    info = {str(key): _value(value) for key, value in atoms.info.items()}
    results = dict(getattr(atoms.calc, "results", None) or {})
    for key, value in (data or {}).items():
        results[f"data.{key}" if key in results or key in info or key in arrays else key] = value
    for key, value in results.items():
        if value is None:
            continue
        value = _matrix(_value(value)) if key in ("stress", "stresses") else _value(value)
        (arrays if key in _per_atom() and value.shape[:1] == (n,) else info)[key] = value
    cell = np.array(atoms.cell, dtype=np.float64)
    return Structure(
        np.array(atoms.positions, dtype=np.float64),
        np.array(atoms.numbers, dtype=np.int64),
        cell if cell.any() else None,
        np.array(atoms.pbc, dtype=bool),
        arrays,
        info,
        index,
        line,
        name,
    )


def _per_atom() -> set[str]:
    from ase.outputs import all_outputs

    return {name for name, output in all_outputs.items() if output.shapespec[:1] == ("natoms",)}


def _matrix(voigt: Array) -> Array:
    """`(..., 6)` in the order xx, yy, zz, yz, xz, xy -> `(..., 3, 3)`."""
    return voigt[..., [[0, 5, 4], [5, 1, 3], [4, 3, 2]]] if voigt.shape[-1:] == (6,) else voigt


def _words(array: Array) -> Array:
    """Text as text, which ASE holds as objects."""
    is_text = array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array.flat)
    return array.astype(str) if is_text else array


def _value(value: Any) -> Array:
    """Numbers, truth values and text as arrays; anything else as its text."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        array = np.asarray(str(value))
    return array if array.dtype.kind in "biufcU" else np.asarray(str(value))


def _nothing(index: int, line: int | None, name: str) -> Structure:
    return Structure(np.zeros((0, 3)), np.zeros(0, dtype=np.int64), index=index, line=line, name=name)
