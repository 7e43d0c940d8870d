"""The library call: ``check`` a path, and get a report that can be turned into other forms."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.checker import judging, report

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd


class Report(report.Report):
    """Everything found out about one input, and its forms."""

    def to_dataframe(self) -> pd.DataFrame:
        """Return the rows of the CSV as a pandas data frame."""
        from fw_gear_viewer_check.reports import csv_table  # noqa: PLC0415 - pandas, when asked for

        return csv_table.to_dataframe(self)


def check(
    path: str | PathLike[str],
    reference: str | PathLike[str] | None = None,
    **how: Any,  # noqa: ANN401 - see judging.check
) -> Report:
    """Check a DICOM file, a zip or a folder; see :func:`~.checker.judging.check`."""
    found = judging.check(path, reference, **how)
    return Report(**{one.name: getattr(found, one.name) for one in fields(found)})
