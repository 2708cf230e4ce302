"""Which irreps of θ and of the filter lead to the output of a tensor product."""

from dataclasses import dataclass

from symbreak.layers.relaxed.e3nn_types import Irrep, Irreps, TensorProduct


@dataclass(frozen=True)
class Path:
    """From the input numbered `i_in`, by the filter's irrep `ir`, to the output `i_out`, in a mode of e3nn."""

    i_in: int
    ir: Irrep
    i_out: int
    mode: str


def is_scalar(ir: Irrep) -> bool:
    """Whether an irrep is 0e."""
    return ir.l == 0 and ir.p == 1


def foldable(tp: TensorProduct) -> bool:
    """Whether a product is fully connected or depthwise, with weights."""
    modes = {ins.connection_mode for ins in tp.instructions}
    return modes in ({"uvw"}, {"uvu"}) and all(ins.has_weight for ins in tp.instructions)


def extra_paths(tp: TensorProduct, ir: Irrep) -> list[Path]:
    """The paths that a product has room for with one copy of `ir` as its second input.

    Of fully connected products ("uvw") all that the irreps allow. Of depthwise ones ("uvu") one for each input and
    irrep, to an output of the same multiplicity, the input's own if it has one. Of others none.
    """
    if not foldable(tp):
        return []
    modes = {ins.connection_mode for ins in tp.instructions}
    found = []
    for i, (mul, ir_in) in enumerate(tp.irreps_in1):
        outs = [(o, m, ir_out) for o, (m, ir_out) in enumerate(tp.irreps_out) if mul and m and ir_out in ir_in * ir]
        if modes == {"uvw"}:
            found += [Path(i, ir, o, "uvw") for o, _, _ in outs]
            continue
        own = {ins.i_out for ins in tp.instructions if ins.i_in1 == i}
        for wanted in dict.fromkeys(ir_out for _, _, ir_out in outs):
            slots = [o for o, m, ir_out in outs if ir_out == wanted and m == mul]
            found += [Path(i, ir, o, "uvu") for o in sorted(slots, key=lambda o: o not in own)[:1]]
    return found


def extra_irreps(tp: TensorProduct, irreps: Irreps) -> Irreps:
    """The irreps of θ ⊗ Y that Y has not, and that lead to the output, once each."""
    edge = {ir for mul, ir in tp.irreps_in2 if mul}
    made = {f for _, ir in irreps if not is_scalar(ir) for ir_edge in edge for f in ir * ir_edge}
    return Irreps([(1, f) for f in sorted(made - edge) if extra_paths(tp, f)])


def live(tp: TensorProduct, irreps: Irreps, irreps_extra: Irreps) -> Irreps:
    """The irreps of θ that lead to the output, through the irreps that the filter has; and 0e."""
    edge = {ir for mul, ir in tp.irreps_in2 if mul}
    used = {tp.irreps_in2[ins.i_in2].ir for ins in tp.instructions if ins.path_weight != 0}
    used |= {ir for _, ir in irreps_extra}
    return Irreps(
        [(m, ir) for m, ir in irreps if is_scalar(ir) or any(f in ir * ir_edge for ir_edge in edge for f in used)]
    )
