"""The report of one diagnosis: pictures and a page, from the files of its folder."""

from symbreak.report.diagnosis.report import write_diagnosis_report as write_diagnosis_report
