"""Crystals from CIF files, and species that are no element."""

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symbreak.data.readers.structures import Frame, structure_from_atoms
from symbreak.data.samples import Refused, Structure
from symbreak.data.source import SampleSource, batched, file_error, numbered_lines, optional, said
from symbreak.data.structure_rules import StructureRules

_FIRST_SPECIES = 200  # the number of the species "A"
_SYMBOLS = "_atom_site_type_symbol", "_atom_site_label"


@dataclass(frozen=True)
class CifFile(SampleSource):
    """The crystals of a CIF file, one for each `data_` block, with their symmetry operations carried out.

    A block with a site that is partly occupied is refused: it describes an average and no arrangement of atoms. So is
    a block without atoms, and one of whose symmetry ASE is not sure. A species that is no element, as "A" in a
    structure type, gets a number from 200 (see `species_number`).
    """

    path: Path
    rules: StructureRules = StructureRules()

    def chunks(self, size: int) -> Iterator[list[Frame]]:
        return batched(self._blocks(), size)

    def parse(self, chunk: list[Frame]) -> list[Structure | Refused]:
        cif = optional("ase.io.cif", "ase", self.path)
        return [self._block(cif, *frame) for frame in chunk]

    def _block(self, cif: Any, index: int, line: int, text: str) -> Structure | Refused:
        name = text.split(maxsplit=1)[0][5:]
        try:
            with warnings.catch_warnings(action="error", category=UserWarning):
                (block,) = cif.parse_cif(io.StringIO(text))
                if not block.has_structure():
                    return Refused(index, "the block has no atom sites.", line, name)
                reason = _disorder(block)
                if reason:
                    return Refused(index, reason, line, name)
                block, numbers = _with_elements(cif, block)
                atoms = block.get_atoms(fractional_occupancies=False)
        except Exception as error:  # ASE raises whatever its conversions do
            return Refused(index, f"the block cannot be read: {said(error)}", line, name)
        atoms.info.clear()  # the space group, as the file states it
        structure = structure_from_atoms(atoms, index, line, name)
        own = np.array([numbers.get(int(number), number) for number in structure.numbers], dtype=np.int64)
        return self.rules.admit(replace(structure, numbers=own))

    def _blocks(self) -> Iterator[Frame]:
        index, start, text, quoted = 0, 0, [], False
        number = 0
        for number, line in numbered_lines(self.path):
            if line.startswith(";"):
                quoted = not quoted  # a text field between two semicolons
            elif not quoted and line[:5].lower() == "data_":
                if start:
                    yield index, start, "\n".join([*text, ""])
                    index += 1
                start, text = number, []
            if start:
                text.append(line)
        if not start:
            raise file_error(self.path, "there is no data_ block in it", "Give a CIF file")
        if quoted:
            raise file_error(self.path, "the file ends within a text field", "It was cut off: copy it again", number)
        yield index, start, "\n".join([*text, ""])


def species_number(symbol: str) -> int:
    """The atomic number of an element, 0 for "X"; for any other species, one from 200 that its letters spell.

    The number is the same in every file, so that species can be compared; `species_symbol` is the inverse.

    Example:
        >>> species_number("Fe"), species_number("A"), species_number("Bz")
        (26, 200, 253)
        >>> species_symbol(253)
        'Bz'
    """
    from ase.data import atomic_numbers

    if symbol in atomic_numbers:
        return atomic_numbers[symbol]
    if not re.fullmatch("[A-Z][a-z]?", symbol):
        raise ValueError(f"The species is {symbol!r}, but a symbol is a capital letter and at most one small one.")
    return _FIRST_SPECIES + 27 * (ord(symbol[0]) - ord("A")) + (ord(symbol[1]) - ord("a") + 1 if symbol[1:] else 0)


def species_symbol(number: int) -> str:
    """The symbol of a species number."""
    from ase.data import chemical_symbols

    if 0 <= number < len(chemical_symbols):
        return chemical_symbols[number]
    first, second = divmod(number - _FIRST_SPECIES, 27)
    if not 0 <= first < 26:
        raise ValueError(f"{number} is the number of no species. Elements have 1 to 118, other species 200 to 901.")
    return chr(ord("A") + first) + (chr(ord("a") + second - 1) if second else "")


def _disorder(block: Any) -> str:
    occupancies = block.get("_atom_site_occupancy") or []
    labels = block.get("_atom_site_label") or list(range(len(occupancies)))
    for label, occupancy in zip(labels, occupancies, strict=False):
        if not isinstance(occupancy, str) and abs(occupancy - 1) > 1e-6:  # "." and "?" mean 1
            return (
                f"site {label} is occupied to {occupancy:g}, but a disordered crystal is no single arrangement of "
                "atoms. Give an ordered model, with every site occupied once."
            )
    return ""


def _with_elements(cif: Any, block: Any) -> tuple[Any, dict[int, int]]:
    """The block with a spare element in place of each species that is none, and the number that each stands for."""
    from ase.data import atomic_numbers, chemical_symbols

    symbols = block.get_symbols()
    strange = sorted({symbol for symbol in symbols if symbol not in atomic_numbers})
    if not strange:
        return block, {}
    spare = [number for number in range(118, 0, -1) if chemical_symbols[number] not in symbols][: len(strange)]
    stands = {symbol: chemical_symbols[number] for symbol, number in zip(strange, spare, strict=True)}
    tags = {tag: block[tag] for tag in block} | {_SYMBOLS[0]: [stands.get(symbol, symbol) for symbol in symbols]}
    numbers = {number: species_number(symbol) for symbol, number in zip(strange, spare, strict=True)}
    return cif.CIFBlock(block.name, tags), numbers
