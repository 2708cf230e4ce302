"""Molecules from lists of SMILES, one in a line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from symbreak.data.graphs import PackedGraphs
from symbreak.data.readers.molecules import MoleculeTable, complaint, label_stereo, tabulate, with_hydrogens
from symbreak.data.samples import Array, GraphSample, Refused, not_finite
from symbreak.data.source import SampleSource, file_error, numbered_lines, optional

_NAMES = ("name", "id", "title", "mol_id", "molecule_id", "molecule")
_OUT_OF_THE_ORDINARY = "[~$<>"  # brackets, bonds of any type, quadruple and dative ones
_STEREO = "@/\\"
_LOOKED_AT = 10  # lines, to find the column

Lines = tuple[int, int, list[str]]  # number of the first molecule from 0, of the first line from 1, lines


@dataclass(frozen=True)
class SmilesFile(SampleSource):
    r"""Molecular graphs from a list of SMILES: .smi (SMILES, then a name) or .csv with a column of SMILES.

    The other columns of a table are attributes of the graph, as numbers where they are numbers; an empty cell is a
    missing one. Attributes of atoms and bonds are those of `MoleculeTable`. An empty line between molecules is refused.

    `pack(chunk)` is `pack(source.parse(chunk))` without a Python object for each atom, and its colours compare across
    chunks: the 133,879 molecules of QM9 take some 15 s of one core.

    Args:
        path: of the file.
        hydrogens: whether every hydrogen is a node. Without, they are counted on their atoms.
        delimiter: between columns; "" for any blanks.
        column: where the SMILES stands, from 0.
        name_column: where the name stands, or None.
        header: the names of the columns in the first line, or () without such a line. `open_smiles` finds all these.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "two.csv")
        ...     _ = path.write_text("name,smiles,mu\nwater,O,1.85\nbroken,C(,0\n")
        ...     water, broken = open_smiles(path, hydrogens=True)
        >>> water.name, water.node["element"], float(water.graph["mu"])
        ('water', array([8, 1, 1]), 1.85)
        >>> print(broken)
        sample 1 ('broken', line 3): 'C(' is no SMILES: it cannot be parsed. Check brackets, ring numbers and ...
    """

    path: Path
    hydrogens: bool = False
    delimiter: str = ""
    column: int = 0
    name_column: int | None = 1
    header: tuple[str, ...] = ()

    def chunks(self, size: int) -> Iterator[Lines]:
        index, first, lines, blank = 0, 0, [], 0
        for number, line in numbered_lines(self.path):
            if number == 1 and self.header:
                continue
            if not line.strip():
                blank += 1  # taken in only if a molecule follows
                continue
            if not lines:
                first = number - blank
            lines += [""] * blank
            lines.append(line)
            blank = 0
            if len(lines) >= size:
                yield index, first, lines
                index, lines = index + len(lines), []
        if lines:
            yield index, first, lines
        elif not index:
            raise file_error(self.path, "there is no molecule in it", "Give one SMILES in a line")

    def parse(self, chunk: Lines) -> list[GraphSample | Refused]:
        index, first, lines = chunk
        rows = [self._cells(line) for line in lines]
        taken, table, refused = self._read(chunk, rows)
        samples: dict[int, GraphSample | Refused] = {item.index: item for item in refused}
        for k, graph in zip(taken, table.graph() if taken else [], strict=True):
            attributes = self._attributes(rows[k])
            reason = not_finite(attributes, "the value")
            name, line = self._name(rows[k]), first + k
            samples[index + k] = (
                Refused(index + k, reason, line, name)
                if reason
                else replace(graph, graph=attributes, index=index + k, line=line, name=name)
            )
        return [samples[k] for k in sorted(samples)]

    def pack(self, chunk: Lines) -> PackedGraphs:
        """The chunk's molecules with their attributes as colours; values of other columns are not looked at."""
        taken, table, refused = self._read(chunk, [self._cells(line) for line in chunk[2]])
        return table.pack(np.array(taken, dtype=np.int64) + chunk[0], refused)

    def _read(self, chunk: Lines, rows: list[list[str]]) -> tuple[list[int], MoleculeTable, list[Refused]]:
        Chem = optional("rdkit.Chem", "rdkit", self.path)
        index, first, _ = chunk
        taken, molecules, plain, refused = [], [], [], []
        with optional("rdkit.rdBase", "rdkit", self.path).BlockLogs():
            for k, cells in enumerate(rows):
                smiles = cells[self.column].strip() if len(cells) > self.column else ""
                molecule, reason = _molecule(Chem, smiles)
                if self.delimiter and self.header and len(cells) > len(self.header):
                    reason = f"it has {len(cells)} cells under {len(self.header)} heads. Quote those with a delimiter."
                if reason:
                    refused.append(Refused(index + k, reason, first + k, self._name(cells)))
                    continue
                taken.append(k)
                molecules.append(molecule)
                plain.append(not any(letter in smiles for letter in _OUT_OF_THE_ORDINARY + _STEREO))
            table = tabulate(molecules, plain)
        return taken, with_hydrogens(table) if self.hydrogens else table, refused

    def _cells(self, line: str) -> list[str]:
        return _split(line, self.delimiter)

    def _name(self, cells: list[str]) -> str:
        if self.name_column is None or len(cells) <= self.name_column:
            return ""
        return cells[self.name_column].strip()

    def _attributes(self, cells: list[str]) -> dict[str, Array]:
        """Values of the other columns of a table."""
        names = self.header if self.delimiter else ()
        return {
            name: number_or_text(cell)
            for k, (name, cell) in enumerate(zip(names, cells, strict=False))
            if k not in (self.column, self.name_column) and cell.strip()
        }


def open_smiles(path: Path, hydrogens: bool = False, column: str | None = None) -> SmilesFile:
    """The list of SMILES in a file, with its columns found from its first lines.

    A table has a header with the column `smiles`, in any case, or none and its SMILES in the column where RDKit parses
    most of the first lines. Names are in a column `name`, `id` or `title`.

    Args:
        path: of the file. Columns are divided by commas, semicolons or tabs in .csv and .tsv, by blanks elsewhere.
        hydrogens: as in `SmilesFile`.
        column: the header of the column, if it is another.

    Raises:
        ValueError: if there is no such column.
    """
    lines = list(islice((text for _, text in numbered_lines(path) if text.strip()), _LOOKED_AT))
    if not lines:
        raise file_error(path, "the file is empty", "Give one SMILES in a line")
    delimiter = max(",;\t", key=lines[0].count) if path.suffix.lower() in (".csv", ".tsv") else ""
    cells = [cell.strip() for cell in _split(lines[0], delimiter)]
    small = [cell.lower() for cell in cells]
    wanted = (column or "smiles").lower()
    if wanted in small:
        names = [small.index(name) for name in _NAMES if name in small]
        name_column = names[0] if names else (1 if not delimiter and len(cells) > 1 else None)
        return SmilesFile(path, hydrogens, delimiter, small.index(wanted), name_column, tuple(cells))
    if column is None:
        parsed = _parsed(path, [_split(line, delimiter) for line in lines])
        if delimiter and max(parsed):
            return SmilesFile(path, hydrogens, delimiter, parsed.index(max(parsed)), None)
        if not delimiter and parsed[0]:
            return SmilesFile(path, hydrogens)
    raise file_error(
        path,
        f"no column {wanted!r} among {cells}" + ("" if column else ", and no SMILES in them"),
        "Head the column of the molecules 'smiles', or name it by column=",
        1,
    )


def number_or_text(cell: str) -> Array:
    """A float64, several as an array, or text.

    Example:
        >>> number_or_text("1.5 2"), number_or_text(" train ")
        (array([1.5, 2. ]), array('train', dtype='<U5'))
    """
    cell = cell.strip()
    try:
        numbers = [float(word) for word in cell.split()]
    except ValueError:
        return np.asarray(cell)
    return np.asarray(numbers[0] if len(numbers) == 1 else numbers)


def _parsed(path: Path, rows: list[list[str]]) -> list[int]:
    """How many cells of each column are SMILES."""
    Chem = optional("rdkit.Chem", "rdkit", path)
    with optional("rdkit.rdBase", "rdkit", path).BlockLogs():
        columns = zip_longest(*rows, fillvalue="")
        return [sum(not _molecule(Chem, cell.strip())[1] for cell in column) for column in columns]


def _molecule(Chem: Any, smiles: str) -> tuple[Any, str]:
    """The molecule and "", or the reason why there is none."""
    if not smiles:
        return None, "the line has no SMILES."
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return None, f"{smiles[:60]!r} is no SMILES: {complaint(Chem.MolFromSmiles(smiles, sanitize=False))}"
    if not molecule.GetNumAtoms():
        return None, f"{smiles[:60]!r} has no atoms."
    if any(letter in smiles for letter in _STEREO):
        try:
            label_stereo(molecule)
        except RuntimeError:
            return None, f"the stereochemistry of {smiles[:60]!r} is too intricate to be labelled. Write it without."
    return molecule, ""


def _split(line: str, delimiter: str) -> list[str]:
    if not delimiter:
        return line.split(maxsplit=1)
    return next(csv.reader([line], delimiter=delimiter)) if '"' in line else line.split(delimiter)
