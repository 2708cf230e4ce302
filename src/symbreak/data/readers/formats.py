"""The reader for a file, by its content and its suffix."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from symbreak.data.readers.cif import CifFile
from symbreak.data.readers.edge_lists import EDGE_HEADS, EdgeListFile
from symbreak.data.readers.field_files import FieldFile
from symbreak.data.readers.graph_files import GraphmlFile, JsonGraphFile
from symbreak.data.readers.pyg_files import PygFile
from symbreak.data.readers.sdf_files import SdfFile
from symbreak.data.readers.smiles_files import open_smiles
from symbreak.data.readers.structures import DatabaseFile, PoscarFile, TrajectoryFile, XyzFile
from symbreak.data.source import SampleSource, file_error
from symbreak.data.structure_rules import StructureRules

_HEAD = 4096  # bytes that are looked at
_RULES = ("closest", "merge_images")


@dataclass(frozen=True)
class _Format:
    name: str
    suffixes: tuple[str, ...]
    takes: tuple[str, ...]  # arguments of `open_source`
    reader: Callable[..., SampleSource]  # of the path, and of those that were given


def _of_structures(reader: Callable[[Path, StructureRules], SampleSource]) -> Callable[..., SampleSource]:
    def with_rules(
        path: Path, closest: float = StructureRules.closest, merge_images: bool = StructureRules.merge_images
    ) -> SampleSource:
        return reader(path, StructureRules(closest, merge_images))

    return with_rules


def _sdf(
    path: Path,
    hydrogens: bool = False,
    geometry: bool = False,
    closest: float = StructureRules.closest,
    merge_images: bool = StructureRules.merge_images,
) -> SampleSource:
    return SdfFile(path, hydrogens, geometry, StructureRules(closest, merge_images))


_XYZ = _Format("xyz", (".xyz", ".extxyz"), _RULES, _of_structures(XyzFile))
_CIF = _Format("CIF", (".cif",), _RULES, _of_structures(CifFile))
_POSCAR = _Format("POSCAR", (".vasp", ".poscar", ".contcar"), _RULES, _of_structures(PoscarFile))
_TRAJECTORY = _Format("trajectory", (), _RULES, _of_structures(TrajectoryFile))
_DATABASE = _Format("data base of ASE", (), _RULES, _of_structures(DatabaseFile))
_SMILES = _Format("SMILES", (".smi", ".smiles"), ("hydrogens", "column"), open_smiles)
_SDF = _Format("SDF", (".sdf", ".sd", ".mol"), ("hydrogens", "geometry", *_RULES), _sdf)
_GRAPHML = _Format("GraphML", (".graphml",), (), GraphmlFile)
_EDGES = _Format("edge list", (".edges", ".edgelist", ".el"), ("directed",), EdgeListFile)
_JSON = _Format("JSON", (".json",), (), JsonGraphFile)
_JSON_LINES = _Format("JSON Lines", (".jsonl", ".ndjson"), (), lambda path: JsonGraphFile(path, lines=True))
_TORCH = _Format("torch.save", (".pt", ".pth"), (), PygFile)
_FIELDS = _Format("NumPy", (), ("array", "batched", "channels"), FieldFile)

_BY_SUFFIX = (_XYZ, _CIF, _POSCAR, _SMILES, _SDF, _GRAPHML, _EDGES, _JSON, _JSON_LINES, _TORCH)
_BY_MAGIC = ((b"SQLite format 3\0", _DATABASE), (b"- of UlmASE-Trajectory", _TRAJECTORY), (b"\x93NUMPY", _FIELDS))
_ALWAYS_BINARY = (".traj", ".db", ".npy", ".npz")
_FOREIGN = (
    (b"\x1f\x8b", "gzip", "Unpack it by gunzip"),
    (b"BZh", "bzip2", "Unpack it by bunzip2"),
    (b"\xfd7zXZ", "xz", "Unpack it by unxz"),
    (b"\x89HDF", "HDF5", "Write its structures as extended xyz, or its arrays as .npz"),
    (b"%PDF", "PDF", "Give a file of data"),
)
_KNOWN = (
    "Give xyz, extxyz, cif, POSCAR or vasp, traj, db; smi, csv with a column smiles, sdf, mol; graphml, edgelist, "
    "json, jsonl, pt; npz or npy, with that suffix"
)


def open_source(
    path: str | Path,
    *,
    hydrogens: bool | None = None,
    column: str | None = None,
    geometry: bool | None = None,
    closest: float | None = None,
    merge_images: bool | None = None,
    directed: bool | None = None,
    array: str | None = None,
    batched: bool | None = None,
    channels: bool | None = None,
) -> SampleSource:
    """The samples of a file, as a stream.

    The format is found from the content where that is unmistakable, else from the suffix, else from the first lines.
    An argument for another kind of file is an error; left out, it has its reader's default.

    Args:
        path: of the file.
        hydrogens: SMILES, SDF: whether hydrogens are nodes (`SmilesFile`); False.
        column: table of SMILES: its column (`open_smiles`).
        geometry: SDF: whether to give structures (`SdfFile`); False.
        closest: structures: Å, below which two atoms are coincident (`StructureRules`); 0.1.
        merge_images: structures: whether atoms that are images of one another become one; False.
        directed: edge list: whether edges have directions (`EdgeListFile`); False.
        array: NumPy: the array of the fields (`FieldFile`).
        batched: NumPy: whether the first axis counts samples; False.
        channels: NumPy: whether the next axis is that of channels; True.

    Raises:
        ValueError: if the file is not there, is empty or of no known format, or if an argument does not apply.
        ImportError: from the stream, if the package that reads it is not installed, with its name.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "two.smi")
        ...     _ = path.write_text("O water" + chr(10) + "CC ethane" + chr(10))
        ...     [(molecule.name, molecule.n) for molecule in open_source(path, hydrogens=True)]
        [('water', 3), ('ethane', 8)]
    """
    path = Path(path)
    options = {
        "hydrogens": hydrogens,
        "column": column,
        "geometry": geometry,
        "closest": closest,
        "merge_images": merge_images,
        "directed": directed,
        "array": array,
        "batched": batched,
        "channels": channels,
    }
    given = {name: value for name, value in options.items() if value is not None}
    found = _format(path)
    useless = [f"{name}={value!r}" for name, value in given.items() if name not in found.takes]
    if useless:
        raise file_error(
            path,
            f"{', '.join(useless)} does not apply to this file ({found.name})",
            f"It takes {', '.join(found.takes) or 'no such argument'}",
        )
    return found.reader(path, **given)


def _format(path: Path) -> _Format:
    if path.is_dir():
        raise file_error(path, "this is a folder", "Give one of the files in it")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise file_error(
            path, f"the file cannot be read ({error.strerror})", "Check its name and permissions"
        ) from None
    if not head.strip():
        raise file_error(path, "the file is empty", "Write or copy it again")
    for magic, found in _BY_MAGIC:
        if head.startswith(magic):
            return found
    for magic, what, fix in _FOREIGN:
        if head.startswith(magic):
            raise file_error(path, f"this is a file of {what}", fix)
    if head.startswith(b"PK"):
        return _in_zip(path)
    suffix = path.suffix.lower()
    by_suffix = next((found for found in _BY_SUFFIX if suffix in found.suffixes), None)
    if by_suffix is not _TORCH and (b"\0" in head or suffix in _ALWAYS_BINARY):
        raise file_error(path, "its content is of no known binary format, or damaged", _KNOWN)
    if path.name.upper().startswith(("POSCAR", "CONTCAR")):
        return by_suffix or _POSCAR
    return by_suffix or _by_lines(path, head.decode("utf-8", errors="replace").removeprefix("\ufeff"))


def _in_zip(path: Path) -> _Format:
    if not zipfile.is_zipfile(path):
        raise file_error(path, "its end is missing: the file was cut off", "Write or copy it again")
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
    if any(name.endswith("data.pkl") for name in names):
        return _TORCH
    if not names or any(name.endswith(".npy") for name in names):
        return _FIELDS
    raise file_error(path, f"a zip archive with {names[:3]} is no file of NumPy or torch", "Unpack it, or write .npz")


def _by_lines(path: Path, head: str) -> _Format:
    """By the first lines, for suffixes that say little: .csv, .txt or none."""
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    if "<graphml" in head:
        return _GRAPHML
    if lines[0].startswith(("{", "[")):
        return _JSON_LINES if lines[0].endswith("}") and lines[1:] and lines[1].startswith("{") else _JSON
    if any(line.startswith(("$$$$", "M  END")) for line in lines):
        return _SDF
    if any(line.lower().startswith("data_") for line in lines):
        return _CIF
    table = path.suffix.lower() in (".csv", ".tsv")
    rows = [line.replace(",", " ").replace(";", " ").split() for line in lines if line[0] not in "#%/"][:10]
    heads = [cell.lower() for cell in rows[0]] if rows else []
    if "smiles" in heads:
        return _SMILES
    if len(rows) > 2 and heads[0].isdecimal() and len(heads) == 1 and _numbers(rows[2][1:4]) == 3:
        return _XYZ
    if len(rows) > 4 and _numbers(rows[1]) == 1 and all(_numbers(row) == len(row) == 3 for row in rows[2:5]):
        return _POSCAR
    inner = rows[1:-1] or rows  # not a header, and not a line that the head may cut
    if rows and (
        tuple(heads[:2]) in EDGE_HEADS or all(len(row) in (2, 3) and _numbers(row) == len(row) for row in inner)
    ):
        return _EDGES
    if table:
        return _SMILES
    raise file_error(path, f"it begins with {lines[0][:40]!r}, which is of no known format", _KNOWN)


def _numbers(cells: list[str]) -> int:
    """How many of them are numbers."""
    count = 0
    for cell in cells:
        try:
            float(cell)
        except ValueError:
            continue
        count += 1
    return count
