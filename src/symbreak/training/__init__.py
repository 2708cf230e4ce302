"""The training loop's glue: the result folder, one fit that can be killed and resumed, many fits at once.

Importing it imports neither torch nor the trainer library.
"""

from .atomic import atomic
from .device import check_device
from .fit import Batches, FitResult, fit
from .jobs import Job, run_jobs
from .run_folder import RunFolder

__all__ = ["Batches", "FitResult", "Job", "RunFolder", "atomic", "check_device", "fit", "run_jobs"]
