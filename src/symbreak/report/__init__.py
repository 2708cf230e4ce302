"""Tables, figures and pages made from the files of one result folder; nothing here trains or runs a model."""

from symbreak.report.ising import write_report
from symbreak.report.ising_loading import load_result
from symbreak.report.ising_result import Published, Reference, Result, Row
from symbreak.report.ising_table import table

__all__ = ["Published", "Reference", "Result", "Row", "load_result", "table", "write_report"]
