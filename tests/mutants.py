"""Injects convention bugs, one at a time, and asks the suite to catch each.

    make mutants            or  python tests/mutants.py [--workers 2] [--only WORD]

Each mutant is one line of one file, changed in a copy of the package, and the tests that ought to see it. A mutant
that no test sees, or whose line is not to be found any more, fails the check. The tests must pass without a mutant.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Mutant:
    """A bug: what is said wrongly, where, and who should notice."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "semidirect law in the other order",
        "groups/semidirect.py",
        "G.normal.compose(g.n, G.phi(g.h, h.n))",
        "G.normal.compose(G.phi(g.h, h.n), g.n)",
        ("tests/groups",),
    ),
    Mutant(
        "permutations composed from the left",
        "groups/symmetric.py",
        "return g.gather(-1, h)",
        "return h.gather(-1, g)",
        ("tests/groups",),
    ),
    Mutant(
        "dihedral group with r s = s r",
        "groups/dihedral.py",
        "torch.where(flipped, g - h, g + h)",
        "torch.where(flipped, g + h, g + h)",
        ("tests/groups",),
    ),
    Mutant(
        "QR without its gauge is not Haar",
        "groups/orthogonal.py",
        "q = q * r.diagonal(dim1=-2, dim2=-1).sign()[..., None, :]",
        "q = q * 1",
        ("tests/groups",),
    ),
    Mutant(
        "every draw of a sample is the same",
        "groups/randomness.py",
        "self.draws += 1",
        "self.draws = 1",
        ("tests/groups",),
    ),
    Mutant(
        "a quarter turn the other way",
        "groups/wallpaper.py",
        "[[0, -1], [1, 0]]",
        "[[0, 1], [-1, 0]]",
        ("tests/groups", "tests/actions"),
    ),
    Mutant(
        "the mirror of the other axis",
        "groups/wallpaper.py",
        "[[1, 0], [0, -1]]",
        "[[-1, 0], [0, 1]]",
        ("tests/groups", "tests/actions"),
    ),
    Mutant(
        "regular representation by g instead of its inverse",
        "representations/regular.py",
        "back = unsqueeze(G.inverse(g), number.dim())",
        "back = unsqueeze(g, number.dim())",
        ("tests/representations",),
    ),
    Mutant(
        "translations move the lattice backwards",
        "actions/lattice.py",
        "sites - g.n[:, None, :]",
        "sites + g.n[:, None, :]",
        ("tests/actions",),
    ),
    Mutant(
        "a reversed bond keeps its site of record",
        "actions/lattice.py",
        "step[:, :, None, :], 0)",
        "0 * step[:, :, None, :], 0)",
        ("tests/actions",),
    ),
    Mutant(
        "orientations turned by p instead of its inverse",
        "actions/lattice.py",
        "point.compose(point.inverse(point.element(p))[:, None]",
        "point.compose(point.element(p)[:, None]",
        ("tests/actions",),
    ),
    Mutant(
        "edges relabelled by the inverse permutation",
        "actions/graph.py",
        "moved.edge_index = g[x.edge_index]",
        "moved.edge_index = source[x.edge_index]",
        ("tests/actions",),
    ),
    Mutant(
        "what the lift makes of v is not moved",
        "breaking/lifted_encoding.py",
        "return self.action.act(g, self.lifted())",
        "return self.lifted().expand(len(g.h), -1, -1, -1)",
        ("tests/breaking/test_lifted_encoding.py",),
    ),
    Mutant(
        "a marked site settles the pose, though the point group is left",
        "kernels/largest_entry.py",
        "first & alone & settled",
        "first & alone",
        ("tests/kernels/test_largest_entry.py",),
    ),
    Mutant(
        "the largest entry is carried away from the first place, not to it",
        "kernels/largest_entry.py",
        "t = torus.compose(r, torus.inverse(start[:, 0]))",
        "t = torus.compose(torus.inverse(r), start[:, 0].expand(len(r), -1, -1))",
        ("tests/kernels/test_largest_entry.py",),
    ),
    Mutant(
        "ties go to the first element",
        "kernels/kernel.py",
        "torch.minimum(level[:, None] * total,",
        "torch.minimum(0 * level[:, None] * total,",
        ("tests/kernels",),
    ),
    Mutant(
        "the canonical form is taken with the pose, not its inverse",
        "breaking/canonicalize.py",
        "self.kernel.group.inverse(g), x)",
        "g, x)",
        ("tests/breaking/test_pathwise.py",),
    ),
    Mutant(
        "the code of a field is moved by the inverse pose",
        "breaking/field_encoding.py",
        "return self.action.act(g, ",
        "return self.action.act(self.action.group.inverse(g), ",
        ("tests/breaking/test_pathwise.py",),
    ),
    Mutant(
        "filters turned by the inverse",
        "layers/group_conv.py",
        "still = SemidirectElement(window.identity((len(p),)), group.acting.element(p))",
        "still = SemidirectElement(window.identity((len(p),)), group.acting.inverse(group.acting.element(p)))",
        ("tests/layers",),
    ),
    Mutant(
        "y bonds couple backwards",
        "data/ising/hamiltonian.py",
        "jy * s.roll(-1, -1)",
        "jy * s.roll(1, -1)",
        ("tests/data/ising",),
    ),
    Mutant(
        "one representative of each coset, always the last",
        "symmetry/graphs/transversals.py",
        "orbit[min(np.int64(uniform[d, shift + level - low] * found), found - 1)], 0",
        "orbit[found - 1], 0",
        ("tests/kernels/test_canonical_labelling.py",),
    ),
    Mutant(
        "improper and proper maps of equal images are one",
        "symmetry/points/closure.py",
        "maps.proper[g] == maps.proper[h]",
        "maps.proper[g]",
        ("tests/symmetry/points",),
    ),
    Mutant(
        "vectors of an orbit carried backwards",
        "symmetry/site_stabilizers.py",
        "transport[part.target].mT @ rho @ transport[part.source]",
        "transport[part.source].mT @ rho @ transport[part.target]",
        ("tests/symmetry/test_fixed_subspace.py",),
    ),
    Mutant(
        "the least value of an orbit in place of its median",
        "symmetry/curie/label_floors.py",
        "order[start + (orbits.size - 1) // 2]",
        "order[start]",
        ("tests/symmetry/test_curie.py",),
    ),
    Mutant(
        "a p-value that can be 0",
        "symmetry/curie/direction.py",
        "(1 + as_far) / (1 + draws)",
        "as_far / (1 + draws)",
        ("tests/symmetry/test_curie.py",),
    ),
    Mutant(
        "waves of a crystal run backwards under its symmetry",
        "symmetry/crystals/wave_vectors.py",
        "turn = phase(self.steps[g] @ self.q[to], self.denominator).conj()",
        "turn = phase(self.steps[g] @ self.q[to], self.denominator)",
        ("tests/symmetry/crystals",),
    ),
    Mutant(
        "samples of the second part counted twice",
        "diagnosis/symmetry_counts.py",
        "self.trivial + more.trivial,",
        "self.trivial + 2 * more.trivial,",
        ("tests/diagnosis",),
    ),
)


def suite(package: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess:
    """Runs tests against a copy of the package."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    environment = os.environ | {"PYTHONPATH": str(package), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def caught(mutant: Mutant) -> str:
    """What became of a mutant: "caught", "SURVIVED" or why it could not be tried."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "src"
        shutil.copytree(ROOT / "src", package, ignore=shutil.ignore_patterns("__pycache__"))
        path = package / "symbreak" / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.right) != 1:
            return f"LOST: its line stands {text.count(mutant.right)} times in {mutant.file}"
        path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        run = suite(package, mutant.tests)
    if run.returncode == 1:
        return "caught"
    return "SURVIVED" if run.returncode == 0 else f"NOT TRIED: pytest ended with {run.returncode}\n{run.stdout[-500:]}"


def main() -> int:
    """Prints a line for each mutant; 0 if all are caught."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="mutants whose name or file holds this")
    given = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if given.only in mutant.name + mutant.file]
    sound = suite(ROOT / "src", tuple(sorted({test for mutant in mutants for test in mutant.tests})))
    if sound.returncode != 0:
        print(sound.stdout[-2000:])
        print("The tests fail without a mutant; mend that first.")
        return 1
    with ThreadPoolExecutor(given.workers) as pool:
        outcomes = list(zip(mutants, pool.map(caught, mutants), strict=True))
    for mutant, outcome in outcomes:
        print(f"{outcome:>10}  {mutant.file}: {mutant.name}")
    survivors = sum(outcome != "caught" for _, outcome in outcomes)
    print(f"{len(outcomes) - survivors} of {len(outcomes)} mutants caught")
    return int(survivors > 0)


if __name__ == "__main__":
    raise SystemExit(main())
