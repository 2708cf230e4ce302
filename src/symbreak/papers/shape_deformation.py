"""Shape deformation by relaxed convolutions, the first experiment of relaxed equivariant graph neural networks.

A network sees the eight vertices of a cube and is to give, at each, the signal on the sphere that has its peak at a
vertex of another shape. A cube is as symmetric as the input, so an equivariant network can learn it; a prism and a
random shape are less so, and no equivariant network can. In a relaxed network θ then leaves the scalar, in the
directions that the joint symmetry K of input and target fixes, and in no other.

    loss = Σ_i |f(x; θ)_i - y_i|²

Reference:
    Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks, Section 4.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from symbreak.groups import Orthogonal
from symbreak.layers import moved, relaxed_weights
from symbreak.papers.shape_deformation_networks import METHODS, Method, cloud, thetas
from symbreak.papers.shape_deformation_shapes import IRREPS, SHAPES, Shape, corners
from symbreak.representations import Irreps
from symbreak.symmetry.order_parameters import allowed_dimensions, irrep_blocks, read_out, selection_rule
from symbreak.training import Job, RunFolder, atomic, run_jobs

GREW = 1e-6  # of the norm of θ: what is below did not grow
LOST = 1e12  # a loss above it, or none: training has diverged, and stops
POINTS, TURNS = 200, 8  # of each curve; elements of O(3) by which a trained network is tested


@dataclass(frozen=True)
class ShapeDeformationConfig:
    """What to compute.

    Args:
        shapes, methods: names; all if empty.
        steps: of training, however small the loss; 400 at most with the authors' settings.
        l_relaxed: the largest degree of θ.
        seed, seeds: the first seed, and how many.
    """

    shapes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    steps: int = 2000
    l_relaxed: int = 4
    seed: int = 0
    seeds: int = 5

    def __post_init__(self):
        for kind, names, known in (
            ("shape", self.shapes, [shape.name for shape in SHAPES]),
            ("method", self.methods, [method.name for method in METHODS]),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(f"There is no {kind} {name!r}. Known: {', '.join(known)}.")
            if len(set(names)) < len(names):
                raise ValueError(f"A {kind} is named twice in {', '.join(names)}: name each once.")
        for name in ("steps", "l_relaxed", "seeds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but at least 1 is needed.")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed is {self.seed}, but a seed is from 0 to 2³¹ - 1.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    shape: str
    method: str
    config: ShapeDeformationConfig  # with the seed of the row
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.method}-seed{self.config.seed}"

    @property
    def kind(self) -> Method:
        return next(method for method in METHODS if method.name == self.method)


def train(
    row: Row, report: Callable[[int, str], None] = lambda step, text: None
) -> tuple[nn.Module, dict[str, Tensor], float]:
    """The trained network of a row, its curve, and the seconds it took.

    The curve has `step` `(T,)`, `loss` `(T,)` and, of a network with θ, `theta` `(T, layers, dim)`. It ends before the
    last step if training diverged.
    """
    config, shape = row.config, _shape(row.shape)
    method, steps = row.kind, row.kind.steps(config.steps)
    x, y = cloud(corners()), shape.target()
    torch.manual_seed(config.seed)
    network = method.build(config.l_relaxed, row.shape)
    (optimizer, rates), theta = method.trainer(network, steps), thetas(network)
    every, start = max(1, steps // POINTS), time.perf_counter()
    seen: list[tuple[int, float, list[Tensor]]] = []
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = (network(x) - y).square().sum()
        value = float(loss.detach())
        if not value < LOST:
            break
        last = step == steps
        if step % every == 0 or last:
            seen.append((step, value, [t.detach().clone() for t in theta]))
            report(step, f"{value:.1e}")
        if last:
            break
        if method.decay:
            loss = loss + method.decay * sum(t.square().mean() for t in theta)
        loss.backward()
        optimizer.step()
        rates.step()
    seconds = time.perf_counter() - start
    curve = {"step": torch.tensor([s for s, _, _ in seen]), "loss": torch.tensor([v for _, v, _ in seen])}
    if theta:
        curve["theta"] = torch.stack([torch.stack(parts) for _, _, parts in seen])
    return network, curve, seconds


def make_row(row: Row, report: Callable[[int, str], None]) -> dict:
    """Trains and reads one row; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config = RunFolder(Path(row.folder)), row.config
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(config.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    with _double():
        network, curve, seconds = train(row, report)
        shape = _shape(row.shape)
        diverged = int(curve["step"][-1]) < row.kind.steps(config.steps)
        loss = None if diverged else float(curve["loss"][-1])
        found = {
            "shape": row.shape,
            "method": row.method,
            "label": row.kind.label,
            "seed": config.seed,
            "diverged": diverged,
            "loss": loss,
            "loss_turned": None if diverged else _turned_loss(network, shape, config.seed),
            **_read(network, curve, shape, diverged),
            "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
            "seconds": seconds,
            "folder": f"rows/{row.name}",
        }
    _save(folder / "curve.safetensors", curve)
    run.write_json(f"rows/{row.name}/row.json", found)
    report(config.steps, "diverged" if loss is None else f"{loss:.1e}")
    return found


@torch.no_grad()
def _turned_loss(network: nn.Module, shape: Shape, seed: int) -> float:
    """The mean loss on the pair, turned or reflected as a whole; θ moves with it, other weights do not."""
    x, y, rep = corners(), shape.target(), Irreps(Orthogonal(3), IRREPS)
    elements = Orthogonal(3).sample((TURNS,), generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    losses = [
        (torch.func.functional_call(network, moved(network, g), (cloud(x @ g.T),)) - rep.act(g, y)).square().sum()
        for g in elements
    ]
    return float(torch.stack(losses).mean())


def _read(network: nn.Module, curve: dict[str, Tensor], shape: Shape, diverged: bool) -> dict[str, object]:
    """What θ says: which irreps may grow and did, the part that may not, the ratio, and the symmetry that is left."""
    weights = list(relaxed_weights(network).values())
    if diverged or not thetas(network):
        return {"irreps": None, "table": [], "grown": [], "outside": None, "outside_most": None, "ratio": []}
    irreps, theta = weights[0].irreps, curve["theta"]
    symmetry = shape.symmetry().symmetry
    rules = [selection_rule(part, irreps, symmetry, tolerance=GREW) for part in theta[-1]]
    table = [
        {
            "irrep": same[0].irrep,
            "allowed": same[0].allowed,
            "basis": same[0].basis.tolist(),
            "inside": [rule.inside for rule in same],
            "outside": [rule.outside for rule in same],
        }
        for same in zip(*rules, strict=True)
    ]
    across = torch.eye(irreps.dim) - torch.block_diag(*[rule.basis.T @ rule.basis for rule in rules[0]])
    outside = (theta @ across).norm(dim=-1)  # (T, layers); every irrep is there once
    found = read_out(list(theta[-1]), irreps, symmetry=symmetry, tolerance=GREW)
    return {
        "irreps": str(irreps),
        "table": table,
        "grown": [same[0].irrep for same in zip(*rules, strict=True) if any(r.grew or r.violated for r in same)],
        "outside": float(outside[-1].max()),
        "outside_most": float(outside.max()),
        "ratio": _ratio(theta[-1], str(irreps), shape),
        "stabilizer": {"schoenflies": found.joint.schoenflies, "order": found.joint.order},
        "read_out": found.as_dict(),
    }


def _ratio(theta: Tensor, irreps: str, shape: Shape) -> list[float]:
    """The ratio of each layer; none where the irrep is not in θ."""
    if shape.ratio is None:
        return []
    blocks = [block for part in theta for block in irrep_blocks(part, irreps) if block.name == shape.ratio.irrep]
    pairs = [(float(block.values[0, shape.ratio.over]), float(block.values[0, shape.ratio.under])) for block in blocks]
    return [over / under for over, under in pairs if under]


def _save(path: Path, arrays: dict[str, Tensor]) -> None:
    from safetensors.torch import save_file

    with atomic(path) as temporary:
        save_file({name: array.contiguous() for name, array in arrays.items()}, temporary)


def _shape(name: str) -> Shape:
    return next(shape for shape in SHAPES if shape.name == name)


@contextmanager
def _double() -> Iterator[None]:
    """float64 by default: e3nn makes its coefficients in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


# --- the run ------------------------------------------------------------------------------------------------------


def run(config: ShapeDeformationConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers. Rows that were done are kept.
        workers: processes, of one thread each.
    """
    out = RunFolder.create(folder, {"paper": "shape-deformation", **asdict(config)}, seed=config.seed, resume=resume)
    shapes = [shape for shape in SHAPES if not config.shapes or shape.name in config.shapes]
    methods = [method for method in METHODS if not config.methods or method.name in config.methods]
    jobs = []
    for seed in range(config.seed, config.seed + config.seeds):
        for shape in shapes:
            for method in methods:
                row = Row(shape.name, method.name, replace(config, seed=seed, seeds=1), str(folder), resume)
                jobs.append(Job(f"{shape.name} {method.name} {seed}", config.steps, row))
    start = time.perf_counter()
    rows = run_jobs(jobs, make_row, workers=workers)
    result = {
        "seconds": time.perf_counter() - start,
        "shapes": [_facts(shape, config) for shape in shapes],
        "rows": rows,
    }
    out.write_result(result)
    return folder


def _facts(shape: Shape, config: ShapeDeformationConfig) -> dict[str, object]:
    """What is known of a task before any training, and what the authors found."""
    with _double():
        K = shape.symmetry()
        every = " + ".join(f"{l}{p}" for l in range(config.l_relaxed + 1) for p in "eo")
        return {
            "name": shape.name,
            "title": shape.title,
            "symmetry": K.schoenflies,
            "order": K.order,
            "allowed": allowed_dimensions(K.symmetry, every),
            "floor": shape.floor(),
            "ratio": None if shape.ratio is None else asdict(shape.ratio),
            "published_loss": shape.published_loss,
        }
