"""One file for each experiment that is reproduced: `catalogue` lists them, `bibliography` says whom to cite."""
