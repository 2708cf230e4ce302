"""What is said below the figure of an example, and to readers who do not see it."""

from symbreak.report.diagnosis.example import Example, FieldShown, StructureShown
from symbreak.report.diagnosis.field_picture import elements_in_words
from symbreak.report.diagnosis.graph_picture import orbits_in_words
from symbreak.report.diagnosis.profile_picture import told_levels
from symbreak.report.diagnosis.shown_elements import chosen, listed


def heading(example: Example) -> str:
    """As "Sample 3, benzene: D6h (6/mmm), order 24"."""
    title = f", {example.title}" if example.title else ""
    both = example.hermann_mauguin and example.hermann_mauguin not in example.stabilizer
    name = f"{example.stabilizer} ({example.hermann_mauguin})" if both else example.stabilizer
    order = "" if example.stabilizer.startswith("order ") else f", order {example.order}"
    return f"Sample {example.sample}{title}: {name}{order}"


def caption(example: Example) -> str:
    """Why the sample is shown, its symmetry elements or orbits, and how sharp the decision was."""
    said = [f"Shown as {'; '.join(example.why)}."] if example.why else []
    shown = example.shown
    if isinstance(shown, StructureShown):
        where = "" if shown.site is None else f" through the site {shown.site}"
        few = " Of each kind some are drawn." if len(chosen(shown.elements)) < len(shown.elements) else ""
        said.append(f"Symmetry elements{where}: {listed(shown.elements)}.{few}")
        if any(element.kind == "axis" and element.order is None for element in shown.elements):
            said.append("The axis is continuous; planes through it are not drawn.")
        said.append(_sharpness(example))
        if any(target.vectors and target.share > 1e-9 for target in example.targets):
            said.append(
                "Arrows: the part of the target that no equivariant model reaches, the longest to a fixed length."
            )
        levels = told_levels(example)
        if len(levels) > 1:
            said.append("Dashed: the tolerance of the diagnosis.")
        elif levels:
            said.append("Looser and tighter tolerances find the same.")
    elif isinstance(shown, FieldShown):
        axes = "First axis to the right, second up." if shown.repeats else "First axis down, second to the right."
        said += [elements_in_words(shown), axes] if shown.values.ndim == 2 else [elements_in_words(shown)]
        said += [] if example.gap is None else [f"A tolerance of {example.gap:.2g} finds more."]
    else:
        said.append(f"{orbits_in_words(example)}; nodes of one colour share an embedding, pale ones are alone.")
        if example.targets:
            said.append("Of a target, the vermilion rings (or edges) grow with what is out of reach there.")
    return " ".join(part for part in said if part)


def description(example: Example) -> str:
    """What the figure shows, in a sentence."""
    kind = {"molecule": "Ball-and-stick drawing", "crystal": "Unit cell", "graph": "Drawing", "field": "Image"}
    beside = [f"beside it the part of {target.name} that is out of reach" for target in example.targets[:2]]
    beside += ["beside it its symmetry against the tolerance"] if len(told_levels(example)) > 1 else []
    return "; ".join([f"{kind[example.kind]} of sample {example.sample} with stabilizer {example.stabilizer}", *beside])


def _sharpness(example: Example) -> str:
    said = f"Largest residual {example.residual:.2g} Å"
    if example.gap is not None:
        said += f", the next operation misses by {example.gap:.2g} Å"
    return f"{said}."
