"""A charged particle in uniform fields, the second experiment of relaxed equivariant graph networks (2024).

A relaxed network learns the acceleration from charge and velocity, `a = f(θ; q, v)`. The law is equivariant but for the
fields, so θ must grow into them: a polar vector for E, an axial one for B, and nothing that their symmetry forbids.
Each seed has its own weights, particles and directions of the fields; θ is read in the frame of the fields.

Reference:
    Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks; the numbers are those of the
    authors' notebook.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from symbreak.data.charged_particle import Fields, Samples
from symbreak.groups import normal
from symbreak.layers import moved, relaxed_weights
from symbreak.papers.charged_particle_cases import CASES, Case, Setting, random_frame, samples, settings, stabilizer
from symbreak.papers.charged_particle_limit import direction_limits, least_squares
from symbreak.papers.charged_particle_networks import FreeParticle, network, response
from symbreak.papers.charged_particle_summary import agreements, summaries
from symbreak.papers.charged_particle_training import fit_particles, polish
from symbreak.symmetry.order_parameters import axis_angle, irrep_blocks, read_out, theta_stabilizer
from symbreak.training import Job, RunFolder, run_jobs

PUBLISHED = {"electric_angle": 2.8, "magnetic_angle": 3.6, "loss": 0.00268, "parameters": 4_570_000}
_TESTS = 16  # fields in new directions
_FAINT = 1e-3  # of a layer's norm: an irrep below it has not grown


@dataclass(frozen=True)
class ChargedParticleConfig:
    """What to compute.

    Args:
        seed: the first one.
        seeds: how many.
        samples: rows of the training set, images under the symmetry of a closed set counted.
        steps: of the optimizer, on the whole set, before the polish.
        rate: of the optimizer.
        only: names of settings; all if empty.
    Raises:
        ValueError: if a number is out of range, or a name unknown.
    """

    seed: int = 0
    seeds: int = 5
    samples: int = 288
    steps: int = 600
    rate: float = 0.1
    only: tuple[str, ...] = ()

    def __post_init__(self):
        if self.seeds < 1 or self.steps < 1 or not 0 <= self.seed < 2**31:
            raise ValueError(
                f"There are {self.seeds} seeds from {self.seed} and {self.steps} steps, but all count from 1, and "
                "seeds from 0 to 2³¹ - 1."
            )
        if self.samples < 48:
            raise ValueError(
                f"There are {self.samples} samples, but a set closed under O_h has 48 at least: give 48 or more."
            )
        if not 0 < self.rate < float("inf"):
            raise ValueError(f"The rate is {self.rate}, but steps go downhill: give a positive number, such as 0.1.")
        known = [setting.name for setting in settings()]
        if unknown := [name for name in self.only if name not in known]:
            raise ValueError(f"There is no setting {unknown[0]!r}. Known: {', '.join(known)}.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    setting: Setting
    config: ChargedParticleConfig  # with the seed of the row
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.setting.name}-seed{self.config.seed}"


def make_row(row: Row, report: Callable[[int, str], None]) -> dict[str, Any]:
    """Trains and reads one network; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config, setting = RunFolder(Path(row.folder)), row.config, row.setting
    run.row(row.name)
    if row.resume and (run.path / "rows" / row.name / "row.json").exists():
        report(config.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    case, start = CASES[setting.case], time.process_time()
    generator = torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    frame = random_frame(generator)
    fields = case.fields().turned(frame)
    data = samples(setting, fields, frame, config.samples * setting.times, generator=generator)
    model = network(setting, case.vectors)
    scale = _calibrate(model, setting, config, generator) if setting.network == "calibrated" else None
    rate = 0.1 * config.rate if setting.network == "mlp" else config.rate
    curve = fit_particles(model, data, steps=config.steps, rate=rate, optimizer=setting.optimizer, report=report)
    if "closed" not in setting.data:  # closed sets are there for the optimizer, so that nothing else may move θ
        polish(model, data)
    with torch.no_grad():
        error = model(data.charges, data.velocities) - fields.acceleration(data.charges, data.velocities)
    row_json = {
        "setting": setting.name,
        "case": case.name,
        "network": setting.network,
        "data": setting.data,
        "optimizer": setting.optimizer,
        "noise": setting.noise,
        "samples": len(data),
        "l_relaxed": setting.l_relaxed,
        "seed": config.seed,
        "loss": float(error.square().sum(-1).mean()),
        "parameters": sum(p.numel() for p in model.parameters()),
        **_found(model, fields),
        **(_limits(data, fields, setting.noise) if setting.noise else {}),
        **_transfer(model, fields, generator),
        **_theta(model, fields, case, frame, scale),
        "cpu_seconds": time.process_time() - start,
    }
    run.write_json(f"rows/{row.name}/curve.json", curve)
    run.write_json(f"rows/{row.name}/row.json", row_json)
    report(config.steps, f"{row_json['loss']:.1e}")
    return row_json


def _found(model: nn.Module, fields: Fields) -> dict[str, Any]:
    """The fields of the response beside the true ones: strengths, and angles between directed vectors."""
    seen = response(model)
    found: dict[str, Any] = {"drag": seen.drag, "rest": seen.rest}
    for name in ("electric", "magnetic", "gravity"):
        true, ours = getattr(fields, name), getattr(seen, name)
        strength = float(true.norm())
        found[f"{name}_strength"], found[f"{name}_found"] = strength, float(ours.norm())
        found[f"{name}_angle"] = directed_angle(true, ours) if strength else None
        found[f"{name}_error"] = abs(float(ours.norm()) / strength - 1) if strength else None
    return found


def _limits(data: Samples, fields: Fields, sigma: float) -> dict[str, float | None]:
    """What the noise leaves of the directions at best, and where least squares of the law itself ends on these rows."""
    seen, found = least_squares(data), {}
    for name, limit in zip(("electric", "magnetic"), direction_limits(data, fields, sigma), strict=True):
        found[f"{name}_limit"] = limit
        found[f"{name}_least_squares"] = (
            None if limit is None else directed_angle(getattr(fields, name), getattr(seen, name))
        )
    return found


def directed_angle(one: Tensor, two: Tensor) -> float:
    """The angle of two vectors in degrees, from 0 to 180, exact for small ones.

    Example:
        >>> directed_angle(torch.tensor([0.0, 0.0, 2.0]), torch.tensor([0.0, 0.0, -1.0]))
        180.0
    """
    a, b = one / one.norm(), two / two.norm().clamp(min=1e-300)
    return float(torch.rad2deg(2 * torch.atan2((a - b).norm(), (a + b).norm())))


def _transfer(model: nn.Module, fields: Fields, generator: torch.Generator) -> dict[str, float]:
    """The largest errors in fields turned to new directions, mirrored too: with θ turned along, and left as it is.

    `identity` is `|f(D(g) θ; q, g v) - g f(θ; q, v)|`, which holds for any weights.
    """
    charges = torch.tensor([[1.0], [-1.0]], dtype=torch.float64).repeat(32, 1)
    velocities = normal((64, 3), generator=generator, dtype=torch.float64)
    identity = turned = left = 0.0
    with torch.no_grad():
        here = model(charges, velocities)
        for g in [random_frame(generator) for _ in range(_TESTS)]:
            there = velocities @ g.T
            truth = fields.turned(g).acceleration(charges, there)
            ours: Tensor = functional_call(model, moved(model, g), (charges, there))
            identity = max(identity, float((ours - here @ g.T).abs().max()))
            turned = max(turned, float((ours - truth).abs().max()))
            left = max(left, float((model(charges, there) - truth).abs().max()))
    return {"transfer_identity": identity, "transfer_error": turned, "unturned_error": left}


def _theta(
    model: nn.Module, fields: Fields, case: Case, frame: Tensor, scale: dict[str, Tensor] | None
) -> dict[str, Any]:
    """θ itself: its angles with the fields, read against the selection rule, and θ in the frame of the case."""
    group = stabilizer(fields)
    named = {"group": "O(3)" if group.schoenflies == "Kh" else group.schoenflies}
    weights = relaxed_weights(model)
    if isinstance(model, FreeParticle):
        return named | {"layers": [], "read_out": None}
    thetas, kinds = [w.theta.detach() for w in weights.values()], [str(w.irreps) for w in weights.values()]
    seen = read_out(thetas, list(kinds), symmetry=group.symmetry, tolerance=_FAINT)
    layers = []
    for weight, told in zip(weights.values(), seen.layers, strict=True):
        home = weight.representation.act(frame.T, weight.theta.detach())
        forbidden = {row.block.name: row.rule.outside / told.norm for row in told.irreps if row.rule is not None}
        layers.append(
            {
                "irreps": str(weight.irreps),
                "theta": home.tolist(),
                "parts": {row.block.name: row.part for row in told.irreps},
                "allowed": {row.block.name: row.rule.allowed for row in told.irreps if row.rule is not None},
                "forbidden": forbidden,
                "group": theta_stabilizer(weight.theta, str(weight.irreps), tolerance=_FAINT).schoenflies,
            }
        )
    angles = {
        "theta_electric_angle": _off(thetas, kinds, "1o", fields.electric),
        "theta_magnetic_angle": _off(thetas, kinds, "1e", fields.magnetic),
        "theta_gravity_angle": _off(thetas, kinds, "1o", fields.gravity),
    }
    if scale is not None:
        blocks = {block.name: block.values[0] for block in irrep_blocks(thetas[0], kinds[0])}
        for name, irrep in (("electric", "1o"), ("magnetic", "1e")):
            ours, true = scale[irrep] * blocks[irrep], getattr(fields, name)
            angles[f"calibrated_{name}_angle"] = directed_angle(true, ours)
            angles[f"calibrated_{name}_error"] = abs(float(ours.norm() / true.norm()) - 1)
    return named | angles | {"layers": layers, "read_out": seen.as_dict()}


def _off(thetas: list[Tensor], kinds: list[str], irrep: str, field: Tensor) -> float | None:
    """The largest angle over layers of a field and the span of the copies of an irrep; None if either is absent."""
    angles = []
    for theta, kind in zip(thetas, kinds, strict=True):
        for block in irrep_blocks(theta, kind):
            if block.name == irrep and block.norm > _FAINT * float(theta.norm()):
                rows = block.span()
                angles.append(axis_angle(field, rows.T @ (rows @ field)) if float(field.norm()) else None)
    return None if not angles or None in angles else max(angles)


def _calibrate(
    model: nn.Module, setting: Setting, config: ChargedParticleConfig, generator: torch.Generator
) -> dict[str, Tensor]:
    """Trains in fields of strength 1 that are known, puts θ back to the scalar and fixes all other weights.

    Returns the factors from θ to a field: in what follows `E = s_1o θ_1o` and `B = s_1e θ_1e`, sign and all.
    """
    frame = random_frame(generator)
    fields = replace(CASES[setting.case], electric=(1, 0, 0), magnetic=(0, 1, 0)).fields().turned(frame)
    data = samples(Setting(setting.case, "one"), fields, frame, config.samples, generator=generator)
    fit_particles(model, data, steps=config.steps, rate=config.rate)
    polish(model, data)
    (weight,) = relaxed_weights(model).values()
    known = {"1o": fields.electric, "1e": fields.magnetic}
    blocks = {block.name: block.values[0] for block in irrep_blocks(weight.theta, str(weight.irreps))}
    scalar = {block.name: block.values for block in irrep_blocks(weight.theta, str(weight.irreps))}["0e"]
    for p in model.parameters():
        p.requires_grad_(p is weight.theta)
    with torch.no_grad():
        weight.theta.zero_()[0] = float(scalar)
    return {irrep: known[irrep] @ blocks[irrep] / blocks[irrep].square().sum() for irrep in known}


# --- the run ------------------------------------------------------------------------------------------------------


def run(config: ChargedParticleConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers.
        workers: processes, of one thread each.
    """
    out = RunFolder.create(folder, {"paper": "charged-particle", **asdict(config)}, seed=config.seed, resume=resume)
    chosen = [setting for setting in settings() if not config.only or setting.name in config.only]
    jobs = [
        Job(
            f"{setting.name} {seed}",
            config.steps,
            Row(setting, replace(config, seed=seed), str(folder), resume),
        )
        for setting in chosen
        for seed in range(config.seed, config.seed + config.seeds)
    ]
    start = time.perf_counter()
    rows = run_jobs(jobs, make_row, workers=workers)
    result = {
        "seconds": time.perf_counter() - start,
        "rows": rows,
        "summary": summaries(rows, seed=config.seed),
        "agreement": agreements(rows, seed=config.seed),
        "published": PUBLISHED,
    }
    out.write_result(result)
    return folder
