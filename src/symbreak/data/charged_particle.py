"""Charged particles in uniform fields: Boris flights, what is measured on them, and the symmetry of the fields."""

from dataclasses import dataclass, replace
from itertools import permutations, product

import torch
from torch import Tensor

from symbreak.groups import Source, normal

_KEPT = 1e-9  # of the strength: how far a field that is kept may move


@dataclass(frozen=True, eq=False)
class Fields:
    """Uniform fields, and the friction of the medium: `a = q (E + v × B) + G - γ v`, for unit mass.

    Args:
        electric: E, polar.
        magnetic: B, axial.
        gravity: G, polar too, but the same for charges of both signs.
        drag: γ, the part of the law that no turn changes.

    Shapes:
        electric, magnetic, gravity `(3,)`.
    Raises:
        ValueError: if a field is not a finite vector of space, or γ is negative.

    Example:
        >>> fields = Fields(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 2.0, 0.0]), torch.zeros(3))
        >>> fields.acceleration(torch.tensor([[-1.0]]), torch.tensor([[0.0, 0.0, 1.0]]))  # -(E + v × B)
        tensor([[1., 0., 0.]])
        >>> fields.turned(-torch.eye(3)).magnetic + 0.0  # the inversion keeps an axial vector
        tensor([0., 2., 0.])
    """

    electric: Tensor
    magnetic: Tensor
    gravity: Tensor
    drag: float = 0.0

    def __post_init__(self):
        for name in ("electric", "magnetic", "gravity"):
            field = getattr(self, name)
            if field.shape != (3,) or not bool(field.isfinite().all()):
                raise ValueError(
                    f"The {name} field is {field.tolist()}, but a uniform field is three finite numbers: (3,)."
                )
        if not 0 <= self.drag < float("inf"):
            raise ValueError(f"drag is {self.drag}, but friction takes speed away: give 0 or a positive number.")

    def acceleration(self, charges: Tensor, velocities: Tensor) -> Tensor:
        """Of particles: charges `(N, 1)`, velocities `(N, 3)` -> `(N, 3)`."""
        force = self.electric + torch.linalg.cross(velocities, self.magnetic.expand_as(velocities))
        return charges * force + self.gravity - self.drag * velocities

    def turned(self, g: Tensor) -> "Fields":
        """The fields after an orthogonal map `(3, 3)`: `g E`, `det(g) g B`, `g G`."""
        g = g.to(self.electric)
        axial = torch.linalg.det(g).round() * (g @ self.magnetic)
        return replace(self, electric=g @ self.electric, magnetic=axial, gravity=g @ self.gravity)


@dataclass(frozen=True, eq=False)
class Flights:
    """Where particles are at the times `0, dt, 2 dt, ...`, and how fast half a step before.

    Shapes:
        positions, velocities `(steps + 1, N, 3)`, charges `(N, 1)`.
    """

    charges: Tensor
    positions: Tensor
    velocities: Tensor
    dt: float

    def measured(self) -> "Samples":
        """What the law relates: each mean velocity of a step, and the difference quotient; `steps · N` rows.

        A step of Boris is an implicit midpoint rule, so the two obey the law of the fields to rounding.
        """
        before, after = self.velocities[:-1], self.velocities[1:]
        charges = self.charges.expand(len(before), -1, -1)
        mean, slope = (before + after) / 2, (after - before) / self.dt
        return Samples(charges.flatten(0, 1), mean.flatten(0, 1), slope.flatten(0, 1))


@dataclass(frozen=True, eq=False)
class Samples:
    """Charges `(N, 1)`, velocities `(N, 3)` and accelerations `(N, 3)`, row by row."""

    charges: Tensor
    velocities: Tensor
    accelerations: Tensor

    def __len__(self) -> int:
        return len(self.charges)

    def rows(self, index: Tensor) -> "Samples":
        """Some of the rows."""
        return Samples(self.charges[index], self.velocities[index], self.accelerations[index])

    def noisy(self, sigma: float, *, generator: Source = None) -> "Samples":
        """The same with independent normal errors of the accelerations."""
        if not 0 <= sigma < float("inf"):
            raise ValueError(f"sigma is {sigma}, but it is a standard deviation: give 0 or a positive number.")
        error = normal((len(self), 3), generator=generator, dtype=self.accelerations.dtype)
        return replace(self, accelerations=self.accelerations + sigma * error)

    def closed(self, elements: Tensor) -> "Samples":
        """The images of all rows under a group, `(k, 3, 3)`: a set that the group maps to itself, `k N` rows."""
        elements = elements.to(self.velocities)
        turned = [torch.einsum("kij,nj->kni", elements, x).flatten(0, 1) for x in (self.velocities, self.accelerations)]
        return Samples(self.charges.repeat(len(elements), 1), *turned)


def fly(charges: Tensor, velocities: Tensor, fields: Fields, *, dt: float, steps: int) -> Flights:
    """Flies particles from the origin by the method of Boris, with friction.

        (v' - v) / dt = q (E + ½ (v' + v) × B) + G - ½ γ (v' + v),    x' = x + dt v'

    Solved for `v'` in closed form. Without E, G and γ the speed is kept to rounding, for any step; with `γ = 0` and E
    across B the particle turns about the drift velocity `E × B / B²`, which is exact too.

    Args:
        charges, velocities: `(N, 1)` and `(N, 3)`, at the start.
        fields: E, B, G and γ.
        dt: the time step.
        steps: how many.
    Raises:
        ValueError: if the shapes do not fit, a velocity is not finite, or dt or steps are not positive.

    Example:
        >>> fields = Fields(torch.zeros(3), torch.tensor([0.0, 0.0, 1.0]), torch.zeros(3))
        >>> flights = fly(torch.ones(1, 1), torch.tensor([[1.0, 0.0, 0.0]]), fields, dt=0.5, steps=2)
        >>> flights.velocities[:, 0].round(decimals=4)  # a positive charge turns clockwise about B
        tensor([[ 1.0000,  0.0000,  0.0000],
                [ 0.8824, -0.4706,  0.0000],
                [ 0.5571, -0.8304,  0.0000]])

    Reference:
        Boris (1970), Relativistic plasma simulation, Proc. 4th conference on numerical simulation of plasmas; Birdsall,
        Langdon (1991), Plasma physics via computer simulation.
    """
    if velocities.dim() != 2 or velocities.shape[1] != 3 or charges.shape != (len(velocities), 1):
        raise ValueError(
            f"charges have shape {tuple(charges.shape)} and velocities {tuple(velocities.shape)}, but a particle has "
            "one charge and one velocity: (N, 1) and (N, 3)."
        )
    if not bool(velocities.isfinite().all()):
        raise ValueError("A velocity is not finite, so its particle flies nowhere. Clean the start first.")
    if not dt > 0 or steps < 1:
        raise ValueError(f"dt is {dt} and steps {steps}, but time goes forward: give positive numbers.")
    half = 1 + fields.drag * dt / 2
    t = charges * fields.magnetic * (dt / 2 / half)
    push = (dt * (charges * fields.electric + fields.gravity)) / half
    back = (1 - fields.drag * dt / 2) / half
    v, x = velocities, torch.zeros_like(velocities)
    seen, places = [v], [x]
    for _ in range(steps):
        u = back * v + push + torch.linalg.cross(v, t)
        along = (t * u).sum(-1, keepdim=True)
        v = (u + torch.linalg.cross(u, t) + along * t) / (1 + t.square().sum(-1, keepdim=True))
        x = x + dt * v
        seen.append(v)
        places.append(x)
    return Flights(charges, torch.stack(places), torch.stack(seen), dt)


def octahedral() -> Tensor:
    """The 48 signed permutations of the axes, O_h: float64 `(48, 3, 3)`.

    Example:
        >>> octahedral().shape, octahedral()[0].diagonal().tolist()
        (torch.Size([48, 3, 3]), [1.0, 1.0, 1.0])
    """
    eye = torch.eye(3, dtype=torch.float64)
    signs = [torch.tensor(s, dtype=torch.float64) for s in product((1.0, -1.0), repeat=3)]
    return torch.stack([torch.diag(s) @ eye[list(p)] for p in permutations(range(3)) for s in signs])


def keeping(fields: Fields, elements: Tensor) -> Tensor:
    """The elements `(k, 3, 3)` that keep all the fields: a subgroup of theirs.

    Those of O_h, of fields along its axes, fix the same vectors and quadrupoles as the whole stabilizer in O(3): C4v in
    place of C∞v, O_h in place of O(3).

    Example:
        >>> z, o = torch.tensor([0.0, 0.0, 1.0]), torch.zeros(3)
        >>> [len(keeping(Fields(E, B, o), octahedral())) for E, B in ((o, o), (z, o), (o, z), (z, z))]
        [48, 8, 8, 4]
    """
    turned = [fields.turned(g) for g in elements]
    scale = max(float(torch.stack([fields.electric, fields.magnetic, fields.gravity]).abs().max()), 1e-300)

    def kept(other: Fields) -> bool:
        pairs = [(other.electric, fields.electric), (other.magnetic, fields.magnetic), (other.gravity, fields.gravity)]
        return all(float((a - b).abs().max()) <= _KEPT * scale for a, b in pairs)

    return elements[torch.tensor([kept(other) for other in turned])]
