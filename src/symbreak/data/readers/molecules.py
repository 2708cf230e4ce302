"""Molecular graphs from RDKit, many molecules in a few arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symbreak.data.graphs import PackedGraphs
from symbreak.data.samples import Array, GraphSample, Refused

# As many as RDKit has for each, so that no value runs into the next.
_BITS = {"element": 8, "charge": 8, "isotope": 16, "chirality": 3, "radicals": 8, "hydrogens": 8}
_CHARGE_OFFSET = 128
_CHIRALITY = {"R": 1, "S": 2, "r": 3, "s": 4, "M": 5, "P": 6}
_STEREO = {"Z": 1, "E": 2, "z": 3, "e": 4, "M": 5, "P": 6}
_PATIENCE = 100_000  # steps of the CIP rules in a molecule; a natural product takes some thousands
_OF_ORDER = np.array([0, 0, 1, 12, 2, 0, 3, 0, 4])  # RDKit's number of a bond type, by twice its order


@dataclass(frozen=True, eq=False)
class MoleculeTable:
    """Molecular graphs one after the other, without a Python object for each atom.

    Attributes of atoms, all int64 `(N,)`:
        element (0 for a dummy), charge, isotope (0 for the natural mixture), radicals (unpaired electrons), hydrogens
        (those that are no nodes), and chirality: the CIP label, 1 to 6 for R, S, r, s, M, P, 0 for none. The chiral
        tag of a SMILES would not do, as it depends on the order in which the neighbours are listed. Squares and
        octahedra have no label: their stereochemistry is not seen.
    Attributes of bonds, int64 `(M,)`:
        bond, the type: 1, 2, 3 single, double, triple, 12 aromatic, 17 dative, others as RDKit numbers them; and
        stereo, the CIP label, 1 to 6 for Z, E, z, e, M, P, 0 for none.

    Args:
        atoms, bonds: int64 `(B,)`, how many each molecule has.
        edge_index: int64 `(2, M)`, each bond once, atoms numbered from 0 in each molecule.
        node, edge: the attributes.
    """

    atoms: Array
    bonds: Array
    edge_index: Array
    node: dict[str, Array]
    edge: dict[str, Array]

    def pack(self, index: Array, refused: Sequence[Refused] = ()) -> PackedGraphs:
        """Attributes packed into the bits of one colour, which compares in all molecules, of any chunk and file."""
        colour, low = np.zeros(int(self.atoms.sum()), dtype=np.int64), 0
        for name, bits in _BITS.items():
            value = self.node[name] + (_CHARGE_OFFSET if name == "charge" else 0)
            colour |= value << low
            low += bits
        bond_colour = self.edge["bond"] << 3 | self.edge["stereo"]
        directed = np.zeros(len(self.atoms), dtype=bool)
        return PackedGraphs(
            self.atoms, self.bonds, self.edge_index, colour, bond_colour, directed, index, tuple(refused)
        )

    def graph(self) -> list[GraphSample]:
        """The molecules one by one; their arrays are views."""
        a, b = (np.concatenate([[0], np.cumsum(count)]) for count in (self.atoms, self.bonds))
        return [
            GraphSample(
                int(self.atoms[k]),
                self.edge_index[:, b[k] : b[k + 1]],
                node={name: values[a[k] : a[k + 1]] for name, values in self.node.items()},
                edge={name: values[b[k] : b[k + 1]] for name, values in self.edge.items()},
            )
            for k in range(len(self.atoms))
        ]


def tabulate(molecules: Sequence[Any], plain: Sequence[bool]) -> MoleculeTable:
    """The graphs of RDKit molecules, with their hydrogens as those molecules have them.

    Args:
        molecules: sanitized `rdkit.Chem.Mol`, none empty; with `label_stereo` called where it matters.
        plain: whether no atom has a charge, an isotope, an unpaired electron or a label, and every bond is single,
            double, triple or aromatic without a label: then one call gets all bonds.

    Example:
        >>> from rdkit import Chem
        >>> table = tabulate([Chem.MolFromSmiles("C=O")], [True])
        >>> table.node["element"], table.node["hydrogens"], table.edge["bond"]
        (array([6, 8]), array([2, 0]), array([2]))
    """
    from rdkit import Chem

    atomic_number, total_hydrogens = Chem.Atom.GetAtomicNum, Chem.Atom.GetTotalNumHs
    atoms, element, hydrogens, orders = [], [], [], []
    special: list[tuple[int, int, Any]] = []  # number of the molecule, of its first atom, and the molecule
    total = 0
    for k, (molecule, is_plain) in enumerate(zip(molecules, plain, strict=True)):
        n = molecule.GetNumAtoms()
        own = list(map(molecule.GetAtomWithIdx, range(n)))
        element += map(atomic_number, own)
        hydrogens += map(total_hydrogens, own)
        if is_plain:
            orders.append(Chem.GetAdjacencyMatrix(molecule, useBO=True).ravel())
        else:
            orders.append(np.zeros(n * n))
            special.append((k, total, molecule))
        atoms.append(n)
        total += n
    table_node = {name: np.zeros(total, dtype=np.int64) for name in _BITS}
    table_node["element"][:], table_node["hydrogens"][:] = element, hydrogens
    count = np.array(atoms, dtype=np.int64)
    owner, ends, bond = _from_matrices(count, orders)
    stereo = np.zeros(len(bond), dtype=np.int64)
    rows = []
    for k, first, molecule in special:
        _special_atoms(table_node, first, molecule)
        rows += [(k, *row) for row in _bonds(molecule)]
    if rows:
        more = np.array(rows, dtype=np.int64).T
        owner, ends = np.r_[owner, more[0]], np.concatenate([ends, more[1:3]], axis=1)
        bond, stereo = np.r_[bond, more[3]], np.r_[stereo, more[4]]
        order = owner.argsort(kind="stable")
        owner, ends, bond, stereo = owner[order], ends[:, order], bond[order], stereo[order]
    bonds = np.bincount(owner, minlength=len(count))
    return MoleculeTable(count, bonds, ends, table_node, {"bond": bond, "stereo": stereo})


def with_hydrogens(table: MoleculeTable) -> MoleculeTable:
    """The same molecules with every hydrogen a node: after its molecule's other atoms, in the order of their owners.

    Example:
        >>> from rdkit import Chem
        >>> water = with_hydrogens(tabulate([Chem.MolFromSmiles("O")], [True]))
        >>> water.node["element"], water.edge_index.tolist()
        (array([8, 1, 1]), [[0, 0], [1, 2]])
    """
    n = len(table.atoms)
    molecule = np.repeat(np.arange(n), table.atoms)
    local = np.arange(len(molecule)) - np.repeat(np.cumsum(table.atoms) - table.atoms, table.atoms)
    missing = table.node["hydrogens"]
    owner, parent = np.repeat(molecule, missing), np.repeat(local, missing)  # of each new hydrogen
    added = np.bincount(owner, minlength=n)
    child = np.arange(len(owner)) - np.repeat(np.cumsum(added) - added, added) + table.atoms[owner]
    order = np.r_[molecule, owner].argsort(kind="stable")
    node = {}
    for name, values in table.node.items():
        new = np.full(len(owner), int(name == "element"), dtype=np.int64)
        node[name] = np.r_[np.zeros_like(values) if name == "hydrogens" else values, new][order]
    order = np.r_[np.repeat(np.arange(n), table.bonds), owner].argsort(kind="stable")
    edge = {
        name: np.r_[values, np.full(len(owner), int(name == "bond"), dtype=np.int64)][order]
        for name, values in table.edge.items()
    }
    ends = np.concatenate([table.edge_index, np.stack([parent, child])], axis=1)[:, order]
    return replace(table, atoms=table.atoms + added, bonds=table.bonds + added, edge_index=ends, node=node, edge=edge)


def label_stereo(molecule: Any) -> None:
    """Puts CIP labels on atoms and bonds.

    Raises:
        RuntimeError: if the rules do not end in time, as in large cages.
    """
    from rdkit.Chem import rdCIPLabeler

    rdCIPLabeler.AssignCIPLabels(molecule, maxRecursiveIterations=_PATIENCE)


def complaint(molecule: Any) -> str:
    """Why RDKit would not sanitize a molecule; None stands for text that it could not even parse."""
    from rdkit import Chem

    if molecule is None:
        return "it cannot be parsed. Check brackets, ring numbers and element symbols."
    problems = Chem.DetectChemistryProblems(molecule)
    said = problems[0].Message() if problems else "RDKit refuses it"
    return f"{said}. Check valences, charges and aromatic rings."


def _from_matrices(atoms: Array, orders: list[Array]) -> tuple[Array, Array, Array]:
    """Whose each bond is, its ends and its type, from the flattened matrices of bond orders."""
    if not orders:
        return np.zeros(0, dtype=np.int64), np.zeros((2, 0), dtype=np.int64), np.zeros(0, dtype=np.int64)
    flat = np.concatenate(orders)
    place = flat.nonzero()[0]
    first = np.cumsum(atoms**2) - atoms**2
    owner = np.searchsorted(first, place, side="right") - 1
    ends = np.stack(np.divmod(place - first[owner], atoms[owner]))
    once = ends[0] < ends[1]
    return owner[once], ends[:, once], _OF_ORDER[(2 * flat[place[once]]).astype(np.int64)]


def _special_atoms(node: dict[str, Array], first: int, molecule: Any) -> None:
    for i, atom in enumerate(molecule.GetAtoms(), first):
        node["charge"][i] = atom.GetFormalCharge()
        node["isotope"][i] = atom.GetIsotope()
        node["radicals"][i] = atom.GetNumRadicalElectrons()
        node["chirality"][i] = _label(atom, _CHIRALITY)


def _bonds(molecule: Any) -> list[tuple[int, int, int, int]]:
    return [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), int(bond.GetBondType()), _label(bond, _STEREO))
        for bond in molecule.GetBonds()
    ]


def _label(item: Any, codes: dict[str, int]) -> int:
    return codes.get(item.GetProp("_CIPCode"), 0) if item.HasProp("_CIPCode") else 0
