"""A diagnosis in sentences."""

from symbreak.diagnosis.diagnosis import Diagnosis, TargetDiagnosis
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.near_counts import FACTORS, LEAST
from symbreak.diagnosis.plural import plural
from symbreak.diagnosis.remedy_code import remedy_code
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.target_counts import WorstSample

_NAMES = 12
_NOTHING = 1e-12  # of |y|²
_ROUNDING = 1e-9


def statements(diagnosis: Diagnosis) -> list[str]:
    """The lines of a plain summary."""
    lines = [headline(diagnosis)]
    lines += [f"  {line}" for line in symmetry_statements(diagnosis.symmetry)]
    for name, view in diagnosis.views.items():
        lines += [f"  {name}:", *(f"    {line}" for line in symmetry_statements(view))]
        lines += [f"    {line}" for line in unknown_statements(diagnosis, view)]
    lines += [f"  {line}" for line in near_statements(diagnosis)]
    for target in diagnosis.targets:
        lines += ["", *target_statements(target)]
    if diagnosis.modes:
        lines += ["", "Modes of the change:", *(f"  {line}" for line in mode_statements(diagnosis))]
    lines += ["", *account_statements(diagnosis)] if account_statements(diagnosis) else []
    lines += ["", f"Remedy: {diagnosis.recommendation.remedy.value}"]
    lines += [f"  {reason}" for reason in diagnosis.recommendation.because]
    lines += [f"    {line}" for line in remedy_code(diagnosis.recommendation, diagnosis.kind)]
    return lines


def headline(diagnosis: Diagnosis) -> str:
    """What was read, and what became of it."""
    return (
        f"Diagnosis of {diagnosis.subject}: {diagnosis.read} read, {diagnosis.symmetry.samples} diagnosed in "
        f"{diagnosis.group or 'no group'}, {diagnosis.undecided.count} undecided, {diagnosis.left_out.count} left out."
    )


def symmetry_statements(symmetry: SymmetryCounts) -> list[str]:
    """Shares, the frequent stabilizers, and the largest."""
    if not symmetry.samples:
        return ["no stabilizer is known"]
    lines = [
        f"{symmetry.nontrivial} of {plural(symmetry.samples, 'sample')} ({symmetry.share:.2%}) with a non-trivial "
        "stabilizer" + (f", {symmetry.infinite} with a continuous one" if symmetry.infinite else "")
    ]
    if symmetry.nodes:
        lines.append(
            f"{symmetry.shared} of {plural(symmetry.nodes, 'node')} ({symmetry.shared_share:.2%}) forced to share an "
            "embedding"
        )
    named, what = (symmetry.names, "stabilizers") if symmetry.names.total else (symmetry.orders, "orders")
    most = named.largest()[:_NAMES]
    rest = named.total - sum(count for _, count in most)
    lines.append(
        f"{what}: " + ", ".join(f"{name} {count}" for name, count in most) + (f", others {rest}" if rest else "")
    )
    if symmetry.largest is not None and not symmetry.largest[0].trivial:
        lines.append(f"the largest has order {symmetry.largest[0]}, of sample {symmetry.largest[1]}")
    return lines


def unknown_statements(diagnosis: Diagnosis, view: SymmetryCounts) -> list[str]:
    """Of how many samples a view does not tell."""
    unknown = diagnosis.read - diagnosis.left_out.count - view.samples
    return [f"undecided: {plural(unknown, 'sample')}"] if unknown else []


def near_statements(diagnosis: Diagnosis) -> list[str]:
    """What looser tolerances find."""
    lines = []
    for factor in FACTORS:
        gained = diagnosis.near.gained.get(factor)
        if gained is not None and gained.samples:
            names = ", ".join(f"{name} {count}" for name, count in gained.names.largest()[:4])
            lines.append(f"{plural(gained.samples, 'sample')} with more at {factor} times the tolerance: {names}")
    if not diagnosis.near.gained and diagnosis.near.gaps:  # of exact values, which have no tolerance to loosen
        gaps = diagnosis.near.gaps
        found = ", ".join(f"{count} from {'below ' * (k == LEAST)}1e{k + (k == LEAST)} on" for k, count in gaps.items())
        lines.append(f"{plural(sum(gaps.values()), 'sample')} with more at a --tolerance: {found}")
    return lines


def target_statements(target: TargetDiagnosis) -> list[str]:
    """The floor, what must vanish, the worst samples, and the floors under each remedy."""
    counts = target.counts
    lines = [
        f"Target {counts.name} ({counts.moves} of each {counts.per}): the Curie floor of the squared error is "
        f"{counts.floor:.4g} of {counts.squares:.4g} ({counts.share:.2%})",
        f"  {counts.restricted} of {plural(counts.samples, 'sample')} out of reach"
        + (f", {counts.missing.count} without the target" if counts.missing.count else ""),
    ]
    lines += [f"  {line}" for line in forced_statements(target)]
    lines += [f"  floor of the {name}: {value:.4g}" for name, value in counts.losses.items()]
    for one in counts.worst[:3]:
        where = "" if one.node is None else f", node {one.node}"
        lines.append(f"  sample {one.index}{where} ({one.stabilizer}): {_in_reach(one, counts.is_label)}")
    for factor, near in sorted(counts.near.items()):
        steep = "" if near.steepest is None else f", the steepest slope is {near.steepest[0]:.3g} ({near.steepest[1]})"
        lines.append(
            f"  {factor} times the tolerance: {plural(near.samples, 'sample')} more, with a floor of {near.floor:.4g}"
            f"{steep}"
        )
    lines.append("  floors: " + ", ".join(f"{name} {value:.4g}" for name, value in remaining(target)))
    lines.append(f"  remedy: {target.recommendation.remedy.value}")
    lines += [f"  missing: {line}" for line in left_out_statements(counts.missing)]
    return lines


def remaining(target: TargetDiagnosis) -> list[tuple[str, float]]:
    """The floors under each remedy, by name."""
    floors = target.floors
    fixed = [] if floors.fixed_direction is None else [("one fixed direction", floors.fixed_direction)]
    return [
        ("no remedy", floors.none),
        ("random pose, the nearest", floors.random_pose),
        ("random pose, one draw", floors.one_draw),
        *fixed,
        *floors.subgroups.items(),
    ]


def forced_statements(target: TargetDiagnosis) -> list[str]:
    """'dipole must vanish for 14 samples (Td), but does not for 2: it is up to 0.7 (sample 3)', by irrep."""
    counts, lines = target.counts, []
    for irrep, forced in counts.forced.items():
        if forced.squares <= _NOTHING * counts.squares:
            continue
        names = ", ".join(name for name, _ in forced.names.largest()[:4])
        part = counts.name if len(counts.irreps) == 1 else f"the {irrep} part of {counts.name}"
        whose = plural(forced.samples, "sample")
        if counts.per != "sample":
            whose = f"{plural(forced.vectors, counts.per)} in {whose}"
        lines.append(
            f"{part} must vanish for {whose} ({names}), but does not for {forced.broken}: it is up to "
            f"{forced.largest[0]:.3g} (sample {forced.largest[1]})"
        )
    return lines


def mode_statements(diagnosis: Diagnosis) -> list[str]:
    """Modes, the largest first."""
    ordered = sorted(diagnosis.modes.items(), key=lambda item: -item[1].squares)
    return [
        f"{name}: {mode.squares:.4g}{'' if name.startswith('strain') else ' Å²'} in {plural(mode.samples, 'sample')}"
        + (", allowed by symmetry" if mode.symmetric else "")
        for name, mode in ordered
    ]


def account_statements(diagnosis: Diagnosis) -> list[str]:
    """What was left out, is undecided, or was changed."""
    lines = [f"Undecided: {line}" for line in left_out_statements(diagnosis.undecided)]
    lines += [f"Left out: {line}" for line in left_out_statements(diagnosis.left_out)]
    return lines + [f"Note, {plural(count, 'time')}: {note}" for note, count in diagnosis.notes.largest()]


def left_out_statements(out: LeftOut) -> list[str]:
    """Reasons, the most frequent first."""
    ordered = sorted(out.reasons.values(), key=lambda reason: -reason.count)
    return [
        f"{plural(reason.count, 'sample')} ({', '.join(map(str, reason.first))}"
        f"{', ...' if reason.count > len(reason.first) else ''}): {reason.said}"
        for reason in ordered
    ]


def _in_reach(one: WorstSample, is_label: bool) -> str:
    if is_label:
        return f"its label has probability {one.nearest[0]:.3g} at best"
    value, nearest = (_vector(part, max(map(abs, one.value))) for part in (one.value, one.nearest))
    return f"{value}, in reach is {nearest}"


def _vector(entries: tuple[float, ...], scale: float) -> str:
    """Numbers, with those that are rounding as 0."""
    return f"({', '.join(f'{x:.3g}' if abs(x) > _ROUNDING * scale else '0' for x in entries)})"
