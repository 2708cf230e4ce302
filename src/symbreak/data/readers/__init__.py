"""The readers of files, one family of formats each; `symbreak.data.open_source` finds the one for a file."""
