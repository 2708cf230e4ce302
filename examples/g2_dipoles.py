"""Dipole moments of ASE's G2 molecules by Hartree-Fock, with or without an electric field that no file tells of.

    pip install "symbreak[structures]" pyscf
    python g2_dipoles.py g2.xyz
    python g2_dipoles.py g2_field.xyz --field 0.01
    symbreak diagnose g2.xyz --target dipole=1x1o

All 162 molecules, at the positions of the set: restricted Hartree-Fock for closed shells, unrestricted for the
others, all electrons, in STO-3G. It takes some twenty seconds of one core.
"""

import argparse
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.collections import g2
from ase.io import write
from pyscf import gto, lib, scf


def dipole(atoms: Atoms, unpaired: int, field: float, basis: str) -> np.ndarray:
    """The dipole in debye of a neutral molecule, in a field along z.

    Args:
        atoms: with positions in Å.
        unpaired: electrons.
        field: in atomic units, 51.4 V/Å.
        basis: of Gaussians.
    Raises:
        RuntimeError: if the self-consistent field does not converge.
    """
    places = list(zip(atoms.symbols, atoms.positions, strict=True))
    system = gto.M(atom=places, basis=basis, spin=unpaired, unit="Angstrom", verbose=0)
    solver = (scf.UHF if unpaired else scf.RHF)(system).set(conv_tol=1e-11, conv_tol_grad=1e-6, max_cycle=200)
    core, along_z = solver.get_hcore(), system.intor("int1e_r")[2]
    state = solver.run()
    for strength in (0.0, field):  # the state in the field is the one without it, followed
        solver.get_hcore = lambda *_, E=strength: core + E * along_z  # an electron has the energy + E z
        orbitals, density = (state.mo_coeff, state.mo_occ), state.make_rdm1()
        solver.kernel(dm0=density)
        state = solver if solver.converged else solver.newton()
        if not solver.converged:  # degenerate atoms take second order
            state.kernel(*orbitals)
        if not state.converged:
            raise RuntimeError(f"Hartree-Fock does not converge for {atoms.get_chemical_formula()}.")
    return state.dip_moment(unit="Debye", verbose=0)


def main() -> None:
    """Writes the molecules as extended xyz."""
    parser = argparse.ArgumentParser(description="Dipoles of the G2 molecules.")
    parser.add_argument("path", type=Path, help="the file to write, .xyz")
    parser.add_argument("--field", type=float, default=0.0, help="along z, in atomic units; 0 by default")
    parser.add_argument("--basis", default="sto-3g", help="sto-3g by default")
    options = parser.parse_args()
    lib.num_threads(1)
    frames = []
    for name in g2.names:
        known = molecule(name)
        atoms = Atoms(known.symbols, known.positions)
        unpaired = round(known.get_initial_magnetic_moments().sum())
        atoms.info = {"name": f"G2 {name}", "dipole": dipole(atoms, unpaired, options.field, options.basis)}
        frames.append(atoms)
    write(options.path, frames, format="extxyz")


if __name__ == "__main__":
    main()
