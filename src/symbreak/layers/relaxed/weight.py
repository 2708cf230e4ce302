"""The weight that breaks symmetry: a vector of irreps, which starts at the scalar."""

import torch
from torch import Tensor, nn

from symbreak.groups import Orthogonal
from symbreak.layers.relaxed.e3nn_types import Irrep, Irreps
from symbreak.representations import Irreps as Representation


class RelaxedWeight(nn.Module):
    """A weight θ in a direct sum of irreps of O(3).

    It starts at the scalar, 1 in the entries of `0e` and 0 in all others, which every rotation leaves as it is. A layer
    that uses it is then equivariant, and jointly equivariant always: `f(D(g) θ; g x) = g f(θ; x)`. An entry outside of
    `0e` that grows is a direction in which the data breaks the symmetry.

    One object given to several layers is shared by them: its parameter is. An optimizer with a second moment for each
    coordinate, such as Adam, does not commute with `D(g)`: `relaxed_weights` finds what needs another.

    Args:
        irreps: `l_relaxed`, for one copy of each irrep up to that degree in both parities, or irreps.
    Shapes:
        `()` -> `(irreps.dim,)`, the parameter `theta`.
    Raises:
        ValueError: if the irreps are empty or cannot be read.

    Example:
        >>> weight = RelaxedWeight(1)
        >>> weight.irreps, weight().tolist()
        (1x0e+1x0o+1x1o+1x1e, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])

    Reference:
        Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks.
    """

    def __init__(self, irreps: "int | str | Irreps"):
        super().__init__()
        self.irreps = read_irreps(irreps)
        self.theta = nn.Parameter(scalar_start(self.irreps))

    @property
    def representation(self) -> Representation:
        """How θ moves: `weight.representation.act(g, weight.theta)`, smooth in `g` everywhere."""
        return Representation(Orthogonal(3), self.irreps)

    def forward(self) -> Tensor:
        return self.theta

    def tied(self) -> "RelaxedWeight":
        """Another module with the same parameter, for each layer that shares it.

        One module in two places would do, but for `torch.func.functional_call`: it puts back tied parameters, but
        leaves a module that it meets twice with the value of the call.
        """
        twin = RelaxedWeight(self.irreps)
        twin.theta = self.theta
        return twin

    def extra_repr(self) -> str:
        return str(self.irreps)


def relaxed_weights(model: nn.Module) -> dict[str, RelaxedWeight]:
    """The relaxed weights of a model by name, shared ones once, for optimizers, penalties and read-outs.

    Example:
        >>> relaxed_weights(nn.Sequential(nn.Linear(2, 2), RelaxedWeight("0e + 2e")))
        {'1': RelaxedWeight(1x0e+1x2e)}
    """
    found = {name: module for name, module in model.named_modules() if isinstance(module, RelaxedWeight)}
    first = {id(module.theta): name for name, module in reversed(found.items())}
    return {name: module for name, module in found.items() if first[id(module.theta)] == name}


def moved(model: nn.Module, g: Tensor) -> dict[str, Tensor]:
    """`D(g) θ` of every relaxed weight of a model, by the name of the parameter.

    A model trained under a field is so made the model of the turned field, without training:
    `torch.func.functional_call(model, moved(model, g), (g x,)) = g model(x)`.

    Args:
        g: `(3, 3)`, orthogonal.

    Example:
        >>> weight = RelaxedWeight("0e + 1o")
        >>> weight.load_state_dict({"theta": torch.tensor([1.0, 0.0, 2.0, 0.0])})
        <All keys matched successfully>
        >>> moved(weight, -torch.eye(3))["theta"].tolist()
        [1.0, 0.0, -2.0, 0.0]
    """
    return {
        f"{name}.theta" if name else "theta": weight.representation.act(g.to(weight.theta), weight.theta)
        for name, weight in relaxed_weights(model).items()
    }


def read_irreps(irreps: "int | str | Irreps") -> Irreps:
    """Irreps; of an integer `l`, one copy of each up to the degree `l` in both parities, as e3nn orders them."""
    if isinstance(irreps, int):
        if irreps < 0 or isinstance(irreps, bool):
            raise ValueError(f"l_relaxed is {irreps}, but it is a degree: 0, 1, 2, ...")
        return Irreps([(1, ir) for ir in Irrep.iterator(irreps)])
    try:
        found = Irreps(irreps)
    except Exception as error:
        raise ValueError(f'{irreps!r} cannot be read as irreps, but they must be like "0e + 1o + 2x2e".') from error
    found = Irreps([(mul, ir) for mul, ir in found if mul > 0])
    if not found:
        raise ValueError(f'{irreps!r} holds no irrep, but at least one is needed: try "0e + 1o".')
    return found


def scalar_start(irreps: Irreps) -> Tensor:
    """`(irreps.dim,)`: 1 in the entries of 0e, 0 in all others."""
    return torch.cat([torch.full((mul * ir.dim,), float(ir.l == 0 and ir.p == 1)) for mul, ir in irreps])


def wrong_theta(theta: Tensor, irreps: Irreps) -> ValueError:
    """What to raise if θ has not the size of its irreps."""
    return ValueError(f"θ has shape {tuple(theta.shape)}, but its irreps {irreps} need (..., {irreps.dim}).")
