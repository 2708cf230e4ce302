"""The diagnosis as JSON, schema 1.

A report is one object:

    schema          1
    subject         the data, by name
    kind            "structure", "crystal", "graph", "field" or "item", the most frequent
    group           in which stabilizers were looked for
    samples         {read, diagnosed, undecided, left_out, kinds: {name: count}};
                    read = diagnosed + undecided + left_out
    symmetry        SYMMETRY, of those that were diagnosed
    views           {name: SYMMETRY}, the same samples seen otherwise, as with hydrogens as nodes
    near            {gained: {factor: {samples, first, names: {"Cs → C2v": count}}}, unknown, residuals, gaps}: what
                    gains symmetry at so many times the tolerance, and samples that cannot be searched there; {k:
                    count}, the symmetric samples by the least tolerance at which they are, and the samples by that at
                    which they gain, from 10^k to before 10^(k + 1), in Å or, of fields, in units of their values
    modes           {name: {samples, squares, symmetric}}, of changes; squares in Å², of strains without a unit
    targets         [TARGET]
    undecided, left_out    [{count, first: [sample], said}], by reason; said of the first of them
    notes           {text: count}
    recommendation  {remedy, because: [sentence], subgroup, code: [line]}

SYMMETRY:

    samples, trivial, nontrivial, infinite    counts; share = nontrivial / samples
    names           {stabilizer: count}, orders {order: count}: orders as text, exact below 2⁶³, "10^64.5" beyond,
                    "∞"; "" counts those beyond the first 500
    log2            {k: count}, orders from 2^k to before 2^(k + 1)
    nodes, orbits, shared    of all samples; shared nodes are in an orbit of two or more, shared_share of nodes
    largest         {order, log10, sample}; null without samples; log10 is null for a continuous group

TARGET:

    name, per, moves    per is "sample", "node" or "edge"
    samples, entries    that have it; numbers in all
    missing         as left_out
    squares, floor, share, restricted    Σ|y|², Σ|y - P y|², their quotient, and how many samples have a floor; if it is
                    text, moves is "one-hot label" and y the one-hot vectors of the labels
    forced          {irrep: {samples, broken, vectors, squares, largest, sample, names}}: where it must vanish, how
                    many targets do not, and what they are there
    irreps          {irrep: {allowed, of, floor}}, dimensions over all samples
    losses          {name: floor}, sums: "absolute error", "cross-entropy" in nats, "wrong labels"
    remedies        {none, random_pose, one_draw, fixed_direction, subgroups: {name: floor}}, squared errors
    direction       {statistic, p_value, direction, samples}, or null
    near            {factor: {samples, floor, steepest, sample, steepness: {k: count}}}; slopes from 10^k on
    worst           [{sample, stabilizer, floor, share, node, value, nearest}]; of text, value is 1 and nearest the
                    probability of the label
    recommendation  as above

The verb of the command line adds config, versions, git, started and seconds, and

    statements      {headline, symmetry, views: {name: [sentence]}, near, targets: {name: [sentence]}, modes, account};
                    lists of sentences where nothing else is said

It writes `examples.json` beside it, also of schema 1: up to eight samples in full, which a report draws. They are the
worst two of each target, and the first of each of the most frequent stabilizers but the trivial one, if they have at
most 400 nodes, or 65,536 sites. Lengths are in Å, positions Cartesian; numbers are rounded to six digits below the
largest of their array.

    schema          1
    examples        [SHOWN]

SHOWN:

    sample, title, kind    kind is "molecule", "crystal", "graph" or "field"
    why             [sentence], the reasons to show it
    stabilizer, order, residual, gap    as in samples.csv; gap is null where it is not known
    orbits          [orbit], equal for nodes or sites that the stabilizer exchanges
    tolerance       of the diagnosis; null but for structures
    targets         [{name, per, moves, vectors, classes, value, nearest, floor, share}]: rows of the target and of P y;
                    whether a row is a polar vector in space; what the entries of a one-hot row stand for, or null. Of a
                    field, a row is a site, in the order of its array

and of a molecule or crystal:

    hermann_mauguin    of the stabilizer
    structure       {positions, species, cell, bonds}: symbols; cell vectors as rows, null for a molecule; bonds
                    [i, j, a, b, c] of atom i with atom j moved by a, b, c cell vectors, guessed from distances
    operations      {count, listed: [{symbol, kind, order, direction, matrix, translation, permutation, residual}]}:
                    r → matrix · r + translation for a crystal, modulo its cell, or about the centre with translation
                    null; atom i goes to permutation[i]. kind is "identity", "rotation", "reflection", "inversion" or
                    "rotoreflection", symbol Schoenflies' (E, C3, σ, i, S4), order the n of both, direction that of the
                    axis or normal. The first 200 at most; of a continuous group one of each component
    elements        [{kind, order, improper, direction, class}], "axis", "plane" or "centre" through centre: order the
                    largest n of its C_n, null for C∞, improper that of its S_n, 0 for none; equal classes are
                    conjugate. Of a crystal those of the site {atom, name}; site is null for a molecule
    centre          of the elements
    profile         [{tolerance, name, order, measure}], tightest first: the least tolerance of each stabilizer, its
                    order, null for ∞, and the continuous symmetry measure, null for crystals; these are scanned from
                    10⁻⁵ to 0.3 Å. Empty beyond 100 atoms

of a graph:

    graph           {nodes, edges: [[i, j]], directed, labels}; labels are written on nodes, or null
    generators      {count, listed: [permutation]} of the automorphism group, the first 20

of a field:

    field           {sizes, channels, repeats, values}: values of the first channel; an image does not repeat
    translations    [vector], a basis of those of the pattern, without the sides of the lattice
    operations      {count, listed: [{matrix, translation}]}: site r goes to matrix · r + translation; one is listed for
                    each matrix, the others differ by translations of the pattern
"""

import math
from typing import Any

from symbreak.diagnosis.diagnosis import Diagnosis, TargetDiagnosis
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.near_counts import NearCounts
from symbreak.diagnosis.remedy import Recommendation
from symbreak.diagnosis.remedy_code import remedy_code
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally

SCHEMA = 1


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The report: numbers, text, lists and tables."""
    return {
        "schema": SCHEMA,
        "subject": diagnosis.subject,
        "kind": diagnosis.kind,
        "group": diagnosis.group,
        "samples": {
            "read": diagnosis.read,
            "diagnosed": diagnosis.symmetry.samples,
            "undecided": diagnosis.undecided.count,
            "left_out": diagnosis.left_out.count,
            "kinds": _tally(diagnosis.kinds),
        },
        "symmetry": _symmetry(diagnosis.symmetry),
        "views": {name: _symmetry(view) for name, view in diagnosis.views.items()},
        "near": _near(diagnosis.near),
        "modes": {
            name: {"samples": mode.samples, "squares": mode.squares, "symmetric": mode.symmetric}
            for name, mode in diagnosis.modes.items()
        },
        "targets": [_target(target, diagnosis.kind) for target in diagnosis.targets],
        "undecided": _left_out(diagnosis.undecided),
        "left_out": _left_out(diagnosis.left_out),
        "notes": _tally(diagnosis.notes),
        "recommendation": _recommendation(diagnosis.recommendation, diagnosis.kind),
    }


def _symmetry(symmetry: SymmetryCounts) -> dict[str, Any]:
    largest = None
    if symmetry.largest is not None:
        order, sample = symmetry.largest
        largest = {"order": str(order), "log10": _finite(order.log10), "sample": sample}
    return {
        "samples": symmetry.samples,
        "trivial": symmetry.trivial,
        "nontrivial": symmetry.nontrivial,
        "infinite": symmetry.infinite,
        "share": symmetry.share,
        "names": _tally(symmetry.names),
        "orders": _tally(symmetry.orders),
        "log2": {str(k): count for k, count in symmetry.log2.items()},
        "nodes": symmetry.nodes,
        "orbits": symmetry.orbits,
        "shared": symmetry.shared,
        "shared_share": symmetry.shared_share,
        "largest": largest,
    }


def _near(near: NearCounts) -> dict[str, Any]:
    return {
        "gained": {
            str(factor): {"samples": gained.samples, "first": list(gained.first), "names": _tally(gained.names)}
            for factor, gained in near.gained.items()
        },
        "unknown": near.unknown,
        "residuals": {str(k): count for k, count in near.residuals.items()},
        "gaps": {str(k): count for k, count in near.gaps.items()},
    }


def _target(target: TargetDiagnosis, kind: str) -> dict[str, Any]:
    counts, floors, test = target.counts, target.floors, target.direction
    return {
        "name": counts.name,
        "per": counts.per,
        "moves": counts.moves,
        "samples": counts.samples,
        "entries": counts.entries,
        "missing": _left_out(counts.missing),
        "squares": counts.squares,
        "floor": counts.floor,
        "share": counts.share,
        "restricted": counts.restricted,
        "forced": {
            irrep: {
                "samples": forced.samples,
                "broken": forced.broken,
                "vectors": forced.vectors,
                "squares": forced.squares,
                "largest": forced.largest[0],
                "sample": forced.largest[1],
                "names": _tally(forced.names),
            }
            for irrep, forced in counts.forced.items()
        },
        "irreps": {
            name: {"allowed": irrep.allowed, "of": irrep.of, "floor": irrep.floor}
            for name, irrep in counts.irreps.items()
        },
        "losses": dict(counts.losses),
        "remedies": {
            "none": floors.none,
            "random_pose": floors.random_pose,
            "one_draw": floors.one_draw,
            "fixed_direction": floors.fixed_direction,
            "subgroups": dict(floors.subgroups),
        },
        "direction": None
        if test is None
        else {
            "statistic": test.statistic,
            "p_value": test.p_value,
            "direction": test.direction[:_SHOWN].tolist(),
            "samples": test.samples,
        },
        "near": {
            str(factor): {
                "samples": near.samples,
                "floor": near.floor,
                "steepest": None if near.steepest is None else near.steepest[0],
                "sample": None if near.steepest is None else near.steepest[1],
                "steepness": {str(k): count for k, count in near.steepness.items()},
            }
            for factor, near in counts.near.items()
        },
        "worst": [
            {
                "sample": one.index,
                "stabilizer": one.stabilizer,
                "floor": one.floor,
                "share": one.share,
                "node": one.node,
                "value": list(one.value),
                "nearest": list(one.nearest),
            }
            for one in counts.worst
        ],
        "recommendation": _recommendation(target.recommendation, kind),
    }


_SHOWN = 1000  # entries of a direction


def _recommendation(recommendation: Recommendation, kind: str) -> dict[str, Any]:
    return {
        "remedy": recommendation.remedy.value,
        "because": list(recommendation.because),
        "subgroup": recommendation.subgroup,
        "code": list(remedy_code(recommendation, kind)),
    }


def _left_out(out: LeftOut) -> list[dict[str, Any]]:
    return [
        {"count": reason.count, "first": list(reason.first), "said": reason.said} for reason in out.reasons.values()
    ]


def _tally(tally: Tally) -> dict[str, int]:
    return dict(tally.largest()) | ({"": tally.other} if tally.other else {})


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None
