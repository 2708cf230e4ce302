"""How functions are compiled: the entries are kept on disk, what they call is compiled into them."""

try:
    from numba import njit
except ImportError as error:
    raise ImportError("Automorphisms need numba, which is not installed. Try: pip install symbreak[graphs]") from error

entry = njit(cache=True)
# Not called from Python: half of the time to compile.
inner = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # pyright: ignore[reportCallIssue]
