"""Reads the examples of a diagnosis from its folder and checks them."""

from pathlib import Path

import numpy as np

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.diagnosis.example import (
    Element,
    Example,
    FieldShown,
    GraphShown,
    Level,
    StructureShown,
    TargetShown,
)
from symbreak.report.result import read_json

SCHEMA = 1


def load_examples(folder: Path) -> tuple[Example, ...] | None:
    """Reads and checks `examples.json` in a folder; None if there is none.

    Every defect raises a `ValueError` that names the file and the entry.
    """
    path = folder / "examples.json"
    if not path.exists():
        return None
    data = Entry(str(path), read_json(path))
    if data.whole("schema") != SCHEMA:
        raise ValueError(
            f"{path} has schema {data.whole('schema')}, but this report reads schema {SCHEMA}. Diagnose the data again "
            "with this version, or report with the version that wrote it."
        )
    return tuple(map(_example, data.entries("examples")))


def _example(data: Entry) -> Example:
    kind = data.text("kind")
    readers = {"molecule": _structure, "crystal": _structure, "graph": _graph, "field": _field}
    if kind not in readers:
        raise ValueError(f"{data.where} has kind={kind!r}, but it is one of {', '.join(readers)}.")
    shown = readers[kind](data)
    orbits = data.array("orbits", (_size(shown),), whole=True) if data.has("orbits") else None
    return Example(
        data.whole("sample"),
        data.text("title"),
        kind,
        data.texts("why"),
        data.text("stabilizer"),
        data.text("order"),
        orbits,
        data.number("residual"),
        data.number("gap") if data.has("gap") else None,
        data.number("tolerance") if data.has("tolerance") else None,
        shown,
        tuple(_target(target, shown) for target in data.entries("targets")),
        tuple(map(_level, data.entries("profile"))) if data.has("profile") else (),
        data.text("hermann_mauguin") if data.has("hermann_mauguin") else "",
    )


def _size(shown: StructureShown | GraphShown | FieldShown) -> int:
    match shown:
        case StructureShown():
            return len(shown.positions)
        case GraphShown():
            return shown.nodes
    return shown.values.size


def _structure(data: Entry) -> StructureShown:
    own = data.entry("structure")
    positions, species = own.array("positions", (None, 3)), own.texts("species")
    if len(species) != len(positions):
        raise ValueError(f"{own.where} has {len(positions)} positions and {len(species)} species: one for each atom.")
    bonds = own.array("bonds", (None, 5), whole=True)
    if len(bonds) and not 0 <= bonds[:, :2].min() <= bonds[:, :2].max() < len(positions):
        raise ValueError(f"{own.where} has a bond of atom {bonds[:, :2].max()}, but there are {len(positions)} atoms.")
    return StructureShown(
        positions,
        species,
        own.array("cell", (3, 3)) if own.has("cell") else None,
        bonds,
        tuple(map(_element, data.entries("elements"))),
        data.array("centre", (3,)),
        data.entry("site").text("name") if data.has("site") else None,
    )


def _element(data: Entry) -> Element:
    kind = data.text("kind")
    if kind not in ("axis", "plane", "centre"):
        raise ValueError(f"{data.where} has kind={kind!r}, but a symmetry element is an axis, a plane or a centre.")
    return Element(
        kind,
        data.whole("order") if data.has("order") else None,
        data.whole("improper"),
        None if kind == "centre" else data.array("direction", (3,)),
        data.whole("class"),
    )


def _graph(data: Entry) -> GraphShown:
    own = data.entry("graph")
    nodes, edges = own.whole("nodes"), own.array("edges", (None, 2), whole=True)
    if len(edges) and not 0 <= edges.min() <= edges.max() < nodes:
        raise ValueError(f"{own.where} has an edge of node {edges.max()}, but there are {nodes} nodes.")
    labels = own.texts("labels") if own.has("labels") else None
    if labels is not None and len(labels) != nodes:
        raise ValueError(f"{own.where} has {len(labels)} labels, but there are {nodes} nodes: one for each.")
    return GraphShown(nodes, edges, bool(own.data.get("directed")), labels)


def _field(data: Entry) -> FieldShown:
    own, motions = data.entry("field"), data.entry("operations").entries("listed")
    sizes = own.array("sizes", (None,), whole=True).tolist()
    d = len(sizes)
    matrices = [motion.array("matrix", (d, d), whole=True) for motion in motions]
    shifts = [motion.array("translation", (d,), whole=True) for motion in motions]
    return FieldShown(
        own.array("values", sizes),
        own.whole("channels"),
        bool(own.data.get("repeats")),
        np.array(matrices).reshape(-1, d, d),
        np.array(shifts).reshape(-1, d),
        data.array("translations", (None, d), whole=True),
    )


def _target(data: Entry, shown: StructureShown | GraphShown | FieldShown) -> TargetShown:
    value, per = data.array("value", (None, None)), data.text("per")
    rows = {"sample": 1, "node": _size(shown), "edge": len(value)}.get(per)
    if rows != len(value):
        raise ValueError(f"{data.where} has {len(value)} rows, but it is of each {per}, and there are {rows}.")
    classes = data.texts("classes") if data.has("classes") else None
    if classes is not None and len(classes) != value.shape[1]:
        raise ValueError(f"{data.where} has {len(classes)} classes, but its rows have {value.shape[1]} entries.")
    return TargetShown(
        data.text("name"),
        per,
        data.text("moves"),
        bool(data.data.get("vectors")) and value.shape[1] == 3,
        value,
        data.array("nearest", value.shape),
        data.number("floor"),
        data.number("share"),
        classes,
    )


def _level(data: Entry) -> Level:
    return Level(
        data.number("tolerance"),
        data.text("name"),
        data.whole("order") if data.has("order") else None,
        data.number("measure") if data.has("measure") else None,
    )
