"""Molecules from SDF and mol files, as graphs or with their geometry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symbreak.data.graphs import PackedGraphs
from symbreak.data.readers.molecules import MoleculeTable, complaint, label_stereo, tabulate, with_hydrogens
from symbreak.data.readers.smiles_files import number_or_text
from symbreak.data.samples import Array, GraphSample, Refused, Structure, not_finite
from symbreak.data.source import SampleSource, batched, file_error, numbered_lines, optional
from symbreak.data.structure_rules import StructureRules

_UNREADABLE = "it is no mol block of RDKit. Check the counts line, atoms and bonds."

Record = tuple[int, int, str]  # number from 0, first line from 1, text
Named = tuple[int, int, str, str]  # with the name before the text


@dataclass(frozen=True)
class SdfFile(SampleSource):
    r"""The molecules of an SDF or mol file: graphs, or structures where `geometry` is asked for.

    Data items are attributes of the molecule, as numbers where they are numbers.

    Args:
        path: of the file.
        hydrogens: for graphs, whether every hydrogen is a node, those that the file leaves out too. Without, they are
            counted on their atoms.
        geometry: whether to give the atoms of the file with their positions, as `Structure`. A record without
            three-dimensional coordinates is then refused.
        rules: for structures.

    Example:
        >>> from rdkit import Chem
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "ammonia.sdf")
        ...     _ = path.write_text(Chem.MolToMolBlock(Chem.MolFromSmiles("N")) + "$$$$\n")
        ...     ammonia = next(iter(SdfFile(path, hydrogens=True)))
        >>> ammonia.node["element"]
        array([7, 1, 1, 1])
    """

    path: Path
    hydrogens: bool = False
    geometry: bool = False
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[list[Record]]:
        return batched(self._records(), size)

    def parse(self, chunk: list[Record]) -> list[GraphSample | Structure | Refused]:
        if self.geometry:
            Chem = optional("rdkit.Chem", "rdkit", self.path)
            with optional("rdkit.rdBase", "rdkit", self.path).BlockLogs():
                return [
                    self._structure(_first(Chem, text, sanitize=False), index, line, name)
                    for index, line, name, text in _named(chunk)
                ]
        taken, table, refused = self._read(chunk)
        samples: dict[int, GraphSample | Refused] = {item.index: item for item in refused}
        for ((index, line, name, _), attributes), graph in zip(taken, table.graph(), strict=True):
            samples[index] = replace(graph, graph=attributes, index=index, line=line, name=name)
        return [samples[index] for index in sorted(samples)]

    def pack(self, chunk: list[Record]) -> PackedGraphs:
        """The chunk's molecules with their attributes as colours, which compare in all molecules."""
        if self.geometry:
            raise ValueError(
                f"{self.path} was opened with geometry=True, but structures are not packed. Open it without."
            )
        taken, table, refused = self._read(chunk)
        return table.pack(np.array([record[0] for record, _ in taken], dtype=np.int64), refused)

    def _read(self, chunk: list[Record]) -> tuple[list[tuple[Named, dict[str, Array]]], MoleculeTable, list[Refused]]:
        Chem = optional("rdkit.Chem", "rdkit", self.path)
        taken, molecules, refused = [], [], []
        with optional("rdkit.rdBase", "rdkit", self.path).BlockLogs():
            for record in _named(chunk):
                index, line, name, text = record
                molecule = _first(Chem, text, sanitize=True, removeHs=not self.hydrogens)
                attributes = {} if molecule is None else _items(molecule)
                reason = _objection(Chem, molecule, text) or not_finite(attributes, "the value")
                if reason:
                    refused.append(Refused(index, reason, line, name))
                else:
                    taken.append((record, attributes))
                    molecules.append(molecule)
            table = tabulate(molecules, [False] * len(molecules))
        return taken, with_hydrogens(table) if self.hydrogens else table, refused

    def _structure(self, molecule: Any, index: int, line: int, name: str) -> Structure | Refused:
        if molecule is None:
            return Refused(index, _UNREADABLE, line, name)
        if molecule.GetNumAtoms() and not (molecule.GetNumConformers() and molecule.GetConformer().Is3D()):
            return Refused(
                index,
                "its coordinates are a drawing in the plane, but a structure is in space. If they are not, say 3D in "
                "its second line, columns 21 and 22.",
                line,
                name,
            )
        atoms = list(molecule.GetAtoms())
        positions = molecule.GetConformer().GetPositions() if atoms else np.zeros((0, 3))
        return self.rules.admit(
            Structure(
                np.array(positions, dtype=np.float64),
                np.array([atom.GetAtomicNum() for atom in atoms], dtype=np.int64),
                arrays={"formal_charges": np.array([atom.GetFormalCharge() for atom in atoms], dtype=np.int64)},
                info=_items(molecule),
                index=index,
                line=line,
                name=name,
            )
        )

    def _records(self) -> Iterator[Record]:
        index, start, number, text, closed = 0, 1, 0, [], False
        for number, line in numbered_lines(self.path):
            if line.startswith("$$$$"):
                yield index, start, "\n".join([*text, line, ""])
                index, start, text, closed = index + 1, number + 1, [], False
                continue
            text.append(line)
            closed = closed or line.startswith("M  END")
        if closed:  # the last record may lack its $$$$, as in mol files
            yield index, start, "\n".join([*text, "$$$$", ""])
        elif any(line.strip() for line in text):
            raise file_error(
                self.path, "the file ends within a record, before 'M  END'", "It was cut off: copy it again", number
            )
        elif not index:
            raise file_error(self.path, "there is no record in it", "Give an SDF or mol file")


def _named(chunk: list[Record]) -> list[Named]:
    return [(index, line, text.split("\n", 1)[0].strip(), text) for index, line, text in chunk]


def _first(Chem: Any, text: str, sanitize: bool, removeHs: bool = False) -> Any:
    """The molecule of a record, or None."""
    supplier = Chem.SDMolSupplier()
    supplier.SetData(text, sanitize=sanitize, removeHs=removeHs)
    return next(iter(supplier), None)


def _objection(Chem: Any, molecule: Any, text: str) -> str:
    if molecule is None:
        raw = _first(Chem, text, sanitize=False)
        return _UNREADABLE if raw is None else complaint(raw)
    if not molecule.GetNumAtoms():
        return "an empty record: it has no atoms."
    try:
        label_stereo(molecule)
    except RuntimeError:
        return "its stereochemistry is too intricate to be labelled."
    return ""


def _items(molecule: Any) -> dict[str, Array]:
    return {name: number_or_text(molecule.GetProp(name)) for name in molecule.GetPropNames()}
