"""A result folder as a run would leave it, with plausible values made by numpy."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from symbreak.report import figure_files, theta_view
from symbreak.report.diagnosis import report as diagnosis_report
from symbreak.report.ising_phases import ground_spins, phase_energies, uniform_energy

LABELS = {
    "random": "Random spins",
    "mlp": "MLP",
    "mlp-augmented": "MLP + augmentation",
    "gcnn": "G-CNN",
    "gcnn-noise": "G-CNN + noise",
    "relaxed": "Relaxed G-CNN",
    "sympe": "G-CNN + SymPE",
    "sympe-learned": "G-CNN + SymPE, learned",
    "sympe-period2": "SymPE, v of period 2",
    "sympe-pixel": "SymPE, v per pixel",
    "sympe-fourier": "SymPE, v in Fourier",
}
# fraction reached: (ID annealed, OOD annealed, ID plain, OOD plain)
FRACTIONS = {
    "random": (0.0, 0.0, 0.0, 0.0),
    "mlp": (0.991, 0.811, 0.903, 0.774),
    "mlp-augmented": (0.961, 0.968, 0.891, 0.890),
    "gcnn": (0.695, 0.695, 0.647, 0.647),
    "gcnn-noise": (0.894, 0.893, 0.647, 0.647),
    "relaxed": (0.934, 0.798, 0.902, 0.661),
    "sympe": (0.998, 0.998, 0.647, 0.647),
    "sympe-learned": (0.996, 0.996, 0.647, 0.647),
    "sympe-period2": (0.9985, 0.9985, 0.823, 0.823),
    "sympe-pixel": (0.941, 0.941, 0.694, 0.694),
    "sympe-fourier": (0.964, 0.963, 0.801, 0.8),
}
PUBLISHED = {
    "random": (0.0, 0.0),
    "mlp": (0.7625, 0.58125),
    "mlp-augmented": (0.775, 0.775),
    "gcnn": (0.43125, 0.43125),
    "gcnn-noise": (0.8, 0.8),
    "relaxed": (0.93125, 0.8875),
    "sympe": (0.9125, 0.91875),
}
CONDITIONS = ((2.5, 1.0), (-2.5, 0.4), (-0.55, 1.0), (-1.5, 1.5), (1.0, 0.3))  # (J_y, h)


def write_folder(folder: Path, task="constant", seeds=1, methods=tuple(LABELS), sign=1, size=16, side=40) -> Path:
    """Writes config.json, result.json and the files of every row."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "task": task, "sign": sign, "size": size, "epochs": 16, "seed": 0, "seeds": seeds,
        "methods": list(methods), "learning_rate": 2e-3,
    }  # fmt: skip
    ground, uniform = (-3.0704, -2.1453) if task == "constant" else (-4.1, None)
    rows = []
    for method in methods:
        for loss in ("-",) if method == "random" else ("plain", "annealed"):
            for seed in range(seeds):
                name = f"rows/{method}-{'none' if loss == '-' else loss}-seed{seed}"
                best = FRACTIONS[method][2 * (loss == "plain") :][:2]
                wobble = 0.004 * seed * (best[0] > 0)
                id_, ood = (round(f - wobble, 4) for f in best)
                rows.append(
                    {
                        "method": method, "label": LABELS[method], "loss": loss, "seed": seed,
                        "energy_id": round(id_ * ground, 4), "energy_ood": round(ood * ground, 4),
                        "fraction_id": id_, "fraction_ood": ood,
                        "parameters": 0 if method == "random" else 10143, "forward_seconds": 0.1204,
                        "train_seconds": 21.04, "validation_fraction": id_, "folder": name,
                    }
                )  # fmt: skip
                (folder / name).mkdir(parents=True)
                _files(folder / name, method, loss, id_, config, side, rng)
    reference = {"ground_energy_id": ground, "ground_energy_ood": ground}
    if task == "constant":
        reference |= {"uniform_energy_id": uniform, "uniform_energy_ood": uniform, "uniform_fraction": 0.699}
    else:
        reference |= {"source": "best of simulated annealing"}
    shared = {
        "paper": "ising", "config": config, "versions": {"torch": "2.13.0", "numpy": "2.4.6"}, "git": "0123abc",
    }  # fmt: skip
    published = [
        {"method": m, "label": LABELS[m], "energy_id": -1.6 * a, "energy_ood": -1.6 * b, "fraction_id": a,
         "fraction_ood": b, "parameters": 468000}
        for m, (a, b) in PUBLISHED.items()
    ]  # fmt: skip
    result = {"schema": 1, **shared, "finished": "2026-01-01T00:10:00", "rows": rows, "reference": reference}
    (folder / "config.json").write_text(json.dumps({**shared, "started": "2026-01-01T00:00:00"}))
    (folder / "result.json").write_text(json.dumps({**result, "published": published if task == "constant" else []}))
    return folder


def _files(folder, method, loss, fraction, config, side, rng):
    task, sign, size = config["task"], config["sign"], config["size"]
    save_file(_samples(method, task, sign, size), folder / "samples.safetensors")
    if loss == "-":
        return
    epochs = np.arange(config["epochs"])
    rise = 0.6 * (1 - np.exp(-epochs / 1.5)) + (fraction - 0.6) / (1 + np.exp(-(epochs - 7 + rng.normal()) * 1.5))
    lines = ["epoch,temperature,train_loss,validation_fraction"]
    lines += [f"{e},{max(0, 2 - e / 5)},{-3 * f},{f + 0.003 * rng.normal()}" for e, f in zip(epochs, rise, strict=True)]
    (folder / "curve.csv").write_text("\n".join(lines) + "\n")
    if task == "constant":
        jy, h = np.linspace(-3, 3, side), np.linspace(0, 2, side)
        ground = phase_energies(1.0, jy[:, None], h[None, :], sign).min(0)
        uniform = uniform_energy(1.0, jy[:, None], h[None, :], sign)
        share = min(1.0, max(0.0, (1 - fraction) / 0.301))
        energy = ground + share * (uniform - ground) + 0.02 * rng.normal(size=ground.shape)
        arrays = {"jy": jy, "h": h, "energy": energy, "ground": ground}
        save_file(
            {name: np.ascontiguousarray(a, np.float32) for name, a in arrays.items()},
            folder / "grid.safetensors",
        )


def _samples(method, task, sign, size):
    rng = np.random.default_rng(1)
    if task == "disordered":
        conditions = rng.uniform(-3, 3, (3, 3, size, size))
        conditions[:, 2] = rng.uniform(0, 2, (3, size, size))
        rng = np.random.default_rng(len(method))
        spins = rng.choice([-1.0, 1.0], (3, 1, size, size))
    else:
        conditions = np.array([[1.0, jy, h] for jy, h in CONDITIONS])[:, :, None, None] * np.ones((size, size))
        rng = np.random.default_rng(len(method))
        spins = np.stack([_spins(method, jy, h, sign, size, rng)[None] for jy, h in CONDITIONS])
    arrays = {"conditions": conditions, "spins": spins, "mean": 0.98 * spins}
    if method.startswith("sympe"):
        v = (
            rng.normal(size=(2, size, size))
            if "pixel" in method
            else np.tile(rng.normal(size=(2, 2, 2)), (1, size // 2, size // 2))
        )
        n = len(conditions)
        pose = np.stack([rng.integers(0, size, n), rng.integers(0, size, n), rng.integers(0, 4, n)], 1)
        code = [np.roll(np.rot90(v, k, (1, 2)), (x, y), (1, 2)) for x, y, k in pose]
        arrays |= {"code": np.stack(code), "pose": pose}
    return {name: np.ascontiguousarray(a, np.int64 if name == "pose" else np.float32) for name, a in arrays.items()}


def _spins(method, jy, h, sign, size, rng):
    """Ground states with the defects typical of a method: coin flips, domain walls, wrong sites."""
    truth = ground_spins(1.0, jy, h, size, sign)
    if method == "random":
        return rng.choice([-1, 1], (size, size))
    if method == "gcnn":
        c = sign * (1 + jy)
        m = 1.0 if abs(h) >= -2 * c else -h / (2 * c)
        return np.where(rng.random((size, size)) < (1 + m) / 2, 1, -1)
    if abs(truth.mean()) == 1:
        return truth
    shift = np.roll(truth, tuple(rng.integers(0, 2, 2)), (0, 1))
    if method in ("gcnn-noise", "sympe-pixel"):
        walls = np.ones((size, size), int)
        for _ in range(2 if method == "gcnn-noise" else 1):
            a, b = np.sort(rng.choice(size, 2, replace=False))
            walls[a:b] *= -1
            a, b = np.sort(rng.choice(size, 2, replace=False))
            walls[:, a:b] *= -1
        return shift * walls
    flips = rng.random((size, size)) < (0.03 if method in ("mlp-augmented", "relaxed") else 0.0)
    return np.where(flips, -shift, shift)


@pytest.fixture(autouse=True, scope="session")
def _small_pictures():
    """Coarse and with few frames, so that they are drawn in a tenth of the time; what is drawn is the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_files, "DOTS_PER_INCH", 40)
        patch.setattr(diagnosis_report, "_DOTS_PER_INCH", 40)
        patch.setattr(theta_view, "_FRAMES", 4)
        yield


@pytest.fixture(name="write_folder", scope="session")
def _write_folder():
    """The function `write_folder`."""
    return write_folder


VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Checks that tags close in order, and collects attributes and text."""

    def __init__(self):
        super().__init__()
        self.open, self.images, self.text, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        assert not {"href", "srcset", "onload", "style"} & set(attrs)
        if tag == "img":
            self.images.append(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def _parse(path):
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert text.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in text
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    for word in ("http:", "https:", "url(", "@import", 'src="//'):
        assert word not in text
    assert all(image["src"].startswith("data:image/png;base64,") and image["alt"] for image in page.images)
    return page, " ".join(page.text)


@pytest.fixture
def parse_page():
    """A page, checked to stand alone: the tags with their attributes, and the text."""
    return _parse
