"""symbreak: let equivariant networks break symmetry."""
