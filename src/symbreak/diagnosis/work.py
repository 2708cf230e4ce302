"""What is done with one chunk of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from symbreak.data.graphs import PackedGraphs
from symbreak.data.readers.field_files import FieldFile
from symbreak.data.readers.sdf_files import SdfFile
from symbreak.data.readers.smiles_files import SmilesFile
from symbreak.data.samples import FieldSample, GraphSample, Refused, Sample, Structure
from symbreak.data.source import SampleSource
from symbreak.diagnosis.changes import DISPLACEMENT, STRAIN, change
from symbreak.diagnosis.domains.crystals import CrystalFinder
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.domains.graphs import GraphDomain, first_graphs
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.drawn_cells import whole_cell
from symbreak.diagnosis.finding import Found
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.measure import measure
from symbreak.diagnosis.near_counts import NearCounts
from symbreak.diagnosis.part import Part
from symbreak.diagnosis.quantity import Quantity
from symbreak.diagnosis.sample_row import SampleRow, sample_rows
from symbreak.diagnosis.search import Search
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally

_MERGED = "atoms that the file lists on several faces of the cell, of which one was kept"


class Outcome(NamedTuple):
    """Of a chunk: its partial result, and the lines of its samples."""

    part: Part
    rows: list[SampleRow]


@dataclass(frozen=True)
class ChunkWork:
    """Reads a chunk, finds the stabilizers of its samples and the floors of their targets.

    Args:
        source: whose chunks they are.
        search: for what.
        final: of the structures after; chunks are then pairs.
        views: the same source read otherwise, by name; their chunks are the same.
        limit: entries from this number on are not looked at.
    """

    source: SampleSource
    search: Search
    final: SampleSource | None = None
    views: tuple[tuple[str, SampleSource], ...] = ()
    limit: int | None = None

    def __call__(self, chunk: Any) -> Outcome:
        if isinstance(self.source, SmilesFile | SdfFile) and self._packs(self.source):
            return self._packed(self._limited(self.source.pack(chunk)), chunk)
        return self._diagnosed(*self.entries(chunk), chunk)

    def entries(self, chunk: Any) -> tuple[Sequence[Sample | Refused], Part]:
        """What a chunk holds; of pairs the structures before with their displacements, and the modes of these."""
        if self.final is None:
            return self._completed(self.source.parse(chunk))
        before, after = chunk
        return self._changed(self.source.parse(before), self.final.parse(after))

    def _completed(self, entries: Sequence[Sample | Refused]) -> tuple[Sequence[Sample | Refused], Part]:
        """The entries, with the atoms of crystals that a drawing has left out."""
        whole, notes = [], []
        for entry in entries:
            if isinstance(entry, Structure) and entry.periodic:
                entry, note = whole_cell(entry, self.search.structures().tolerance)
                notes += [note] if note else []
            whole.append(entry)
        return whole, Part(notes=Tally.of(notes))

    def _packs(self, source: SmilesFile | SdfFile) -> bool:
        """Whether nothing asks for the attributes one by one."""
        graphs = isinstance(source, SmilesFile) or not source.geometry
        return graphs and not self.search.targets and self.search.fields is None

    def _packed(self, packed: PackedGraphs, chunk: Any) -> Outcome:
        graphs = self.search.graphs()
        found = graphs.find_packed(packed)
        part = Part(
            len(packed) + len(packed.refused),
            kinds=Tally({"graph": len(packed)}),
            groups=Tally({graphs.group: len(packed)}),
            symmetry=SymmetryCounts.of(found.findings),
            undecided=LeftOut.of(found.undecided),
            left_out=LeftOut.of(found.refused),
            views=self._views(graphs, chunk),
        )
        return Outcome(part, sample_rows(found, {}, []))

    def _views(self, graphs: GraphDomain, chunk: Any) -> dict[str, SymmetryCounts]:
        return {
            name: SymmetryCounts.of(self._seen(graphs, source, chunk).findings)
            for name, source in self.views
            if isinstance(source, SmilesFile | SdfFile)
        }

    def _seen(self, graphs: GraphDomain, source: SmilesFile | SdfFile, chunk: Any) -> Found:
        """With all attributes, or with the named ones."""
        if self.search.fields is None:
            return graphs.find_packed(self._limited(source.pack(chunk)))
        samples = [sample for sample in source.parse(chunk) if isinstance(sample, GraphSample)]
        return graphs.find([sample for sample in samples if self.limit is None or sample.index < self.limit])

    def _limited(self, packed: PackedGraphs) -> PackedGraphs:
        return packed if self.limit is None else first_graphs(packed, self.limit)

    def _diagnosed(self, entries: Sequence[Sample | Refused], part: Part, chunk: Any) -> Outcome:
        entries = [entry for entry in entries if self.limit is None or entry.index < self.limit]
        refused = [entry for entry in entries if isinstance(entry, Refused)]
        samples = {entry.index: entry for entry in entries if not isinstance(entry, Refused)}
        found, floors = Found([], [], []), {quantity.name: {} for quantity in self._targets()}
        for domain, members in self._by_domain(list(samples.values())):
            own = domain.find(members)
            found = found.plus(own)
            near, unknown = domain.loosened(members, own.findings)
            targets = {}
            for quantity in self._targets():
                findings = own.findings
                if self.final is not None and quantity == STRAIN:  # which molecules have not
                    findings = [f for f in findings if "strain" in getattr(samples[f.index], "info", {})]
                counts, table = measure(domain, quantity, samples, findings, near, self.search.seed)
                floors[quantity.name] |= table
                if counts.samples or counts.missing.count:
                    targets[quantity.name] = counts
            part = part.merge(
                Part(
                    groups=Tally({domain.group: len(members)}),
                    near=NearCounts()
                    if isinstance(domain, GraphDomain)
                    else NearCounts.of(own.findings, near, unknown),
                    targets=targets,
                )
            )
        found.findings.sort(key=lambda finding: finding.index)
        merged = [s for s in samples.values() if isinstance(s, Structure) and "merged_images" in s.info]
        notes = [_MERGED] * len(merged) + [_one_field(s) for s in samples.values() if self._may_be_many(s)]
        part = part.merge(
            Part(
                len(entries),
                kinds=Tally.of(_kind(sample) for sample in samples.values()),
                symmetry=SymmetryCounts.of(found.findings),
                undecided=LeftOut.of(found.undecided),
                left_out=LeftOut.of([*refused, *found.refused]),
                views=self._views(self.search.graphs(), chunk) if self.views else {},
                notes=Tally.of(notes),
            )
        )
        return Outcome(part, sample_rows(found, floors, refused))

    def _may_be_many(self, sample: Sample) -> bool:
        """Whether the first axis of an array was read as channels, where a user may have meant samples."""
        single = isinstance(self.source, FieldFile) and not self.source.batched
        return single and isinstance(sample, FieldSample) and sample.array.shape[0] > 1

    def _targets(self) -> tuple[Quantity, ...]:
        changes = () if self.final is None else (DISPLACEMENT, STRAIN)
        return (*changes, *self.search.targets)

    def _by_domain(self, samples: list[Sample]) -> list[tuple[Domain, list[Sample]]]:
        """The samples of each kind, with what knows about them."""
        kinds = (
            (Structure, self.search.structures),
            (GraphSample, self.search.graphs),
            (FieldSample, self.search.lattices),
        )
        found = []
        for kind, domain in kinds:
            members = [sample for sample in samples if isinstance(sample, kind)]
            if members:
                found.append((domain(), members))
        return found

    def _changed(
        self, before: Sequence[Sample | Refused], after: Sequence[Sample | Refused]
    ) -> tuple[list[Sample | Refused], Part]:
        """The structures before, with their displacements."""
        if len(before) != len(after):
            raise ValueError(
                "One file has more frames than the other, but each structure needs its counterpart. Give as many "
                "frames in the same order."
            )
        domain: StructureDomain = self.search.structures()
        finder = CrystalFinder(domain.frame, domain.tolerance)
        samples, part = [], Part()
        for first, second in zip(before, after, strict=True):
            if self.limit is not None and first.index >= self.limit:
                break
            if not (isinstance(first, Structure) and isinstance(second, Structure)):
                samples.append(_no_change(first, second))
                continue
            try:
                found = change(first, second, finder)
            except ValueError as error:
                samples.append(Refused(first.index, str(error), first.line, first.name))
                continue
            samples.append(found.structure)
            part = part.merge(Part(modes=found.modes, notes=Tally.of(found.notes)))
        return samples, part


def _no_change(before: Sample | Refused, after: Sample | Refused) -> Refused:
    """Why there is no displacement."""
    which, bad = ("after", after) if isinstance(before, Structure) else ("before", before)
    reason = bad.reason if isinstance(bad, Refused) else "it is no structure, but only atoms are displaced."
    return Refused(before.index, f"{which}: {reason}")


def _one_field(sample: Sample) -> str:
    assert isinstance(sample, FieldSample)
    count, *sides = sample.array.shape
    name, lattice = sample.name or "the array", " × ".join(map(str, sides))
    return f"{name} is one field of {count} channels on {lattice} sites; batched, it would be {count} fields"


def _kind(sample: Sample) -> str:
    match sample:
        case Structure():
            return "crystal" if sample.periodic else "molecule"
        case GraphSample():
            return "graph"
    return "field"
