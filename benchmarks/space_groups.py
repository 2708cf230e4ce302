"""Space groups of noisy crystals: moyopy, which the library uses, against spglib, on the same cells.

    python benchmarks/space_groups.py [--json FILE]

For each of the 230 space groups one crystal of two species at general points, in its usual setting; its atoms are
displaced at random by at most a share of the tolerance. Right is the number of the group before.
"""

import argparse
import json
import math
import time
from pathlib import Path

import moyopy
import numpy as np
import spglib

TOLERANCE = 1e-3


def metric(number: int, random: np.random.Generator) -> np.ndarray:
    """A conventional cell that a space group allows, as rows, with edges between 4 and 8 Å."""
    a, b, c = 4 + 4 * random.random(3)
    alpha, beta, gamma = (75 + 30 * random.random(3)) * math.pi / 180
    right = math.pi / 2
    if number >= 195:
        a, b, c, alpha, beta, gamma = a, a, a, right, right, right
    elif number >= 143:
        b, alpha, beta, gamma = a, right, right, 2 * math.pi / 3
    elif number >= 16:
        b, alpha, beta, gamma = (a if number >= 75 else b), right, right, right
    elif number >= 3:
        alpha = gamma = right
    x = c * math.cos(beta)
    y = c * (math.cos(alpha) - math.cos(beta) * math.cos(gamma)) / math.sin(gamma)
    return np.array(
        [[a, 0, 0], [b * math.cos(gamma), b * math.sin(gamma), 0], [x, y, math.sqrt(c * c - x * x - y * y)]]
    )


def crystal(number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A cell, scaled positions, and species."""
    operations = moyopy.operations_from_number(number, setting=moyopy.Setting.spglib())
    W, w = np.array(operations.rotations), np.array(operations.translations)
    cell = metric(number, random)
    for _ in range(10_000):
        points = [(W @ seed + w) % 1.0 for seed in random.random((2, 3))]
        scaled = np.concatenate(points)
        gap = scaled[:, None] - scaled
        apart = np.linalg.norm((gap - gap.round()) @ cell, axis=-1) + 10 * np.eye(len(scaled))
        if apart.min() > 0.2:
            return cell, scaled, np.repeat([1, 2], [len(part) for part in points])
    raise ArithmeticError(f"No points of space group {number} are apart.")


def by_moyopy(cell: np.ndarray, scaled: np.ndarray, numbers: np.ndarray) -> int:
    try:
        found = moyopy.MoyoDataset(moyopy.Cell(cell.tolist(), scaled.tolist(), numbers.tolist()), symprec=TOLERANCE)
    except ValueError:
        return 0
    return found.number


def by_spglib(cell: np.ndarray, scaled: np.ndarray, numbers: np.ndarray) -> int:
    try:
        found = spglib.get_symmetry_dataset((cell, scaled, numbers), symprec=TOLERANCE)
    except spglib.SpglibError:
        return 0
    return 0 if found is None else found.number


def rows(shares: list[float]) -> list[dict]:
    """Of each noise, how many groups each finds, and the seconds for all of them."""
    table = []
    for share in shares:
        random = np.random.default_rng(0)
        cases = []
        for number in range(1, 231):
            cell, scaled, numbers = crystal(number, random)
            noise = random.standard_normal(scaled.shape)
            noise *= share * TOLERANCE * random.random((len(noise), 1)) / np.linalg.norm(noise, axis=1, keepdims=True)
            cases.append((number, (cell, scaled + noise @ np.linalg.inv(cell), numbers)))
        row: dict = {"noise / tolerance": share, "crystals": len(cases)}
        for name, find in (("moyopy", by_moyopy), ("spglib", by_spglib)):
            start = time.process_time()
            row[f"{name} right"] = sum(find(*case) == number for number, case in cases)
            row[f"{name}, s"] = time.process_time() - start
        table.append(row)
    return table


def main() -> None:
    """Prints the table, and writes it with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if hasattr(spglib.error, "OLD_ERROR_HANDLING"):
        spglib.error.OLD_ERROR_HANDLING = False
    table = rows([0.0, 0.1, 0.2, 0.4, 0.8])
    print(f"moyopy {moyopy.__version__}, spglib {spglib.__version__}, tolerance {TOLERANCE} Å")
    print(f"{'noise / tolerance':>17} {'moyopy right':>13} {'spglib right':>13} {'moyopy, s':>10} {'spglib, s':>10}")
    for row in table:
        print(
            f"{row['noise / tolerance']:>17} {row['moyopy right']:>7} / {row['crystals']} {row['spglib right']:>7} / "
            f"{row['crystals']} {row['moyopy, s']:>10.2f} {row['spglib, s']:>10.2f}"
        )
    if given.json:
        noisy = [row for row in table if row["noise / tolerance"] > 0]
        ratio = sum(row["moyopy right"] for row in noisy) / max(1, sum(row["spglib right"] for row in noisy))
        result = {"ratio": ratio, "unit": "noisy crystals named right by moyopy over those by spglib", "rows": table}
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
